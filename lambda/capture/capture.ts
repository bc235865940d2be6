import type { Context, S3ObjectCreatedNotificationEvent } from 'aws-lambda';
import { CAPTURE_PREFIX } from '../../src/contract';
import { log, logDeadLetter } from '../runtime/log';
import { RemainingTime } from '../runtime/remaining-time';
import { CaptureResult, captureResult, skippedObjectResult } from '../shared/dead-letter/capture-result';
import { capturedDeadLetter } from '../shared/dead-letter/captured-dead-letter';
import { DeadLetter } from '../shared/dead-letter/dead-letter';
import { Overflow, SentDeadLetter } from '../shared/dead-letter/dead-letter-queue';
import { otherStreamIn, parseFailureRecord } from '../shared/dead-letter/failure-record';
import { UndeliverableError } from '../shared/dead-letter/undeliverable-error';
import { CapturedObject } from './capture-bucket';

/** The prefix for failed asynchronous invocations, where the bucket is also a destination for those. */
const ASYNC_PREFIX = `${CAPTURE_PREFIX}async/`;

const NOT_AN_EVENT = 'not an event for an object that Lambda wrote';

export interface CaptureDependencies {
  /** The streams whose objects this function handles, where other apps share the bucket. Undefined: all streams. */
  readonly streamArns?: readonly string[];
  readonly bucket: { readonly name: string; read(key: string, signal: AbortSignal): Promise<CapturedObject> };
  /** The dead-letter queue. The overflow stores dead letters over its maximum message size. */
  readonly queue: (overflow: Overflow) => { send(deadLetter: DeadLetter, signal: AbortSignal): Promise<SentDeadLetter> };
  readonly undeliverables: { send(event: object, reason: string, signal: AbortSignal): Promise<void> };
}

export type CaptureHandler = (event: S3ObjectCreatedNotificationEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<CaptureResult>;

/**
 * Turns objects that Lambda wrote for failed batches into dead letters. The event of any other object goes to the undeliverable queue at once.
 * Any other error is thrown: Lambda retries, and finally sends the event to the undeliverable queue. Where other apps share the bucket, this
 * function also receives the events of their objects, and skips them.
 */
export function captureHandler({ streamArns, bucket, queue, undeliverables }: CaptureDependencies): CaptureHandler {
  async function capture(key: string, location: string, remainingTime: RemainingTime): Promise<CaptureResult> {
    const object = await bucket.read(key, remainingTime.readSignal());
    const otherStreamArn = streamArns && otherStreamIn(object.text, streamArns);
    if (otherStreamArn !== undefined) {
      log('INFO', 'object of another stream skipped', { location, streamArn: otherStreamArn });
      return skippedObjectResult({ streamArn: otherStreamArn });
    }
    const failure = parseFailureRecord(object.text);
    const deadLetter = capturedDeadLetter(failure, location);
    const sent = await queue(object).send(deadLetter, remainingTime.writeSignal());
    logDeadLetter(deadLetter, sent);
    return captureResult([deadLetter], 0);
  }

  return async (event, context) => {
    const remainingTime = new RemainingTime(context);
    let location = 'the event';
    try {
      const key = keyOf(event, bucket.name);
      location = `s3://${bucket.name}/${key}`;
      if (key.startsWith(ASYNC_PREFIX)) {
        log('INFO', 'object of an asynchronous invocation skipped', { location });
        return skippedObjectResult();
      }
      return await capture(key, location, remainingTime);
    } catch (error) {
      if (!(error instanceof UndeliverableError)) throw error;
      await undeliverables.send(event, `${error.message} (${location})`, remainingTime.writeSignal());
      log('ERROR', 'event kept as undeliverable', { location, rule: error.rule });
      return captureResult([], 1);
    }
  };
}

/** The key of the object of an event. EventBridge does not encode the key, unlike S3 event notifications. */
function keyOf(event: S3ObjectCreatedNotificationEvent, bucket: string): string {
  // Any other caller of the function can send any JSON.
  const { bucket: { name } = {}, object: { key } = {} } = (event?.detail ?? {}) as { bucket?: { name?: unknown }; object?: { key?: unknown } };
  if (name !== bucket) throw new UndeliverableError(NOT_AN_EVENT, `detail.bucket.name must be ${bucket}`, name);
  if (typeof key !== 'string' || !key.startsWith(CAPTURE_PREFIX)) {
    throw new UndeliverableError(NOT_AN_EVENT, `detail.object.key must begin with ${CAPTURE_PREFIX}`, key);
  }
  return key;
}
