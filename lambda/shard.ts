import { Refusal } from './refusal';

/** A place in a shard: a record, what follows one, or some place before the batch that every stream can serve. */
export type Place =
  | { readonly type: 'at' | 'after'; readonly sequenceNumber: string }
  | { readonly type: 'before batch' };

/** What a call for records gives. */
export interface Answer<Record> {
  readonly records: readonly Record[];
  /** Absent at the end of a closed shard. */
  readonly nextIterator?: string;
  /** How far the answer is behind the tip of the shard, where the stream tells. */
  readonly millisBehindLatest?: number;
}

/** A page without records, and how the cursor came to it. */
export interface EmptyPage {
  readonly millisBehindLatest?: number;
  /** How many there were in a row, with this one. */
  readonly inARow: number;
  /** Whether the cursor has not moved on from the first record of the batch. */
  readonly isAtStart: boolean;
  /** Whether the cursor has gone back to the place before the batch. */
  readonly fellBack: boolean;
}

/**
 * What an empty page says, beyond that there may be more: that there is no more, or that its place was trimmed and there may be
 * data elsewhere.
 */
export type EmptyPageMeaning = 'no more' | 'trimmed' | undefined;

/** A shard with a failed batch in it, as its kind of stream serves it. */
export interface Shard<Record> {
  /** The most records that a call may be asked for. */
  readonly maxLimit: number;
  iterator(place: Place, signal: AbortSignal): Promise<string>;
  records(iterator: string, limit: number, signal: AbortSignal): Promise<Answer<Record>>;
  sequenceNumberOf(record: Record): string;
  /** A record as Lambda gives it to a function, and how many bytes it counts for. */
  eventOf(record: Record): { readonly event: unknown; readonly bytes: number };
  meaningOf(page: EmptyPage): EmptyPageMeaning;
  /** Whether an error says that an iterator is too old, and a new one goes on. */
  isExpiredIterator(error: unknown): boolean;
  /** What an error says of the records. Undefined where it is for Lambda to try again. */
  refusalOf(error: unknown): Refusal | undefined;
}
