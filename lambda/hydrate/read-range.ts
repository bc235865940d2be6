import { setTimeout as sleep } from 'node:timers/promises';
import { BatchInfo } from '../shared/dead-letter/failure-record';
import { ReadError, ReadResult } from '../shared/dead-letter/read-result';
import { SequenceRange } from '../shared/dead-letter/sequence-numbers';
import { Shard, StreamError } from './shard';
import { ShardCursor } from './shard-cursor';
import { OutOfTimeError } from './stream-reader';

/** The most JSON that a page comes to, of 10 MiB of data and 10,000 records: aggregates alone hold more. */
const MAX_PAGE_BYTES = 20 * 1_048_576;

export interface ReadRangeOptions {
  /** The most bytes of records, as JSON, to hold at once: others may lie between the records that failed, more than there is memory for. */
  readonly maxBytes: number;
  /** Between two calls: the mapping reads the shard too, and must not starve. */
  readonly pauseMillis: number;
  readonly signal: AbortSignal;
}

/** Reads the range of a batch in its shard, page by page. */
export async function readRange<Record>(shard: Shard<Record>, batch: BatchInfo, options: ReadRangeOptions): Promise<ReadResult> {
  const { maxBytes, pauseMillis, signal } = options;
  const cursor = new ShardCursor(shard, { start: batch.startSequenceNumber, pauseMillis, signal });
  const range = new SequenceRange(batch.startSequenceNumber, batch.endSequenceNumber);
  const records: unknown[] = [];
  let hasStart = false;
  let hasEnd = false;
  let size = 0;
  let emptyInARow = 0;
  let evidence: ReadError | undefined;
  // The last record of the page that the range begins in, where it ends in a later one.
  let boundary: string | undefined;
  let isTrimmed = false;
  // The first page usually is the whole range; where other records lie between, the next ones take what a call can give.
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
    // Kinesis says nothing of what it drops between two pages.
    if (hasEnd && boundary !== undefined && !cursor.hasGap) isTrimmed = !(await isStillThere(shard, boundary, options));
  } catch (error) {
    if (signal.aborted) throw new OutOfTimeError(batch, records.length, error);
    const streamError = shard.streamErrorOf(error);
    if (!streamError) throw error;
    // Only a shard that is gone says where the records are. Whatever else is refused twice leaves that open.
    return { records, hasStart, hasEnd, error: errorOf(streamError), unreadable: streamError.kind !== 'expired' };
  }
  const { streamError } = cursor;
  const hasGap = cursor.hasGap || isTrimmed;
  const error = streamError ? errorOf(streamError) : (evidence ?? (hasGap ? trimmedMeanwhile() : undefined));
  return { records, hasStart, hasEnd, ...(hasGap && { hasGap }), ...(error && { error }) };
}

/**
 * Whether a record is still in its shard, which drops the oldest first: then all records after it were there while they were read.
 * Where it is not, some of them may have been dropped before they were read.
 */
async function isStillThere<Record>(shard: Shard<Record>, sequenceNumber: string, options: ReadRangeOptions): Promise<boolean> {
  const { pauseMillis, signal } = options;
  const cursor = new ShardCursor(shard, { start: sequenceNumber, pauseMillis, signal });
  try {
    for (let inARow = 1; ; inARow++) {
      await sleep(pauseMillis, undefined, { signal });
      const page = await cursor.next(1);
      if (!page) return false;
      // Where its place was refused, the cursor is at one before it: the oldest record there is says as much.
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
  return { name: 'EmptyPages', message: `${pages} pages in a row were empty, from the oldest record of the shard on` };
}

function trimmedMeanwhile(): ReadError {
  return { name: 'RecordsTrimmed', message: 'records of the range left the stream, or may have left it, while it was read page by page' };
}

function tooLarge(maxBytes: number): ReadError {
  const message =
    `the range holds more than the ${maxBytes} bytes there is memory for, its end was not read; ` +
    'a higher `memorySize` of FailureCapture.hydrate() helps';
  return { name: 'RangeTooLarge', message };
}

/** What a dead letter tells of a refusal. */
function errorOf({ name, message }: StreamError): ReadError {
  return { name, message };
}
