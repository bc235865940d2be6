import { deaggregateSync, type UserRecord } from 'aws-kinesis-agg';

/** What every record begins with that the Kinesis Producer Library put together of several. */
const MAGIC = Buffer.from('f3899ac2', 'hex');
const CHECKSUM_BYTES = 16;

/** One of the records that a producer put into one. */
export interface AggregatedRecord {
  readonly partitionKey?: string;
  readonly data: Buffer;
}

/**
 * The records within an aggregate of the Kinesis Producer Library, or undefined where the data is none, or its checksum says that it is
 * damaged.
 */
export function deaggregated(bytes: Buffer): readonly AggregatedRecord[] | undefined {
  if (bytes.length < MAGIC.length + CHECKSUM_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  let failure: unknown;
  let records: readonly UserRecord[] = [];
  const record = { data: bytes.toString('base64'), partitionKey: '', sequenceNumber: '', kinesisSchemaVersion: '', approximateArrivalTimestamp: 0 };
  deaggregateSync(record, true, (error: unknown, found?: UserRecord[]) => {
    failure ??= error;
    records = found ?? records;
  });
  if (failure) return undefined;
  // Hash keys are not told: for a record without one the library takes the first that another has.
  return records.map(({ partitionKey, data }) => ({ partitionKey, data: Buffer.from(data, 'base64') }));
}
