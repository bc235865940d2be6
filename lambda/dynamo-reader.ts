import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoShard } from './dynamo-shard';
import { BatchInfo } from './failure-record';
import { readRange } from './read-range';
import { ReadContext, Reading, StreamReader } from './stream-reader';

/** The mapping's own poller reads a shard four times a second, and a shard is made for two readers: it must not starve. */
const PAUSE_MILLIS = 400;

export interface DynamoReaderOptions {
  readonly streamArn: string;
  /** How long the stream keeps records. */
  readonly retentionMillis: number;
  /** The most bytes of data to hold at once: others may lie between the records that failed, more than there is memory for. */
  readonly maxBytes: number;
  /** @default 400 */
  readonly pauseMillis?: number;
}

/** Reads ranges of the shards of a DynamoDB stream. Its records name no role: `invokeIdentityArn` is not for them. */
export class DynamoReader implements StreamReader {
  readonly streamArn: string;

  constructor(
    private readonly client: DynamoDBStreamsClient,
    private readonly options: DynamoReaderOptions,
  ) {
    this.streamArn = options.streamArn;
  }

  async read(batch: BatchInfo, { signal }: ReadContext): Promise<Reading> {
    const { streamArn, retentionMillis, maxBytes, pauseMillis = PAUSE_MILLIS } = this.options;
    const shard = new DynamoShard(this.client, { streamArn, batch, retentionMillis });
    return readRange(shard, batch, { maxBytes, pauseMillis, signal });
  }
}
