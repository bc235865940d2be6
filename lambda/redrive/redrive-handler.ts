import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { HydrationStatus, MessageAttribute } from '../../src/contract';
import { log } from '../runtime/log';
import { countRedrive } from '../runtime/metrics';
import { RemainingTime } from '../runtime/remaining-time';
import { AuditEntry, AuditResult } from '../shared/audit/audit-entry';
import { DeadLetter, FailedRedrives } from '../shared/dead-letter/dead-letter';
import { readDeadLetter } from '../shared/dead-letter/dead-letter-message';
import { NewerFormatError } from '../shared/dead-letter/format-version';
import { ObjectReader } from '../shared/dead-letter/object-reader';
import { ReceivedDeadLetter } from '../shared/dead-letter/received-dead-letter';
import { UndeliverableError } from '../shared/dead-letter/undeliverable-error';
import { hasOtherFields } from '../shared/redrive/event-parts';
import { failedAgain } from '../shared/redrive/failed-redrives';
import { remainderOf } from '../shared/redrive/remainder';
import { PartlySent, Reason, Target } from '../shared/redrive/target';
import { DeadLetterSource } from './dead-letter-source';
import { attributesOf, ParkingOptions } from './parking-queue';
import { AuditNote, RedriveAudit } from './redrive-audit';

/** Additional receives of a dead letter, for times in which it cannot be sent or an attempt does not finish. */
const RECEIVES_WITHOUT_ATTEMPT = 25;
/** The pause before the remainder of a dead letter is sent again. It doubles, up to 30 seconds. */
const FIRST_PAUSE_MILLIS = 1_000;
const MAX_PAUSE_MILLIS = 30_000;

export interface RedriveDependencies {
  readonly objects: ObjectReader;
  readonly target: Target;
  readonly source: Pick<DeadLetterSource, 'delay' | 'expiryOf'>;
  readonly parking: {
    /** Parks a message: only failed redrives are added to it. */
    keep(message: SQSRecord, options: ParkingOptions, signal: AbortSignal): Promise<void>;
    /** Parks the remainder of a dead letter. */
    send(deadLetter: DeadLetter, signal: AbortSignal): Promise<unknown>;
  };
  readonly parkingQueueUrl: string;
  /** Present where the stack has an audit log group. */
  readonly audit?: Pick<RedriveAudit, 'write'>;
  readonly maxAttempts: number;
  /** Whether the function sends dead letters that also hold records that did not fail. */
  readonly sendsSuperset: boolean;
  /** @default 1000 */
  readonly firstPauseMillis?: number;
}

export type RedriveHandler = (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis' | 'invokedFunctionArn'>) => Promise<SQSBatchResponse>;

/** A message that the function received. */
interface Delivery {
  readonly message: SQSRecord;
  readonly receives: number;
  /** Fields for the function's log. */
  readonly details: object;
  /** Fields for the audit log. */
  readonly ids: Pick<AuditEntry, 'messageId' | 'deadLetterId' | 'records'>;
  /** What the function did in this invocation. */
  readonly notes: AuditNote[];
  readonly remainingTime: RemainingTime;
  /** Present where the processor failed: this redrive with those before it, all attempts of the function being one. */
  readonly failed?: FailedRedrives;
}

/**
 * Sends dead letters to their processors. A processed dead letter is deleted from the queue. A failed one returns to the queue for a limited
 * number of receives, and then goes to the parking queue, as does one that must not be sent. The remainder of a partly processed dead letter is
 * sent again at once. The function never sends a new message to the dead-letter queue, so that no message can loop.
 */
export function redriveHandler(dependencies: RedriveDependencies): RedriveHandler {
  const { objects, target, source, parking, parkingQueueUrl, audit, maxAttempts, sendsSuperset } = dependencies;
  const { firstPauseMillis = FIRST_PAUSE_MILLIS } = dependencies;
  const maxReceives = maxAttempts + RECEIVES_WITHOUT_ATTEMPT;

  async function park(delivery: Delivery, { name, message: text }: Reason, isFinal = delivery.receives >= maxReceives): Promise<boolean> {
    const { message, details, failed, remainingTime } = delivery;
    try {
      await parking.keep(message, { reason: `${name}: ${text}`, isFinal, failed }, remainingTime.writeSignal());
    } catch (error) {
      // Without a further receive, the function fails, so that its alarms see it.
      if (isFinal) throw error;
      return delay({ ...delivery, details: { ...details, error: String(error) } }, error as Error);
    }
    log('WARN', 'dead letter parked', { ...details, reason: name });
    note(delivery, { result: AuditResult.PARKED, to: parkingQueueUrl, reason: name });
    return true;
  }

  async function delay({ message, receives, details, remainingTime }: Delivery, { name }: Reason): Promise<boolean> {
    try {
      const seconds = await source.delay(message, receives, remainingTime.writeSignal());
      log('WARN', 'dead letter delayed', { ...details, reason: name, seconds });
    } catch (error) {
      // SQS delivers the message again anyway, after the visibility timeout of the queue.
      log('ERROR', 'dead letter not delayed', { ...details, reason: name, error: String(error) });
    }
    return false;
  }

  /** Delays a dead letter that has receives left before it expires, and parks any other. */
  async function delayOrPark(delivery: Delivery, reason: Reason, most: number): Promise<boolean> {
    const { message, receives, remainingTime } = delivery;
    if (receives >= most) return park(delivery, reason);
    const expiry = await source.expiryOf(message, remainingTime.writeSignal());
    if (!expiry || expiry.receives >= 2) return delay(delivery, reason);
    const why = `${reason.message}; no further attempt, because the message expires from its queue at ${expiry.expiresAt.toISOString()}`;
    return park(delivery, { ...reason, message: why }, true);
  }

  async function handleError(delivery: Delivery, error: Error): Promise<boolean> {
    if (error instanceof NewerFormatError) {
      const message = `${error.message}, or deploy the RedriveFunction with cdk-stream-dlq ${error.oldestReader}`;
      return park(delivery, { name: error.name, message });
    }
    if (error instanceof UndeliverableError) return park(delivery, error);
    // The error concerns every dead letter, such as a missing permission: more receives are allowed.
    return delayOrPark({ ...delivery, details: { ...delivery.details, error: String(error) } }, error, maxReceives);
  }

  /**
   * Sends the remainder of a dead letter in the same invocation: the message still holds all records, and another receive would send processed
   * records again. Undefined when all records are processed. Otherwise returns the remainder after `maxAttempts` without progress, or when no
   * time remains for another attempt.
   */
  async function sendRemainder(
    { details, remainingTime }: Delivery, deadLetter: ReceivedDeadLetter, first: PartlySent, millis: number,
  ): Promise<PartlySent | undefined> {
    let rest = first;
    let longest = millis;
    let pause = firstPauseMillis;
    for (let attempts = 1; attempts < maxAttempts;) {
      const { remaining } = rest;
      if (remainingTime.readMillis < pause + longest) {
        const message = `${rest.reason.message}; sent ${attempts} of ${maxAttempts} times, because no time remained for another attempt`;
        return { ...rest, reason: { ...rest.reason, message } };
      }
      await sleep(pause);
      log('INFO', 'remainder of a dead letter sent again', { ...details, reason: rest.reason.name, records: remaining.length, attempts });
      const start = performance.now();
      const result = await orError(target.send({ ...deadLetter, event: { ...deadLetter.event, Records: remaining } }, remainingTime.readSignal()));
      longest = Math.max(longest, performance.now() - start);
      // The error concerns every dead letter, but this message must not return to the queue.
      if (result instanceof Error) return { ...rest, reason: { name: result.name, message: result.message } };
      if (result.outcome === 'sent') return undefined;
      const processorError = result.processorError ?? rest.processorError;
      if (result.outcome === 'partly' && result.remaining.length < remaining.length) {
        rest = { ...result, processorError };
        attempts = 1;
        pause = firstPauseMillis;
        continue;
      }
      rest = { ...rest, reason: result.reason, processorError };
      pause = Math.min(pause * 2, MAX_PAUSE_MILLIS);
      // Throttling is not an attempt.
      if (result.outcome === 'partly' || !result.isThrottled) attempts++;
    }
    return rest;
  }

  /** Parks the remainder of a dead letter. */
  async function parkRemainder(delivery: Delivery, deadLetter: ReceivedDeadLetter, result: PartlySent): Promise<boolean> {
    const { details, remainingTime } = delivery;
    const to = target.nameFor(deadLetter);
    const taken = deadLetter.event.Records.length - result.remaining.length;
    try {
      const rest = remainderOf(deadLetter, result, new Date(), to);
      await parking.send(rest, remainingTime.writeSignal());
      const { deadLetterId, recoveredRecords: records } = rest.hydration;
      const reason = result.reason.name;
      log('WARN', 'dead letter partly redriven, remainder parked', { ...details, reason, rest: { deadLetterId, records } });
      note(delivery, { result: AuditResult.PARTLY_SENT, records: taken, to, reason });
      note(delivery, { result: AuditResult.PARKED, deadLetterId, records, to: parkingQueueUrl, reason });
      return true;
    } catch (error) {
      // The whole message stays instead: the processor gets the processed records again, at most `maxAttempts` times.
      const { name, message } = error as Error;
      note(delivery, { result: AuditResult.REST_NOT_KEPT, records: taken, to, reason: name });
      const reason = { name, message: `${message}; its first ${taken} records are processed, and the remainder could not be parked separately` };
      const failed = result.processorError && failedAgain(deadLetter.redrive, result.processorError, new Date(), to);
      return delayOrPark({ ...delivery, failed, details: { ...details, error: String(error) } }, reason, maxAttempts);
    }
  }

  /** Why the function makes no further attempt: too many receives had no outcome, or the message expires. */
  async function reasonToStop({ message, receives, remainingTime }: Delivery): Promise<Reason | undefined> {
    if (receives > maxReceives) return { name: 'NoOutcome', message: `received ${receives} times without an outcome; see the log of the function` };
    // The first receive always leads to an attempt.
    const expiry = receives > 1 ? await source.expiryOf(message, remainingTime.readSignal()) : undefined;
    if (!expiry || expiry.receives >= 1) return undefined;
    return { name: 'NoTimeLeft', message: `the message expires from its queue at ${expiry.expiresAt.toISOString()}, possibly before another attempt ends` };
  }

  /** Returns whether the message can be deleted from the queue. */
  async function handle(delivery: Delivery): Promise<boolean> {
    const { message, details, remainingTime } = delivery;
    const stop = await reasonToStop(delivery);
    if (stop) return park(delivery, stop, true);

    const received = { Body: message.body, MessageAttributes: attributesOf(message) };
    const deadLetter = await orError(readDeadLetter(received, objects, remainingTime.readSignal()));
    if (deadLetter instanceof Error) return handleError(delivery, deadLetter);
    const { deadLetterId, event: { Records: { length: records } } } = deadLetter;
    const known = { ...delivery, details: { ...details, ...detailsOf(deadLetter) }, ids: { ...delivery.ids, deadLetterId, records } };
    const reason = reasonNotToSend(deadLetter, sendsSuperset);
    if (reason) return park(known, reason);

    const start = performance.now();
    const result = await orError(target.send(deadLetter, remainingTime.readSignal()));
    if (result instanceof Error) return handleError(known, result);
    const to = target.nameFor(deadLetter);
    if (result.outcome === 'partly') {
      const rest = await sendRemainder(known, deadLetter, result, performance.now() - start);
      if (rest) {
        countRedrive({ succeeded: false });
        return parkRemainder(known, deadLetter, rest);
      }
    }
    if (result.outcome === 'failed') {
      // Throttling is not an attempt.
      if (!result.isThrottled) countRedrive({ succeeded: false });
      note(known, { result: AuditResult.FAILED, to, reason: result.reason.name });
      const failed = result.processorError && failedAgain(deadLetter.redrive, result.processorError, new Date(), to);
      // Throttling is not an attempt.
      return delayOrPark({ ...known, failed }, result.reason, result.isThrottled ? maxReceives : maxAttempts);
    }
    countRedrive({ succeeded: true });
    log('INFO', 'dead letter redriven', known.details);
    note(known, { result: AuditResult.SENT, to });
    return true;
  }

  return async ({ Records: messages }, context) => {
    const failed: string[] = [];
    const notes: AuditNote[] = [];
    const remainingTime = new RemainingTime(context);
    try {
      for (const message of messages) {
        const { messageId } = message;
        const receives = Number(message.attributes.ApproximateReceiveCount);
        const isDone = await handle({ message, receives, details: { messageId, receives }, ids: idsOf(message), notes, remainingTime });
        if (!isDone) failed.push(messageId);
      }
    } finally {
      // Lambda deletes the handled messages after this.
      await audit?.write(context.invokedFunctionArn, notes, remainingTime.writeSignal());
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function reasonNotToSend({ status, event }: ReceivedDeadLetter, sendsSuperset: boolean): Reason | undefined {
  // COMPLETE without records is the final call of a tumbling window, with its state.
  if (event.Records.length === 0 && !(status === HydrationStatus.COMPLETE && hasOtherFields(event))) return { name: 'NoRecords', message: `the dead letter is ${status} and holds no records` };
  if (status === HydrationStatus.COMPLETE || (status === HydrationStatus.SUPERSET && sendsSuperset)) return undefined;
  const which = sendsSuperset ? `${HydrationStatus.COMPLETE} or ${HydrationStatus.SUPERSET}` : HydrationStatus.COMPLETE;
  return { name: `Not${HydrationStatus.COMPLETE}`, message: `the dead letter must be ${which} for the redrive function, got: ${status}` };
}

function detailsOf({ deadLetterId, status, functionArn, streamArn, shardId, event }: ReceivedDeadLetter): object {
  return { deadLetterId, status, functionArn, streamArn, shardId, records: event.Records.length };
}

/** The IDs of a message from its attributes, because its body can be unreadable. */
function idsOf({ messageId, messageAttributes }: SQSRecord): Delivery['ids'] {
  return { messageId, deadLetterId: messageAttributes[MessageAttribute.DEAD_LETTER_ID]?.stringValue };
}

function note({ ids, notes }: Delivery, entry: Pick<AuditEntry, 'result' | 'deadLetterId' | 'records' | 'to' | 'reason'>): void {
  notes.push({ time: new Date(), entry: { ...ids, ...entry } });
}

/** Returns the error of a promise as a value. */
async function orError<T>(promise: Promise<T>): Promise<T | Error> {
  return promise.catch((error: Error) => error);
}
