import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { HydrationStatus, MessageAttribute } from '../../src/contract';
import { log } from '../runtime/log';
import { TimeLeft } from '../runtime/time-left';
import { AuditEntry, AuditResult } from '../shared/audit/audit-entry';
import { DeadLetter } from '../shared/dead-letter/dead-letter';
import { NewerFormatError } from '../shared/dead-letter/format-version';
import { readLetter } from '../shared/dead-letter/letter-message';
import { ObjectReader } from '../shared/dead-letter/object-reader';
import { ReceivedLetter } from '../shared/dead-letter/received-letter';
import { UndeliverableError } from '../shared/dead-letter/undeliverable-error';
import { holdsMore } from '../shared/redrive/event-parts';
import { remainderOf } from '../shared/redrive/remainder';
import { PartlySent, Reason, Target } from '../shared/redrive/target';
import { DeadLetterSource } from './dead-letter-source';
import { attributesOf, ParkingOptions } from './parking-queue';
import { AuditNote, RedriveAudit } from './redrive-audit';

/** How many receives more than attempts a dead letter may have: for times in which it cannot be sent, or no attempt comes to an end. */
const RECEIVES_WITHOUT_ATTEMPT = 25;
/** Before the rest of a dead letter is sent again: twice as long each time, up to half a minute. */
const FIRST_PAUSE_MILLIS = 1_000;
const LONGEST_PAUSE_MILLIS = 30_000;

export interface RedriveDependencies {
  readonly objects: ObjectReader;
  readonly target: Target;
  readonly source: Pick<DeadLetterSource, 'putOff' | 'lifeOf'>;
  readonly parking: {
    /** Keeps a message as it is. */
    keep(message: SQSRecord, options: ParkingOptions, signal: AbortSignal): Promise<void>;
    /** Keeps what is left of a dead letter. */
    send(letter: DeadLetter, signal: AbortSignal): Promise<void>;
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
  readonly timeLeft: TimeLeft;
}

/**
 * Sends dead letters to their processors. What is processed leaves the queue; what is not goes back to it a bounded number of times, and
 * then to the parking queue, as do all that are not to be sent. What remains of one that is processed in part is sent again at once.
 * Nothing goes back to the queue as a new message: it cannot go in circles.
 */
export function redriveHandler(dependencies: RedriveDependencies): RedriveHandler {
  const { objects, target, source, parking, parkingQueueUrl, audit, maxAttempts, sendsSuperset } = dependencies;
  const { firstPauseMillis = FIRST_PAUSE_MILLIS } = dependencies;
  const mostReceives = maxAttempts + RECEIVES_WITHOUT_ATTEMPT;

  async function park(delivery: Delivery, { name, message: text }: Reason, isFinal = delivery.receives >= mostReceives): Promise<boolean> {
    const { message, details, timeLeft } = delivery;
    try {
      await parking.keep(message, { reason: `${name}: ${text}`, isFinal }, timeLeft.toWrite());
    } catch (error) {
      // What cannot wait any longer is an error of the function, for its alarms.
      if (isFinal) throw error;
      return putOff({ ...delivery, details: { ...details, error: String(error) } }, error as Error);
    }
    log('dead letter parked', { ...details, reason: name });
    note(delivery, { result: AuditResult.PARKED, to: parkingQueueUrl, reason: name });
    return true;
  }

  async function putOff({ message, receives, details, timeLeft }: Delivery, { name }: Reason): Promise<boolean> {
    try {
      const seconds = await source.putOff(message, receives, timeLeft.toWrite());
      log('dead letter put off', { ...details, reason: name, seconds });
    } catch (error) {
      // The queue gives it out again all the same, after its own visibility timeout.
      log('dead letter left to its queue', { ...details, reason: name, error: String(error) });
    }
    return false;
  }

  /** Another chance for what has not had all of its receives, while its queue keeps it for long enough to be given out again. */
  async function putOffOrPark(delivery: Delivery, reason: Reason, most: number): Promise<boolean> {
    const { message, receives, timeLeft } = delivery;
    if (receives >= most) return park(delivery, reason);
    const life = await source.lifeOf(message, timeLeft.toWrite());
    if (!life || life.receives >= 2) return putOff(delivery, reason);
    const why = `${reason.message}; not tried again, for its queue keeps it until ${life.endsAt.toISOString()} only`;
    return park(delivery, { ...reason, message: why }, true);
  }

  async function refused(delivery: Delivery, error: Error): Promise<boolean> {
    if (error instanceof NewerFormatError) {
      const message = `${error.message}, or deploy the RedriveFunction with cdk-stream-dlq ${error.oldestReader}`;
      return park(delivery, { name: error.name, message });
    }
    if (error instanceof UndeliverableError) return park(delivery, error);
    // It is about every dead letter, a permission or a function that is not there, and none is given up for it so soon.
    return putOffOrPark({ ...delivery, details: { ...delivery.details, error: String(error) } }, error, mostReceives);
  }

  /**
   * Sends what is left of a dead letter in this very invocation: the message is whole, and given out again it would have sent what is
   * processed once more. Undefined once all is processed; else what remains when it has failed as often as a dead letter may, without a
   * record more being processed, or when there is no time for another attempt.
   */
  async function sendRest(
    { details, timeLeft }: Delivery, letter: ReceivedLetter, first: PartlySent, millis: number,
  ): Promise<PartlySent | undefined> {
    let rest = first;
    let longest = millis;
    let pause = firstPauseMillis;
    for (let attempts = 1; attempts < maxAttempts;) {
      const { remaining } = rest;
      if (timeLeft.readMillis < pause + longest) {
        const message = `${rest.reason.message}; sent ${attempts} of ${maxAttempts} times, for the invocation had no time for another attempt`;
        return { ...rest, reason: { ...rest.reason, message } };
      }
      await sleep(pause);
      log('rest of a dead letter sent again', { ...details, reason: rest.reason.name, records: remaining.length, attempts });
      const start = performance.now();
      const result = await orError(target.send({ ...letter, event: { ...letter.event, Records: remaining } }, timeLeft.toRead()));
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
      pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
      // A processor without room for it has made no attempt.
      if (result.outcome === 'partly' || !result.isThrottled) attempts++;
    }
    return rest;
  }

  /** Parks what is left of a dead letter. */
  async function parkRest(delivery: Delivery, letter: ReceivedLetter, result: PartlySent): Promise<boolean> {
    const { details, timeLeft } = delivery;
    const to = target.nameFor(letter);
    const taken = letter.event.Records.length - result.remaining.length;
    try {
      const rest = remainderOf(letter, result, new Date());
      await parking.send(rest, timeLeft.toWrite());
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
      return putOffOrPark({ ...delivery, details: { ...details, error: String(error) } }, reason, maxAttempts);
    }
  }

  /** Why there is not even an attempt: there were enough that did not come to an end. */
  async function reasonToStop({ message, receives, timeLeft }: Delivery): Promise<Reason | undefined> {
    if (receives > mostReceives) return { name: 'NoOutcome', message: `received ${receives} times without an outcome: the log says why` };
    // The first is made in any case: so far nothing says that it would not come to an end.
    const life = receives > 1 ? await source.lifeOf(message, timeLeft.toRead()) : undefined;
    if (!life || life.receives >= 1) return undefined;
    return { name: 'NoTimeLeft', message: `its queue keeps it until ${life.endsAt.toISOString()} only: it may be gone before another attempt has an outcome` };
  }

  /** Whether a dead letter is dealt with, and can leave the queue. */
  async function handle(delivery: Delivery): Promise<boolean> {
    const { message, details, timeLeft } = delivery;
    const stop = await reasonToStop(delivery);
    if (stop) return park(delivery, stop, true);

    const letter = await orError(readLetter({ Body: message.body, MessageAttributes: attributesOf(message) }, objects, timeLeft.toRead()));
    if (letter instanceof Error) return refused(delivery, letter);
    const { deadLetterId, event: { Records: { length: records } } } = letter;
    const known = { ...delivery, details: { ...details, ...detailsOf(letter) }, ids: { ...delivery.ids, deadLetterId, records } };
    const reason = reasonNotToSend(letter, sendsSuperset);
    if (reason) return park(known, reason);

    const start = performance.now();
    const result = await orError(target.send(letter, timeLeft.toRead()));
    if (result instanceof Error) return refused(known, result);
    const to = target.nameFor(letter);
    if (result.outcome === 'partly') {
      const rest = await sendRest(known, letter, result, performance.now() - start);
      if (rest) return parkRest(known, letter, rest);
    }
    if (result.outcome === 'failed') {
      note(known, { result: AuditResult.FAILED, to, reason: result.reason.name });
      // A processor without room for it has made no attempt.
      return putOffOrPark(known, result.reason, result.isThrottled ? mostReceives : maxAttempts);
    }
    log('dead letter redriven', known.details);
    note(known, { result: AuditResult.SENT, to });
    return true;
  }

  return async ({ Records: messages }, context) => {
    const failed: string[] = [];
    const notes: AuditNote[] = [];
    const timeLeft = new TimeLeft(context);
    try {
      for (const message of messages) {
        const { messageId } = message;
        const receives = Number(message.attributes.ApproximateReceiveCount);
        const isDone = await handle({ message, receives, details: { messageId, receives }, ids: idsOf(message), notes, timeLeft });
        if (!isDone) failed.push(messageId);
      }
    } finally {
      // Once this has ended, Lambda deletes what was dealt with.
      await audit?.write(context.invokedFunctionArn, notes, timeLeft.toWrite());
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function reasonNotToSend({ status, event }: ReceivedLetter, sendsSuperset: boolean): Reason | undefined {
  // One that is COMPLETE without records is the end of a tumbling window: its state is there.
  if (event.Records.length === 0 && !(status === HydrationStatus.COMPLETE && holdsMore(event))) return { name: 'NoRecords', message: `the dead letter is ${status} and holds no records` };
  if (status === HydrationStatus.COMPLETE || (status === HydrationStatus.SUPERSET && sendsSuperset)) return undefined;
  const which = sendsSuperset ? `${HydrationStatus.COMPLETE} or ${HydrationStatus.SUPERSET}` : HydrationStatus.COMPLETE;
  return { name: `Not${HydrationStatus.COMPLETE}`, message: `the dead letter must be ${which} to be sent by the redrive function, got: ${status}` };
}

function detailsOf({ deadLetterId, status, functionArn, streamArn, shardId, event }: ReceivedLetter): object {
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
