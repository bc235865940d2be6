import { ReadError } from '../shared/dead-letter/read-result';

/** A place in a shard: that of a record, or some place before the batch that every stream can serve. */
export type Position = { readonly type: 'at'; readonly sequenceNumber: string } | { readonly type: 'before batch' };

/** What a call for records gives. */
export interface GetRecordsResponse<Record> {
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
  /** Whether the cursor has not moved on from the record that it went to. */
  readonly isUnmoved: boolean;
  /** Whether the cursor has gone back to the place before the batch. */
  readonly fellBack: boolean;
}

/**
 * What an empty page says: that there may be more after it, that there is no more, that there seems to be no more, or that its place
 * was trimmed and there may be data elsewhere.
 */
export type EmptyPageMeaning = 'go on' | 'no more' | 'given up' | 'trimmed';

/** A shard with a failed batch in it, as its kind of stream serves it. */
export interface Shard<Record> {
  /** The most records that a call may be asked for. */
  readonly maxLimit: number;
  iterator(position: Position, signal: AbortSignal): Promise<string>;
  records(iterator: string, limit: number, signal: AbortSignal): Promise<GetRecordsResponse<Record>>;
  sequenceNumberOf(record: Record): string;
  /** A record as Lambda gives it to a function, which may be several, and how many bytes each counts for. */
  eventsOf(record: Record): Iterable<{ readonly event: unknown; readonly bytes: number }>;
  meaningOf(page: EmptyPage): EmptyPageMeaning;
  /** Whether an error says that an iterator is too old, and a new one goes on. */
  isExpiredIterator(error: unknown): boolean;
  /** What an error says of the records. Undefined where it is for Lambda to try again. */
  streamErrorOf(error: unknown): StreamError | undefined;
}

/** The records of an answer. One without any list of them is broken, and says nothing about the shard. */
export function recordsOf<Record>(answer: { readonly Records?: Record[] }): Record[] {
  if (!answer.Records) throw new Error('GetRecords must return Records, got: a response without Records');
  return answer.Records;
}

/** What a refused read says about the records. */
export interface StreamError extends ReadError {
  /**
   * `accessDenied` and `deleted` are for good: the stream is not to be read. The others are of a place in the stream: `expired` of a
   * shard that is gone with all its records, `trimmed` of any other place, after which there may be more.
   */
  readonly kind: 'accessDenied' | 'deleted' | 'expired' | 'trimmed';
  /** Whether even the oldest place can be refused like this for a moment, when its record leaves the stream just then. */
  readonly isTransient?: boolean;
}

/** Whether a refusal is of a place in the stream, and another place may be served. */
export function isPositionError({ kind }: StreamError): boolean {
  return kind === 'trimmed' || kind === 'expired';
}
