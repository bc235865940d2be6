import { Clock } from '../clock';
import { isDenial } from '../iam/authorization';
import { Lane, laneOf } from './lane';
import { Notifier } from './notifier';
import { IteratorExpiredError, StreamBusyError, StreamPort, StreamPosition, StreamRecord } from './stream-port';

export interface ShardPollerOptions {
  readonly stream: StreamPort;
  readonly clock: Clock;
  readonly lanes: readonly Lane[];
  /** Whether the record is to be processed; it counts as done if not. */
  accepts(record: StreamRecord): boolean;
  onBusy(shardId: string, error: Error): void;
  /** The role may not read: the shard is read again in a while. */
  onDenied(shardId: string, error: Error): void;
}

/** Lambda's base rate for a shard without new records. */
const POLL_MILLIS = 1_000;
/** A fast clock must not make this a busy loop: an empty shard is read no more often than this, in wall time. */
const SHORTEST_POLL_MILLIS = 20;
/** Reading ahead ends here, until the lanes have caught up. */
const MAXIMUM_BUFFERED = 10_000;

/**
 * Reads one shard from its position to its end and spreads the records over the lanes. Can be run again after an abort,
 * and goes on there.
 */
export class ShardPoller {
  private readonly changed = new Notifier();
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
    private readonly options: ShardPollerOptions,
  ) {}

  /** The shard is closed, and all of its records are processed or given up. */
  get finished(): boolean {
    return this.atEnd && this.options.lanes.every((lane) => lane.length === 0);
  }

  /** Takes the position now, so that nothing written from here on is missed. */
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
    const work = [...this.options.lanes.map((lane) => lane.run(either)), this.read(either)].map(async (part) => {
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
    while (!this.atEnd && this.lastEmptyRead <= before && !signal.aborted) await this.changed.next(signal);
    await this.drained(signal);
  }

  private async drained(signal: AbortSignal): Promise<void> {
    await Promise.all(this.options.lanes.map((lane) => lane.drained(signal)));
  }

  private async read(signal: AbortSignal): Promise<void> {
    const { accepts, lanes, stream } = this.options;
    while (!this.atEnd && !signal.aborted) {
      if (lanes.reduce((sum, lane) => sum + lane.length, 0) >= MAXIMUM_BUFFERED) {
        await this.anyLaneChanged(signal);
        continue;
      }
      const read = ++this.readsStarted;
      try {
        await this.open();
        const page = await stream.read(this.shardId, this.iterator!);
        for (const record of page.records) {
          if (accepts(record)) lanes[laneOf(record.orderingKey, lanes.length)].push(record);
          this.lastSequenceNumber = record.sequenceNumber;
        }
        this.iterator = page.nextIterator;
        if (page.nextIterator === undefined) this.atEnd = true;
        // A page with records says nothing about the tip: only an empty one does.
        if (!page.records.length) this.lastEmptyRead = read;
        this.changed.notify();
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

  private async anyLaneChanged(signal: AbortSignal): Promise<void> {
    await Promise.race(this.options.lanes.map((lane) => lane.changed.next(signal)));
  }

  private async pause(signal: AbortSignal): Promise<void> {
    this.nap = new AbortController();
    const { clock } = this.options;
    const pause = Math.max(POLL_MILLIS, SHORTEST_POLL_MILLIS * clock.speed);
    await clock.sleep(pause, AbortSignal.any([signal, this.nap.signal]));
    this.nap = undefined;
  }
}
