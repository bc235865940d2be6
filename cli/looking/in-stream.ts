import { BatchInfoKey, HydrationStatus } from '../../src/contract';
import { agoText, aheadText } from './time-text';

/** The stream of a table keeps a record for this long, and nothing changes that. How long one of Kinesis does is not known here. */
const TABLE_RETENTION_MILLIS = 24 * 3_600_000;

/** Until when the records of a failed batch are in the stream of their table. */
export interface InStreamUntil {
  readonly firstRecord: Date;
  readonly lastRecord: Date;
}

interface Arrivals {
  readonly approximateArrivalOfFirstRecord?: unknown;
  readonly approximateArrivalOfLastRecord?: unknown;
}

/** By the failure record, or a dead letter, as JSON. Undefined where it is none of a table, or names no times. */
export function inStreamUntil(failure: unknown): InStreamUntil | undefined {
  const batch = ((failure ?? {}) as Partial<Record<string, Arrivals | null>>)[BatchInfoKey.DYNAMODB];
  const last = endOf(batch?.approximateArrivalOfLastRecord);
  return last && { firstRecord: endOf(batch?.approximateArrivalOfFirstRecord) ?? last, lastRecord: last };
}

/** By the time that its message was sent at, where it is a dead letter of a table: its records had arrived before. */
export function atMostUntil(sentAt: Date): InStreamUntil {
  const end = new Date(sentAt.getTime() + TABLE_RETENTION_MILLIS);
  return { firstRecord: end, lastRecord: end };
}

/** Whether a dead letter lacks records that the stream may have: of EXPIRED ones it is known that it has not. */
export function mayBeInStream(status: HydrationStatus): boolean {
  return status === HydrationStatus.PARTIAL || status === HydrationStatus.UNREADABLE;
}

/** Whether the stream need not have any of them. */
export function isOver({ lastRecord }: InStreamUntil, now: Date): boolean {
  return lastRecord <= now;
}

export function inStreamText(until: InStreamUntil, now: Date): string {
  const { firstRecord, lastRecord } = until;
  if (isOver(until, now)) return `no longer: the 24 hours that the stream of a table keeps a record were over at ${agoText(lastRecord.toISOString(), now)}`;
  if (firstRecord <= now) return `they leave it now, the last one at ${aheadText(lastRecord, now)}`;
  const last = lastRecord > firstRecord ? `, the last one until ${lastRecord.toISOString()}` : '';
  return `until ${aheadText(firstRecord, now)}${last}`;
}

function endOf(arrival: unknown): Date | undefined {
  const end = new Date(typeof arrival === 'string' ? Date.parse(arrival) + TABLE_RETENTION_MILLIS : NaN);
  return Number.isNaN(end.getTime()) ? undefined : end;
}
