import { BatchInfo } from '../dead-letter/failure-record';
import { ReadResult } from '../dead-letter/read-result';
import { readRange } from './read-range';
import { Shard } from './shard';
import { ReadContext, StreamReader } from './stream-reader';

/** All readers of a shard share a few reads per second: this pause leaves enough for the mapping. */
const PAUSE_MILLIS = 400;

export interface ShardReaderOptions {
  /** The maximum size of records as JSON in bytes. The range can hold many records that did not fail. */
  readonly maxBytes: number;
  /** @default 400 */
  readonly pauseMillis?: number;
}

/** Reads ranges of the shards of streams. Each kind of stream defines its shards. */
export abstract class ShardReader<Record> implements StreamReader {
  constructor(private readonly options: ShardReaderOptions) {}

  async read(batch: BatchInfo, { signal }: ReadContext): Promise<ReadResult> {
    const { maxBytes, pauseMillis = PAUSE_MILLIS } = this.options;
    return readRange(this.shardOf(batch), batch, { maxBytes, pauseMillis, signal });
  }

  protected abstract shardOf(batch: BatchInfo): Shard<Record>;
}
