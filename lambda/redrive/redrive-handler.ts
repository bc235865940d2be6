import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { HydrationStatus, MessageAttribute } from '../../src/contract';
import { log } from '../runtime/log';
import { RemainingTime } from '../runtime/remaining-time';
import { AuditEntry, AuditResult } from '../shared/audit/audit-entry';
import { DeadLetter } from '../shared/dead-letter/dead-letter';
import { readDeadLetter } from '../shared/dead-letter/dead-letter-message';
import { NewerFormatError } from '../shared/dead-letter/format-version';
import { ObjectReader } from '../shared/dead-letter/object-reader';
import { ReceivedDeadLetter } from '../shared/dead-letter/received-dead-letter';
import { UndeliverableError } from '../shared/dead-letter/undeliverable-error';
import { hasOtherFields } from '../shared/redrive/event-parts';
import { remainderOf } from '../shared/redrive/remainder';
import { PartlySent, Reason, Target } from '../shared/redrive/target';
import { DeadLetterSource } from './dead-letter-source';
import { attributesOf, ParkingOptions } from './parking-queue';
import { AuditNote, RedriveAudit } from './redrive-audit';

/** How many receives more than attempts a dead letter may have: for times in which it cannot be sent, or no attempt comes to an end. */
const RECEIVES_WITHOUT_ATTEMPT = 25;
/** Before the rest of a dead letter is sent again: twice as long each time, up to half a minute. */
const FIRST_PAUSE_MILLIS = 1_000;
const MAX_PAUSE_MILLIS = 30_000;

export interface RedriveDependencies {
  readonly objects: ObjectReader;
  readonly target: Target;
  readonly source: Pick<DeadLetterSource, 'delay' | 'expiryOf'>;
  readonly parking: {
    /** Keeps a message as it is. */
    keep(message: SQSRecord, options: ParkingOptions, signal: AbortSignal): Promise<void>;
    /** Keeps what is left of a dead letter. */
    send(deadLetter: DeadLetter, signal: AbortSignal): Promise<void>;
  };
  readonly parkingQueueUrl: string;
  /** Where the stack has a log group for who did what. */
  readonly audit?: Pick<RedriveAudit, 'write'>;
  readonly maxAttempts: number;
  /** Whether dead letters are sent that also hold records that did not fail. */
  readonly sendsSuperset: boolean;
  /** Default: a second. */
  readonly firstPauseMillis?: number;
}

export type RedriveHandler = (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis' | 'invokedFunctionArn'>) => Promise<SQSBatchResponse>;

/** A message as it was delivered to the function. */
interface Delivery {
  readonly message: SQSRecord;
  readonly receives: number;
  /** What the log says of it. */
  readonly details: object;
  /** What the audit log says of it. */
  readonly ids: Pick<AuditEntry, 'messageId' | 'deadLetterId' | 'records'>;
  /** What was done in this invocation. */
  readonly notes: AuditNote[];
  readonly remainingTime: RemainingTime;
}

/**
 * Sends dead letters to their processors. What is processed leaves the queue; what is not goes back to it a bounded number of times, and
 * then to the parking queue, as do all that are not to be sent. What remains of one that is processed in part is sent again at once.
 * Nothing goes back to the queue as a new message: it cannot go in circles.
 */
export function redriveHandler(dependencies: RedriveDependencies): RedriveHandler {
  const { objects, target, source, parking, parkingQueueUrl, audit, maxAttempts, sendsSuperset } = dependencies;
  const { firstPauseMillis = FIRST_PAUSE_MILLIS } = dependencies;
  const maxReceives = maxAttempts + RECEIVES_WITHOUT_ATTEMPT;

  async function park(delivery: Delivery, { name, message: text }: Reason, isFinal = delivery.receives >= maxReceives): Promise<boolean> {
    const { message, details, remainingTime } = delivery;
    try {
      await parking.keep(message, { reason: `${name}: ${text}`, isFinal }, remainingTime.writeSignal());
    } catch (error) {
      // What cannot wait any longer is an error of the function, for its alarms.
      if (isFinal) throw error;
      return delay({ ...delivery, details: { ...details, error: String(error) } }, error as Error);
    }
    log('dead letter parked', { ...details, reason: name });
    note(delivery, { result: AuditResult.PARKED, to: parkingQueueUrl, reason: name });
    return true;
  }

  async function delay({ message, receives, details, remainingTime }: Delivery, { name }: Reason): Promise<boolean> {
    try {
      const seconds = await source.delay(message, receives, remainingTime.writeSignal());
      log('dead letter put off', { ...details, reason: name, seconds });
    } catch (error) {
      // The queue gives it out again all the same, after its own visibility timeout.
      log('dead letter left to its queue', { ...details, reason: name, error: String(error) });
    }
    return false;
  }

  /** Another chance for what has not had all of its receives, while its queue keeps it for long enough to be given out again. */
  async function delayOrPark(delivery: Delivery, reason: Reason, most: number): Promise<boolean> {
    const { message, receives, remainingTime } = delivery;
    if (receives >= most) return park(delivery, reason);
    const expiry = await source.expiryOf(message, remainingTime.writeSignal());
    if (!expiry || expiry.receives >= 2) return delay(delivery, reason);
    const why = `${reason.message}; not tried again, for its queue keeps it until ${expiry.expiresAt.toISOString()} only`;
    return park(delivery, { ...reason, message: why }, true);
  }

  async function handleError(delivery: Delivery, error: Error): Promise<boolean> {
    if (error instanceof NewerFormatError) {
      const message = `${error.message}, or deploy the RedriveFunction with cdk-stream-dlq ${error.oldestReader}`;
      return park(delivery, { name: error.name, message });
    }
    if (error instanceof UndeliverableError) return park(delivery, error);
    // It is about every dead letter, a permission or a function that is not there, and none is given up for it so soon.
    return delayOrPark({ ...delivery, details: { ...delivery.details, error: String(error) } }, error, maxReceives);
  }

  /**
   * Sends what is left of a dead letter in this very invocation: the message is whole, and given out again it would have sent what is
   * processed once more. Undefined once all is processed; else what remains when it has failed as often as a dead letter may, without a
   * record more being processed, or when there is no time for another attempt.
   */
  async function sendRest(
    { details, remainingTime }: Delivery, deadLetter: ReceivedDeadLetter, first: PartlySent, millis: number,
  ): Promise<PartlySent | undefined> {
    let rest = first;
    let longest = millis;
    let pause = firstPauseMillis;
    for (let attempts = 1; attempts < maxAttempts;) {
      const { remaining } = rest;
      if (remainingTime.readMillis < pause + longest) {
        const message = `${rest.reason.message}; sent ${attempts} of ${maxAttempts} times, for the invocation had no time for another attempt`;
        return { ...rest, reason: { ...rest.reason, message } };
      }
      await sleep(pause);
      log('rest of a dead letter sent again', { ...details, reason: rest.reason.name, records: remaining.length, attempts });
      const start = performance.now();
      const result = await orError(target.send({ ...deadLetter, event: { ...deadLetter.event, Records: remaining } }, remainingTime.readSignal()));
      longest = Math.max(longest, performance.now() - start);
      // It is about every dead letter: this one cannot wait for it in the queue.
      if (result instanceof Error) return { ...rest, reason: { name: result.name, message: result.message } };
      if (result.outcome === 'sent') return undefined;
      if (result.outcome === 'partly' && result.remaining.length < remaining.length) {
        rest = result;
        attempts = 1;
        pause = firstPauseMillis;
        continue;
      }
      rest = { ...rest, reason: result.reason };
      pause = Math.min(pause * 2, MAX_PAUSE_MILLIS);
      // A processor without room for it has made no attempt.
      if (result.outcome === 'partly' || !result.isThrottled) attempts++;
    }
    return rest;
  }

  /** Parks what is left of a dead letter. */
  async function parkRest(delivery: Delivery, deadLetter: ReceivedDeadLetter, result: PartlySent): Promise<boolean> {
    const { details, remainingTime } = delivery;
    const to = target.nameFor(deadLetter);
    const taken = deadLetter.event.Records.length - result.remaining.length;
    try {
      const rest = remainderOf(deadLetter, result, new Date());
      await parking.send(rest, remainingTime.writeSignal());
      const { deadLetterId, recoveredRecords: records } = rest.hydration;
      const reason = result.reason.name;
      log('dead letter redriven in part, the rest parked', { ...details, reason, rest: { deadLetterId, records } });
      note(delivery, { result: AuditResult.PARTLY_SENT, records: taken, to, reason });
      note(delivery, { result: AuditResult.PARKED, deadLetterId, records, to: parkingQueueUrl, reason });
      return true;
    } catch (error) {
      // The whole is kept instead: its processor was invoked, and gets the records that it took no more often than any.
      const { name, message } = error as Error;
      note(delivery, { result: AuditResult.REST_NOT_KEPT, records: taken, to, reason: name });
      const reason = { name, message: `${message}; its first ${taken} records are processed, and the rest could not be parked by itself` };
      return delayOrPark({ ...delivery, details: { ...details, error: String(error) } }, reason, maxAttempts);
    }
  }

  /** Why there is not even an attempt: there were enough that did not come to an end. */
  async function reasonToStop({ message, receives, remainingTime }: Delivery): Promise<Reason | undefined> {
    if (receives > maxReceives) return { name: 'NoOutcome', message: `received ${receives} times without an outcome: the log says why` };
    // The first is made in any case: so far nothing says that it would not come to an end.
    const expiry = receives > 1 ? await source.expiryOf(message, remainingTime.readSignal()) : undefined;
    if (!expiry || expiry.receives >= 1) return undefined;
    return { name: 'NoTimeLeft', message: `its queue keeps it until ${expiry.expiresAt.toISOString()} only: it may be gone before another attempt has an outcome` };
  }

  /** Whether a dead letter is dealt with, and can leave the queue. */
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
      const rest = await sendRest(known, deadLetter, result, performance.now() - start);
      if (rest) return parkRest(known, deadLetter, rest);
    }
    if (result.outcome === 'failed') {
      note(known, { result: AuditResult.FAILED, to, reason: result.reason.name });
      // A processor without room for it has made no attempt.
      return delayOrPark(known, result.reason, result.isThrottled ? maxReceives : maxAttempts);
    }
    log('dead letter redriven', known.details);
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
      // Once this has ended, Lambda deletes what was dealt with.
      await audit?.write(context.invokedFunctionArn, notes, remainingTime.writeSignal());
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function reasonNotToSend({ status, event }: ReceivedDeadLetter, sendsSuperset: boolean): Reason | undefined {
  // One that is COMPLETE without records is the end of a tumbling window: its state is there.
  if (event.Records.length === 0 && !(status === HydrationStatus.COMPLETE && hasOtherFields(event))) return { name: 'NoRecords', message: `the dead letter is ${status} and holds no records` };
  if (status === HydrationStatus.COMPLETE || (status === HydrationStatus.SUPERSET && sendsSuperset)) return undefined;
  const which = sendsSuperset ? `${HydrationStatus.COMPLETE} or ${HydrationStatus.SUPERSET}` : HydrationStatus.COMPLETE;
  return { name: `Not${HydrationStatus.COMPLETE}`, message: `the dead letter must be ${which} to be sent by the redrive function, got: ${status}` };
}

function detailsOf({ deadLetterId, status, functionArn, streamArn, shardId, event }: ReceivedDeadLetter): object {
  return { deadLetterId, status, functionArn, streamArn, shardId, records: event.Records.length };
}

/** What is known of a message before it is read: with its body lost, it never is. */
function idsOf({ messageId, messageAttributes }: SQSRecord): Delivery['ids'] {
  return { messageId, deadLetterId: messageAttributes[MessageAttribute.DEAD_LETTER_ID]?.stringValue };
}

function note({ ids, notes }: Delivery, entry: Pick<AuditEntry, 'result' | 'deadLetterId' | 'records' | 'to' | 'reason'>): void {
  notes.push({ time: new Date(), entry: { ...ids, ...entry } });
}

/** What is done after an error is no part of what it was of. */
async function orError<T>(promise: Promise<T>): Promise<T | Error> {
  return promise.catch((error: Error) => error);
}
