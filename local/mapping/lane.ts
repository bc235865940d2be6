import { createHash } from 'node:crypto';
import { Clock } from '../clock';
import { batchLength } from './batch';
import { Notifier } from './notifier';
import { StreamRecord } from './stream-port';

export interface LaneOptions {
  readonly batchSize: number;
  readonly maximumBatchingWindowSeconds: number;
  readonly clock: Clock;
  /** @returns false when it was aborted and the batch is not done */
  process(batch: readonly StreamRecord[], signal: AbortSignal): Promise<boolean>;
}

/** The lane of a key, always the same one: what keeps the order per key while lanes run at the same time. */
export function laneOf(orderingKey: string, lanes: number): number {
  return lanes === 1 ? 0 : createHash('md5').update(orderingKey).digest().readUInt32BE() % lanes;
}

/** Records of a shard that are processed one batch after the other. */
export class Lane {
  readonly changed = new Notifier();
  private readonly buffer: StreamRecord[] = [];
  private added = 0;
  private done = 0;

  constructor(private readonly options: LaneOptions) {}

  get length(): number {
    return this.buffer.length;
  }

  push(record: StreamRecord): void {
    this.buffer.push(record);
    this.added++;
    this.changed.notify();
  }

  /** Resolves when what is in the lane now is processed or given up, or when the signal is aborted. */
  async drained(signal: AbortSignal): Promise<void> {
    const target = this.added;
    while (this.done < target && !signal.aborted) await this.changed.next(signal);
  }

  /** A batch that was interrupted stays in the lane, for the next run. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.buffer.length) {
        await this.changed.next(signal);
        continue;
      }
      await this.gather(signal);
      if (signal.aborted) return;
      const { length } = batchLength(this.buffer, this.options.batchSize);
      if (!(await this.options.process(this.buffer.slice(0, length), signal))) return;
      this.buffer.splice(0, length);
      this.done += length;
      this.changed.notify();
    }
  }

  /** Waits until the batch is full or the batching window, which opens with the end of the batch before, is over. */
  private async gather(signal: AbortSignal): Promise<void> {
    const { clock, batchSize, maximumBatchingWindowSeconds } = this.options;
    if (!maximumBatchingWindowSeconds) return;
    const full = new AbortController();
    let over = false;
    const window = clock.sleep(maximumBatchingWindowSeconds * 1000, AbortSignal.any([signal, full.signal])).then(() => {
      over = true;
    });
    while (!over && !signal.aborted && !batchLength(this.buffer, batchSize).full) {
      await Promise.race([window, this.changed.next(signal)]);
    }
    full.abort();
    await window;
  }
}
