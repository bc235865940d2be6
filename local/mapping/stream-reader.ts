/** A shard as the stream lists it. */
export interface StreamShard {
  readonly shardId: string;
  /** Shards that must be drained first, as far as the stream still lists them. */
  readonly parentShardIds: readonly string[];
  /** The shard gets no more records. */
  readonly closed: boolean;
}

export interface StreamRecord {
  readonly sequenceNumber: string;
  /** The partition key, or the item's key. Records with the same key stay in order. */
  readonly orderingKey: string;
  /** Wall time in milliseconds. */
  readonly arrivedAt: number;
  /** The record as the function's event holds it. */
  readonly event: object;
}

export interface StreamPage {
  readonly records: readonly StreamRecord[];
  /** Absent at the end of a closed shard. */
  readonly nextIterator?: string;
}

export type StreamPosition =
  | { readonly type: 'TRIM_HORIZON' | 'LATEST' }
  | { readonly type: 'AT_TIMESTAMP'; readonly timestamp: Date }
  | { readonly type: 'AFTER_SEQUENCE_NUMBER'; readonly sequenceNumber: string };

/** Reads a Kinesis stream or a DynamoDB stream for an event source mapping. */
export interface StreamReader {
  /** The key of the failure record that holds the batch. */
  readonly batchInfoKey: 'KinesisBatchInfo' | 'DDBStreamBatchInfo';
  listShards(): Promise<StreamShard[]>;
  iterator(shardId: string, position: StreamPosition): Promise<string>;
  /**
   * @throws IteratorExpiredError when a new iterator is needed
   * @throws StreamBusyError when the same read may succeed later
   */
  read(shardId: string, iterator: string): Promise<StreamPage>;
  /** A record's time of arrival as the failure record writes it. */
  formatArrival(arrivedAt: number): string;
  close(): void;
}

export class IteratorExpiredError extends Error {
  override readonly name = 'IteratorExpiredError';
}

export class StreamBusyError extends Error {
  override readonly name = 'StreamBusyError';
}

export function compareSequenceNumbers(a: string, b: string): number {
  const [left, right] = [BigInt(a), BigInt(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
