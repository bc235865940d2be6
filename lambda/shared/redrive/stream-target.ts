import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient, PutRecordsCommand, PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import { streamOf } from '../dead-letter/failure-record';
import { ReceivedLetter } from '../dead-letter/received-letter';
import { Entry, putCalls } from './put-calls';
import { BrokenAnswerError, isUnanswered, reasonOf } from './send-error';
import { Reason, SendResult, Target } from './target';

/** What Kinesis refuses because of the records: one over the limit of the stream, above all. */
const ABOUT_THE_RECORDS = new Set(['InvalidArgumentException', 'ValidationException']);

/** Before each retry of records that the stream had no room for: half a minute in all, more or less. */
const PAUSE_MILLIS = [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000, 10_000];

export interface StreamTargetOptions {
  /** Default: the stream that the dead letter names. */
  readonly streamArn?: string;
  /** The longest wait before each retry of records that the stream did not take. Default: ten, from 200 ms to 10 s. */
  readonly pauseMillis?: readonly number[];
}

/**
 * Puts the records of dead letters back into their stream, with their partition keys and to the byte. Every consumer of the stream
 * gets them once more, after newer ones of their keys.
 */
export class StreamTarget implements Target {
  constructor(
    private readonly client: KinesisClient,
    private readonly options: StreamTargetOptions = {},
  ) {}

  nameFor(letter: ReceivedLetter): string {
    return this.options.streamArn ?? streamOf(letter.streamArn);
  }

  async send(letter: ReceivedLetter, signal: AbortSignal): Promise<SendResult> {
    const { Records: records } = letter.event;
    if (records.length === 0) return { outcome: 'failed', reason: { name: 'NoRecords', message: 'the dead letter holds no records' } };
    const plan = putCalls(records);
    if ('reason' in plan) return { outcome: 'failed', reason: plan.reason };
    const left = new Set(records.keys());
    for (const call of plan.calls) {
      // A call ends before the next begins: records of a key stay in their order, but for those of one call that are tried again.
      const reason = await this.reasonNotToTake(letter, call, left, signal);
      if (!reason) continue;
      if (left.size === records.length) return { outcome: 'failed', reason };
      // Nothing is said here of whether a processor could deal with them.
      return { outcome: 'partly', remaining: records.filter((_, place) => left.has(place)), reason, haveFailed: false };
    }
    return { outcome: 'sent' };
  }

  private async reasonNotToTake(letter: ReceivedLetter, call: readonly Entry[], left: Set<number>, signal: AbortSignal): Promise<Reason | undefined> {
    try {
      return await this.put(this.nameFor(letter), call, left, signal);
    } catch (error) {
      // With some of the letter in the stream, what is left of it has to be kept before anything else can be said.
      if (left.size === letter.event.Records.length && !isAboutTheRecords(error)) throw error;
      return reasonOf(error);
    }
  }

  /** Puts records until all are taken, or there is a reason why not. What is taken is `left` no more. */
  private async put(streamArn: string, call: readonly Entry[], left: Set<number>, signal: AbortSignal): Promise<Reason | undefined> {
    const { pauseMillis = PAUSE_MILLIS } = this.options;
    for (let attempt = 0; ; attempt++) {
      const entries = call.filter(({ place }) => left.has(place));
      const results = await this.putOnce(streamArn, entries, signal);
      entries.forEach(({ place }, index) => results[index].ErrorCode === undefined && left.delete(place));
      const refused = results.find(({ ErrorCode }) => ErrorCode !== undefined);
      if (!refused) return undefined;
      if (attempt === pauseMillis.length || signal.aborted) return { name: refused.ErrorCode!, message: refused.ErrorMessage ?? '' };
      await sleep(Math.random() * pauseMillis[attempt], undefined, { signal }).catch(() => undefined);
    }
  }

  private async putOnce(streamArn: string, entries: readonly Entry[], signal: AbortSignal): Promise<readonly PutRecordsResultEntry[]> {
    const { Records: results } = await this.client.send(
      new PutRecordsCommand({ StreamARN: streamArn, Records: entries.map(({ put }) => put) }),
      { abortSignal: signal },
    );
    if (results?.length === entries.length) return results;
    throw new BrokenAnswerError(`PutRecords must answer for ${entries.length} records, got: an answer for ${results?.length ?? 'none'}`);
  }
}

function isAboutTheRecords(error: unknown): boolean {
  return ABOUT_THE_RECORDS.has((error as Error).name) || isUnanswered(error);
}
