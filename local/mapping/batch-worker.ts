import { createHash } from 'node:crypto';
import { Clock } from '../clock';
import { batchLength } from './batch';
import { ConditionVariable } from './condition-variable';
import type { MappingSpec } from './mapping-spec';
import { StreamRecord } from './stream-reader';

export interface BatchWorkerOptions {
  /** Its `spec` can change: the settings apply to the next batch. */
  readonly mapping: { readonly spec: Pick<MappingSpec, 'batchSize' | 'maximumBatchingWindowSeconds'> };
  readonly clock: Clock;
  /** @returns false when it was aborted before the batch was processed */
  process(batch: readonly StreamRecord[], signal: AbortSignal): Promise<boolean>;
}

/** The index of the worker for a key. It is always the same, which keeps the order of each key while workers run concurrently. */
export function workerIndex(orderingKey: string, workers: number): number {
  return workers === 1 ? 0 : createHash('md5').update(orderingKey).digest().readUInt32BE() % workers;
}

/** Processes records of a shard one batch after the other. `ParallelizationFactor` is the number of workers of a shard. */
export class BatchWorker {
  readonly changed = new ConditionVariable();
  private readonly buffer: StreamRecord[] = [];
  private added = 0;
  private done = 0;

  constructor(private readonly options: BatchWorkerOptions) {}

  get length(): number {
    return this.buffer.length;
  }

  /** Records that are neither processed nor given up. */
  get records(): readonly StreamRecord[] {
    return this.buffer;
  }

  push(record: StreamRecord): void {
    this.buffer.push(record);
    this.added++;
    this.changed.notifyAll();
  }

  /** Resolves when the records that the worker has now are processed or given up, or when the signal is aborted. */
  async drained(signal: AbortSignal): Promise<void> {
    const target = this.added;
    while (this.done < target && !signal.aborted) await this.changed.wait(signal);
  }

  /** Processes batches until the signal is aborted. An interrupted batch stays for the next run. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.buffer.length) {
        await this.changed.wait(signal);
        continue;
      }
      await this.gather(signal);
      if (signal.aborted) return;
      const { length } = batchLength(this.buffer, this.options.mapping.spec.batchSize);
      if (!(await this.options.process(this.buffer.slice(0, length), signal))) return;
      this.buffer.splice(0, length);
      this.done += length;
      this.changed.notifyAll();
    }
  }

  /** Waits until the batch is full or the batching window ends. The window starts when the previous batch ends. */
  private async gather(signal: AbortSignal): Promise<void> {
    const { clock, mapping: { spec: { batchSize, maximumBatchingWindowSeconds } } } = this.options;
    if (!maximumBatchingWindowSeconds) return;
    const full = new AbortController();
    let over = false;
    const window = clock.sleep(maximumBatchingWindowSeconds * 1000, AbortSignal.any([signal, full.signal])).then(() => {
      over = true;
    });
    while (!over && !signal.aborted && !batchLength(this.buffer, batchSize).full) {
      await Promise.race([window, this.changed.wait(signal)]);
    }
    full.abort();
    await window;
  }
}
