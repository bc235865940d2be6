import type { PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { Reason } from './target';

/** What Kinesis takes with one call: records, and bytes of data and partition keys. */
const MOST_RECORDS = 500;
const MOST_BYTES = 10_485_760;

/** A record as it is put, with its place among those of the dead letter. */
export interface Entry {
  readonly place: number;
  readonly put: PutRecordsRequestEntry;
}

/** The calls that put records into a stream, in their order. A reason where one of them cannot be put: then none is. */
export function putCalls(records: readonly unknown[]): { readonly calls: readonly Entry[][] } | { readonly reason: Reason } {
  const calls: Entry[][] = [];
  let bytes = 0;
  for (const [place, record] of records.entries()) {
    const put = putOf(record, `record ${place + 1} of ${records.length}`);
    if ('reason' in put) return put;
    const size = bytesOf(put);
    if (size > MOST_BYTES) {
      const message = `record ${place + 1} of ${records.length} must have at most ${MOST_BYTES} bytes with its key, got: ${size}`;
      return { reason: { name: 'RecordTooLarge', message } };
    }
    const call = calls.at(-1);
    if (!call || call.length === MOST_RECORDS || bytes + size > MOST_BYTES) {
      calls.push([{ place, put }]);
      bytes = size;
    } else {
      call.push({ place, put });
      bytes += size;
    }
  }
  return { calls };
}

function putOf(record: unknown, which: string): PutRecordsRequestEntry | { readonly reason: Reason } {
  const { kinesis } = (record ?? {}) as { kinesis?: { data?: unknown; partitionKey?: unknown } | null };
  if (typeof kinesis?.data !== 'string') {
    const message = `${which} must be one of a Kinesis stream, for nothing puts a change of a table back into its stream: redrive it to the processor`;
    return { reason: { name: 'NotAKinesisRecord', message } };
  }
  if (typeof kinesis.partitionKey !== 'string' || kinesis.partitionKey === '') {
    const message = `${which} must have a partitionKey to be put with, got: none, for its stream distributes records without: redrive it to the processor`;
    return { reason: { name: 'NoPartitionKey', message } };
  }
  return { Data: Buffer.from(kinesis.data, 'base64'), PartitionKey: kinesis.partitionKey };
}

function bytesOf({ Data, PartitionKey }: PutRecordsRequestEntry): number {
  return Data!.length + Buffer.byteLength(PartitionKey!);
}
