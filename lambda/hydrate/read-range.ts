import { setTimeout as sleep } from 'node:timers/promises';
import { BatchInfo } from '../shared/dead-letter/failure-record';
import { ReadError, Reading } from '../shared/dead-letter/reading';
import { SequenceRange } from '../shared/dead-letter/sequence-range';
import { Refusal } from './refusal';
import { Shard } from './shard';
import { ShardCursor } from './shard-cursor';
import { OutOfTimeError } from './stream-reader';

export interface ReadRangeOptions {
  /** The most bytes of records, as JSON, to hold at once: others may lie between the records that failed, more than there is memory for. */
  readonly maxBytes: number;
  /** Between two calls: the mapping reads the shard too, and must not starve. */
  readonly pauseMillis: number;
  readonly signal: AbortSignal;
}

/** Reads the range of a batch in its shard, page by page. */
export async function readRange<Record>(shard: Shard<Record>, batch: BatchInfo, options: ReadRangeOptions): Promise<Reading> {
  const { maxBytes, pauseMillis, signal } = options;
  const cursor = new ShardCursor(shard, { start: batch.startSequenceNumber, pauseMillis, signal });
  const range = new SequenceRange(batch.startSequenceNumber, batch.endSequenceNumber);
  const records: unknown[] = [];
  let hasStart = false;
  let hasEnd = false;
  let size = 0;
  let emptyInARow = 0;
  let evidence: ReadError | undefined;
  // The first page usually is the whole range; where other records lie between, the next ones take what a call can give.
  let limit = Math.min(batch.batchSize, shard.maxLimit);
  try {
    await cursor.open();
    for (let page = await cursor.next(limit); page; page = await cursor.next(limit)) {
      for (const record of page.records) {
        const sequenceNumber = shard.sequenceNumberOf(record);
        if (!range.contains(sequenceNumber)) continue;
        const { event, bytes } = shard.eventOf(record);
        records.push(event);
        size += bytes;
        hasStart ||= range.isStart(sequenceNumber);
        hasEnd ||= range.isEnd(sequenceNumber);
      }
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
  } catch (error) {
    if (signal.aborted) throw new OutOfTimeError(batch, records.length, error);
    const refusal = shard.refusalOf(error);
    if (!refusal) throw error;
    // Only a shard that is gone says where the records are. Whatever else is refused twice leaves that open.
    return { records, hasStart, hasEnd, error: errorOf(refusal), refused: refusal.kind !== 'expired' };
  }
  const { refusal, hasGap } = cursor;
  const error = refusal ? errorOf(refusal) : (evidence ?? (hasGap ? trimmedMeanwhile() : undefined));
  return { records, hasStart, hasEnd, ...(hasGap && { hasGap }), ...(error && { error }) };
}

function givenUp(pages: number): ReadError {
  return { name: 'EmptyPages', message: `${pages} pages in a row were empty, from the oldest record of the shard on` };
}

function trimmedMeanwhile(): ReadError {
  return { name: 'RecordsTrimmed', message: 'records left the stream between two pages of the range' };
}

function tooLarge(maxBytes: number): ReadError {
  const message =
    `the range holds more than the ${maxBytes} bytes there is memory for, its end was not read; ` +
    'a higher `memorySize` of FailureCapture.hydrate() helps';
  return { name: 'RangeTooLarge', message };
}

/** What a dead letter tells of a refusal. */
function errorOf({ name, message }: Refusal): ReadError {
  return { name, message };
}
