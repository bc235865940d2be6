import { CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, KinesisStreamProcessor, KinesisStreamProcessorProps, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import { processorProps, resourceOf, testProcessor, testStack } from '../support/app';
import { messageOf } from '../support/errors';

const ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream';
const CONSUMER = 'consumer/fast:1700000000';

/** What `new KinesisStreamProcessor` says to these props. */
const refusal = (props: KinesisStreamProcessorProps, stack = testStack()) =>
  messageOf(() => new KinesisStreamProcessor(stack, 'Orders', props));

describe('stream, streamProps and consumer', () => {
  test('stream and streamProps exclude each other', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    expect(refusal({ stream, streamProps: { shardCount: 2 }, processorProps }, stack)).toBe(
      '[Stack/Orders] `stream` and `streamProps` exclude each other, got: both; remove `streamProps`, which is for a new stream',
    );
  });

  test('consumer and streamProps exclude each other', () => {
    const stack = testStack();
    const consumer = kinesis.StreamConsumer.fromStreamConsumerArn(stack, 'Consumer', `${ARN}/orders/${CONSUMER}`);
    expect(refusal({ consumer, streamProps: {}, processorProps }, stack)).toBe(
      '[Stack/Orders] `consumer` and `streamProps` exclude each other, got: both; remove `streamProps`, a consumer has its stream already',
    );
  });

  test('a consumer cannot be read without enhanced fan-out', () => {
    const stack = testStack();
    const consumer = kinesis.StreamConsumer.fromStreamConsumerArn(stack, 'Consumer', `${ARN}/orders/${CONSUMER}`);
    expect(refusal({ consumer, enhancedFanOut: false, processorProps }, stack)).toBe(
      '[Stack/Orders] `consumer` is read through enhanced fan-out, got: `enhancedFanOut` false beside it; remove one of the two',
    );
  });

  test('a consumer of this app must read the stream that is given', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    const other = new kinesis.Stream(stack, 'Other');
    const consumer = new kinesis.StreamConsumer(stack, 'Consumer', { stream: other, streamConsumerName: 'fast' });
    expect(refusal({ stream, consumer, processorProps }, stack)).toBe(
      '[Stack/Orders] `consumer` must be a consumer of `stream`, got: a consumer of Stack/Other beside Stack/Stream; ' +
        'remove `stream`',
    );
  });

  test('an imported consumer must read the imported stream that is given', () => {
    const stack = testStack();
    const stream = kinesis.Stream.fromStreamArn(stack, 'Stream', `${ARN}/orders`);
    const consumer = kinesis.StreamConsumer.fromStreamConsumerArn(stack, 'Consumer', `${ARN}/other/${CONSUMER}`);
    expect(refusal({ stream, consumer, processorProps }, stack)).toBe(
      `[Stack/Orders] \`consumer\` must be a consumer of \`stream\`, got: a consumer of ${ARN}/other beside ${ARN}/orders; remove \`stream\``,
    );
  });

  test('a consumer beside its own stream is fine', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    const consumer = new kinesis.StreamConsumer(stack, 'Consumer', { stream, streamConsumerName: 'fast' });
    const orders = new KinesisStreamProcessor(stack, 'Orders', { stream, consumer, processorProps });
    expect(orders.consumer).toBe(consumer);
  });

  test('a consumer beside a stream that is known only at deployment is taken at its word', () => {
    const stack = testStack();
    const stream = kinesis.Stream.fromStreamArn(stack, 'Stream', new CfnParameter(stack, 'StreamArn').valueAsString);
    const consumer = kinesis.StreamConsumer.fromStreamConsumerArn(stack, 'Consumer', `${ARN}/orders/${CONSUMER}`);
    const orders = new KinesisStreamProcessor(stack, 'Orders', { stream, consumer, processorProps });
    expect(orders.stream).toBe(stream);
  });
});

describe('processor and processorProps', () => {
  const rest = 'pass an existing function as `processor`, or the properties of a new one as `processorProps`';

  test('one of them must be given', () => {
    expect(refusal({})).toBe(
      `[Stack/Orders] exactly one of \`processor\` and \`processorProps\` must be given, got: neither; ${rest}`,
    );
  });

  test('not both may be given', () => {
    const stack = testStack();
    expect(refusal({ processor: testProcessor(stack), processorProps }, stack)).toBe(
      `[Stack/Orders] exactly one of \`processor\` and \`processorProps\` must be given, got: both; ${rest}`,
    );
  });
});

describe('startingPositionTimestamp', () => {
  test.each([1_795_299_327_282, -1, Number.NaN])('%d is refused', (startingPositionTimestamp) => {
    expect(refusal({ processorProps, startingPositionTimestamp })).toBe(
      `[Stack/Orders] \`startingPositionTimestamp\` must be a time in Unix seconds, got: ${startingPositionTimestamp}; ` +
        'milliseconds, as of Date.now(), are to be divided by 1000',
    );
  });
});

describe('a processor that is imported without its role', () => {
  test('is refused: it could neither read the stream nor publish failure records', () => {
    const stack = testStack();
    const processor = lambda.Function.fromFunctionArn(stack, 'Given', 'arn:aws:lambda:us-east-1:123456789012:function:orders');
    expect(refusal({ processor }, stack)).toBe(
      "[Stack/Orders] `processor` must come with its role, got: 'Stack/Given', imported without one; " +
        'import it by Function.fromFunctionAttributes() with `role`, which needs to read the stream and to publish failure records',
    );
  });
});

describe('options of a StreamDlq beside a shared one', () => {
  function shared() {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    return { stack, stream, dlq: new StreamDlq(stack, 'Shared', { source: StreamSource.kinesis(stream) }) };
  }

  const OPTIONS: { [Option in keyof Required<StreamDlqOptions>]: (stack: Stack) => StreamDlqOptions[Option] } = {
    queue: (stack) => new sqs.Queue(stack, 'Given'),
    queueMaxMessageSizeBytes: () => 262_144,
    overflowBucket: (stack) => new s3.Bucket(stack, 'Given'),
    queueRetentionPeriod: () => Duration.days(1),
    undeliverableQueue: (stack) => new sqs.Queue(stack, 'Given'),
    encryptionKey: (stack) => new kms.Key(stack, 'Given'),
    removalPolicy: () => RemovalPolicy.DESTROY,
    capture: () => FailureCapture.s3(),
    formerCapture: () => FailureCapture.s3(),
  };

  test.each(Object.entries(OPTIONS))('%s is refused', (option, value) => {
    const { stack, stream, dlq } = shared();
    expect(refusal({ stream, dlq, processorProps, [option]: value(stack) }, stack)).toBe(
      `[Stack/Orders] \`dlq\` is shared as it is, got: \`${option}\` beside it; set them where it is defined`,
    );
  });

  test('every one that is given is named', () => {
    const { stack, stream, dlq } = shared();
    expect(refusal({ stream, dlq, processorProps, capture: FailureCapture.s3(), removalPolicy: RemovalPolicy.DESTROY }, stack)).toBe(
      '[Stack/Orders] `dlq` is shared as it is, got: `removalPolicy`, `capture` beside it; set them where it is defined',
    );
  });

  test('an option that is undefined counts as not given', () => {
    const { stack, stream, dlq } = shared();
    const orders = new KinesisStreamProcessor(stack, 'Orders', { stream, dlq, processorProps, capture: undefined });
    expect(orders.dlq).toBe(dlq);
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
      'AT_TIMESTAMP without a time',
      { startingPosition: lambda.StartingPosition.AT_TIMESTAMP },
      'startingPositionTimestamp must be provided when startingPosition is AT_TIMESTAMP',
    ],
    [
      'a time beside another starting position',
      { startingPosition: lambda.StartingPosition.LATEST, startingPositionTimestamp: 1_700_000_000 },
      'startingPositionTimestamp can only be used when startingPosition is AT_TIMESTAMP',
    ],
    [
      'filterEncryption without filters',
      { filterEncryption: kms.Key.fromKeyArn(testStack(), 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1') },
      'filter criteria must be provided to enable setting filter criteria encryption',
    ],
  ])('%s is refused', (_, options, message) => {
    expect(refusal({ processorProps, ...options })).toBe(message);
  });

  test.each([
    ['batchSize', 1, 10_000, 'BatchSize'],
    ['retryAttempts', 0, 10_000, 'MaximumRetryAttempts'],
    ['parallelizationFactor', 1, 10, 'ParallelizationFactor'],
  ])('%s may be from %d to %d', (option, min, max, property) => {
    for (const value of [min, max]) {
      const orders = new KinesisStreamProcessor(testStack(), 'Orders', { processorProps, [option]: value });
      expect(resourceOf(orders.mapping).Properties[property]).toBe(value);
    }
  });

  test.each([
    ['maxBatchingWindow', Duration.seconds(0), Duration.seconds(300), 'MaximumBatchingWindowInSeconds'],
    ['maxRecordAge', Duration.seconds(60), Duration.days(7), 'MaximumRecordAgeInSeconds'],
    ['tumblingWindow', Duration.seconds(0), Duration.seconds(900), 'TumblingWindowInSeconds'],
  ])('%s may be from %s to %s', (option, min, max, property) => {
    for (const value of [min, max]) {
      const orders = new KinesisStreamProcessor(testStack(), 'Orders', { processorProps, [option]: value });
      expect(resourceOf(orders.mapping).Properties[property]).toBe(value.toSeconds());
    }
  });
});

describe('options of its own StreamDlq', () => {
  test('are checked where the StreamDlq is', () => {
    expect(refusal({ processorProps, queueMaxMessageSizeBytes: 64 })).toBe(
      '[Stack/Orders/Dlq] `queueMaxMessageSizeBytes` must be a whole number from 2048 to 1048576, got: 64',
    );
  });
});
