import { BatchInfo } from '../shared/dead-letter/failure-record';
import { ReadResult } from '../shared/dead-letter/read-result';
import { readRange } from './read-range';
import { Shard } from './shard';
import { ReadContext, StreamReader } from './stream-reader';

/** A shard serves few reads a second to all its readers together: the mapping's own poller must not starve. */
const PAUSE_MILLIS = 400;

export interface ShardReaderOptions {
  readonly streamArn: string;
  /** How long the stream keeps records, as far as the app knows. */
  readonly retentionMillis: number;
  /** The most bytes of records, as JSON, to hold at once: others may lie between the records that failed, more than there is memory for. */
  readonly maxBytes: number;
  /** @default 400 */
  readonly pauseMillis?: number;
}

/** Reads ranges of the shards of a stream. A kind of stream says what its shards are. */
export abstract class ShardReader<Record> implements StreamReader {
  readonly streamArn: string;

  constructor(protected readonly options: ShardReaderOptions) {
    this.streamArn = options.streamArn;
  }

  async read(batch: BatchInfo, context: ReadContext): Promise<ReadResult> {
    const { maxBytes, pauseMillis = PAUSE_MILLIS } = this.options;
    return readRange(this.shardOf(batch, context), batch, { maxBytes, pauseMillis, signal: context.signal });
  }

  protected abstract shardOf(batch: BatchInfo, context: ReadContext): Shard<Record>;
}
