import { App, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisStreamProcessor, StreamDlq } from '../../src';
import { Pipeline, processorProps, recordsOf, withoutRoles } from './pipeline';

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
    expect(first[0].hydration.deadLetterId).not.toBe(second[0].hydration.deadLetterId);
  });

  it('lets two processors of one stream share a StreamDlq', async () => {
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
    for (const letter of letters) expect(letter.payload).toEqual(withoutRoles(pipeline.received[0]));
    expect(new Set(letters.map(({ requestContext }) => requestContext.functionArn)).size).toBe(2);
  });

  it('gives one queue the dead letters of two streams of other stacks', async () => {
    pipeline = await Pipeline.start({
      define: (app) => {
        const dlq = new StreamDlq(new Stack(app, 'Team'), 'Dlq');
        return ['First', 'Second'].map((id) => {
          const stack = new Stack(app, id);
          return new KinesisStreamProcessor(stack, 'Orders', { dlq, processorProps: processorProps(), retryAttempts: 0 });
        });
      },
    });
    const [first] = await pipeline.publish([{ key: 'a', data: 'throw first' }], 0);
    const [second] = await pipeline.publish([{ key: 'a', data: 'throw second' }], 1);
    await pipeline.settle();

    const letters = await pipeline.deadLetters();
    expect(letters.map(({ hydration }) => hydration.status)).toEqual(['COMPLETE', 'COMPLETE']);
    const numbers = letters.flatMap(recordsOf).map(({ kinesis: { sequenceNumber } }) => sequenceNumber);
    expect(numbers.sort()).toEqual([first.sequenceNumber, second.sequenceNumber].sort());
    expect(new Set(letters.flatMap(recordsOf).map(({ eventSourceARN }) => eventSourceARN)).size).toBe(2);
    expect(pipeline.cloud.account.denials).toEqual([]);
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

  it('keeps the records of a processor of another stack', async () => {
    pipeline = await Pipeline.start({
      define: (app) => {
        const processor = new lambda.Function(new Stack(app, 'Functions'), 'Function', processorProps());
        return [new KinesisStreamProcessor(new Stack(app, 'Test'), 'Orders', { processor, retryAttempts: 0 })];
      },
    });
    const [bad] = await pipeline.publish([{ key: 'a', data: 'throw' }]);
    await pipeline.settle();

    const [letter] = await pipeline.deadLetters();
    expect(recordsOf(letter)).toEqual([pipeline.receivedRecord(bad.sequenceNumber)]);
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
