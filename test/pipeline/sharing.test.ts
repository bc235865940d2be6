import { App, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisStreamProcessor } from '../../src';
import { Pipeline, processorProps, recordsOf } from './pipeline';

describe('several pipelines at once', () => {
  let pipeline: Pipeline | undefined;

  afterEach(async () => {
    await pipeline?.stop();
    pipeline = undefined;
  });

  it('gives each of two processors of one stream a queue of its own', async () => {
    pipeline = await Pipeline.start({
      define: (app) => {
        const stack = new Stack(app, 'Test');
        const stream = new kinesis.Stream(stack, 'Stream');
        return ['First', 'Second'].map(
          (id) => new KinesisStreamProcessor(stack, id, { stream, processorProps: processorProps(), retryAttempts: 0 }),
        );
      },
    });
    const [bad] = await pipeline.publish([{ key: 'a', data: 'throw' }, { key: 'a', data: 'good' }]);
    await pipeline.settle();

    const [first, second] = [await pipeline.deadLetters(0), await pipeline.deadLetters(1)];
    for (const letters of [first, second]) {
      expect(letters.flatMap(recordsOf).map(({ kinesis: { sequenceNumber } }) => sequenceNumber)).toEqual([bad.sequenceNumber]);
    }
    expect(first[0].requestContext.functionArn).not.toBe(second[0].requestContext.functionArn);
    expect(recordsOf(first[0])[0].invokeIdentityArn).not.toBe(recordsOf(second[0])[0].invokeIdentityArn);
    expect(first[0].hydration.deadLetterId).not.toBe(second[0].hydration.deadLetterId);
  });

  it('lets two processors of one stream share a StreamDlq, each record with the role it was invoked by', async () => {
    pipeline = await Pipeline.start({
      define: (app) => {
        const stack = new Stack(app, 'Test');
        const first = new KinesisStreamProcessor(stack, 'First', { processorProps: processorProps(), retryAttempts: 0 });
        new KinesisStreamProcessor(stack, 'Second', {
          stream: first.stream,
          dlq: first.dlq,
          processorProps: processorProps(),
          retryAttempts: 0,
        });
        return [first];
      },
    });
    await pipeline.publish([{ key: 'a', data: 'throw' }]);
    await pipeline.settle();

    const letters = await pipeline.deadLetters();
    expect(letters).toHaveLength(2);
    for (const letter of letters) {
      const event = pipeline.received.find(({ Records: [record] }) => record.invokeIdentityArn === recordsOf(letter)[0].invokeIdentityArn);
      expect(letter.payload).toEqual(event);
    }
    expect(new Set(letters.map((letter) => recordsOf(letter)[0].invokeIdentityArn)).size).toBe(2);
  });

  it('works with a stream of one stack and the rest in another', async () => {
    pipeline = await Pipeline.start({
      define: (app) => {
        const stream = new kinesis.Stream(new Stack(app, 'Streams'), 'Stream');
        return [new KinesisStreamProcessor(new Stack(app, 'Test'), 'Orders', { stream, processorProps: processorProps(), retryAttempts: 0 })];
      },
    });
    // The stream's name is an output of the stack it is used in.
    const [bad] = await pipeline.publish([{ key: 'a', data: 'throw' }]);
    await pipeline.settle();

    const [letter] = await pipeline.deadLetters();
    expect(recordsOf(letter)).toEqual([pipeline.receivedRecord(bad.sequenceNumber)]);
  });

  it('keeps the records of a processor of another stack, without the role it cannot know', async () => {
    pipeline = await Pipeline.start({
      define: (app) => {
        const processor = new lambda.Function(new Stack(app, 'Functions'), 'Function', processorProps());
        return [new KinesisStreamProcessor(new Stack(app, 'Test'), 'Orders', { processor, retryAttempts: 0 })];
      },
    });
    const [bad] = await pipeline.publish([{ key: 'a', data: 'throw' }]);
    await pipeline.settle();

    const [letter] = await pipeline.deadLetters();
    const { invokeIdentityArn, ...record } = pipeline.receivedRecord(bad.sequenceNumber);
    expect(invokeIdentityArn).toMatch(/^arn:aws:iam::/);
    expect(recordsOf(letter)).toEqual([record]);
  });

  it('runs behind an alias, whose ARN is in the failure record', async () => {
    pipeline = await Pipeline.start({
      define: (app: App) => {
        const stack = new Stack(app, 'Test');
        const processor = new lambda.Function(stack, 'Function', processorProps()).addAlias('live');
        return [new KinesisStreamProcessor(stack, 'Orders', { processor, retryAttempts: 0 })];
      },
    });
    const [bad] = await pipeline.publish([{ key: 'a', data: 'throw' }]);
    await pipeline.settle();

    const [letter] = await pipeline.deadLetters();
    expect(letter.requestContext.functionArn).toMatch(/:live$/);
    expect(letter.responseContext?.executedVersion).toBe('1');
    expect(recordsOf(letter)).toEqual([pipeline.receivedRecord(bad.sequenceNumber)]);
  });
});
