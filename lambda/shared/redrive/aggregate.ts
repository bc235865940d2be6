import { createHash } from 'node:crypto';

/** The decoder, which takes as long to build as the tool to start: only for what begins like an aggregate. */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- what is imported is built at the start
const decoder = () => (require('aws-kinesis-agg/lib/common') as typeof import('aws-kinesis-agg/lib/common')).AggregatedRecord;

/** What every record begins with that the Kinesis Producer Library put together of several. */
const MAGIC = Buffer.from('f3899ac2', 'hex');
/** The MD5 of what is between, at the end. */
const CHECKSUM_BYTES = 16;

/** One of the records that a producer put into one. */
export interface UserRecord {
  readonly partitionKey?: string;
  /** Where the producer gave one. */
  readonly explicitHashKey?: string;
  readonly data: Buffer;
}

/**
 * The records within an aggregate of the Kinesis Producer Library, or undefined where the data is none, or its checksum says that it is
 * damaged.
 * @see https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
export function deaggregated(bytes: Buffer): readonly UserRecord[] | undefined {
  if (bytes.length < MAGIC.length + CHECKSUM_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const message = bytes.subarray(MAGIC.length, -CHECKSUM_BYTES);
  if (!createHash('md5').update(message).digest().equals(bytes.subarray(-CHECKSUM_BYTES))) return undefined;
  try {
    const { partition_key_table: keys, explicit_hash_key_table: hashKeys, records } = decoder().decode(message);
    return records.map((record) => {
      // An index that is not there reads as 0, which is that of another record's hash key.
      const explicitHashKey = Object.hasOwn(record, 'explicit_hash_key_index') ? hashKeys[record.explicit_hash_key_index] : undefined;
      const partitionKey = keys[record.partition_key_index];
      return { partitionKey, ...(explicitHashKey !== undefined && { explicitHashKey }), data: Buffer.from(record.data) };
    });
  } catch {
    return undefined;
  }
}
