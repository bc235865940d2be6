import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { BatchInfo } from './failure-record';
import { toEventRecord } from './kinesis-event-record';
import { Refusal, refusalOf } from './kinesis-refusal';
import { SequenceRange } from './sequence-range';
import { Page, ShardCursor } from './shard-cursor';
import { OutOfTimeError, ReadContext, ReadError, Reading, StreamReader } from './stream-reader';

/** The most that `GetRecords` takes as its limit. */
const MAX_LIMIT = 10_000;

/** A shard serves five reads a second to all its readers together: the mapping's own poller must not starve. */
const PAUSE_MILLIS = 400;

export interface KinesisReaderOptions {
  readonly streamArn: string;
  /** How long the stream keeps records, as far as the app knows. */
  readonly retentionMillis: number;
  /** The most bytes of data to hold at once: others may lie between the records that failed, more than there is memory for. */
  readonly maxBytes: number;
  /** @default 400 */
  readonly pauseMillis?: number;
}

/** Reads a range of a Kinesis shard, page by page. */
export class KinesisReader implements StreamReader {
  readonly streamArn: string;

  constructor(
    private readonly client: KinesisClient,
    private readonly options: KinesisReaderOptions,
  ) {
    this.streamArn = options.streamArn;
  }

  async read(batch: BatchInfo, { invokeIdentityArn, signal }: ReadContext): Promise<Reading> {
    const pauseMillis = this.options.pauseMillis ?? PAUSE_MILLIS;
    const cursor = new ShardCursor(this.client, { streamArn: this.streamArn, batch, pauseMillis, signal });
    const range = new SequenceRange(batch.startSequenceNumber, batch.endSequenceNumber);
    const source = { shardId: batch.shardId, eventSourceArn: batch.streamArn, invokeIdentityArn };
    const records: unknown[] = [];
    let hasStart = false;
    let hasEnd = false;
    let size = 0;
    // The first page usually is the whole range; where other records lie between, the next ones take what a call can give.
    let limit = Math.min(batch.batchSize, MAX_LIMIT);
    try {
      await cursor.open();
      for (let page = await cursor.next(limit); page; page = await cursor.next(limit)) {
        for (const record of page.records) {
          if (!range.contains(record.SequenceNumber!)) continue;
          records.push(toEventRecord(record, source));
          size += record.Data!.length;
          hasStart ||= range.isStart(record.SequenceNumber!);
          hasEnd ||= range.isEnd(record.SequenceNumber!);
        }
        if (cursor.isAtEnd || isDone(page, range)) break;
        if (size > this.options.maxBytes) return { records, hasStart, hasEnd, error: this.tooLarge() };
        // A position that was trimmed can stay empty for ever, as far behind as the stream is old. There is data after it.
        if (cursor.isAtStart && this.isTrimmed(page)) await cursor.fallBack();
        limit = MAX_LIMIT;
        await sleep(pauseMillis, undefined, { signal });
      }
    } catch (error) {
      if (signal.aborted) throw new OutOfTimeError(batch, records.length, error);
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      // Only a shard that is gone says where the records are. Whatever else is refused twice leaves that open.
      return { records, hasStart, hasEnd, error: errorOf(refusal), refused: refusal.kind !== 'expired' };
    }
    const { refusal } = cursor;
    return { records, hasStart, hasEnd, ...(refusal && { error: errorOf(refusal) }) };
  }

  private tooLarge(): ReadError {
    const message = `the range holds more than the ${this.options.maxBytes} bytes there is memory for, its end was not read; a higher hydrateMemorySize helps`;
    return { name: 'RangeTooLarge', message };
  }

  private isTrimmed({ last, millisBehindLatest = 0 }: Page): boolean {
    return last === undefined && millisBehindLatest >= this.options.retentionMillis;
  }
}

/** What a dead letter tells of a refusal. */
function errorOf({ name, message }: Refusal): ReadError {
  return { name, message };
}

/** Whether nothing of the range can follow a page. */
function isDone({ last, millisBehindLatest }: Page, range: SequenceRange): boolean {
  // An empty page says nothing by itself; at the tip of the shard it says that there is no more.
  return last === undefined ? millisBehindLatest === 0 : range.isDoneAt(last);
}
