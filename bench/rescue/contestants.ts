import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import type { FoundFailure } from '../../cli/commands/rescue/found-failures';
import { PAUSE_MILLIS, RescueRun } from '../../cli/commands/rescue/rescue-run';
import { batchOf } from '../../lambda/shared/dead-letter/failure-record';
import { KinesisReader } from '../../lambda/shared/stream/kinesis-reader';
import { BatchInfoKey } from '../../src/contract';

const MOST_BYTES = 256 * 1_048_576;

/** Reads the records of failures. Gives how many batches it has whole. */
export type Contestant = (failures: readonly FoundFailure[], client: KinesisClient, speed: number) => Promise<number>;

export const CONTESTANTS: Readonly<Record<'tool' | 'bare loop', Contestant>> = {
  'tool': async (failures, client, speed) => {
    const never = new AbortController().signal;
    const pauseMillis = PAUSE_MILLIS / speed;
    const reader = new KinesisReader(client, { maxBytes: MOST_BYTES, pauseMillis });
    const run = new RescueRun({ add: async () => undefined }, {
      from: 'bench', concurrency: 8, pauseMillis, stopped: never, aborted: never,
      readers: { [BatchInfoKey.KINESIS]: async () => reader, [BatchInfoKey.DYNAMODB]: async () => reader as never },
    });
    await run.run(failures, () => undefined);
    return run.tally.count('complete');
  },

  /** One iterator and one read for each failure, shard by shard, as a script does it, as fast as Kinesis lets it. */
  'bare loop': async (failures, client) => {
    const batches = failures.map(({ failure }) => batchOf(failure));
    const whole = await Promise.all([...new Set(batches.map(({ shardId }) => shardId))].map(async (shardId) => {
      let complete = 0;
      for (const { streamArn: StreamARN, startSequenceNumber, endSequenceNumber, batchSize } of batches.filter((it) => it.shardId === shardId)) {
        const at = { ShardIteratorType: 'AT_SEQUENCE_NUMBER' as const, StartingSequenceNumber: startSequenceNumber };
        try {
          const { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamARN, ShardId: shardId, ...at }));
          const { Records = [] } = await client.send(new GetRecordsCommand({ StreamARN, ShardIterator, Limit: batchSize }));
          if (Records[0]?.SequenceNumber === startSequenceNumber && Records.at(-1)?.SequenceNumber === endSequenceNumber) complete++;
        } catch (error) {
          // Throttled in every attempt: the script goes on without it.
          if ((error as Error).name !== 'ProvisionedThroughputExceededException') throw error;
        }
      }
      return complete;
    }));
    return whole.reduce((sum, each) => sum + each, 0);
  },
};
