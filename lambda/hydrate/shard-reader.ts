import { BatchInfo } from '../shared/dead-letter/failure-record';
import { ReadResult } from '../shared/dead-letter/read-result';
import { readRange } from './read-range';
import { Shard } from './shard';
import { ReadContext, StreamReader } from './stream-reader';

/** A shard serves few reads a second to all its readers together: the mapping's own poller must not starve. */
const PAUSE_MILLIS = 400;

export interface ShardReaderOptions {
  /** The most bytes of records, as JSON, to hold at once: others may lie between the records that failed, more than there is memory for. */
  readonly maxBytes: number;
  /** @default 400 */
  readonly pauseMillis?: number;
}

/** Reads ranges of the shards of streams. A kind of stream says what its shards are. */
export abstract class ShardReader<Record> implements StreamReader {
  constructor(private readonly options: ShardReaderOptions) {}

  async read(batch: BatchInfo, { signal }: ReadContext): Promise<ReadResult> {
    const { maxBytes, pauseMillis = PAUSE_MILLIS } = this.options;
    return readRange(this.shardOf(batch), batch, { maxBytes, pauseMillis, signal });
  }

  protected abstract shardOf(batch: BatchInfo): Shard<Record>;
}
