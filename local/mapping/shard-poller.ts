import { Clock } from '../clock';
import { isDenial } from '../iam/authorization';
import { BatchWorker, workerIndex } from './batch-worker';
import { ConditionVariable } from './condition-variable';
import { compareSequenceNumbers, IteratorExpiredError, StreamBusyError, StreamReader, StreamPosition, StreamRecord } from './stream-reader';

export interface ShardPollerOptions {
  readonly stream: StreamReader;
  readonly clock: Clock;
  /** Whether a filter accepts the record. Other records are skipped. */
  accepts(record: StreamRecord): boolean;
  onBusy(shardId: string, error: Error): void;
  /** Called when the role cannot read the shard. The poller tries again later. */
  onDenied(shardId: string, error: Error): void;
}

/** Lambda's base rate for a shard without new records. */
const POLL_MILLIS = 1_000;
/** The shortest wall time between reads of an empty shard, so that a fast clock does not cause a busy loop. */
const SHORTEST_POLL_MILLIS = 20;
/** The most records that the poller reads ahead of the workers. */
const MAXIMUM_BUFFERED = 10_000;

/**
 * Reads one shard from its position to its end and distributes the records to the workers. After an abort, the next run continues from
 * there.
 */
export class ShardPoller {
  private readonly changed = new ConditionVariable();
  private iterator?: string;
  private lastSequenceNumber?: string;
  private readsStarted = 0;
  /** The number of the last read that came back empty. */
  private lastEmptyRead = 0;
  private atEnd = false;
  private nap?: AbortController;

  constructor(
    readonly shardId: string,
    readonly parentShardIds: readonly string[],
    private readonly position: StreamPosition,
    private workers: readonly BatchWorker[],
    private readonly options: ShardPollerOptions,
  ) {}

  /** Hands the records of all workers to other workers, while the poller does not run. */
  replaceWorkers(workers: readonly BatchWorker[]): void {
    const records = this.workers.flatMap((worker) => worker.records);
    this.workers = workers;
    for (const record of records.sort((a, b) => compareSequenceNumbers(a.sequenceNumber, b.sequenceNumber))) this.hand(record);
  }

  /** The shard is closed, and all of its records are processed or given up. */
  get finished(): boolean {
    return this.atEnd && this.workers.every((worker) => worker.length === 0);
  }

  /** Gets the iterator now, so that the poller reads all records that are written from now on. */
  async open(): Promise<void> {
    if (this.iterator !== undefined || this.atEnd) return;
    const position: StreamPosition = this.lastSequenceNumber === undefined
      ? this.position
      : { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: this.lastSequenceNumber };
    this.iterator = await this.options.stream.iterator(this.shardId, position);
  }

  /** Returns when the shard is finished, or after an abort. */
  async run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const work = [...this.workers.map((worker) => worker.run(either)), this.read(either)].map(async (part) => {
      try {
        await part;
      } catch (error) {
        failed.abort();
        throw error;
      }
    });
    const reading = work[work.length - 1];
    const allDone = reading.then(async () => this.drained(either)).then(() => failed.abort());
    const results = await Promise.allSettled([...work, allDone]);
    const rejected = results.find((result) => result.status === 'rejected');
    if (rejected) throw rejected.reason;
  }

  /** Resolves when every record that is in the shard now is processed or given up, or after an abort. */
  async caughtUp(signal: AbortSignal): Promise<void> {
    const before = this.readsStarted;
    this.nap?.abort();
    while (!this.atEnd && this.lastEmptyRead <= before && !signal.aborted) await this.changed.wait(signal);
    await this.drained(signal);
  }

  private hand(record: StreamRecord): void {
    this.workers[workerIndex(record.orderingKey, this.workers.length)].push(record);
  }

  private async drained(signal: AbortSignal): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.drained(signal)));
  }

  private async read(signal: AbortSignal): Promise<void> {
    const { accepts, stream } = this.options;
    while (!this.atEnd && !signal.aborted) {
      if (this.workers.reduce((sum, worker) => sum + worker.length, 0) >= MAXIMUM_BUFFERED) {
        await this.anyWorkerChanged(signal);
        continue;
      }
      const read = ++this.readsStarted;
      try {
        await this.open();
        const page = await stream.read(this.shardId, this.iterator!);
        for (const record of page.records) {
          if (accepts(record)) this.hand(record);
          this.lastSequenceNumber = record.sequenceNumber;
        }
        this.iterator = page.nextIterator;
        if (page.nextIterator === undefined) this.atEnd = true;
        // Only an empty page means that the poller has reached the tip of the shard.
        if (!page.records.length) this.lastEmptyRead = read;
        this.changed.notifyAll();
        if (!this.atEnd && !page.records.length) await this.pause(signal);
      } catch (error) {
        if (error instanceof IteratorExpiredError) {
          this.iterator = undefined;
        } else if (error instanceof StreamBusyError) {
          this.options.onBusy(this.shardId, error);
          await this.pause(signal);
        } else if (isDenial(error)) {
          this.options.onDenied(this.shardId, error);
          await this.pause(signal);
        } else {
          throw error;
        }
      }
    }
  }

  private async anyWorkerChanged(signal: AbortSignal): Promise<void> {
    await Promise.race(this.workers.map((worker) => worker.changed.wait(signal)));
  }

  private async pause(signal: AbortSignal): Promise<void> {
    this.nap = new AbortController();
    const { clock } = this.options;
    const pause = Math.max(POLL_MILLIS, SHORTEST_POLL_MILLIS * clock.speed);
    await clock.sleep(pause, AbortSignal.any([signal, this.nap.signal]));
    this.nap = undefined;
  }
}
