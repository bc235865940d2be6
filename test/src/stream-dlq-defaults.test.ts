import { existsSync } from 'node:fs';
import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, HydrateCaptureOptions, StreamDlq } from '../../src';
import { annotationsOf, countOf, propertiesOf, resolved, resourceOf, resourcesOf, testProcessor, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { queuePolicyOf, resourcePolicyOf, Statement, topicPolicyOf } from '../support/policies';
import { captureRole, defineDlq, processWith, topicOf } from '../support/stream-dlq';

const QUEUES = ['queue', 'intakeQueue', 'undeliverableQueue'] as const;

/** The resource of a type that names the hydrate function in one of its properties. */
function ofHydrateFunction(dlq: StreamDlq, type: string) {
  const found = Object.values(resourcesOf(dlq)).filter((it) => it.Type === type);
  expect(found).toHaveLength(1);
  return found[0];
}

describe.each(QUEUES)('the %s that StreamDlq defines', (name) => {
  test('is a standard queue', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(dlq[name]!)).not.toHaveProperty('FifoQueue');
  });

  test('keeps messages for 14 days', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(dlq[name]!).MessageRetentionPeriod).toBe(1_209_600);
  });

  test('is encrypted with a key that SQS manages', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(dlq[name]!).SqsManagedSseEnabled).toBe(true);
    expect(propertiesOf(dlq[name]!)).not.toHaveProperty('KmsMasterKeyId');
  });

  test('refuses requests without TLS', () => {
    const { dlq } = defineDlq();
    expect(queuePolicyOf(dlq[name]!)).toContainEqual({
      Effect: 'Deny',
      Action: 'sqs:*',
      Principal: { AWS: '*' },
      Resource: resolved(dlq, dlq[name]!.queueArn),
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
  });

  test('stays when the stack goes, unless the stack never came up', () => {
    const { dlq } = defineDlq();
    expect(resourceOf(dlq[name]!)).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });
});

describe('the topic that StreamDlq defines', () => {
  test('is a standard topic', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(topicOf(dlq))).not.toHaveProperty('FifoTopic');
  });

  test('is encrypted with the AWS managed key for SNS', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(topicOf(dlq))).toEqual({ KmsMasterKeyId: 'alias/aws/sns' });
  });

  test('refuses messages without TLS', () => {
    const { dlq } = defineDlq();
    expect(topicPolicyOf(topicOf(dlq))).toEqual([
      {
        Sid: 'AllowPublishThroughSSLOnly',
        Effect: 'Deny',
        Action: 'sns:Publish',
        Principal: '*',
        Resource: resolved(dlq, topicOf(dlq).topicArn),
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ]);
  });

  test('goes with the stack, it holds nothing', () => {
    const { dlq } = defineDlq();
    expect(resourceOf(topicOf(dlq))).not.toHaveProperty('DeletionPolicy');
  });
});

describe('the overflow bucket that StreamDlq defines', () => {
  test('is private and encrypted with a key that S3 manages', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(dlq.overflowBucket)).toMatchObject({
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
      },
    });
  });

  test('refuses requests without TLS', () => {
    const { dlq } = defineDlq();
    expect(resourcePolicyOf(dlq.overflowBucket, 'AWS::S3::BucketPolicy', 'Bucket')).toEqual([
      expect.objectContaining({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ]);
  });

  test('keeps dead letters a day longer than the queue keeps their messages', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(dlq.overflowBucket).LifecycleConfiguration.Rules).toEqual([
      { Prefix: 'dead-letters/', ExpirationInDays: 15, NoncurrentVersionExpiration: { NoncurrentDays: 15 }, Status: 'Enabled' },
    ]);
  });

  test('sends no event notifications, and needs no custom resource', () => {
    const { dlq, stack } = defineDlq();
    expect(propertiesOf(dlq.overflowBucket)).not.toHaveProperty('NotificationConfiguration');
    expect(countOf(stack, 'Custom::S3BucketNotifications')).toBe(0);
  });

  test('stays when the stack goes, unless the stack never came up', () => {
    const { dlq } = defineDlq();
    expect(resourceOf(dlq.overflowBucket)).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });
});

describe('the hydrate function', () => {
  test('runs on the newest Node.js there is, on arm64', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(dlq.captureFunction)).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
  });

  test('has 512 MiB and 5 minutes', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(dlq.captureFunction)).toMatchObject({ MemorySize: 512, Timeout: 300 });
  });

  test('is the bundled handler', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(dlq.captureFunction)).toMatchObject({
      Handler: 'index.handler',
      Code: { S3Key: expect.stringMatching(/^[0-9a-f]{64}\.zip$/) },
    });
    expect(existsSync(`${__dirname}/../../assets/hydrate/index.mjs`)).toBe(true);
  });

  test('says what it is', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(dlq.captureFunction).Description).toBe(
      'Reads the records of failed batches again and writes dead letters (cdk-stream-dlq)',
    );
  });

  test('has the queues, the bucket and its folder as environment variables, and neither streams nor processors', () => {
    const { dlq, stack, stream } = defineDlq();
    processWith(dlq, testProcessor(stack), stream);
    expect(propertiesOf(dlq.captureFunction).Environment).toEqual({
      Variables: {
        QUEUE_URL: resolved(dlq, dlq.queue.queueUrl),
        QUEUE_MAX_MESSAGE_BYTES: '1048576',
        UNDELIVERABLE_QUEUE_URL: resolved(dlq, dlq.undeliverableQueue.queueUrl),
        TOPIC_ARN: resolved(dlq, dlq.topic!.topicArn),
        INTAKE_QUEUE_URL: resolved(dlq, dlq.intakeQueue!.queueUrl),
        MAX_CONCURRENCY: '2',
        OVERFLOW_BUCKET: resolved(dlq, dlq.overflowBucket.bucketName),
        OVERFLOW_PREFIX: expect.stringMatching(/^dead-letters\/[0-9a-f]{8}\/$/),
        FORMAT_VERSION: '0.1.0',
      },
    });
  });

  test('writes a log group of its own that keeps a month and goes with the stack', () => {
    const { dlq } = defineDlq();
    const [id, group] = Object.entries(resourcesOf(dlq)).find(([, { Type }]) => Type === 'AWS::Logs::LogGroup')!;
    expect(group).toMatchObject({ Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
    expect(propertiesOf(dlq.captureFunction).LoggingConfig).toEqual({ LogGroup: { Ref: id } });
  });

  test('receives batches of failure records from the intake queue, two at a time, and reports each that fails', () => {
    const { dlq } = defineDlq();
    expect(ofHydrateFunction(dlq, 'AWS::Lambda::EventSourceMapping').Properties).toEqual({
      FunctionName: resolved(dlq, dlq.captureFunction.functionName),
      EventSourceArn: resolved(dlq, dlq.intakeQueue!.queueArn),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  test('has a role that only Lambda can assume', () => {
    const { dlq } = defineDlq();
    expect(propertiesOf(captureRole(dlq))).toEqual({
      AssumeRolePolicyDocument: {
        Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }],
        Version: '2012-10-17',
      },
    });
  });
});

describe('the intake queue', () => {
  test('is subscribed to the topic, and what SNS cannot deliver goes to the undeliverable queue', () => {
    const { dlq } = defineDlq();
    expect(ofHydrateFunction(dlq, 'AWS::SNS::Subscription').Properties).toEqual({
      Protocol: 'sqs',
      Endpoint: resolved(dlq, dlq.intakeQueue!.queueArn),
      TopicArn: resolved(dlq, topicOf(dlq).topicArn),
      RedrivePolicy: { deadLetterTargetArn: resolved(dlq, dlq.undeliverableQueue.queueArn) },
    });
  });

  test('leads to the undeliverable queue after 20 receives', () => {
    const { dlq } = defineDlq();
    const deadLetterTargetArn = resolved(dlq, dlq.undeliverableQueue.queueArn);
    expect(propertiesOf(dlq.intakeQueue!).RedrivePolicy).toEqual({ deadLetterTargetArn, maxReceiveCount: 20 });
  });

  test.each([[undefined, 1_800], [Duration.minutes(1), 360], [Duration.minutes(15), 5_400]])('has a visibility timeout of six times the timeout %s', (timeout, seconds) => {
    const { dlq } = defineDlq({ capture: FailureCapture.hydrate({ timeout }) });
    expect(propertiesOf(dlq.intakeQueue!).VisibilityTimeout).toBe(seconds);
  });

  test('has the longest visibility timeout where synth does not know the timeout', () => {
    const { dlq } = defineDlq((stack) => ({
      capture: FailureCapture.hydrate({ timeout: Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber) }),
    }));
    expect(propertiesOf(dlq.intakeQueue!).VisibilityTimeout).toBe(5_400);
  });

  test('takes messages from the topic, and from no other', () => {
    const { dlq } = defineDlq();
    expect(queuePolicyOf(dlq.intakeQueue!).filter(({ Effect }) => Effect === 'Allow')).toEqual([{
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Principal: { Service: 'sns.amazonaws.com' },
      Resource: resolved(dlq, dlq.intakeQueue!.queueArn),
      Condition: { ArnEquals: { 'aws:SourceArn': resolved(dlq, topicOf(dlq).topicArn) } },
    }]);
  });

  test('has the key of the StreamDlq, which SNS of this account may use', () => {
    const { dlq, stack } = defineDlq((it) => ({ encryptionKey: new kms.Key(it, 'Key') }));
    const key = dlq.intakeQueue!.encryptionMasterKey!;
    expect(propertiesOf(dlq.intakeQueue!).KmsMasterKeyId).toEqual(resolved(stack, key.keyArn));
    const statements = (propertiesOf(key).KeyPolicy.Statement as Statement[]).filter(({ Principal }) => JSON.stringify(Principal).includes('sns.'));
    expect(statements.map(({ Condition }) => Condition)).toEqual([{ StringEquals: { 'aws:SourceAccount': resolved(stack, stack.account) } }]);
  });

  test.each([
    ['a known account', { env: { account: '123456789012', region: 'us-east-1' } }],
    ['any account', {}],
  ])('has the key of the StreamDlq, which SNS of the account of the topic may use too, in a stack of %s', (_, props) => {
    const stack = testStack(props);
    const { dlq } = defineDlq((it) => ({
      encryptionKey: new kms.Key(it, 'Key'),
      capture: FailureCapture.hydrate({ topic: sns.Topic.fromTopicArn(it, 'Given', 'arn:aws:sns:us-east-1:999999999999:failures') }),
    }), undefined, stack);
    const statements = propertiesOf(dlq.intakeQueue!.encryptionMasterKey!).KeyPolicy.Statement as Statement[];
    expect(statements.filter(({ Principal }) => JSON.stringify(Principal).includes('sns.')).map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { 'aws:SourceAccount': [resolved(stack, stack.account), '999999999999'] } },
    ]);
  });

  test('is none of FailureCapture.s3()', () => {
    expect(defineDlq({ capture: FailureCapture.s3() }).dlq.intakeQueue).toBeUndefined();
  });

  describe('maxConcurrency', () => {
    const refusal = (options: HydrateCaptureOptions) => messageOf(() => defineDlq({ capture: FailureCapture.hydrate(options) }));

    test.each([2, 50, 1_000])('%d is what the mapping keeps to, and what the function knows', (maxConcurrency) => {
      const { dlq } = defineDlq({ capture: FailureCapture.hydrate({ maxConcurrency }) });
      expect(ofHydrateFunction(dlq, 'AWS::Lambda::EventSourceMapping').Properties.ScalingConfig).toEqual({ MaximumConcurrency: maxConcurrency });
      expect(propertiesOf(dlq.captureFunction).Environment.Variables.MAX_CONCURRENCY).toBe(String(maxConcurrency));
    });

    test('may come from a parameter of the stack', () => {
      const { dlq } = defineDlq((stack) => ({
        capture: FailureCapture.hydrate({ maxConcurrency: new CfnParameter(stack, 'Most', { type: 'Number' }).valueAsNumber }),
      }));
      expect(propertiesOf(dlq.captureFunction).Environment.Variables.MAX_CONCURRENCY).toEqual({ Ref: 'Most' });
    });

    test.each([1, 0, 1_001, 2.5])('%d is refused', (maxConcurrency) => {
      expect(refusal({ maxConcurrency })).toBe(`[Stack/Dlq/Hydrate] \`maxConcurrency\` must be a whole number from 2 to 1000, got: ${maxConcurrency}`);
    });

    test('above reservedConcurrentExecutions is refused', () => {
      expect(refusal({ maxConcurrency: 5, reservedConcurrentExecutions: 4 })).toContain(
        '`reservedConcurrentExecutions` must be at least `maxConcurrency`, got: 4 for 5; leave `reservedConcurrentExecutions` out, or lower',
      );
    });
  });

  test('needs an undeliverable queue of its account and Region', () => {
    const queueArn = 'arn:aws:sqs:eu-west-1:210987654321:undeliverable';
    const define = () => {
      const stack = new Stack(new App(), 'Elsewhere', { env: { account: '123456789012', region: 'us-east-1' } });
      return new StreamDlq(stack, 'Dlq', { undeliverableQueue: sqs.Queue.fromQueueArn(stack, 'Queue', queueArn) });
    };
    expect(messageOf(define)).toContain('`undeliverableQueue` must be in the account and Region of its StreamDlq, got: account 210987654321 in eu-west-1');
  });
});

describe('the undeliverable queue', () => {
  test('takes messages from the topic, and from no other', () => {
    const { dlq } = defineDlq();
    expect(queuePolicyOf(dlq.undeliverableQueue)).toContainEqual({
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Principal: { Service: 'sns.amazonaws.com' },
      Resource: resolved(dlq, dlq.undeliverableQueue.queueArn),
      Condition: { ArnEquals: { 'aws:SourceArn': resolved(dlq, topicOf(dlq).topicArn) } },
    });
  });
});

describe('a StreamDlq', () => {
  test('defines three queues, a bucket, a topic and a function, and no key', () => {
    const { stack } = defineDlq();
    const types = ['SQS::Queue', 'S3::Bucket', 'SNS::Topic', 'Lambda::Function', 'KMS::Key'];
    expect(types.map((type) => countOf(stack, `AWS::${type}`))).toEqual([3, 1, 1, 1, 0]);
  });

  test('has nothing to warn of', () => {
    const { dlq, stack, stream } = defineDlq();
    processWith(dlq, testProcessor(stack), stream);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('exposes its sources', () => {
    const { dlq, stream } = defineDlq();
    expect(dlq.sources.map(({ streamArn }) => streamArn)).toEqual([stream.streamArn]);
  });
});
