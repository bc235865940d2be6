import { isDynamoDb, streamOf } from '../../lambda/shared/dead-letter/failure-record';
import { BatchInfoKey, HydrationStatus } from '../../src/contract';
import type { DlqFunction } from '../dlq';
import { agoText, aheadText } from './time-text';

/** How long a stream keeps a record. */
export interface Retention {
  readonly hours: number;
  /** Nothing changes that of a table. That of Kinesis is what the app knew when it was deployed. */
  readonly isOfTable: boolean;
}

/** Until when the records of a failed batch are in their stream. */
export interface InStreamUntil extends Retention {
  readonly firstRecord: Date;
  readonly lastRecord: Date;
}

interface Arrivals {
  readonly streamArn?: unknown;
  readonly approximateArrivalOfFirstRecord?: unknown;
  readonly approximateArrivalOfLastRecord?: unknown;
}

const OF_TABLE: Retention = { hours: 24, isOfTable: true };

/** By the functions that read the stream, where it is one of Kinesis. Undefined where none of them says. */
export function retentionOf(streamArn: unknown, functions: readonly DlqFunction[]): Retention | undefined {
  if (typeof streamArn !== 'string') return undefined;
  if (isDynamoDb(streamArn)) return OF_TABLE;
  const readers = functions.filter(({ environment }) => environment?.STREAM_ARN === streamOf(streamArn));
  const hours = readers.find(({ environment }) => environment!.STREAM_RETENTION_HOURS)?.environment!.STREAM_RETENTION_HOURS;
  return hours === undefined ? undefined : { hours: Number(hours), isOfTable: false };
}

/** By the failure record, or a dead letter, as JSON. Undefined where it is none, names no times, or the retention of its stream is not known. */
export function inStreamUntil(failure: unknown, functions: readonly DlqFunction[]): InStreamUntil | undefined {
  const { [BatchInfoKey.DYNAMODB]: ofTable, [BatchInfoKey.KINESIS]: ofKinesis } = (failure ?? {}) as Partial<Record<string, Arrivals | null>>;
  const batch = ofTable ?? ofKinesis;
  const retention = ofTable ? OF_TABLE : retentionOf(ofKinesis?.streamArn, functions);
  const last = retention && endOf(batch?.approximateArrivalOfLastRecord, retention);
  return last && { firstRecord: endOf(batch?.approximateArrivalOfFirstRecord, retention) ?? last, lastRecord: last, ...retention };
}

/** By the time that the message of a dead letter was sent at: its records had arrived before. */
export function atMostUntil(sentAt: Date, retention: Retention): InStreamUntil {
  const end = new Date(sentAt.getTime() + retention.hours * 3_600_000);
  return { firstRecord: end, lastRecord: end, ...retention };
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
  const { firstRecord, lastRecord, hours, isOfTable } = until;
  if (isOver(until, now)) {
    const over = `were over at ${agoText(lastRecord.toISOString(), now)}`;
    if (isOfTable) return `no longer: the ${hours} hours that the stream of a table keeps a record ${over}`;
    return `no longer, unless the stream keeps records longer than the app knows: the ${hours} hours that it knows ${over}`;
  }
  if (firstRecord <= now) return `they leave it now, the last one at ${aheadText(lastRecord, now)}`;
  const last = lastRecord > firstRecord ? `, the last one until ${lastRecord.toISOString()}` : '';
  return `until ${aheadText(firstRecord, now)}${last}`;
}

function endOf(arrival: unknown, { hours }: Retention): Date | undefined {
  const end = new Date(typeof arrival === 'string' ? Date.parse(arrival) + hours * 3_600_000 : NaN);
  return Number.isNaN(end.getTime()) ? undefined : end;
}
