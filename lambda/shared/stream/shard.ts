import { ReadError } from '../dead-letter/read-result';

/** A position in a shard: at a record, or before the batch. */
export type Position = { readonly type: 'at'; readonly sequenceNumber: string } | { readonly type: 'before batch' };

/** The response of GetRecords, for either kind of stream. */
export interface GetRecordsResponse<Record> {
  readonly records: readonly Record[];
  /** Absent at the end of a closed shard. */
  readonly nextIterator?: string;
  /** How far the response is behind the tip of the shard, where the stream returns it. */
  readonly millisBehindLatest?: number;
  /** Bytes that count towards a limit of the shard, where it has one. */
  readonly bytes?: number;
}

/** A page without records, and the state of the cursor. */
export interface EmptyPage {
  readonly millisBehindLatest?: number;
  /** The number of consecutive empty pages, including this one. */
  readonly inARow: number;
  /** Whether no page had records since the cursor took the position of a record. */
  readonly isUnmoved: boolean;
  /** Whether the cursor went back to the position before the batch. */
  readonly fellBack: boolean;
}

/**
 * What an empty page means: more records can follow; no more records exist; no more records seem to exist; or the position was trimmed and
 * records can exist elsewhere.
 */
export type EmptyPageMeaning = 'go on' | 'no more' | 'given up' | 'trimmed';

/** The shard of a failed batch, for one kind of stream. */
export interface Shard<Record> {
  /** The maximum `Limit` of GetRecords. */
  readonly maxLimit: number;
  iterator(position: Position, signal: AbortSignal): Promise<string>;
  records(iterator: string, limit: number, signal: AbortSignal): Promise<GetRecordsResponse<Record>>;
  sequenceNumberOf(record: Record): string;
  /** The records of a Lambda event for a record of the stream, which can be several, with their size as JSON. */
  eventsOf(record: Record): Iterable<{ readonly event: unknown; readonly bytes: number }>;
  meaningOf(page: EmptyPage): EmptyPageMeaning;
  /** Whether an error means that the iterator expired, so that a new one is needed. */
  isExpiredIterator(error: unknown): boolean;
  /** What an error means for the records. Undefined for an error that Lambda should retry. */
  streamErrorOf(error: unknown): StreamError | undefined;
}

/** The records of a response. A response without a list of records is invalid and says nothing about the shard. */
export function recordsOf<Record>(response: { readonly Records?: Record[] }): Record[] {
  if (!response.Records) throw new Error('GetRecords must return Records, got: a response without Records');
  return response.Records;
}

/** What an error of the stream means for the records. */
export interface StreamError extends ReadError {
  /**
   * `accessDenied` and `deleted` are permanent: the stream cannot be read. The others concern a position: `expired` means that the shard
   * expired with all its records, and `trimmed` that more records can exist after the position.
   */
  readonly kind: 'accessDenied' | 'deleted' | 'expired' | 'trimmed';
  /** Whether the error can also occur at the oldest record for a moment, while that record expires. */
  readonly isTransient?: boolean;
}

/** Whether an error concerns only a position, so that another position can succeed. */
export function isPositionError({ kind }: StreamError): boolean {
  return kind === 'trimmed' || kind === 'expired';
}
