import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisStreamProcessor, KinesisStreamProcessorProps } from '../../src';
import { annotationsOf, countOf, processorProps, propertiesOf, resolved, testStack } from '../support/app';
import { allow, statementsOf } from '../support/policies';
import { captureRole, topicOf } from '../support/stream-dlq';

const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';

function define(props: Partial<KinesisStreamProcessorProps> = {}, stack = testStack()): KinesisStreamProcessor {
  return new KinesisStreamProcessor(stack, 'Orders', { processorProps, ...props } as KinesisStreamProcessorProps);
}

const mappingOf = (props: Partial<KinesisStreamProcessorProps> = {}, stack = testStack()) => propertiesOf(define(props, stack).mapping);

describe('what KinesisStreamProcessor defines when nothing but a processor is given', () => {
  test('one mapping from its stream to its processor', () => {
    const orders = define();
    // With that of the intake queue.
    expect(countOf(orders, 'AWS::Lambda::EventSourceMapping')).toBe(2);
    expect(propertiesOf(orders.mapping)).toMatchObject({
      EventSourceArn: resolved(orders, orders.stream.streamArn),
      FunctionName: resolved(orders, orders.processor.functionName),
    });
  });

  test('a stream of the CDK\'s defaults', () => {
    const orders = define();
    expect(propertiesOf(orders.stream)).toMatchObject({ RetentionPeriodHours: 24, ShardCount: 1 });
  });

  test('the failure records of the mapping go to the topic of its StreamDlq', () => {
    const orders = define();
    expect(propertiesOf(orders.mapping).DestinationConfig).toEqual({
      OnFailure: { Destination: resolved(orders, topicOf(orders.dlq).topicArn) },
    });
  });

  test('no enhanced fan-out consumer', () => {
    const orders = define();
    expect(orders.consumer).toBeUndefined();
    expect(countOf(orders, 'AWS::Kinesis::StreamConsumer')).toBe(0);
  });

  test('its stream is the source of its StreamDlq', () => {
    const orders = define();
    expect(orders.dlq.sources.map(({ streamArn }) => streamArn)).toEqual([orders.stream.streamArn]);
  });

  test('nothing to warn of', () => {
    expect(annotationsOf(Stack.of(define()))).toEqual([]);
  });
});

describe('defaults of the mapping', () => {
  test('a batch that fails is split', () => {
    expect(mappingOf().BisectBatchOnFunctionError).toBe(true);
  });

  test('a batch is tried three times again', () => {
    expect(mappingOf().MaximumRetryAttempts).toBe(3);
  });

  test('a processor may report which records failed', () => {
    expect(mappingOf().FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  test('reading starts at the oldest record', () => {
    expect(mappingOf()).toMatchObject({ StartingPosition: 'TRIM_HORIZON' });
    expect(mappingOf()).not.toHaveProperty('StartingPositionTimestamp');
  });

  test('a timestamp to start at implies the position AT_TIMESTAMP', () => {
    expect(mappingOf({ startingPositionTimestamp: 1_700_000_000 })).toMatchObject({
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: 1_700_000_000,
    });
  });

  test('a batch holds up to 100 records, as with the CDK', () => {
    expect(mappingOf().BatchSize).toBe(100);
  });

  test('all other properties are left to the service', () => {
    expect(Object.keys(mappingOf()).sort()).toEqual([
      'BatchSize',
      'BisectBatchOnFunctionError',
      'DestinationConfig',
      'EventSourceArn',
      'FunctionName',
      'FunctionResponseTypes',
      'MaximumRecordAgeInSeconds',
      'MaximumRetryAttempts',
      'StartingPosition',
    ]);
  });
});

describe('the default of maxRecordAge', () => {
  const hours = (count: number) => Duration.hours(count).toSeconds();
  const ageFor = (props: Partial<KinesisStreamProcessorProps>, stack = testStack()) => mappingOf(props, stack).MaximumRecordAgeInSeconds;

  test.each([
    ['24 hours, the least', 24, hours(18)],
    ['25 hours', 25, hours(19)],
    ['48 hours', 48, hours(42)],
    ['174 hours, 7 days after the margin', 174, hours(168)],
    ['175 hours, an hour more than a mapping can wait', 175, hours(168)],
    ['365 days', 365 * 24, hours(168)],
  ])('is the retention less 6 hours and at most 7 days: %s', (_, retention, expected) => {
    expect(ageFor({ streamProps: { retentionPeriod: Duration.hours(retention) } })).toBe(expected);
  });

  test('is 18 hours for an imported stream', () => {
    const stack = testStack();
    expect(ageFor({ stream: kinesis.Stream.fromStreamArn(stack, 'Stream', STREAM_ARN) }, stack)).toBe(hours(18));
  });

  test('is 18 hours for a stream whose retention is a token', () => {
    const retentionPeriod = Duration.hours(Lazy.number({ produce: () => 72 }));
    expect(ageFor({ streamProps: { retentionPeriod } })).toBe(hours(18));
  });

  test('is 18 hours for a stream whose retention is a parameter of the stack', () => {
    const stack = testStack();
    const parameter = new CfnParameter(stack, 'Retention', { type: 'Number', default: 24 });
    const stream = new kinesis.Stream(stack, 'Stream', { retentionPeriod: Duration.hours(parameter.valueAsNumber) });
    expect(ageFor({ stream }, stack)).toBe(hours(18));
  });

  test('is 18 hours for a resource of the lower level without a retention', () => {
    const stack = testStack();
    const resource = new kinesis.CfnStream(stack, 'Resource');
    expect(ageFor({ stream: kinesis.Stream.fromStreamArn(stack, 'Stream', resource.attrArn) }, stack)).toBe(hours(18));
  });

  test('follows the stream that a consumer reads', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream', { retentionPeriod: Duration.hours(48) });
    const consumer = new kinesis.StreamConsumer(stack, 'Consumer', { stream, streamConsumerName: 'orders' });
    expect(ageFor({ consumer }, stack)).toBe(hours(42));
  });
});

describe('enhanced fan-out', () => {
  test('defines a consumer of the stream that the mapping reads through', () => {
    const orders = define({ enhancedFanOut: true });
    expect(propertiesOf(orders.consumer!)).toEqual({
      ConsumerName: expect.stringMatching(/^[\w.-]{1,128}$/),
      StreamARN: resolved(orders, orders.stream.streamArn),
    });
    expect(propertiesOf(orders.mapping).EventSourceArn).toEqual(resolved(orders, orders.consumer!.streamConsumerArn));
  });

  test('names the consumers of two constructs on one stream differently', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    const [one, two] = ['One', 'Two'].map(
      (id) => new KinesisStreamProcessor(stack, id, { stream, processorProps, enhancedFanOut: true }).consumer!,
    );
    expect(propertiesOf(one).ConsumerName).not.toBe(propertiesOf(two).ConsumerName);
  });

  test('keeps the defaults of the mapping', () => {
    const { EventSourceArn: shared, ...defaults } = mappingOf();
    const { EventSourceArn: dedicated, ...withConsumer } = mappingOf({ enhancedFanOut: true });
    expect(withConsumer).toEqual(defaults);
    expect(dedicated).not.toEqual(shared);
  });

  test('reads the records again from the stream, not from the consumer', () => {
    const orders = define({ enhancedFanOut: true });
    expect(orders.dlq.sources.map(({ streamArn }) => streamArn)).toEqual([orders.stream.streamArn]);
    expect(statementsOf(captureRole(orders.dlq))).toContainEqual(
      allow(['kinesis:GetRecords', 'kinesis:GetShardIterator'], resolved(orders, orders.stream.streamArn)),
    );
  });

  test('is not used where it is told not to be', () => {
    expect(define({ enhancedFanOut: false }).consumer).toBeUndefined();
  });

  test('goes without saying where a consumer is given', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    const consumer = new kinesis.StreamConsumer(stack, 'Consumer', { stream, streamConsumerName: 'orders' });
    const orders = define({ consumer }, stack);
    expect(propertiesOf(orders.mapping).EventSourceArn).toEqual(resolved(stack, consumer.streamConsumerArn));
    expect(countOf(stack, 'AWS::Kinesis::StreamConsumer')).toBe(1);
  });
});

describe('the processor that is defined from processorProps', () => {
  test('has the properties that were given', () => {
    const orders = define({ processorProps: { ...processorProps, memorySize: 1024, runtime: lambda.Runtime.NODEJS_22_X } });
    expect(propertiesOf(orders.processor)).toMatchObject({ MemorySize: 1024, Runtime: 'nodejs22.x', Handler: 'index.handler' });
  });
});
