import { deaggregated, type UserRecord as AggregatedRecord } from '../../lambda/shared/kpl-aggregate';
import { isObject } from '../is-object';
import { anyText } from './attribute-value';
import { type ItemChange, itemChange } from './change';
import { decodeData, type DecodedData } from './data';

/** A record of an event, decoded as far as it is known what it is. */
export type StreamRecord =
  | { readonly kind: 'kinesis'; readonly kinesis: KinesisRecord }
  | { readonly kind: 'dynamodb'; readonly change: ItemChange }
  /** Something else that was in the event. */
  | { readonly kind: 'unknown'; readonly text: string };

export interface KinesisRecord {
  /** Absent on records that were put without one. */
  readonly partitionKey?: string;
  readonly sequenceNumber: string;
  readonly arrivedAt?: string;
  readonly data: DecodedData;
  /** What a producer put into this one record, if it did. */
  readonly userRecords?: readonly UserRecord[];
}

export interface UserRecord extends Omit<AggregatedRecord, 'data'> {
  readonly data: DecodedData;
  /** The data as the producer gave it. */
  readonly original: Buffer;
}

/** Decodes a record as Lambda gives it to a function. Never throws, whatever it holds. */
export function decodeRecord(record: unknown): StreamRecord {
  const { kinesis, dynamodb } = (record ?? {}) as { kinesis?: unknown; dynamodb?: unknown };
  if (isObject(kinesis)) return { kind: 'kinesis', kinesis: kinesisRecord(kinesis) };
  if (isObject(dynamodb)) return { kind: 'dynamodb', change: itemChange(record) };
  return { kind: 'unknown', text: jsonOf(record) };
}

function kinesisRecord(record: Record<string, unknown>): KinesisRecord {
  const { partitionKey, sequenceNumber, data, approximateArrivalTimestamp: arrived } = record;
  const bytes = Buffer.from(typeof data === 'string' ? data : '', 'base64');
  const userRecords = deaggregated(bytes);
  return {
    ...(typeof partitionKey === 'string' && { partitionKey }),
    sequenceNumber: anyText(sequenceNumber ?? 'unknown'),
    ...(typeof arrived === 'number' && isTime(arrived * 1_000) && { arrivedAt: new Date(arrived * 1_000).toISOString() }),
    data: userRecords ? { layers: ['KPL aggregate'], form: 'binary', bytes } : decodeData(bytes),
    ...(userRecords && { userRecords: userRecords.map(({ data: inner, ...rest }) => ({ ...rest, data: decodeData(inner), original: inner })) }),
  };
}

function isTime(millis: number): boolean {
  return !Number.isNaN(new Date(millis).getTime());
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value, null, 2) ?? 'nothing';
  } catch {
    return 'nested too deep to be shown';
  }
}
