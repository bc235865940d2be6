import { BatchInfoKey, HydrationStatus } from '../../src/contract';
import { agoText, aheadText } from '../time';

/** How long a stream keeps a record. */
export interface Retention {
  readonly hours: number;
  readonly isOfTable: boolean;
}

/** How long the stream that a dead letter names keeps records. Undefined where that is not known. */
export type RetentionOf = (streamArn: unknown) => Promise<Retention | undefined>;

/** Until when the records of a failed batch are in their stream. */
export interface AvailableUntil extends Retention {
  readonly firstRecord: Date;
  readonly lastRecord: Date;
}

interface Arrivals {
  readonly streamArn?: unknown;
  readonly approximateArrivalOfFirstRecord?: unknown;
  readonly approximateArrivalOfLastRecord?: unknown;
}

/** By the failure record, or a dead letter, as JSON. Undefined where it is none, names no times, or the retention of its stream is not known. */
export async function availableUntil(failure: unknown, retentionOf: RetentionOf): Promise<AvailableUntil | undefined> {
  const { [BatchInfoKey.DYNAMODB]: ofTable, [BatchInfoKey.KINESIS]: ofKinesis } = (failure ?? {}) as Partial<Record<string, Arrivals | null>>;
  const batch = ofTable ?? ofKinesis;
  const retention = await retentionOf(batch?.streamArn);
  const last = retention && endOf(batch?.approximateArrivalOfLastRecord, retention);
  return last && { firstRecord: endOf(batch?.approximateArrivalOfFirstRecord, retention) ?? last, lastRecord: last, ...retention };
}

/** By the time that the message of a dead letter was sent at: its records had arrived before. */
export function atMostUntil(sentAt: Date, retention: Retention): AvailableUntil {
  const end = new Date(sentAt.getTime() + retention.hours * 3_600_000);
  return { firstRecord: end, lastRecord: end, ...retention };
}

/** Whether a dead letter lacks records that the stream may have: of EXPIRED ones it is known that it has not. */
export function canBeCompleted(status: HydrationStatus): boolean {
  return status === HydrationStatus.PARTIAL || status === HydrationStatus.UNREADABLE;
}

/** Whether the stream need not have any of them. */
export function isExpired({ lastRecord }: AvailableUntil, now: Date): boolean {
  return lastRecord <= now;
}

export function availabilityText(until: AvailableUntil, now: Date): string {
  const { firstRecord, lastRecord, hours, isOfTable } = until;
  if (isExpired(until, now)) {
    const stream = isOfTable ? 'the stream of a table' : 'the stream';
    return `no longer: the ${hours} hours that ${stream} keeps a record were over at ${agoText(lastRecord.toISOString(), now)}`;
  }
  if (firstRecord <= now) return `they leave it now, the last one at ${aheadText(lastRecord, now)}`;
  const last = lastRecord > firstRecord ? `, the last one until ${lastRecord.toISOString()}` : '';
  return `until ${aheadText(firstRecord, now)}${last}`;
}

function endOf(arrival: unknown, { hours }: Retention): Date | undefined {
  const end = new Date(typeof arrival === 'string' ? Date.parse(arrival) + hours * 3_600_000 : NaN);
  return Number.isNaN(end.getTime()) ? undefined : end;
}
