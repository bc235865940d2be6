import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { HydrationStatus } from '../../src/contract';
import { DeadLetter } from '../dead-letter';
import { log } from '../log';
import { TimeLeft } from '../time-left';
import { UndeliverableError } from '../undeliverable-error';
import { readLetter } from './letter-message';
import { ObjectReader } from './object-reader';
import { attributesOf } from './parking-queue';
import { ReceivedLetter } from './received-letter';
import { remainderOf } from './remainder';
import { Reason, Target } from './target';

/** How many receives more than attempts a dead letter may have: for times in which no attempt came to an end. */
const RECEIVES_WITHOUT_ATTEMPT = 25;

export interface RedriveDependencies {
  readonly objects: ObjectReader;
  readonly target: Target;
  readonly source: { putOff(message: SQSRecord, receives: number, signal: AbortSignal): Promise<number> };
  readonly parking: {
    /** Keeps a message as it is; `body` is what it points to, where that was read. */
    keep(message: SQSRecord, body: string | undefined, reason: string, signal: AbortSignal): Promise<void>;
    /** Keeps what is left of a dead letter. */
    send(letter: DeadLetter, signal: AbortSignal): Promise<void>;
  };
  readonly maxAttempts: number;
  /** Whether dead letters are sent that also hold records that did not fail. */
  readonly sendsSuperset: boolean;
}

export type RedriveHandler = (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<SQSBatchResponse>;

/** A message as it was delivered to the function. */
interface Delivery {
  readonly message: SQSRecord;
  readonly receives: number;
  /** The dead letter that it is, once that is known. */
  readonly letter?: ReceivedLetter;
  /** What the log says of it. */
  readonly details: object;
  readonly timeLeft: TimeLeft;
}

/**
 * Sends dead letters to their processors. What is processed leaves the queue; what is not goes back to it a bounded number of times, and
 * then to the parking queue, as do all that are not to be sent. Nothing goes back to the queue as a new message: it cannot go in circles.
 */
export function redriveHandler({ objects, target, source, parking, maxAttempts, sendsSuperset }: RedriveDependencies): RedriveHandler {
  async function park({ message, letter, details, timeLeft }: Delivery, { name, message: text }: Reason): Promise<boolean> {
    await parking.keep(message, letter?.text, `${name}: ${text}`, timeLeft.toWrite());
    log('dead letter parked', { ...details, reason: name });
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

  /** Whether a dead letter is dealt with, and can leave the queue. */
  async function redrive(delivery: Delivery, letter: ReceivedLetter): Promise<boolean> {
    const { details, receives, timeLeft } = delivery;
    const result = await target.send(letter, timeLeft.toRead());
    switch (result.outcome) {
      case 'sent':
        log('dead letter redriven', details);
        return true;
      case 'partly': {
        const rest = remainderOf(letter, result, new Date());
        await parking.send(rest, timeLeft.toWrite());
        const { deadLetterId, recoveredRecords: records } = rest.hydration;
        log('dead letter redriven in part, the rest parked', { ...details, reason: result.reason.name, rest: { deadLetterId, records } });
        return true;
      }
      case 'failed': {
        // A processor without room for it has made no attempt.
        const isLast = receives >= maxAttempts && !result.isThrottled;
        return isLast ? park(delivery, result.reason) : putOff(delivery, result.reason);
      }
    }
  }

  async function handle(delivery: Delivery): Promise<boolean> {
    const { message, receives, details, timeLeft } = delivery;
    if (receives > maxAttempts + RECEIVES_WITHOUT_ATTEMPT) {
      return park(delivery, { name: 'NoOutcome', message: `received ${receives} times, and no attempt of the last ${RECEIVES_WITHOUT_ATTEMPT} came to an end` });
    }
    let known = delivery;
    try {
      const letter = await readLetter({ Body: message.body, MessageAttributes: attributesOf(message) }, objects, timeLeft.toRead());
      known = { ...delivery, letter, details: { ...details, ...detailsOf(letter) } };
      const reason = reasonNotToSend(letter, sendsSuperset);
      return reason ? await park(known, reason) : await redrive(known, letter);
    } catch (error) {
      if (error instanceof UndeliverableError) return park(known, error);
      // It is about every dead letter, a permission or a function that is not there, and none is given up for it so soon.
      return putOff({ ...known, details: { ...known.details, error: String(error) } }, error as Error);
    }
  }

  return async ({ Records: messages }, context) => {
    const failed: string[] = [];
    for (const message of messages) {
      const { messageId } = message;
      const receives = Number(message.attributes.ApproximateReceiveCount);
      const isDone = await handle({ message, receives, details: { messageId, receives }, timeLeft: new TimeLeft(context) });
      if (!isDone) failed.push(messageId);
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function reasonNotToSend({ status, event }: ReceivedLetter, sendsSuperset: boolean): Reason | undefined {
  if (event.Records.length === 0) return { name: 'NoRecords', message: `the dead letter is ${status} and holds no records` };
  if (status === HydrationStatus.COMPLETE || (status === HydrationStatus.SUPERSET && sendsSuperset)) return undefined;
  const which = sendsSuperset ? `${HydrationStatus.COMPLETE} or ${HydrationStatus.SUPERSET}` : HydrationStatus.COMPLETE;
  return { name: `Not${HydrationStatus.COMPLETE}`, message: `the dead letter must be ${which} to be sent by the redrive function, got: ${status}` };
}

function detailsOf({ deadLetterId, status, functionArn, streamArn, shardId, event }: ReceivedLetter): object {
  return { deadLetterId, status, functionArn, streamArn, shardId, records: event.Records.length };
}
