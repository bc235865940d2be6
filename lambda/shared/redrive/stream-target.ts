import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient, PutRecordsCommand, PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import { streamOf } from '../dead-letter/failure-record';
import { ReceivedDeadLetter } from '../dead-letter/received-dead-letter';
import { holdsAll, OpenShards } from './open-shards';
import { callsOf, entriesOf, Entry } from './put-calls';
import { InvalidResponseError, isOutcomeUnknown, sendErrorReason } from './send-error';
import { Reason, SendResult, Target } from './target';

/** Errors that Kinesis returns because of the records, such as a record over the limit of the stream. */
const ABOUT_THE_RECORDS = new Set(['InvalidArgumentException', 'ValidationException']);

/** Transient errors of ListShards. */
const NO_SHARDS_FOR_NOW = new Set(['LimitExceededException', 'ResourceInUseException']);

/** The maximum delay before each retry of throttled records: about half a minute in total. */
const PAUSE_MILLIS = [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000, 10_000];

export interface StreamTargetOptions {
  /** @default the stream that the dead letter names */
  readonly streamArn?: string;
  /**
   * The maximum delay before each retry of throttled records.
   * @default ten delays, from 200 ms to 10 s
   */
  readonly pauseMillis?: readonly number[];
}

/** The progress of putting one dead letter. */
interface Work {
  readonly streamArn: string;
  readonly remaining: Set<Entry>;
  /** Whether the stream accepted any record. */
  hasPut: boolean;
}

/** The result of one call: why records are not accepted, and the user records of aggregates that went to a wrong shard. */
interface PutResult {
  readonly reason?: Reason;
  readonly userEntries: readonly Entry[];
}

/**
 * Puts the records of dead letters back into their stream, with the same data and partition keys. An aggregate of the Kinesis Producer Library
 * goes to a shard for all of its user records. Every consumer of the stream gets the records again, after newer records of the same keys.
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
      // Calls are sequential: the records of a key stay in order, except for retried records of one call.
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
      return { reason: { name, message: `no record was put, because the shards of the stream are not known: ${message}` } };
    }
  }

  private async resultOfCall(call: readonly Entry[], work: Work, signal: AbortSignal): Promise<PutResult> {
    const userEntries: Entry[] = [];
    try {
      return { userEntries, reason: await this.put(call, work, userEntries, signal) };
    } catch (error) {
      // Some records are in the stream: the caller must first store the remainder.
      if (!work.hasPut && !isAboutTheRecords(error)) throw error;
      return { userEntries, reason: sendErrorReason(error) };
    }
  }

  /** Puts records until the stream accepts all of them, or returns the reason. Removes accepted records from `remaining`. */
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
        // The stream was resharded, or distributes records itself: consumers drop the aggregate there.
        if (aggregate && !(await this.isInRightShard(streamArn, ShardId, aggregate.hashKeys, signal))) userEntries.push(...aggregate.userEntries);
      }
      const failed = results.find(({ ErrorCode }) => ErrorCode !== undefined);
      if (!failed) return undefined;
      if (attempt === pauseMillis.length || signal.aborted) return { name: failed.ErrorCode!, message: failed.ErrorMessage ?? '' };
      await sleep(Math.random() * pauseMillis[attempt], undefined, { signal }).catch(() => undefined);
    }
  }

  /** Whether the shard that accepted an aggregate is known to hold the hash key of each user record. */
  private async isInRightShard(streamArn: string, shardId: string | undefined, hashKeys: readonly bigint[], signal: AbortSignal): Promise<boolean> {
    // Without a list of shards, the user records are put again: a duplicate is better than a loss.
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
    throw new InvalidResponseError(`PutRecords must return ${entries.length} results, got: ${results?.length ?? 'none'}`);
  }
}

/** The result where the stream did not accept all records of a call. */
function resultOf(records: readonly unknown[], { remaining, hasPut }: Work, reason: Reason): SendResult {
  const places = new Set([...remaining].map(({ place }) => place));
  // allFailed is false: no processor has tried the records.
  if (places.size < records.length) return { outcome: 'partly', remaining: records.filter((_, place) => places.has(place)), reason, allFailed: false };
  const note = '; the stream accepted some user records of its aggregates, and the next run puts them again';
  return { outcome: 'failed', reason: hasPut ? { ...reason, message: `${reason.message}${note}` } : reason };
}

function isAboutTheRecords(error: unknown): boolean {
  return ABOUT_THE_RECORDS.has((error as Error).name) || isOutcomeUnknown(error);
}
