import { batchOf } from '../../lambda/shared/dead-letter/failure-record';
import type { FailureRecord, FailureRecordSource, GiveUpCondition } from '../../local/mapping/failure-record';
import { objectBody, payloadText } from '../../local/mapping/s3-object';
import { CAPTURE_PREFIX, type HydrationStatus } from '../../src/contract';
import { type FailedBatch, failureNotification, type Notification } from './notification';

/** What a processor got, as far as the bench goes: a window adds to it. */
export interface ProcessorEvent {
  readonly Records: readonly unknown[];
}

/** An object in the bucket, and what is to become of it. Its message is its key. */
export interface CapturedFailure extends Notification {
  readonly key: string;
  /** Absent where the object is gone by the time that it is asked for. */
  readonly body?: string | Uint8Array;
  readonly status?: HydrationStatus;
  /** Name of the error that is to be told. */
  readonly error?: string;
  /** What the payload is to be. */
  readonly event?: ProcessorEvent;
  /** Whether it is of the stream, or of nobody's: what is of another stream is to be left alone. Default: true. */
  readonly isOurs?: boolean;
}

export interface CapturedBatch extends FailureRecordSource {
  readonly failed: FailedBatch['failed'];
  readonly condition?: GiveUpCondition;
  readonly event: ProcessorEvent;
  /** How it is in the object. Default: the event as text. */
  readonly payload?: unknown;
  /** Default: COMPLETE. */
  readonly status?: HydrationStatus;
  /** Default: none, or what UNREADABLE comes with. */
  readonly error?: string;
}

const MAPPING = '9a3b1c52-0d8e-4a4e-9a66-5d1f3c2b7e90';
const NAME_LENGTH = '00000000-0000-4000-8000-000000000000'.length;

/** The object of a batch, as Lambda writes it. The number makes its name. */
export function capturedFailure(number: number, captured: CapturedBatch): CapturedFailure {
  const { event, payload = payloadText(event), status = 'COMPLETE', ...rest } = captured;
  const { error = status === 'UNREADABLE' ? 'NoPayload' : undefined, ...batch } = rest;
  const { name, failure, deadLetterId } = failureNotification(number, batch);
  const key = keyOf(name, batchOf(failure!).shardId, failure!.timestamp);
  return { name, message: key, key, body: objectBody(failure as FailureRecord, payload), failure, deadLetterId, status, error, event };
}

/** An object at a place of Lambda's that Lambda did not write. */
export function foreignObject(number: number, body: string | Uint8Array): CapturedFailure {
  const name = `00000000-0000-4000-9000-${String(number).padStart(12, '0')}`;
  const key = keyOf(name, 'shardId-000000000000', new Date().toISOString());
  return { name, message: key, key, body };
}

/** `aws/lambda/<mapping>/<shard>/2026/11/20/2026-11-20T10.00.00-<name>` */
function keyOf(name: string, shardId: string, timestamp: string): string {
  const [day, time] = timestamp.slice(0, '2026-11-20T10:00:00'.length).split('T');
  return `${CAPTURE_PREFIX}${MAPPING}/${shardId}/${day.replaceAll('-', '/')}/${day}T${time.replaceAll(':', '.')}-${name}`;
}

/** The name of the failure whose object has this key. */
export function nameInKey(key: string): string {
  return key.slice(-NAME_LENGTH);
}
