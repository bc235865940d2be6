import { setTimeout as sleep } from 'node:timers/promises';
import { capturedDeadLetter } from '../../../lambda/shared/dead-letter/captured-dead-letter';
import { type DeadLetter, toDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { attributesOf } from '../../../lambda/shared/dead-letter/dead-letter-queue';
import { batchOf, isDynamoDb, streamOf } from '../../../lambda/shared/dead-letter/failure-record';
import { messageText } from '../../../lambda/shared/dead-letter/sqs-message';
import type { StreamReader } from '../../../lambda/shared/stream/stream-reader';
import { BatchInfoKey, type HydrationStatus } from '../../../src/contract';
import { isFatal } from '../../aws/aws-error';
import { RateLimit, runConcurrently } from '../../dead-letters/concurrency';
import { type MessageResult, ResultCounts } from '../../dead-letters/results';
import { exportedMessage } from '../../file/exported-message';
import { isFinal } from './final-dead-letter';
import type { FoundFailure } from './found-failures';
import type { RescueFile } from './rescue-file';

/** Between two ranges of one shard: five reads a second are shared with the mapping and every other consumer. */
export const PAUSE_MILLIS = 400;

/** What became of a failure record. A dead letter of any status but UNREADABLE is in the file. */
export const RescueResult = {
  COMPLETE: 'complete',
  SUPERSET: 'superset',
  PARTIAL: 'partial',
  EXPIRED: 'expired',
  /** The stream refused, or the range was not read to its end: the next run tries again. */
  UNREADABLE: 'unreadable',
  FAILED: 'failed',
} as const;
export type RescueResult = (typeof RescueResult)[keyof typeof RescueResult];

const RESULTS: Readonly<Record<HydrationStatus, RescueResult>> = RescueResult;

export interface RescueSettings {
  /** Where the failure records are from, for the lines of the file. */
  readonly from: string;
  /** Region of the streams that the readers read. */
  readonly region?: string;
  readonly readers: Readonly<Record<(typeof BatchInfoKey)[keyof typeof BatchInfoKey], () => Promise<StreamReader>>>;
  /** Shards that are read at the same time. */
  readonly concurrency: number;
  /** @default 400 */
  readonly pauseMillis?: number;
  readonly stopped: AbortSignal;
  readonly aborted: AbortSignal;
}

/** Reads the records of failures from their streams, and writes each dead letter to the file before it reads the next one of the shard. */
export class RescueRun {
  readonly tally = new ResultCounts<RescueResult>(Object.values(RescueResult), (result) => result === RescueResult.COMPLETE);
  private readonly tried = new Set<string>();
  private records = 0;

  constructor(
    private readonly file: Pick<RescueFile, 'add'>,
    private readonly settings: RescueSettings,
  ) {}

  /** Records that are in the file now. */
  get recordsRescued(): number {
    return this.records;
  }

  /** Whether a failure was tried, whatever came of it. */
  hasTried(deadLetterId: string): boolean {
    return this.tried.has(deadLetterId);
  }

  /** @throws what concerns every failure, such as expired credentials */
  async run(failures: readonly FoundFailure[], onResult: () => void): Promise<void> {
    const { concurrency, stopped } = this.settings;
    const shards = each(byShard(failures).values());
    const work = (ofShard: readonly FoundFailure[]) => this.rescueShard(ofShard, onResult);
    await runConcurrently(shards, work, { concurrency, rate: new RateLimit(undefined), ending: stopped });
  }

  /** One range at a time: parallel reads of a shard would only throttle each other, and the mapping. */
  private async rescueShard(failures: readonly FoundFailure[], onResult: () => void): Promise<void> {
    const { stopped, pauseMillis = PAUSE_MILLIS } = this.settings;
    for (const [index, failure] of failures.entries()) {
      if (index > 0 && !failure.hasPayload) await sleep(pauseMillis, undefined, { signal: stopped }).catch(() => undefined);
      if (stopped.aborted) return;
      await this.rescue(failure);
      onResult();
    }
  }

  private async rescue(found: FoundFailure): Promise<void> {
    const { id: messageId, deadLetterId } = found;
    const { aborted } = this.settings;
    try {
      const deadLetter = await this.deadLetterOf(found);
      const { hydration: { status, recoveredRecords: records, error } } = deadLetter;
      const result = isFinal(deadLetter) ? RESULTS[status] : RescueResult.UNREADABLE;
      if (result !== RescueResult.UNREADABLE) {
        await this.file.add(deadLetter.hydration, this.lineOf(found, deadLetter));
        this.records += records;
      }
      this.settle({ messageId, deadLetterId, status, records, result, ...(error && { reason: error }) });
    } catch (error) {
      if (aborted.aborted || isFatal(error)) throw error;
      const { name, message } = error as Error;
      this.settle({ messageId, deadLetterId, result: RescueResult.FAILED, reason: { name, message } });
    }
  }

  private async deadLetterOf({ failure, hasPayload, id }: FoundFailure): Promise<DeadLetter> {
    if (hasPayload) return capturedDeadLetter(failure, id);
    const batch = batchOf(failure);
    this.requireRegion(batch.streamArn);
    const reader = await this.settings.readers[isDynamoDb(batch.streamArn) ? BatchInfoKey.DYNAMODB : BatchInfoKey.KINESIS]();
    return toDeadLetter(failure, await reader.read(batch, { signal: this.settings.aborted }));
  }

  /** A stream that another Region does not have would pass for one that was deleted. */
  private requireRegion(streamArn: string): void {
    const [, , , region] = streamArn.split(':');
    const { region: own = region } = this.settings;
    if (region !== own) throw new OtherRegionError(`the stream must be in the region of the command, ${own}, got: ${streamArn}; give --region ${region}`);
  }

  private lineOf({ deadLetterId, sentAt }: FoundFailure, deadLetter: DeadLetter) {
    const message = { MessageId: deadLetterId, Attributes: { SentTimestamp: String(sentAt.getTime()) }, MessageAttributes: attributesOf(deadLetter) };
    return exportedMessage(message, this.settings.from, messageText(deadLetter));
  }

  private settle(result: MessageResult<RescueResult>): void {
    this.tried.add(result.deadLetterId!);
    this.tally.add(result);
  }
}

class OtherRegionError extends Error {
  readonly name = 'OtherRegion';
}

/** In the order in which they were. */
function byShard(failures: readonly FoundFailure[]): Map<string, FoundFailure[]> {
  const shards = new Map<string, FoundFailure[]>();
  for (const failure of failures) {
    const { streamArn, shardId } = batchOf(failure.failure);
    const key = `${streamOf(streamArn)} ${shardId}`;
    const before = shards.get(key);
    if (before) before.push(failure);
    else shards.set(key, [failure]);
  }
  return shards;
}

async function* each<Item>(items: Iterable<Item>): AsyncGenerator<Item, void, void> {
  yield* items;
}
