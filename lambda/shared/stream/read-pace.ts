import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What hydration takes of a Kinesis shard: three fifths of the five reads and the 2 MiB that it gives in a second. The rest is for the mapping,
 * which reads once a second, for its retries and for other consumers.
 */
export const READS_PER_SECOND = 3;
export const BYTES_PER_SECOND = 1_258_291;

/** More instances are for many shards: so many of them at most read one shard at the same time. */
const MAX_SHARING = 6;

/** The longest pause: the messages of a batch can all be of one shard, and must be read within one invocation. */
const MAX_PAUSE_MILLIS = 20_000;

/** Spreads the reads of each shard, so that all instances of a function together leave the mapping its share. */
export class ReadPace {
  private readonly readyTimes = new Map<string, number>();
  private readonly sharing: number;

  /** @param instances how many instances of the function can read at the same time */
  constructor(instances: number) {
    this.sharing = Math.min(instances, MAX_SHARING);
  }

  /** Milliseconds until the next read of a shard. */
  millisUntilReady(shard: string): number {
    return Math.max(0, (this.readyTimes.get(shard) ?? 0) - Date.now());
  }

  /** Waits for the next read of a shard. */
  async turn(shard: string, signal: AbortSignal): Promise<void> {
    const millis = this.millisUntilReady(shard);
    if (millis > 0) await sleep(millis, undefined, { signal });
    this.pause(shard, 1_000 / READS_PER_SECOND);
  }

  /** Counts the bytes of a read. */
  used(shard: string, bytes: number): void {
    this.pause(shard, (bytes / BYTES_PER_SECOND) * 1_000);
  }

  private pause(shard: string, millis: number): void {
    const readyTime = Date.now() + Math.min(MAX_PAUSE_MILLIS, millis * this.sharing);
    this.readyTimes.set(shard, Math.max(this.readyTimes.get(shard) ?? 0, readyTime));
  }
}
