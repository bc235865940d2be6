import { setTimeout as sleep } from 'node:timers/promises';
import { GetRecordsResponse, isPositionError, Position, Shard, StreamError } from './shard';

export interface Page<Record> {
  /** The records of the page that no earlier page had. */
  readonly records: readonly Record[];
  /** Sequence number of the last record of the page, if any. */
  readonly last?: string;
  /** How far the page is behind the tip of the shard, where the stream returns it. */
  readonly millisBehindLatest?: number;
}

export interface ShardCursorOptions {
  /** Sequence number of the first record of the batch. */
  readonly start: string;
  /** The pause before an expired iterator is renewed. */
  readonly pauseMillis: number;
  readonly pace?: ShardPace;
  readonly signal: AbortSignal;
}

/** Spreads the reads of one shard. */
export interface ShardPace {
  turn(): Promise<void>;
  used(bytes: number): void;
}

/**
 * A position in a shard that moves forward page by page. It begins at the first record of a batch. Where the stream rejects a position, it
 * continues from a position before the batch and skips the records that it has already read.
 *
 * A new position is always at or before the last record that it read: a page that begins after that record shows that the records between
 * have expired.
 */
export class ShardCursor<Record> {
  private iterator?: string;
  private position: Position;
  private lastRead?: bigint;
  private _hasGap = false;
  /** Whether a page had records since the last seek. */
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

  /** The error with which the stream rejected a position. */
  get streamError(): StreamError | undefined {
    return this._streamError;
  }

  /** Whether no page had records since the cursor took the position of a record. */
  get isUnmoved(): boolean {
    return this.position.type === 'at' && !this.hasMoved;
  }

  /** Whether records between two pages had expired. */
  get hasGap(): boolean {
    return this._hasGap;
  }

  /** Whether the cursor is at the end of a closed shard. */
  get isAtEnd(): boolean {
    return this._isAtEnd;
  }

  /** Whether the cursor went back to the position before the batch. */
  get fellBack(): boolean {
    return this._fellBack;
  }

  async open(): Promise<void> {
    await this.atPosition(async () => undefined);
  }

  /** Continues at a position before the batch, from the next page on. */
  fallBack(): void {
    this._fellBack = true;
    this.position = { type: 'before batch' };
    this.iterator = undefined;
  }

  /** The next page, or undefined at the end of a closed shard. */
  async next(limit: number): Promise<Page<Record> | undefined> {
    if (this.isAtEnd) return undefined;
    const answer = await this.atPosition(async (iterator) => this.read(iterator, limit));
    return answer ? this.moveOn(answer) : { records: [] };
  }

  private async read(iterator: string, limit: number): Promise<GetRecordsResponse<Record>> {
    const { pace, signal } = this.options;
    await pace?.turn();
    const answer = await this.shard.records(iterator, limit, signal);
    pace?.used(answer.bytes ?? 0);
    return answer;
  }

  private moveOn({ records: all, nextIterator, millisBehindLatest }: GetRecordsResponse<Record>): Page<Record> {
    this.iterator = nextIterator;
    this._isAtEnd = nextIterator === undefined;
    const numberOf = (record: Record) => this.shard.sequenceNumberOf(record);
    if (all.length > 0) {
      // The first records after a seek show whether earlier ones are missing.
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
   * Calls `act` with an iterator of the position. Renews an expired iterator, and falls back to the position before the batch where the stream
   * rejects the position. Undefined where the stream rejects that position too, but only for now.
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
        // After a fallback, the last record that was read can expire as well: the position before the batch is then used again.
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
