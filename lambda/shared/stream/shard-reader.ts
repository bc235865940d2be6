import { BatchInfo, streamOf } from '../dead-letter/failure-record';
import { ReadResult } from '../dead-letter/read-result';
import { ReadPace } from './read-pace';
import { readRange } from './read-range';
import { Shard } from './shard';
import { ReadContext, StreamReader } from './stream-reader';

/** All readers of a shard share a few reads per second: this pause leaves enough for the mapping. */
const PAUSE_MILLIS = 400;

export interface ShardReaderOptions {
  /** The maximum size of records as JSON in bytes. The range can hold many records that did not fail. */
  readonly maxBytes: number;
  /** @default 400, without `pace` */
  readonly pauseMillis?: number;
  /** Spreads the reads of each shard, also those of different batches. */
  readonly pace?: ReadPace;
}

/** Reads ranges of the shards of streams. Each kind of stream defines its shards. */
export abstract class ShardReader<Record> implements StreamReader {
  constructor(private readonly options: ShardReaderOptions) {}

  async read(batch: BatchInfo, { signal }: ReadContext): Promise<ReadResult> {
    const { maxBytes, pace, pauseMillis = pace ? 0 : PAUSE_MILLIS } = this.options;
    const shard = shardKey(batch);
    const shardPace = pace && { turn: async () => pace.turn(shard, signal), used: (bytes: number) => pace.used(shard, bytes) };
    return readRange(this.shardOf(batch), batch, { maxBytes, pauseMillis, pace: shardPace, signal });
  }

  protected abstract shardOf(batch: BatchInfo): Shard<Record>;
}

/** Names a shard of all streams, whatever consumer of the stream the mapping reads. */
export function shardKey({ streamArn, shardId }: BatchInfo): string {
  return `${streamOf(streamArn)} ${shardId}`;
}
