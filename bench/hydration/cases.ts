import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { dynamoFailureRecord, dynamoRecord, dynamoSequenceNumber } from '../../test/support/dynamo-records';
import { failureRecord, sequenceNumber, streamRecord } from '../../test/support/records';

export type Kind = 'kinesis' | 'dynamodb';

/** A failed batch that lies together in its shard. */
export interface HydrationCase {
  readonly name: string;
  readonly kind: Kind;
  readonly records: number;
  /** Of the data of a record: Kinesis only. */
  readonly bytes: number;
  /** The most records of a page. */
  readonly pageRecords: number;
}

export const CASES: readonly HydrationCase[] = [
  { name: 'Kinesis, 1 record', kind: 'kinesis', records: 1, bytes: 600, pageRecords: 10_000 },
  { name: 'Kinesis, 100 records', kind: 'kinesis', records: 100, bytes: 600, pageRecords: 10_000 },
  { name: 'Kinesis, 10,000 records', kind: 'kinesis', records: 10_000, bytes: 600, pageRecords: 10_000 },
  { name: 'Kinesis, 10,000 records in 5 pages', kind: 'kinesis', records: 10_000, bytes: 600, pageRecords: 2_000 },
  { name: 'table, 1 record', kind: 'dynamodb', records: 1, bytes: 0, pageRecords: 1_000 },
  { name: 'table, 1,000 records', kind: 'dynamodb', records: 1_000, bytes: 0, pageRecords: 1_000 },
];

export const pagesOf = ({ records, pageRecords }: HydrationCase): number => Math.ceil(records / pageRecords);

export function failureOf({ kind, records }: HydrationCase): FailureRecord {
  const batch = { from: 0, to: records - 1 };
  return kind === 'kinesis' ? failureRecord(batch) : dynamoFailureRecord(batch);
}

/** The bodies of pages as GetRecords answers, from each first record of a page. */
export function pageBodies(it: HydrationCase): readonly string[] {
  const recordOf = it.kind === 'kinesis' ? kinesisRecord : tableRecord;
  return Array.from({ length: pagesOf(it) }, (_, page) => {
    const from = page * it.pageRecords;
    const length = Math.min(it.pageRecords, it.records - from);
    const Records = Array.from({ length }, (__, index) => recordOf(from + index, it.bytes));
    return JSON.stringify({ Records, NextShardIterator: `${page + 1}`, MillisBehindLatest: 0 });
  });
}

/** The place of a record by its sequence number. */
export function placeOf(kind: Kind, number: string): number {
  return Number(BigInt(number) - BigInt(kind === 'kinesis' ? sequenceNumber(0) : dynamoSequenceNumber(0)));
}

/** As the service writes it: times in seconds, data in base64. */
function kinesisRecord(index: number, bytes: number): object {
  const { ApproximateArrivalTimestamp: time, ...record } = streamRecord(index);
  const data = Buffer.alloc(bytes, `{"order":${index},"note":"${'of a customer '.repeat(3)}"}`);
  return { ...record, ApproximateArrivalTimestamp: time!.getTime() / 1_000, Data: data.toString('base64') };
}

function tableRecord(index: number): object {
  const created = Date.parse('2026-11-21T08:00:00Z') / 1_000;
  return dynamoRecord(index, { ApproximateCreationDateTime: created as never });
}
