import { setTimeout as sleep } from 'node:timers/promises';
import { GetRecordsResponse, isPositionError, Position, Shard, StreamError } from './shard';

export interface Page<Record> {
  /** The records of the page that no page before had. */
  readonly records: readonly Record[];
  /** Sequence number of the last record of the page, if it has one. */
  readonly last?: string;
  /** How far the page is behind the tip of the shard, where the stream tells. */
  readonly millisBehindLatest?: number;
}

export interface ShardCursorOptions {
  /** Sequence number of the first record of the batch. */
  readonly start: string;
  /** Between an iterator that had expired and its renewal. */
  readonly pauseMillis: number;
  readonly signal: AbortSignal;
}

/**
 * A place in a shard that moves forward page by page. It begins at the first record of a batch. Where the stream refuses a place,
 * now or later, it goes on at a place before the batch, and leaves out what it had read before.
 *
 * Whenever it takes a new place after it has read something, that is at or before the last record it read: a page that begins after
 * that record shows that records between have left the stream.
 */
export class ShardCursor<Record> {
  private iterator?: string;
  private position: Position;
  private lastRead?: bigint;
  private _hasGap = false;
  /** Whether a record came since the last place was taken. */
  private hasMoved = false;
  private _isAtEnd = false;
  private _fellBack = false;
  private _streamError?: StreamError;

  constructor(
    private readonly shard: Shard<Record>,
    private readonly options: ShardCursorOptions,
  ) {
    this.position = { type: 'at', sequenceNumber: options.start };
  }

  /** What the stream said when it refused a place. */
  get streamError(): StreamError | undefined {
    return this._streamError;
  }

  /** Whether the cursor has not moved on from the record that it went to last. */
  get isUnmoved(): boolean {
    return this.position.type === 'at' && !this.hasMoved;
  }

  /** Whether records had left the stream between two that were read. */
  get hasGap(): boolean {
    return this._hasGap;
  }

  /** Whether a closed shard is read to its end. */
  get isAtEnd(): boolean {
    return this._isAtEnd;
  }

  /** Whether the cursor has gone back to the place before the batch. */
  get fellBack(): boolean {
    return this._fellBack;
  }

  async open(): Promise<void> {
    await this.atPosition(async () => undefined);
  }

  /** Goes to a place before the batch, from the next page on. */
  fallBack(): void {
    this._fellBack = true;
    this.position = { type: 'before batch' };
    this.iterator = undefined;
  }

  /** The next page, or undefined at the end of a closed shard. */
  async next(limit: number): Promise<Page<Record> | undefined> {
    if (this.isAtEnd) return undefined;
    const answer = await this.atPosition(async (iterator) => this.shard.records(iterator, limit, this.options.signal));
    return answer ? this.moveOn(answer) : { records: [] };
  }

  private moveOn({ records: all, nextIterator, millisBehindLatest }: GetRecordsResponse<Record>): Page<Record> {
    this.iterator = nextIterator;
    this._isAtEnd = nextIterator === undefined;
    const numberOf = (record: Record) => this.shard.sequenceNumberOf(record);
    if (all.length > 0) {
      // The first records from a new place on show whether some are missing before them.
      if (!this.hasMoved && this.lastRead !== undefined) this._hasGap ||= BigInt(numberOf(all[0])) > this.lastRead;
      this.hasMoved = true;
    }
    const records = all.filter((record) => this.lastRead === undefined || BigInt(numberOf(record)) > this.lastRead);
    const last = all.length > 0 ? numberOf(all.at(-1)!) : undefined;
    if (records.length > 0) {
      this.lastRead = BigInt(last!);
      this.position = { type: 'at', sequenceNumber: last! };
    }
    return { records, last, millisBehindLatest };
  }

  /**
   * Does something with an iterator of the place. An iterator that is too old is renewed; a place that is refused is given up for
   * the one before the batch. Undefined where even that one is refused, for now.
   */
  private async atPosition<T>(act: (iterator: string) => Promise<T>): Promise<T | undefined> {
    const { pauseMillis, signal } = this.options;
    for (;;) {
      try {
        this.iterator ??= await this.seek();
        return await act(this.iterator);
      } catch (error) {
        if (this.shard.isExpiredIterator(error)) {
          this.iterator = undefined;
          await sleep(pauseMillis, undefined, { signal });
          continue;
        }
        const streamError = this.shard.streamErrorOf(error);
        if (!streamError || !isPositionError(streamError)) throw error;
        // Read on from there, and refused again: what was read last has left the stream by now, and there is that place once more.
        const isLastPosition = this.position.type === 'before batch';
        if (isLastPosition && !streamError.isTransient) throw error;
        this._streamError = streamError;
        this.fallBack();
        if (isLastPosition) return undefined;
      }
    }
  }

  private async seek(): Promise<string> {
    this.hasMoved = false;
    return this.shard.iterator(this.position, this.options.signal);
  }
}
