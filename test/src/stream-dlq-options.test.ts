import { CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, KinesisStreamProcessor, RedriveFunction, StreamDlq, StreamDlqOptions } from '../../src';
import { annotationsOf, countOf, processorProps, propertiesOf, resolved, resourceOf, resourcesOf, testProcessor, testStack } from '../support/app';
import { queuePolicyOf, topicPolicyOf } from '../support/policies';
import { captureBucketOf, defineDlq, processWith, topicOf } from '../support/stream-dlq';

const QUEUES = ['queue', 'undeliverableQueue'] as const;
const secondsOf = (stack: Stack) => Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber);

describe('queueRetentionPeriod', () => {
  test('applies to the dead-letter queue, and not to the undeliverable queue', () => {
    const { dlq } = defineDlq({ queueRetentionPeriod: Duration.days(3) });
    expect(propertiesOf(dlq.queue).MessageRetentionPeriod).toBe(259_200);
    expect(propertiesOf(dlq.undeliverableQueue).MessageRetentionPeriod).toBe(1_209_600);
  });

  test.each([60, 1_209_600])('may be %d seconds', (seconds) => {
    const { dlq } = defineDlq({ queueRetentionPeriod: Duration.seconds(seconds) });
    expect(propertiesOf(dlq.queue).MessageRetentionPeriod).toBe(seconds);
  });

  test('may be a token', () => {
    const { dlq } = defineDlq((stack) => ({ queueRetentionPeriod: secondsOf(stack) }));
    expect(propertiesOf(dlq.queue).MessageRetentionPeriod).toEqual({ Ref: 'Seconds' });
  });
});

describe('undeliverableQueueRetentionPeriod', () => {
  test('applies to the undeliverable queue, and not to the dead-letter queue', () => {
    const { dlq } = defineDlq({ undeliverableQueueRetentionPeriod: Duration.days(3) });
    expect(propertiesOf(dlq.undeliverableQueue).MessageRetentionPeriod).toBe(259_200);
    expect(propertiesOf(dlq.queue).MessageRetentionPeriod).toBe(1_209_600);
  });
});

describe('queueVisibilityTimeout', () => {
  test('applies to the dead-letter queue, and not to the undeliverable queue', () => {
    const { dlq } = defineDlq({ queueVisibilityTimeout: Duration.minutes(30) });
    expect(propertiesOf(dlq.queue).VisibilityTimeout).toBe(1_800);
    expect(propertiesOf(dlq.undeliverableQueue)).not.toHaveProperty('VisibilityTimeout');
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

describe('the life of objects', () => {
  const daysIn = (bucket: s3.IBucket) => {
    const rules: { Prefix: string; ExpirationInDays: number }[] = propertiesOf(bucket).LifecycleConfiguration.Rules;
    return Object.fromEntries(rules.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays]));
  };
  const capture = FailureCapture.s3();
  const lifeIn = ({ dlq }: ReturnType<typeof defineDlq>) => [daysIn(dlq.overflowBucket), daysIn(captureBucketOf(dlq))];
  const life = (deadLetters: number, batches: number) => [{ 'dead-letters/': deadLetters }, { 'aws/lambda/': batches }];

  test.each([
    ['a minute', Duration.seconds(60), 2, 3],
    ['36 hours', Duration.hours(36), 3, 5],
    ['14 days', Duration.days(14), 15, 30],
  ])('is longer than that of messages that are kept for %s: of dead letters in one queue, of failed batches in two', (_, period, deadLetters, batches) => {
    const periods = { queueRetentionPeriod: period, undeliverableQueueRetentionPeriod: period };
    expect(lifeIn(defineDlq({ ...periods, capture }))).toEqual(life(deadLetters, batches));
  });

  test('is the longest where the life of messages is a token', () => {
    const defined = defineDlq((stack) => ({ queueRetentionPeriod: secondsOf(stack), capture }));
    expect(lifeIn(defined)).toEqual(life(15, 30));
  });

  test('is the longest for a dead-letter queue that is passed in', () => {
    const defined = defineDlq((stack) => ({ queue: new sqs.Queue(stack, 'Given'), undeliverableQueueRetentionPeriod: Duration.days(1), capture }));
    expect(lifeIn(defined)).toEqual(life(15, 17));
  });

  test('is the longest for an undeliverable queue that is passed in', () => {
    const defined = defineDlq((stack) => ({ undeliverableQueue: new sqs.Queue(stack, 'Given'), queueRetentionPeriod: Duration.days(1), capture }));
    expect(lifeIn(defined)).toEqual(life(2, 17));
  });

  test('is the longest that any StreamDlq needs that shares the overflow bucket', () => {
    const { dlq, stack } = defineDlq({ queueRetentionPeriod: Duration.days(3) });
    const other = new StreamDlq(stack, 'Other', { queueRetentionPeriod: Duration.days(5) });
    expect(other.overflowBucket).toBe(dlq.overflowBucket);
    expect(daysIn(dlq.overflowBucket)).toEqual({ 'dead-letters/': 6 });
  });
});

describe('the life of dead letters in the overflow bucket, parked ones included,', () => {
  const retentionPeriod = (days: number): sqs.QueueProps => ({ retentionPeriod: Duration.days(days) });

  test.each([
    ['that of a parking queue that keeps messages for longer', 5, (stack: Stack) => new sqs.Queue(stack, 'Parked', retentionPeriod(9)), 10],
    ['not less, where a parking queue keeps them for less', 5, (stack: Stack) => new sqs.Queue(stack, 'Parked', retentionPeriod(3)), 6],
    ['four days and one, for a parking queue that leaves it to SQS', 1, (stack: Stack) => new sqs.Queue(stack, 'Parked'), 5],
    ['14 days and one, for the parking queue defined here', 5, () => undefined, 15],
    ['the longest, for a parking queue that is imported', 5, (stack: Stack) => sqs.Queue.fromQueueArn(stack, 'Parked', 'arn:aws:sqs:us-east-1:123456789012:parked'), 15],
    ['the longest, for a life of messages that is a token', 5, (stack: Stack) => new sqs.Queue(stack, 'Parked', { retentionPeriod: secondsOf(stack) }), 15],
  ])('is %s', (_, queueDays, parkingIn, days) => {
    const { stack, dlq } = defineDlq({ queueRetentionPeriod: Duration.days(queueDays) });
    new RedriveFunction(stack, 'Redrive', { dlq, parkingQueue: parkingIn(stack) });
    expect(propertiesOf(dlq.overflowBucket).LifecycleConfiguration.Rules).toEqual([
      expect.objectContaining({ Prefix: 'dead-letters/', ExpirationInDays: days }),
    ]);
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
  const logGroupIn = (stack: Stack) => Object.values(resourcesOf(stack)).find(({ Type }) => Type === 'AWS::Logs::LogGroup')!.Properties;
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
    expect([dlq.queue, dlq.undeliverableQueue, topicOf(dlq)].map((it) => propertiesOf(it).KmsMasterKeyId)).toEqual([keyArn, keyArn, keyArn]);
    expect(countOf(stack, 'AWS::KMS::Key')).toBe(0);
    expect(annotationsOf(stack)).toEqual([expect.stringContaining('[ack: cdk-stream-dlq:keyWithoutPolicy]')]);
    expect(propertiesOf(dlq.captureFunction).KmsKeyArn).toBe(keyArn);
    expect(logGroupIn(stack)).not.toHaveProperty('KmsKeyId');
    expect(Annotations.fromStack(stack).findInfo('*', Match.stringLikeRegexp('log group')).map(({ entry }) => entry.data)).toEqual([
      'the log group is encrypted with a key that CloudWatch Logs manages, got: an imported `encryptionKey`, whose policy this app cannot extend; ' +
        'pass `logGroup` to use a key there [ack: cdk-stream-dlq:logGroupWithoutKey]',
    ]);
  });

  test('encrypts the environment variables and the log group of the function', () => {
    const { dlq, stack } = withKey();
    const key = resolved(dlq, dlq.queue.encryptionMasterKey!.keyArn);
    expect(propertiesOf(dlq.captureFunction).KmsKeyArn).toEqual(key);
    expect(logGroupIn(stack).KmsKeyId).toEqual(key);
  });

  test('lets CloudWatch Logs use it, for log groups of this account and Region only', () => {
    const { stack } = withKey();
    const key = stack.node.findChild('Key') as kms.Key;
    const statements: { Principal: { Service?: unknown } }[] = propertiesOf(key).KeyPolicy.Statement;
    expect(statements.filter(({ Principal }) => JSON.stringify(Principal).includes('logs.'))).toEqual([
      {
        Effect: 'Allow',
        Action: [
          'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        Principal: { Service: 'logs.amazonaws.com' },
        Resource: '*',
        Condition: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': resolved(stack, `arn:${stack.partition}:logs:${stack.region}:${stack.account}:log-group:*`),
          },
        },
      },
    ]);
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
    const { stack } = defineBoth((it) => ({ capture: FailureCapture.hydrate({ topic: new sns.Topic(it, 'Given') }) }));
    const { Properties } = Object.values(resourcesOf(stack)).find(({ Type }) => Type === 'AWS::SNS::Subscription')!;
    expect(countOf(stack, 'AWS::SNS::Topic')).toBe(1);
    expect(Properties.TopicArn).toEqual(resolved(stack, (stack.node.findChild('Given') as sns.Topic).topicArn));
  });

  test('keepCapture', () => {
    const { dlq, stack } = defineBoth((it) => ({ keepCapture: FailureCapture.s3({ bucket: new s3.Bucket(it, 'Given') }) }));
    const capture = dlq.node.findChild('Capture').node.findChild('Function');
    expect(propertiesOf(capture).Environment.Variables.CAPTURE_BUCKET).toEqual(
      resolved(stack, (stack.node.findChild('Given') as s3.Bucket).bucketName),
    );
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
