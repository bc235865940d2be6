import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient, PutRecordsCommand, PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import { streamOf } from '../dead-letter/failure-record';
import { ReceivedDeadLetter } from '../dead-letter/received-dead-letter';
import { holdsAll, OpenShards } from './open-shards';
import { callsOf, entriesOf, Entry } from './put-calls';
import { BrokenAnswerError, isOutcomeUnknown, sendErrorReason } from './send-error';
import { Reason, SendResult, Target } from './target';

/** What Kinesis refuses because of the records: one over the limit of the stream, above all. */
const ABOUT_THE_RECORDS = new Set(['InvalidArgumentException', 'ValidationException']);

/** Why shards are not listed for now. */
const NO_SHARDS_FOR_NOW = new Set(['LimitExceededException', 'ResourceInUseException']);

/** Before each retry of records that the stream had no room for: half a minute in all, more or less. */
const PAUSE_MILLIS = [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000, 10_000];

export interface StreamTargetOptions {
  /** Default: the stream that the dead letter names. */
  readonly streamArn?: string;
  /** The longest wait before each retry of records that the stream did not take. Default: ten, from 200 ms to 10 s. */
  readonly pauseMillis?: readonly number[];
}

/** A dead letter that is being put. */
interface Work {
  readonly streamArn: string;
  readonly remaining: Set<Entry>;
  /** Whether anything of it is in the stream. */
  hasPut: boolean;
}

/** What became of a call: why not all was taken, and what is to be put in the place of aggregates that are in the wrong shard. */
interface PutResult {
  readonly reason?: Reason;
  readonly userEntries: readonly Entry[];
}

/**
 * Puts the records of dead letters back into their stream, with their partition keys and to the byte, aggregates of the Kinesis Producer
 * Library into a shard for all of their user records. Every consumer of the stream gets them once more, after newer ones of their keys.
 */
export class StreamTarget implements Target {
  private readonly shards: OpenShards;

  constructor(
    private readonly client: KinesisClient,
    private readonly options: StreamTargetOptions = {},
  ) {
    this.shards = new OpenShards(client);
  }

  nameFor(deadLetter: ReceivedDeadLetter): string {
    return this.options.streamArn ?? streamOf(deadLetter.streamArn);
  }

  async send(deadLetter: ReceivedDeadLetter, signal: AbortSignal): Promise<SendResult> {
    const { Records: records } = deadLetter.event;
    if (records.length === 0) return { outcome: 'failed', reason: { name: 'NoRecords', message: 'the dead letter holds no records' } };
    const streamArn = this.nameFor(deadLetter);
    const entries = await this.entriesOf(records, streamArn, signal);
    if ('reason' in entries) return { outcome: 'failed', reason: entries.reason };
    const work: Work = { streamArn, remaining: new Set(entries), hasPut: false };
    const calls = callsOf(entries);
    for (let call = calls.shift(); call; call = calls.shift()) {
      // A call ends before the next begins: records of a key stay in their order, but for those of one call that are tried again.
      const answer = await this.resultOfCall(call, work, signal);
      for (const entry of answer.userEntries) work.remaining.add(entry);
      calls.unshift(...callsOf(answer.userEntries));
      if (answer.reason) return resultOf(records, work, answer.reason);
    }
    return { outcome: 'sent' };
  }

  private async entriesOf(records: readonly unknown[], streamArn: string, signal: AbortSignal): ReturnType<typeof entriesOf> {
    try {
      return await entriesOf(records, async () => this.shards.of(streamArn, signal));
    } catch (error) {
      const { name, message } = error as Error;
      if (!NO_SHARDS_FOR_NOW.has(name) && !isOutcomeUnknown(error)) throw error;
      return { reason: { name, message: `nothing was put, for the shards of the stream are not known: ${message}` } };
    }
  }

  private async resultOfCall(call: readonly Entry[], work: Work, signal: AbortSignal): Promise<PutResult> {
    const userEntries: Entry[] = [];
    try {
      return { userEntries, reason: await this.put(call, work, userEntries, signal) };
    } catch (error) {
      // With some of the letter in the stream, what is left of it has to be kept before anything else can be said.
      if (!work.hasPut && !isAboutTheRecords(error)) throw error;
      return { userEntries, reason: sendErrorReason(error) };
    }
  }

  /** Puts records until all are taken, or there is a reason why not. What is taken is `left` no more. */
  private async put(call: readonly Entry[], work: Work, userEntries: Entry[], signal: AbortSignal): Promise<Reason | undefined> {
    const { streamArn, remaining } = work;
    const { pauseMillis = PAUSE_MILLIS } = this.options;
    for (let attempt = 0; ; attempt++) {
      const entries = call.filter((entry) => remaining.has(entry));
      const results = await this.putOnce(streamArn, entries, signal);
      for (const [index, entry] of entries.entries()) {
        const { ErrorCode, ShardId } = results[index];
        if (ErrorCode !== undefined) continue;
        remaining.delete(entry);
        work.hasPut = true;
        const { aggregate } = entry;
        // Resharded meanwhile, or the stream distributes records itself: consumers drop it there.
        if (aggregate && !(await this.isInRightShard(streamArn, ShardId, aggregate.hashKeys, signal))) userEntries.push(...aggregate.userEntries);
      }
      const refused = results.find(({ ErrorCode }) => ErrorCode !== undefined);
      if (!refused) return undefined;
      if (attempt === pauseMillis.length || signal.aborted) return { name: refused.ErrorCode!, message: refused.ErrorMessage ?? '' };
      await sleep(Math.random() * pauseMillis[attempt], undefined, { signal }).catch(() => undefined);
    }
  }

  /** Whether the shard that took an aggregate is one for each of its user records, as far as is known. */
  private async isInRightShard(streamArn: string, shardId: string | undefined, hashKeys: readonly bigint[], signal: AbortSignal): Promise<boolean> {
    // Where shards cannot be listed the shard is not known: its user records are put once more, rather than lost.
    const find = async () => (await this.shards.of(streamArn, signal).catch(() => [])).find((each) => each.shardId === shardId);
    let shard = await find();
    if (!shard) {
      this.shards.forget(streamArn);
      shard = await find();
    }
    return shard !== undefined && holdsAll(shard, hashKeys);
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

/** What is left of the records where a call was not taken whole. */
function resultOf(records: readonly unknown[], { remaining, hasPut }: Work, reason: Reason): SendResult {
  const places = new Set([...remaining].map(({ place }) => place));
  // Nothing is said here of whether a processor could deal with them.
  if (places.size < records.length) return { outcome: 'partly', remaining: records.filter((_, place) => places.has(place)), reason, allFailed: false };
  const note = '; some user records of its aggregates were taken, and go once more with the next run';
  return { outcome: 'failed', reason: hasPut ? { ...reason, message: `${reason.message}${note}` } : reason };
}

function isAboutTheRecords(error: unknown): boolean {
  return ABOUT_THE_RECORDS.has((error as Error).name) || isOutcomeUnknown(error);
}
