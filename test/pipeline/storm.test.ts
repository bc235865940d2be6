import { App, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { KinesisStreamProcessor } from '../../src';
import { Pipeline, processorProps, recordsOf } from './pipeline';

const SHARDS = 4;
const FAILURES = 100;

// With the limits of AWS, which are wall time: so is everything else.
it('becomes a dead letter for each of a hundred failures at once, while four shards refuse reads over the limits of Kinesis', async () => {
  const pipeline = await Pipeline.start({
    speed: 1,
    kinesisReadLimits: true,
    consolidateFailures: 'none',
    define: (app: App) => {
      const stack = new Stack(app, 'Test');
      const stream = new kinesis.Stream(stack, 'Stream', { shardCount: SHARDS });
      return [new KinesisStreamProcessor(stack, 'Orders', {
        stream, processorProps: processorProps(), batchSize: 1, retryAttempts: 0, bisectBatchOnError: false, parallelizationFactor: 5,
      })];
    },
  });
  try {
    const sent = await pipeline.publish(Array.from({ length: FAILURES }, (_, index) => ({ key: `key ${index}`, data: `throw ${index}` })));
    expect(new Set(sent.map(({ shardId }) => shardId)).size).toBe(SHARDS);
    await pipeline.settle();
    const kept = (await pipeline.deadLetters()).flatMap(recordsOf).map(({ kinesis: { sequenceNumber } }) => sequenceNumber);
    expect([...new Set(kept)].sort()).toEqual(sent.map(({ sequenceNumber }) => sequenceNumber).sort());
    expect(await pipeline.undeliverables()).toEqual([]);
  } finally {
    await pipeline.stop();
  }
}, 600_000);
