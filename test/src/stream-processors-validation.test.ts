import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Alarms, FailureCapture, StreamDlqOptions } from '../../src';
import { processorProps, propertiesOf, testProcessor, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { CommonOptions, PROCESSOR_KINDS } from '../support/stream-processors';

describe.each(Object.entries(PROCESSOR_KINDS))('%s', (_, { define, defineSharing }) => {
  /** What the constructor says to these options. */
  const refusal = (options: CommonOptions, stack = testStack()) => messageOf(() => define(stack, options));

  describe('processor and processorProps', () => {
    const rest = 'pass an existing function as `processor`, or the properties of a new one as `processorProps`';

    test('one of them must be given', () => {
      expect(refusal({})).toBe(`[Stack/Orders] exactly one of \`processor\` and \`processorProps\` must be given, got: neither; ${rest}`);
    });

    test('not both may be given', () => {
      const stack = testStack();
      expect(refusal({ processor: testProcessor(stack), processorProps }, stack)).toBe(
        `[Stack/Orders] exactly one of \`processor\` and \`processorProps\` must be given, got: both; ${rest}`,
      );
    });
  });

  describe('a processor that is imported without its role', () => {
    test('is refused, because it could neither read the stream nor send failure records', () => {
      const stack = testStack();
      const processor = lambda.Function.fromFunctionArn(stack, 'Given', 'arn:aws:lambda:us-east-1:123456789012:function:orders');
      expect(refusal({ processor }, stack)).toBe(
        '[Stack/Orders] `processor` must have a role, got: \'Stack/Given\', imported without one; import it by ' +
          'Function.fromFunctionAttributes() with `role`, a role that may read the stream and send failure records',
      );
    });
  });

  describe('options of a StreamDlq beside a shared one', () => {
    const OPTIONS: { [Option in keyof Required<StreamDlqOptions>]: (stack: Stack) => StreamDlqOptions[Option] } = {
      queue: (stack) => new sqs.Queue(stack, 'Given'),
      queueMaxMessageSizeBytes: () => 262_144,
      overflowBucket: (stack) => new s3.Bucket(stack, 'Given'),
      queueRetentionPeriod: () => Duration.days(1),
      queueVisibilityTimeout: () => Duration.minutes(5),
      undeliverableQueueRetentionPeriod: () => Duration.days(1),
      undeliverableQueue: (stack) => new sqs.Queue(stack, 'Given'),
      encryptionKey: (stack) => new kms.Key(stack, 'Given'),
      removalPolicy: () => RemovalPolicy.DESTROY,
      capture: () => FailureCapture.s3(),
      keepCapture: () => FailureCapture.s3(),
      auditLogGroup: (stack) => new logs.LogGroup(stack, 'Given'),
      alarmActions: () => [],
      alarms: () => Alarms.all(),
      customMetrics: () => true,
      logQueries: () => true,
    };

    test.each(Object.entries(OPTIONS))('%s is refused', (option, value) => {
      const stack = testStack();
      expect(messageOf(() => defineSharing(stack, { processorProps, [option]: value(stack) }))).toBe(
        `[Stack/Orders] options of a StreamDlq must not be set with \`dlq\`, got: \`${option}\`; set them where \`dlq\` is defined`,
      );
    });

    test('every one that is given is named', () => {
      const options = { processorProps, capture: FailureCapture.s3(), removalPolicy: RemovalPolicy.DESTROY };
      expect(messageOf(() => defineSharing(testStack(), options))).toBe(
        '[Stack/Orders] options of a StreamDlq must not be set with `dlq`, got: `removalPolicy`, `capture`; set them where `dlq` is ' +
          'defined',
      );
    });

    test('an option that is undefined counts as not given', () => {
      const stack = testStack();
      expect(defineSharing(stack, { processorProps, capture: undefined }).dlq).toBe(stack.node.findChild('Shared'));
    });
  });

  describe('options of its own StreamDlq', () => {
    test('are checked where the StreamDlq is', () => {
      expect(refusal({ processorProps, queueMaxMessageSizeBytes: 64 })).toBe(
        '[Stack/Orders/Dlq] `queueMaxMessageSizeBytes` must be a whole number from 2048 to 1048576, got: 64',
      );
    });
  });

  describe('ranges that the CDK checks', () => {
    test.each([
      ['batchSize 0', { batchSize: 0 }, 'Maximum batch size must be between 1 and 10000 inclusive (given 0)'],
      ['batchSize 10001', { batchSize: 10_001 }, 'Maximum batch size must be between 1 and 10000 inclusive (given 10001)'],
      ['retryAttempts -2', { retryAttempts: -2 }, 'retryAttempts must be -1 (for infinite) or between 0 and 10000 inclusive, got -2'],
      ['retryAttempts 10001', { retryAttempts: 10_001 }, 'retryAttempts must be -1 (for infinite) or between 0 and 10000 inclusive, got 10001'],
      ['parallelizationFactor 0', { parallelizationFactor: 0 }, 'parallelizationFactor must be between 1 and 10 inclusive, got 0'],
      ['parallelizationFactor 11', { parallelizationFactor: 11 }, 'parallelizationFactor must be between 1 and 10 inclusive, got 11'],
      ['maxBatchingWindow 301 s', { maxBatchingWindow: Duration.seconds(301) }, 'maxBatchingWindow cannot be over 300 seconds, got 301'],
      ['maxRecordAge 59 s', { maxRecordAge: Duration.seconds(59) }, 'maxRecordAge must be between 60 seconds and 7 days inclusive'],
      ['maxRecordAge 169 h', { maxRecordAge: Duration.hours(169) }, 'maxRecordAge must be between 60 seconds and 7 days inclusive'],
      ['tumblingWindow 901 s', { tumblingWindow: Duration.seconds(901) }, 'tumblingWindow cannot be over 900 seconds, got 901'],
      [
        'filterEncryption without filters',
        { filterEncryption: kms.Key.fromKeyArn(testStack(), 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1') },
        'filter criteria must be provided to enable setting filter criteria encryption',
      ],
    ])('%s is refused', (__, options, message) => {
      expect(refusal({ processorProps, ...options })).toBe(message);
    });

    test.each([
      ['batchSize', 1, 10_000, 'BatchSize'],
      ['retryAttempts', 0, 10_000, 'MaximumRetryAttempts'],
      ['parallelizationFactor', 1, 10, 'ParallelizationFactor'],
    ])('%s may be from %d to %d', (option, min, max, property) => {
      for (const value of [min, max]) {
        expect(propertiesOf(define(testStack(), { processorProps, [option]: value }).mapping)[property]).toBe(value);
      }
    });

    test.each([
      ['maxBatchingWindow', Duration.seconds(0), Duration.seconds(300), 'MaximumBatchingWindowInSeconds'],
      ['maxRecordAge', Duration.seconds(60), Duration.days(7), 'MaximumRecordAgeInSeconds'],
      ['tumblingWindow', Duration.seconds(0), Duration.seconds(900), 'TumblingWindowInSeconds'],
    ])('%s may be from %s to %s', (option, min, max, property) => {
      for (const value of [min, max]) {
        expect(propertiesOf(define(testStack(), { processorProps, [option]: value }).mapping)[property]).toBe(value.toSeconds());
      }
    });
  });
});
