import { createHash } from 'node:crypto';
import type { PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { deaggregated, UserRecord } from '../kpl-aggregate';
import { holdsAll, OpenShard } from './open-shards';
import { Reason } from './target';

/** Limits of one PutRecords call: records, and bytes of data and partition keys. */
const MAX_RECORDS = 500;
const MAX_BYTES = 10_485_760;

/** A record to put, with its position in the dead letter. */
export interface Entry {
  readonly place: number;
  readonly put: PutRecordsRequestEntry;
  /** Present for an aggregate of the Kinesis Producer Library. */
  readonly aggregate?: Aggregate;
}

/** Consumers silently drop an aggregate where the hash key range of the shard does not hold the hash key of each user record. */
interface Aggregate {
  readonly hashKeys: readonly bigint[];
  /** Its user records as separate records, which are valid in any shard. */
  readonly userEntries: readonly Entry[];
}

/**
 * The entries to put into a stream, in the order of the records. An aggregate goes to a shard that holds the hash keys of all its user records;
 * where there is none, its user records go one by one. Returns a reason where one record cannot be put: then no record is put.
 */
export async function entriesOf(
  records: readonly unknown[], shards: () => Promise<readonly OpenShard[]>,
): Promise<Entry[] | { readonly reason: Reason }> {
  const entries: Entry[] = [];
  for (const [place, record] of records.entries()) {
    const which = `record ${place + 1} of ${records.length}`;
    const put = putOf(record, which);
    if ('reason' in put) return put;
    const users = deaggregated(put.Data as Buffer) ?? [];
    if (users.length === 0) {
      entries.push({ place, put });
    } else {
      const aggregate = aggregateOf(place, users, which);
      if ('reason' in aggregate) return aggregate;
      const shard = (await shards()).find((each) => holdsAll(each, aggregate.hashKeys));
      if (shard) entries.push({ place, put: { ...put, ExplicitHashKey: String(aggregate.hashKeys[0]) }, aggregate });
      else entries.push(...aggregate.userEntries);
    }
  }
  const tooLarge = entries.find(({ put }) => bytesOf(put) > MAX_BYTES);
  if (!tooLarge) return entries;
  const message = `record ${tooLarge.place + 1} of ${records.length} must have at most ${MAX_BYTES} bytes with its key, got: ${bytesOf(tooLarge.put)}`;
  return { reason: { name: 'RecordTooLarge', message } };
}

/** Groups entries into PutRecords calls, in order. */
export function callsOf(entries: readonly Entry[]): Entry[][] {
  const calls: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = bytesOf(entry.put);
    const call = calls.at(-1);
    if (!call || call.length === MAX_RECORDS || bytes + size > MAX_BYTES) {
      calls.push([entry]);
      bytes = size;
    } else {
      call.push(entry);
      bytes += size;
    }
  }
  return calls;
}

function putOf(record: unknown, which: string): PutRecordsRequestEntry | { readonly reason: Reason } {
  const { kinesis } = (record ?? {}) as { kinesis?: { data?: unknown; partitionKey?: unknown } | null };
  if (typeof kinesis?.data !== 'string') {
    const message = `${which} must be a record of a Kinesis stream, because a DynamoDB stream accepts no records; redrive it to the processor`;
    return { reason: { name: 'NotAKinesisRecord', message } };
  }
  const { partitionKey } = kinesis;
  const Data = Buffer.from(kinesis.data, 'base64');
  // A stream with record distribution AUTO returns and accepts records without a key. Any other stream rejects them.
  return typeof partitionKey === 'string' && partitionKey !== '' ? { Data, PartitionKey: partitionKey } : ({ Data } as PutRecordsRequestEntry);
}

function aggregateOf(place: number, users: readonly UserRecord[], which: string): Aggregate | { readonly reason: Reason } {
  const hashKeys: bigint[] = [];
  const userEntries: Entry[] = [];
  for (const [index, { partitionKey, explicitHashKey, data }] of users.entries()) {
    const hashKey = hashKeyOf(partitionKey, explicitHashKey);
    if (hashKey === undefined) {
      const message = `${which} is an aggregate of the Kinesis Producer Library whose user record ${index + 1} of ${users.length} must have a partition key ` +
        'and, if any, an explicit hash key of digits: consumers drop it otherwise; redrive it to the processor';
      return { reason: { name: 'BrokenAggregate', message } };
    }
    hashKeys.push(hashKey);
    const hash = explicitHashKey === undefined ? {} : { ExplicitHashKey: explicitHashKey };
    userEntries.push({ place, put: { Data: data, PartitionKey: partitionKey, ...hash } });
  }
  return { hashKeys, userEntries };
}

/** The hash key by which Kinesis and its consumers choose the shard of a user record. */
function hashKeyOf(partitionKey: string | undefined, explicitHashKey: string | undefined): bigint | undefined {
  if (!partitionKey) return undefined;
  if (explicitHashKey !== undefined) return /^\d{1,39}$/.test(explicitHashKey) ? BigInt(explicitHashKey) : undefined;
  return BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);
}

function bytesOf({ Data, PartitionKey }: PutRecordsRequestEntry): number {
  return Data!.length + Buffer.byteLength(PartitionKey ?? '');
}
