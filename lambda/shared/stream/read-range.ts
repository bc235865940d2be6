import { setTimeout as sleep } from 'node:timers/promises';
import { BatchInfo } from '../dead-letter/failure-record';
import { ReadError, ReadResult } from '../dead-letter/read-result';
import { SequenceRange } from '../dead-letter/sequence-numbers';
import { Shard, StreamError } from './shard';
import { ShardCursor, ShardPace } from './shard-cursor';
import { OutOfTimeError } from './stream-reader';

/** The maximum size of a page as JSON, with 10 MiB of data and 10,000 records: only aggregates exceed it. */
const MAX_PAGE_BYTES = 20 * 1_048_576;

export interface ReadRangeOptions {
  /** The maximum size of records as JSON in bytes. The range can hold many records that did not fail. */
  readonly maxBytes: number;
  /** The pause between two calls, because the mapping also reads the shard. */
  readonly pauseMillis: number;
  readonly pace?: ShardPace;
  readonly signal: AbortSignal;
}

/** Reads the range of a batch in its shard, page by page. */
export async function readRange<Record>(shard: Shard<Record>, batch: BatchInfo, options: ReadRangeOptions): Promise<ReadResult> {
  const { maxBytes, pauseMillis, pace, signal } = options;
  const cursor = new ShardCursor(shard, { start: batch.startSequenceNumber, pauseMillis, pace, signal });
  const range = new SequenceRange(batch.startSequenceNumber, batch.endSequenceNumber);
  const records: unknown[] = [];
  let hasStart = false;
  let hasEnd = false;
  let size = 0;
  let emptyInARow = 0;
  let evidence: ReadError | undefined;
  // The last record of the first page of the range, where the range ends on a later page.
  let boundary: string | undefined;
  let isTrimmed = false;
  // The first page usually holds the whole range. Later pages use the maximum limit.
  let limit = Math.min(batch.batchSize, shard.maxLimit);
  try {
    await cursor.open();
    for (let page = await cursor.next(limit); page; page = await cursor.next(limit)) {
      for (const record of page.records) {
        const sequenceNumber = shard.sequenceNumberOf(record);
        if (!range.contains(sequenceNumber)) continue;
        for (const { event, bytes } of shard.eventsOf(record)) {
          records.push(event);
          size += bytes;
          if (size > maxBytes + MAX_PAGE_BYTES) return { records, hasStart, hasEnd, error: tooLarge(maxBytes) };
        }
        hasStart ||= range.isStart(sequenceNumber);
        hasEnd ||= range.isEnd(sequenceNumber);
      }
      if (hasStart && !hasEnd) boundary ??= page.last;
      if (cursor.isAtEnd || (page.last !== undefined && range.isDoneAt(page.last))) break;
      if (size > maxBytes) return { records, hasStart, hasEnd, error: tooLarge(maxBytes) };
      emptyInARow = page.last === undefined ? emptyInARow + 1 : 0;
      if (emptyInARow > 0) {
        const { isUnmoved, fellBack } = cursor;
        const meaning = shard.meaningOf({ millisBehindLatest: page.millisBehindLatest, inARow: emptyInARow, isUnmoved, fellBack });
        if (meaning === 'given up') evidence = givenUp(emptyInARow);
        if (meaning === 'no more' || meaning === 'given up') break;
        if (meaning === 'trimmed') {
          cursor.fallBack();
          emptyInARow = 0;
        }
      }
      limit = shard.maxLimit;
      await sleep(pauseMillis, undefined, { signal });
    }
    // Kinesis does not report records that expire between two pages.
    if (hasEnd && boundary !== undefined && !cursor.hasGap) isTrimmed = !(await isStillThere(shard, boundary, options));
  } catch (error) {
    if (signal.aborted) throw new OutOfTimeError(batch, records.length, error);
    const streamError = shard.streamErrorOf(error);
    if (!streamError) throw error;
    // An expired shard proves that the records expired. Any other error leaves that open.
    return { records, hasStart, hasEnd, error: errorOf(streamError), unreadable: streamError.kind !== 'expired' };
  }
  const { streamError } = cursor;
  const hasGap = cursor.hasGap || isTrimmed;
  const error = streamError ? errorOf(streamError) : (evidence ?? (hasGap ? recordsTrimmed() : undefined));
  return { records, hasStart, hasEnd, ...(hasGap && { hasGap }), ...(error && { error }) };
}

/**
 * Whether a record is still in its shard. Records expire in order: if it is, no later record had expired when it was read. If it is not,
 * later records may have expired before they were read.
 */
async function isStillThere<Record>(shard: Shard<Record>, sequenceNumber: string, options: ReadRangeOptions): Promise<boolean> {
  const { pauseMillis, pace, signal } = options;
  const cursor = new ShardCursor(shard, { start: sequenceNumber, pauseMillis, pace, signal });
  try {
    for (let inARow = 1; ; inARow++) {
      await sleep(pauseMillis, undefined, { signal });
      const page = await cursor.next(1);
      if (!page) return false;
      // After a fallback, the page begins with the oldest record, which proves the same.
      if (page.last !== undefined) return BigInt(page.last) <= BigInt(sequenceNumber);
      const { isUnmoved, fellBack } = cursor;
      const meaning = shard.meaningOf({ millisBehindLatest: page.millisBehindLatest, inARow, isUnmoved, fellBack });
      if (cursor.isAtEnd || meaning === 'no more' || meaning === 'given up' || (meaning === 'trimmed' && fellBack)) return false;
      if (meaning === 'trimmed') {
        cursor.fallBack();
        inARow = 0;
      }
    }
  } catch (error) {
    if (signal.aborted || !shard.streamErrorOf(error)) throw error;
    return false;
  }
}

function givenUp(pages: number): ReadError {
  return { name: 'EmptyPages', message: `${pages} consecutive pages were empty, starting at the oldest record of the shard` };
}

function recordsTrimmed(): ReadError {
  return { name: 'RecordsTrimmed', message: 'records of the range expired, or may have expired, between two pages' };
}

function tooLarge(maxBytes: number): ReadError {
  const message =
    `the range must have at most ${maxBytes} bytes to fit into memory, and its end was not read; ` +
    'raise `memorySize` of FailureCapture.hydrate()';
  return { name: 'RangeTooLarge', message };
}

/** The error for the dead letter. */
function errorOf({ name, message }: StreamError): ReadError {
  return { name, message };
}
