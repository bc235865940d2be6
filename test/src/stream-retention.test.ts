import { CfnParameter, Duration, Stack, Token } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { KinesisStreamProcessor, KinesisStreamProcessorProps, StreamDlq, StreamSource } from '../../src';
import { annotationsOf, processorProps, propertiesOf, testApp, testStack } from '../support/app';
import { messageOf } from '../support/errors';

const importedStream = (stack: Stack, id = 'Stream') =>
  kinesis.Stream.fromStreamArn(stack, id, 'arn:aws:kinesis:us-east-1:123456789012:stream/orders');
const HOUR = 3_600;

/** The default of `maxRecordAge`, which leaves 6 hours of the retention. */
const ageOf = (orders: KinesisStreamProcessor) => propertiesOf(orders.mapping).MaximumRecordAgeInSeconds;

function processed(props: Partial<KinesisStreamProcessorProps>, stack = testStack()) {
  return { stack, orders: new KinesisStreamProcessor(stack, 'Orders', { processorProps, ...props }) };
}

describe('the retention of an imported stream', () => {
  test('is 24 hours unless the app says it', () => {
    const stack = testStack();
    expect(ageOf(processed({ stream: importedStream(stack) }, stack).orders)).toBe(18 * HOUR);
  });

  test('is what the app says, for each source of a StreamDlq', () => {
    const stack = testStack();
    const streams = ['One', 'Two'].map((id) => kinesis.Stream.fromStreamArn(stack, id, `arn:aws:kinesis:us-east-1:123456789012:stream/${id}`));
    const dlq = new StreamDlq(stack, 'Dlq');
    const processors = [7, 1].map((days, i) => {
      dlq.addSource(StreamSource.kinesis(streams[i], { retention: Duration.days(days) }));
      return new KinesisStreamProcessor(stack, `Orders${i}`, { processorProps, stream: streams[i], dlq });
    });
    expect(processors.map(ageOf)).toEqual([162 * HOUR, 18 * HOUR]);
  });

  test('is what the app says to a processor, whose mapping leaves 6 hours of it', () => {
    const stack = testStack();
    const { orders } = processed({ stream: importedStream(stack), streamRetention: Duration.hours(48) }, stack);
    expect(propertiesOf(orders.mapping).MaximumRecordAgeInSeconds).toBe(42 * 3_600);
    expect(annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq'))).toEqual([]);
  });

  test('is what the app says to a processor that reads through an imported consumer', () => {
    const stack = testStack();
    const consumer = kinesis.StreamConsumer.fromStreamConsumerArn(
      stack, 'Consumer', 'arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/orders:1',
    );
    const { orders } = processed({ consumer, streamRetention: Duration.hours(48) }, stack);
    expect(propertiesOf(orders.mapping).MaximumRecordAgeInSeconds).toBe(42 * 3_600);
  });

  test('is that of the source of a shared StreamDlq', () => {
    const stack = testStack();
    const stream = importedStream(stack);
    const dlq = new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(stream, { retention: Duration.hours(48) }) });
    expect(propertiesOf(processed({ stream, dlq }, stack).orders.mapping).MaximumRecordAgeInSeconds).toBe(42 * 3_600);
  });

  test('is what the app says to a processor that adds its stream to a shared StreamDlq', () => {
    const stack = testStack();
    const { orders } = processed({ stream: importedStream(stack), dlq: new StreamDlq(stack, 'Dlq'), streamRetention: Duration.hours(48) }, stack);
    expect(ageOf(orders)).toBe(42 * HOUR);
  });

  test('is what synth compares `maxRecordAge` with', () => {
    const stack = testStack();
    processed({ stream: importedStream(stack), streamRetention: Duration.hours(48), maxRecordAge: Duration.hours(48) }, stack);
    expect(annotationsOf(stack).filter((it) => it.includes('maxRecordAgeBeyondRetention'))).toHaveLength(1);
  });
});

describe('the retention of a stream of this app', () => {
  const ownStream = (stack: Stack, retentionPeriod?: Duration) => new kinesis.Stream(stack, 'Stream', { retentionPeriod });

  test('is known, in another stack as well', () => {
    const app = testApp();
    const stream = ownStream(new Stack(app, 'Streams'), Duration.hours(48));
    expect(propertiesOf(processed({ stream }, testStack({}, app)).orders.mapping).MaximumRecordAgeInSeconds).toBe(42 * 3_600);
  });

  test('may be said again, and nothing else', () => {
    const stack = testStack();
    const stream = ownStream(stack, Duration.hours(48));
    expect(() => StreamSource.kinesis(stream, { retention: Duration.days(2) })).not.toThrow();
    expect(messageOf(() => StreamSource.kinesis(stream, { retention: Duration.days(7) }))).toBe(
      '[Stack/Stream] `retention` must be that of the stream, got: 7 days for a stream that this app defines with 2 days; remove `retention`: it is for imported streams',
    );
  });

  test('may be said where it is a token', () => {
    const stack = testStack();
    const stream = ownStream(stack);
    (stream.node.defaultChild as kinesis.CfnStream).retentionPeriodHours = new CfnParameter(stack, 'Hours', { type: 'Number' }).valueAsNumber;
    expect(ageOf(processed({ stream, streamRetention: Duration.hours(72) }, stack).orders)).toBe(66 * HOUR);
  });
});

describe('a retention that is refused', () => {
  test.each([
    ['below a day', () => Duration.hours(23), '`retention` must be from 1 day to 365 days, got: 23 hours'],
    ['above a year', () => Duration.days(366), '`retention` must be from 1 day to 365 days, got: 366 days'],
    ['not in whole hours', () => Duration.minutes(1_441), '`retention` must be in whole hours, got: '],
    [
      'known at deployment only',
      (stack: Stack) => Duration.hours(Token.asNumber(new CfnParameter(stack, 'Hours', { type: 'Number' }).valueAsNumber)),
      '`retention` must be known at synth, got: a token; pass a fixed duration: other settings depend on it',
    ],
  ])('%s', (_, retentionOf, text) => {
    const stack = testStack();
    const stream = importedStream(stack);
    expect(messageOf(() => StreamSource.kinesis(stream, { retention: retentionOf(stack) }))).toContain(`[Stack/Stream] ${text}`);
  });

  test('for a processor that defines its stream', () => {
    expect(messageOf(() => processed({ streamRetention: Duration.hours(48) }))).toBe(
      '[Stack/Orders] `streamRetention` must be set with `stream` or `consumer`, got: neither; set `retentionPeriod` in `streamProps`',
    );
  });
});
