import { KinesisClient } from '@aws-sdk/client-kinesis';
import { BatchInfo } from './failure-record';
import { KinesisShard } from './kinesis-shard';
import { readRange } from './read-range';
import { ReadContext, Reading, StreamReader } from './stream-reader';

/** A shard serves five reads a second to all its readers together: the mapping's own poller must not starve. */
const PAUSE_MILLIS = 400;

export interface KinesisReaderOptions {
  readonly streamArn: string;
  /** How long the stream keeps records, as far as the app knows. */
  readonly retentionMillis: number;
  /** The most bytes of data to hold at once: others may lie between the records that failed, more than there is memory for. */
  readonly maxBytes: number;
  /** @default 400 */
  readonly pauseMillis?: number;
}

/** Reads ranges of the shards of a Kinesis stream. */
export class KinesisReader implements StreamReader {
  readonly streamArn: string;

  constructor(
    private readonly client: KinesisClient,
    private readonly options: KinesisReaderOptions,
  ) {
    this.streamArn = options.streamArn;
  }

  async read(batch: BatchInfo, { invokeIdentityArn, signal }: ReadContext): Promise<Reading> {
    const { streamArn, retentionMillis, maxBytes, pauseMillis = PAUSE_MILLIS } = this.options;
    const shard = new KinesisShard(this.client, { streamArn, batch, retentionMillis, invokeIdentityArn });
    return readRange(shard, batch, { maxBytes, pauseMillis, signal });
  }
}
