import { CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, KinesisStreamProcessor, RedriveFunction, StreamDlqOptions } from '../../src';
import { annotationsOf, countOf, processorProps, propertiesOf, resolved, resourceOf, testProcessor, testStack } from '../support/app';
import { queuePolicyOf, topicPolicyOf } from '../support/policies';
import { captureBucketOf, defineDlq, processWith, topicOf } from '../support/stream-dlq';

const QUEUES = ['queue', 'undeliverableQueue'] as const;
const secondsOf = (stack: Stack) => Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber);

describe('queueRetentionPeriod', () => {
  test.each(QUEUES)('applies to the %s', (name) => {
    const { dlq } = defineDlq({ queueRetentionPeriod: Duration.days(3) });
    expect(propertiesOf(dlq[name]).MessageRetentionPeriod).toBe(259_200);
  });

  test.each([60, 1_209_600])('may be %d seconds', (seconds) => {
    const { dlq } = defineDlq({ queueRetentionPeriod: Duration.seconds(seconds) });
    expect(propertiesOf(dlq.queue).MessageRetentionPeriod).toBe(seconds);
  });

  test('may be a token', () => {
    const { dlq } = defineDlq((stack) => ({ queueRetentionPeriod: secondsOf(stack) }));
    expect(propertiesOf(dlq.queue).MessageRetentionPeriod).toEqual({ Ref: 'Seconds' });
  });

  test('applies to the one queue that is defined beside one that is given', () => {
    const { dlq } = defineDlq((stack) => ({ queue: new sqs.Queue(stack, 'Given'), queueRetentionPeriod: Duration.days(3) }));
    expect(propertiesOf(dlq.undeliverableQueue).MessageRetentionPeriod).toBe(259_200);
    expect(propertiesOf(dlq.queue)).not.toHaveProperty('MessageRetentionPeriod');
  });
});

describe('queueMaxMessageSizeBytes', () => {
  const limitOf = ({ dlq }: ReturnType<typeof defineDlq>) => propertiesOf(dlq.captureFunction).Environment.Variables.QUEUE_MAX_MESSAGE_BYTES;

  test.each([2_048, 262_144, 1_048_576])('of %d is the limit of the queue, and the function knows it', (queueMaxMessageSizeBytes) => {
    const defined = defineDlq({ queueMaxMessageSizeBytes });
    expect(propertiesOf(defined.dlq.queue).MaximumMessageSize).toBe(queueMaxMessageSizeBytes);
    expect(propertiesOf(defined.dlq.undeliverableQueue)).not.toHaveProperty('MaximumMessageSize');
    expect(limitOf(defined)).toBe(String(queueMaxMessageSizeBytes));
  });

  test('is the most that SQS offers where it is not given, and said so to SQS', () => {
    expect(propertiesOf(defineDlq().dlq.queue).MaximumMessageSize).toBe(1_048_576);
  });

  test('is not needed for a queue of this app that has a limit of its own', () => {
    expect(limitOf(defineDlq((stack) => ({ queue: new sqs.Queue(stack, 'Given', { maxMessageSizeBytes: 65_536 }) })))).toBe('65536');
  });

  test('tells the limit of an imported queue', () => {
    const arn = 'arn:aws:sqs:us-east-1:123456789012:letters';
    const defined = defineDlq((stack) => ({ queue: sqs.Queue.fromQueueArn(stack, 'Given', arn), queueMaxMessageSizeBytes: 262_144 }));
    expect(limitOf(defined)).toBe('262144');
  });

  test('may be a token', () => {
    const defined = defineDlq((stack) => ({
      queueMaxMessageSizeBytes: new CfnParameter(stack, 'Bytes', { type: 'Number' }).valueAsNumber,
    }));
    expect(limitOf(defined)).toEqual({ Ref: 'Bytes' });
    expect(propertiesOf(defined.dlq.queue).MaximumMessageSize).toEqual({ Ref: 'Bytes' });
  });
});

describe('the life of objects in the overflow bucket', () => {
  function lifeIn({ dlq }: ReturnType<typeof defineDlq>) {
    const rules: { Prefix: string; ExpirationInDays: number }[] = propertiesOf(dlq.overflowBucket).LifecycleConfiguration.Rules;
    return Object.fromEntries(rules.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays]));
  }

  test.each([
    ['a minute', Duration.seconds(60), 2, 3],
    ['36 hours', Duration.hours(36), 3, 5],
    ['14 days', Duration.days(14), 15, 30],
  ])('is more than that of messages that are kept for %s, of dead letters in one queue, of failed batches in two', (_, period, letters, batches) => {
    expect(lifeIn(defineDlq({ queueRetentionPeriod: period }))).toEqual({ 'dead-letters/': letters, 'aws/lambda/': batches });
  });

  test('is the longest where the life of messages is a token', () => {
    const defined = defineDlq((stack) => ({ queueRetentionPeriod: secondsOf(stack) }));
    expect(lifeIn(defined)).toEqual({ 'dead-letters/': 15, 'aws/lambda/': 30 });
  });

  test.each([
    ['queue', 15, 17],
    ['undeliverableQueue', 2, 17],
  ])('does not count on queueRetentionPeriod for a queue that is given: %s', (name, letters, batches) => {
    const defined = defineDlq((stack) => ({ [name]: new sqs.Queue(stack, 'Given'), queueRetentionPeriod: Duration.days(1) }));
    expect(lifeIn(defined)).toEqual({ 'dead-letters/': letters, 'aws/lambda/': batches });
  });
});

describe('the life of dead letters in the overflow bucket, which the parked ones are in as well,', () => {
  const retentionPeriod = (days: number): sqs.QueueProps => ({ retentionPeriod: Duration.days(days) });

  test.each([
    ['that of a parking queue that keeps messages for longer', 5, (stack: Stack) => new sqs.Queue(stack, 'Parked', retentionPeriod(9)), 10],
    ['not less, where a parking queue keeps them for less', 5, (stack: Stack) => new sqs.Queue(stack, 'Parked', retentionPeriod(3)), 6],
    ['four days and one, for a parking queue that leaves it to SQS', 1, (stack: Stack) => new sqs.Queue(stack, 'Parked'), 5],
    ['that of the parking queue defined here', 5, () => undefined, 6],
    ['the longest, for a parking queue that is imported', 5, (stack: Stack) => sqs.Queue.fromQueueArn(stack, 'Parked', 'arn:aws:sqs:us-east-1:123456789012:parked'), 15],
    ['the longest, for a life of messages that is a token', 5, (stack: Stack) => new sqs.Queue(stack, 'Parked', { retentionPeriod: secondsOf(stack) }), 15],
  ])('is %s', (_, queueDays, parkingIn, days) => {
    const { stack, dlq } = defineDlq({ queueRetentionPeriod: Duration.days(queueDays) });
    new RedriveFunction(stack, 'Redrive', { dlq, parkingQueue: parkingIn(stack) });
    const [letters, batches] = propertiesOf(dlq.overflowBucket).LifecycleConfiguration.Rules;
    expect(letters).toMatchObject({ Prefix: 'dead-letters/', ExpirationInDays: days });
    expect(batches).toMatchObject({ Prefix: 'aws/lambda/', ExpirationInDays: 2 * queueDays + 2 });
  });
});

describe('removalPolicy', () => {
  test('DESTROY lets the overflow bucket go with the stack', () => {
    const { dlq } = defineDlq({ removalPolicy: RemovalPolicy.DESTROY });
    expect(resourceOf(dlq.overflowBucket)).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test.each(QUEUES)('DESTROY lets the %s go with the stack', (name) => {
    const { dlq } = defineDlq({ removalPolicy: RemovalPolicy.DESTROY });
    expect(resourceOf(dlq[name])).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('leaves a queue that is given as it is', () => {
    const { dlq } = defineDlq((stack) => ({
      queue: new sqs.Queue(stack, 'Given', { removalPolicy: RemovalPolicy.RETAIN }),
      removalPolicy: RemovalPolicy.DESTROY,
    }));
    expect(resourceOf(dlq.queue).DeletionPolicy).toBe('Retain');
    expect(resourceOf(dlq.undeliverableQueue).DeletionPolicy).toBe('Delete');
  });
});

describe('encryptionKey', () => {
  const withKey = () => defineDlq((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));

  test.each(QUEUES)('encrypts the %s', (name) => {
    const { dlq } = withKey();
    expect(propertiesOf(dlq[name]).KmsMasterKeyId).toEqual(resolved(dlq, dlq.queue.encryptionMasterKey!.keyArn));
    expect(propertiesOf(dlq[name])).not.toHaveProperty('SqsManagedSseEnabled');
  });

  test('encrypts the overflow bucket', () => {
    const { dlq } = withKey();
    const KMSMasterKeyID = resolved(dlq, dlq.queue.encryptionMasterKey!.keyArn);
    expect(propertiesOf(dlq.overflowBucket).BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID } },
    ]);
  });

  test('encrypts the topic', () => {
    const { dlq } = withKey();
    expect(propertiesOf(topicOf(dlq))).toEqual({ KmsMasterKeyId: resolved(dlq, dlq.queue.encryptionMasterKey!.keyArn) });
  });

  test('leaves the queues and the topic to TLS only', () => {
    const { dlq } = withKey();
    const denials = [queuePolicyOf(dlq.queue), queuePolicyOf(dlq.undeliverableQueue), topicPolicyOf(topicOf(dlq))].map(
      (policy) => policy.filter(({ Effect }) => Effect === 'Deny').length,
    );
    expect(denials).toEqual([1, 1, 1]);
  });

  test('lets SNS write to the undeliverable queue, for this account only', () => {
    const { dlq, stack } = withKey();
    const key = stack.node.findChild('Key') as kms.Key;
    expect(propertiesOf(key).KeyPolicy.Statement).toContainEqual({
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Principal: { Service: 'sns.amazonaws.com' },
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceAccount': resolved(dlq, stack.account) } },
    });
  });

  test('may be imported', () => {
    const keyArn = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
    const { dlq, stack, stream } = defineDlq((it) => ({ encryptionKey: kms.Key.fromKeyArn(it, 'Key', keyArn) }));
    processWith(dlq, testProcessor(stack), stream);
    expect([dlq.queue, dlq.undeliverableQueue, dlq.topic!].map((it) => propertiesOf(it).KmsMasterKeyId)).toEqual([keyArn, keyArn, keyArn]);
    expect(countOf(stack, 'AWS::KMS::Key')).toBe(0);
    expect(annotationsOf(stack)).toEqual([expect.stringContaining('[ack: cdk-stream-dlq:keyWithoutPolicy]')]);
  });

  test('encrypts what is defined beside what is given', () => {
    const { dlq } = defineDlq((stack) => ({ encryptionKey: new kms.Key(stack, 'Key'), queue: new sqs.Queue(stack, 'Given') }));
    expect(propertiesOf(dlq.queue)).not.toHaveProperty('KmsMasterKeyId');
    expect(propertiesOf(dlq.undeliverableQueue)).toHaveProperty('KmsMasterKeyId');
  });
});

describe('every option of a StreamDlq reaches the one that KinesisStreamProcessor defines', () => {
  function defineBoth(option: (stack: Stack) => StreamDlqOptions) {
    const stack = testStack();
    return { stack, dlq: new KinesisStreamProcessor(stack, 'Orders', { processorProps, ...option(stack) }).dlq };
  }

  test.each(QUEUES)('%s', (name) => {
    const { dlq, stack } = defineBoth((it) => ({ [name]: new sqs.Queue(it, 'Given') }));
    expect(dlq[name]).toBe(stack.node.findChild('Given'));
  });

  test('capture', () => {
    const { dlq, stack } = defineBoth((it) => ({ capture: FailureCapture.hydrate({ topic: new sns.Topic(it, 'Given') }) }));
    expect(topicOf(dlq)).toBe(stack.node.findChild('Given'));
  });

  test('keepCapture', () => {
    const { dlq, stack } = defineBoth((it) => ({ keepCapture: FailureCapture.s3({ bucket: new s3.Bucket(it, 'Given') }) }));
    expect(captureBucketOf(dlq)).toBe(stack.node.findChild('Given'));
  });

  test('auditLogGroup', () => {
    const { dlq, stack } = defineBoth((it) => ({ auditLogGroup: new logs.LogGroup(it, 'Given') }));
    expect(dlq.auditLogGroup).toBe(stack.node.findChild('Given'));
  });

  test('encryptionKey', () => {
    const { dlq, stack } = defineBoth((it) => ({ encryptionKey: new kms.Key(it, 'Given') }));
    expect(dlq.queue.encryptionMasterKey).toBe(stack.node.findChild('Given'));
  });

  test('queueRetentionPeriod and removalPolicy', () => {
    const { dlq } = defineBoth(() => ({ queueRetentionPeriod: Duration.days(1), removalPolicy: RemovalPolicy.DESTROY }));
    expect(resourceOf(dlq.queue)).toMatchObject({ DeletionPolicy: 'Delete', Properties: { MessageRetentionPeriod: 86_400 } });
  });
});
