import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { RedriveFunction, RedriveFunctionProps, StreamDlqOptions } from '../../src';
import { annotationsOf, countOf, propertiesOf, resolved, resourceOf, resourcesOf, testProcessor } from '../support/app';
import { queuePolicyOf } from '../support/policies';
import { defineDlq, processWith } from '../support/stream-dlq';

type Options<T> = T | ((stack: Stack) => T);

function define(
  props: Options<Omit<RedriveFunctionProps, 'dlq'>> = {}, options: Options<StreamDlqOptions> = {},
) {
  const defined = defineDlq(options);
  const { stack, dlq } = defined;
  return { ...defined, redrive: new RedriveFunction(stack, 'Redrive', { dlq, ...(typeof props === 'function' ? props(stack) : props) }) };
}

const fifo = (stack: Stack): StreamDlqOptions => ({
  queue: new sqs.Queue(stack, 'Given', { fifo: true, visibilityTimeout: Duration.minutes(90), retentionPeriod: Duration.days(14) }),
});
const environmentOf = ({ redrive }: ReturnType<typeof define>) => propertiesOf(redrive.function).Environment.Variables;

describe('the mapping', () => {
  test('is off, and gives one dead letter at a time to the function, at most two at once', () => {
    const { stack, dlq, redrive } = define();
    expect(propertiesOf(redrive.mapping)).toEqual({
      EventSourceArn: resolved(stack, dlq.queue.queueArn),
      FunctionName: resolved(stack, redrive.function.functionName),
      Enabled: false,
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  test.each([2, 50, 1_000])('maxConcurrency %d', (maxConcurrency) => {
    expect(propertiesOf(define({ maxConcurrency }).redrive.mapping).ScalingConfig).toEqual({ MaximumConcurrency: maxConcurrency });
  });

  test('comes after the permissions of the function, which Lambda looks at', () => {
    const { redrive } = define();
    const { DependsOn: dependencies = [] } = resourceOf(redrive.function);
    expect(dependencies.map((id) => resourcesOf(redrive)[id].Type)).toContain('AWS::IAM::Policy');
  });
});

describe('the function', () => {
  test('has 512 MiB and 15 minutes, on arm64, and shares the concurrency of the account', () => {
    const properties = propertiesOf(define().redrive.function);
    expect(properties).toMatchObject({ MemorySize: 512, Timeout: 900, Architectures: ['arm64'], Runtime: 'nodejs24.x', Handler: 'index.handler' });
    expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('knows the queues, the bucket, and what to do', () => {
    const defined = define();
    const { stack, dlq, redrive } = defined;
    expect(environmentOf(defined)).toEqual({
      QUEUE_URL: resolved(stack, dlq.queue.queueUrl),
      PARKING_QUEUE_URL: resolved(stack, redrive.parkingQueue.queueUrl),
      QUEUE_MAX_MESSAGE_BYTES: '1048576',
      OVERFLOW_BUCKET: resolved(stack, dlq.overflowBucket.bucketName),
      OVERFLOW_PREFIX: propertiesOf(dlq.captureFunction).Environment.Variables.OVERFLOW_PREFIX,
      MAX_ATTEMPTS: '3',
      SEND_SUPERSET: 'false',
      FORMAT_VERSION: '0.1.0',
    });
  });

  test('knows the log group for who did what, where there is one', () => {
    const defined = define({}, (stack) => ({ auditLogGroup: new logs.LogGroup(stack, 'Audit') }));
    expect(environmentOf(defined).AUDIT_LOG_GROUP).toEqual(resolved(defined.stack, defined.dlq.auditLogGroup!.logGroupName));
  });

  test('maxAttempts and sendSuperset', () => {
    expect(environmentOf(define({ maxAttempts: 10, sendSuperset: true }))).toMatchObject({ MAX_ATTEMPTS: '10', SEND_SUPERSET: 'true' });
  });

  test('architecture, memorySize, timeout, reservedConcurrentExecutions and logGroup', () => {
    const { stack, redrive } = define((it) => ({
      architecture: lambda.Architecture.X86_64,
      memorySize: 1024,
      timeout: Duration.minutes(2),
      maxConcurrency: 7,
      reservedConcurrentExecutions: 7,
      logGroup: new logs.LogGroup(it, 'Log'),
    }));
    const log = stack.node.findChild('Log') as logs.LogGroup;
    expect(propertiesOf(redrive.function)).toMatchObject({
      Architectures: ['x86_64'],
      MemorySize: 1024,
      Timeout: 120,
      ReservedConcurrentExecutions: 7,
      LoggingConfig: { LogGroup: resolved(stack, log.logGroupName) },
    });
    expect(countOf(stack, 'AWS::Lambda::EventInvokeConfig')).toBe(0);
  });
});

describe('the parking queue', () => {
  test('is encrypted, keeps messages for 14 days, refuses connections without TLS, and is kept when the stack goes', () => {
    const { redrive } = define();
    expect(resourceOf(redrive.parkingQueue)).toMatchObject({
      Properties: { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    expect(queuePolicyOf(redrive.parkingQueue)).toEqual([
      expect.objectContaining({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ]);
  });

  test('has the key of the others, and a retention of its own', () => {
    const keyed = (it: Stack) => ({ encryptionKey: new kms.Key(it, 'Key'), queueRetentionPeriod: Duration.days(3) });
    const { stack, dlq, redrive } = define({ parkingQueueRetentionPeriod: Duration.days(4) }, keyed);
    expect(propertiesOf(redrive.parkingQueue)).toEqual({
      KmsMasterKeyId: resolved(stack, dlq.queue.encryptionMasterKey!.keyArn),
      MessageRetentionPeriod: 345_600,
    });
  });

  test('keeps messages for 14 days whatever the retention of the others', () => {
    expect(propertiesOf(define({}, { queueRetentionPeriod: Duration.days(1) }).redrive.parkingQueue).MessageRetentionPeriod).toBe(1_209_600);
  });

  test('goes with the stack where the others do', () => {
    expect(resourceOf(define({}, { removalPolicy: RemovalPolicy.DESTROY }).redrive.parkingQueue).DeletionPolicy).toBe('Delete');
  });

  test('takes messages of any size, also where the dead-letter queue does not: what is parked has a reason as well', () => {
    const defined = define({}, { queueMaxMessageSizeBytes: 262_144 });
    expect(propertiesOf(defined.redrive.parkingQueue)).not.toHaveProperty('MaximumMessageSize');
    expect(environmentOf(defined).QUEUE_MAX_MESSAGE_BYTES).toBe('1048576');
  });

  test('is a FIFO queue where the dead-letter queue is one', () => {
    expect(propertiesOf(define({}, fifo).redrive.parkingQueue).FifoQueue).toBe(true);
    expect(propertiesOf(define().redrive.parkingQueue)).not.toHaveProperty('FifoQueue');
  });

  test('can be yours', () => {
    const defined = define((stack) => ({ parkingQueue: new sqs.Queue(stack, 'Parked') }));
    const { stack, redrive } = defined;
    expect(redrive.parkingQueue.node.path).toBe('Stack/Parked');
    expect(environmentOf(defined).PARKING_QUEUE_URL).toEqual(resolved(stack, redrive.parkingQueue.queueUrl));
    // The three of the StreamDlq, and this one.
    expect(countOf(stack, 'AWS::SQS::Queue')).toBe(4);
  });

  test.each([
    ['which sets one itself', 300_000, '300000'],
    ['which leaves it to SQS, and then that of the dead-letter queue', undefined, '262144'],
  ])('that is yours has a limit that the function knows, %s', (_, maxMessageSizeBytes, limit) => {
    const parking = (stack: Stack) => ({ parkingQueue: new sqs.Queue(stack, 'Parked', { maxMessageSizeBytes }) });
    expect(environmentOf(define(parking, { queueMaxMessageSizeBytes: 262_144 })).QUEUE_MAX_MESSAGE_BYTES).toBe(limit);
  });
});

describe('the visibility timeout of the dead-letter queue', () => {
  const visibilityOf = ({ dlq }: ReturnType<typeof define>) => propertiesOf(dlq.queue).VisibilityTimeout;

  test.each([
    ['by default', undefined, 5_400],
    ['for two minutes', Duration.minutes(2), 720],
  ])('is six times the timeout of the function, %s', (_, timeout, seconds) => {
    expect(visibilityOf(define({ timeout }))).toBe(seconds);
  });

  test('is left alone without a RedriveFunction', () => {
    expect(propertiesOf(defineDlq().dlq.queue)).not.toHaveProperty('VisibilityTimeout');
  });

  test('is `queueVisibilityTimeout` where that is set', () => {
    expect(visibilityOf(define({}, { queueVisibilityTimeout: Duration.hours(2) }))).toBe(7_200);
  });

  test('that was set on the resource stays', () => {
    const { stack, dlq } = defineDlq();
    (dlq.queue.node.defaultChild as sqs.CfnQueue).visibilityTimeout = 7_200;
    new RedriveFunction(stack, 'Redrive', { dlq });
    expect(propertiesOf(dlq.queue).VisibilityTimeout).toBe(7_200);
  });
});

test.each([
  ['a standard queue', {}],
  ['a FIFO queue', fifo],
])('there is nothing to warn of: %s', (_, options) => {
  const { stack, stream, dlq } = define({}, options);
  processWith(dlq, testProcessor(stack), stream);
  expect(annotationsOf(stack)).toEqual([]);
});
