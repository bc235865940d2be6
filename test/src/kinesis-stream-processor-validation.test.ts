import { CfnParameter } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisStreamProcessor, KinesisStreamProcessorProps } from '../../src';
import { processorProps, testStack } from '../support/app';
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
      '[Stack/Orders] `stream` and `streamProps` must not be set together, got: both; remove `streamProps`: it is for a new stream',
    );
  });

  test('consumer and streamProps exclude each other', () => {
    const stack = testStack();
    const consumer = kinesis.StreamConsumer.fromStreamConsumerArn(stack, 'Consumer', `${ARN}/orders/${CONSUMER}`);
    expect(refusal({ consumer, streamProps: {}, processorProps }, stack)).toBe(
      '[Stack/Orders] `consumer` and `streamProps` must not be set together, got: both; remove `streamProps`: a consumer already has ' +
        'a stream',
    );
  });

  test('enhancedFanOut false is refused beside a consumer', () => {
    const stack = testStack();
    const consumer = kinesis.StreamConsumer.fromStreamConsumerArn(stack, 'Consumer', `${ARN}/orders/${CONSUMER}`);
    expect(refusal({ consumer, enhancedFanOut: false, processorProps }, stack)).toBe(
      '[Stack/Orders] `enhancedFanOut` must not be false with `consumer`, got: false; remove one of the two',
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

describe('startingPositionTimestamp', () => {
  test.each([1_795_299_327_282, -1, Number.NaN])('%d is refused', (startingPositionTimestamp) => {
    expect(refusal({ processorProps, startingPositionTimestamp })).toBe(
      `[Stack/Orders] \`startingPositionTimestamp\` must be a time in Unix seconds, got: ${startingPositionTimestamp}; divide ` +
        'milliseconds, such as those of Date.now(), by 1000',
    );
  });
});

describe('what the CDK checks of the starting position', () => {
  test.each([
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
  ])('%s is refused', (_, options, message) => {
    expect(refusal({ processorProps, ...options })).toBe(message);
  });
});
