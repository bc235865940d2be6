import type { UserRecord } from 'aws-kinesis-agg';

/** What every record begins with that the Kinesis Producer Library put together of several. */
const MAGIC = Buffer.from('f3899ac2', 'hex');
const CHECKSUM_BYTES = 16;

/** One of the records that a producer put into one. */
export interface AggregatedRecord {
  readonly partitionKey?: string;
  readonly explicitHashKey?: string;
  readonly data: Buffer;
}

/**
 * The records within an aggregate of the Kinesis Producer Library, or undefined where the data is none, or its checksum says that it is
 * damaged.
 */
export async function deaggregated(bytes: Buffer): Promise<readonly AggregatedRecord[] | undefined> {
  if (bytes.length < MAGIC.length + CHECKSUM_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  // It takes a while to load, and few need it.
  const { deaggregateSync } = (await import('aws-kinesis-agg')).default;
  let failure: unknown;
  let records: readonly UserRecord[] = [];
  const record = { data: bytes.toString('base64'), partitionKey: '', sequenceNumber: '', kinesisSchemaVersion: '', approximateArrivalTimestamp: 0 };
  deaggregateSync(record, true, (error: unknown, found?: UserRecord[]) => {
    failure ??= error;
    records = found ?? records;
  });
  if (failure) return undefined;
  return records.map(({ partitionKey, explicitPartitionKey, data }) => ({
    partitionKey,
    ...(explicitPartitionKey && { explicitHashKey: explicitPartitionKey }),
    data: Buffer.from(data, 'base64'),
  }));
}
