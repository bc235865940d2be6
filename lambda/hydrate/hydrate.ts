import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { BatchInfoKey } from '../../src/contract';
import { log, logDeadLetter } from '../runtime/log';
import { RemainingTime } from '../runtime/remaining-time';
import { CaptureResult, CaptureResults } from '../shared/dead-letter/capture-result';
import { DeadLetter, toDeadLetter } from '../shared/dead-letter/dead-letter';
import { SentDeadLetter } from '../shared/dead-letter/dead-letter-queue';
import {
  batchOf, FailureRecord, InvalidFailureRecordError, isDynamoDb, notifiedText, parseFailureRecord, requireRange,
} from '../shared/dead-letter/failure-record';
import { shardKey } from '../shared/stream/shard-reader';
import { OutOfTimeError, StreamReader } from '../shared/stream/stream-reader';

export interface HydrateDependencies {
  /** What reads each kind of batch, made when the first of its kind comes. */
  readonly readers: Readonly<Record<(typeof BatchInfoKey)[keyof typeof BatchInfoKey], () => Promise<StreamReader>>>;
  /** When each shard may be read again. */
  readonly pace: { millisUntilReady(shard: string): number };
  readonly queue: { send(deadLetter: DeadLetter, signal: AbortSignal): Promise<SentDeadLetter> };
  readonly undeliverables: { send(body: string, reason: string, signal: AbortSignal): Promise<void> };
  readonly intake: {
    /** Delays the next receive of a message. Returns the seconds. */
    delay(message: SQSRecord, signal: AbortSignal): Promise<number>;
    /** Lets the next invocation receive a message at once. */
    release(message: SQSRecord, signal: AbortSignal): Promise<void>;
    delete(message: SQSRecord, signal: AbortSignal): Promise<void>;
  };
}

/**
 * A failure record that still fails at this receive is undeliverable: about a quarter of an hour after the first. SQS allows more receives
 * (`MAX_INTAKE_RECEIVES`), because a receive also counts where no time remained for the message.
 */
const RECEIVES_WITH_ERROR = 6;

/** Lambda reads the failures. `stream-dlq rehydrate`, which invokes the function itself, reads the result. */
export type HydrateResponse = SQSBatchResponse & CaptureResult;
export type HydrateHandler = (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<HydrateResponse>;

/** A message with its failure record. */
interface Work {
  readonly message: SQSRecord;
  readonly failure: FailureRecord;
  readonly shard: string;
}

/**
 * Turns failure records from the intake queue into dead letters, one after the other: next comes a failure record whose shard may be read
 * soonest. A message that holds no failure record of a stream mapping goes to the undeliverable queue at once. Any other failed message returns
 * to the intake queue, and goes to the undeliverable queue after too many receives.
 */
export function hydrateHandler({ readers, pace, queue, undeliverables, intake }: HydrateDependencies): HydrateHandler {
  async function hydrate({ failure }: Work, remainingTime: RemainingTime): Promise<DeadLetter> {
    const batch = batchOf(failure);
    const reader = await readers[isDynamoDb(batch.streamArn) ? BatchInfoKey.DYNAMODB : BatchInfoKey.KINESIS]();
    const reading = await reader.read(batch, { signal: remainingTime.readSignal() });
    const deadLetter = toDeadLetter(failure, reading);
    const sent = await queue.send(deadLetter, remainingTime.writeSignal());
    logDeadLetter(deadLetter, sent);
    return deadLetter;
  }

  /** The failure record of a message, or undefined where it holds none. */
  async function parse(message: SQSRecord, remainingTime: RemainingTime): Promise<Work | undefined> {
    try {
      const failure = parseFailureRecord(notifiedText(message.body));
      requireRange(failure);
      return { message, failure, shard: shardKey(batchOf(failure)) };
    } catch (error) {
      if (!(error instanceof InvalidFailureRecordError)) throw error;
      await keep(message, error.message, { rule: error.rule }, remainingTime);
      return undefined;
    }
  }

  async function keep({ messageId, body }: SQSRecord, reason: string, details: object, remainingTime: RemainingTime): Promise<void> {
    await undeliverables.send(body, reason, remainingTime.writeSignal());
    log('ERROR', 'message kept as undeliverable', { messageId, ...details });
  }

  /** Sets when a failed message can be received again. SQS delivers it anyway, after the visibility timeout of the queue. */
  async function putBack(message: SQSRecord, error: Error | undefined, remainingTime: RemainingTime): Promise<void> {
    const { messageId } = message;
    const details = { messageId, receives: Number(message.attributes.ApproximateReceiveCount), ...(error && { error: String(error) }) };
    try {
      const signal = remainingTime.writeSignal();
      const seconds = error ? await intake.delay(message, signal) : (await intake.release(message, signal), 0);
      log('WARN', error ? 'failure record delayed' : 'failure record put back, because no time remained', { ...details, seconds });
    } catch (refusal) {
      log('ERROR', 'failure record not delayed', { ...details, refusal: String(refusal) });
    }
  }

  /** Deletes a message before Lambda does: an invocation that is killed later would let it come again. */
  async function deleteEarly(message: SQSRecord, remainingTime: RemainingTime): Promise<void> {
    try {
      await intake.delete(message, remainingTime.writeSignal());
    } catch (refusal) {
      log('WARN', 'message not deleted early', { messageId: message.messageId, refusal: String(refusal) });
    }
  }

  return async ({ Records: messages }, context) => {
    const results = new CaptureResults();
    const errors: unknown[] = [];
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    const remainingTime = new RemainingTime(context);

    async function attempt<T>(message: SQSRecord, act: () => Promise<T>, isAfterOthers = false): Promise<T | undefined> {
      try {
        return await act();
      } catch (error) {
        // It may have time enough when it is the first.
        const isOutOfTime = isAfterOthers && error instanceof OutOfTimeError;
        if (!isOutOfTime) errors.push(error);
        await fail(message, isOutOfTime ? undefined : error as Error);
        return undefined;
      }
    }

    async function fail(message: SQSRecord, error?: Error): Promise<void> {
      // The tool invokes the function with messages that are in no queue.
      if (message.receiptHandle) {
        if (error && receivesOf(message) >= RECEIVES_WITH_ERROR && await isKept(message, error)) return;
        await putBack(message, error, remainingTime);
      }
      batchItemFailures.push({ itemIdentifier: message.messageId });
    }

    async function isKept(message: SQSRecord, error: Error): Promise<boolean> {
      try {
        await keep(message, String(error), { receives: receivesOf(message), error: String(error) }, remainingTime);
        results.undeliverables++;
        return true;
      } catch (refusal) {
        log('ERROR', 'message not kept as undeliverable', { messageId: message.messageId, refusal: String(refusal) });
        return false;
      }
    }

    const pending: Work[] = [];
    for (const message of inTurn(messages)) {
      const work = await attempt(message, async () => {
        const parsed = await parse(message, remainingTime);
        if (!parsed) results.undeliverables++;
        return parsed;
      });
      if (work) pending.push(work);
    }
    let hasTried = false;
    while (pending.length > 0) {
      const work = takeNext(pending, (shard) => pace.millisUntilReady(shard));
      // Each invocation tries at least one, so that every message has its turn.
      if (hasTried && remainingTime.readMillis <= pace.millisUntilReady(work.shard)) {
        await fail(work.message);
        continue;
      }
      const deadLetter = await attempt(work.message, async () => hydrate(work, remainingTime), hasTried);
      hasTried = true;
      if (!deadLetter) continue;
      results.add(deadLetter);
      // The first invocation that had the message did not finish: this one may not either.
      if (receivesOf(work.message) > 1) await deleteEarly(work.message, remainingTime);
    }

    // Lambda counts an invocation as an error only where it throws.
    const isNothingDone = batchItemFailures.length === messages.length;
    if (errors.length > 0 && (isNothingDone || messages.some(({ receiptHandle }) => !receiptHandle))) throw errorOf(errors, messages.length);
    const { deadLetters, undeliverables: refused } = results;
    return { batchItemFailures, deadLetters, undeliverables: refused };
  };
}

/** At each other receive backward: where an invocation does not finish, the same messages must not be the last ones again. */
function inTurn(messages: readonly SQSRecord[]): readonly SQSRecord[] {
  return messages.length > 0 && receivesOf(messages[0]) % 2 === 0 ? [...messages].reverse() : messages;
}

function receivesOf({ attributes }: SQSRecord): number {
  return Number(attributes?.ApproximateReceiveCount ?? 1);
}

/** Removes and returns the work whose shard can be read soonest: the first of several. */
function takeNext(pending: Work[], millisUntilReady: (shard: string) => number): Work {
  const waits = pending.map(({ shard }) => millisUntilReady(shard));
  const [next] = pending.splice(waits.indexOf(Math.min(...waits)), 1);
  return next;
}

function errorOf(errors: readonly unknown[], messages: number): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} of ${messages} messages failed: ${errors.join('; ')}`);
}
