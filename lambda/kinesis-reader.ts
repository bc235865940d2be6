import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  InvalidArgumentException,
  KinesisClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { BatchInfo } from './failure-record';
import { toEventRecord } from './kinesis-event-record';
import { SequenceRange } from './sequence-range';
import { ReadContext, Reading, StreamReader } from './stream-reader';

/** The most that `GetRecords` takes as its limit. */
const MAX_LIMIT = 10_000;

/** A shard serves five reads a second to all its readers together: the mapping's own poller must not starve. */
const PAUSE_MILLIS = 400;

/** What must be left of the invocation to begin another page. Past that it ends with an error, and Lambda tries again later. */
const RESERVE_MILLIS = 20_000;

export class OutOfTimeError extends Error {
  constructor(batch: BatchInfo, records: number) {
    super(
      `no time left to read ${batch.streamArn} ${batch.shardId} from ${batch.startSequenceNumber} to ` +
        `${batch.endSequenceNumber}, got: ${records} of at least ${batch.batchSize} records so far`,
    );
    this.name = 'OutOfTimeError';
  }
}

/** Reads a range of a Kinesis shard, page by page. */
export class KinesisReader implements StreamReader {
  constructor(
    private readonly client: KinesisClient,
    private readonly streamArn: string,
    private readonly pauseMillis: number = PAUSE_MILLIS,
  ) {}

  async read(batch: BatchInfo, context: ReadContext): Promise<Reading> {
    const range = new SequenceRange(batch.startSequenceNumber, batch.endSequenceNumber);
    const source = {
      shardId: batch.shardId,
      eventSourceArn: batch.streamArn,
      invokeIdentityArn: context.invokeIdentityArn,
    };
    const records: unknown[] = [];
    let hasStart = false;
    let hasEnd = false;
    let iterator = await this.startOf(batch);
    // The first page usually is the whole range; where other records lie between, the next ones take what a call can give.
    let limit = Math.min(batch.batchSize, MAX_LIMIT);

    while (iterator) {
      if (context.remainingMillis() < RESERVE_MILLIS) {
        throw new OutOfTimeError(batch, records.length);
      }
      const page = await this.client.send(
        new GetRecordsCommand({ ShardIterator: iterator, StreamARN: this.streamArn, Limit: limit }),
      );
      const found = page.Records ?? [];
      for (const record of found) {
        const sequenceNumber = record.SequenceNumber!;
        if (range.contains(sequenceNumber)) {
          records.push(toEventRecord(record, source));
          hasStart ||= sequenceNumber === range.start;
          hasEnd ||= sequenceNumber === range.end;
        }
      }
      const last = found.at(-1);
      if (last && range.isDoneAt(last.SequenceNumber!)) break;
      // An empty page says nothing by itself; at the tip of the shard it says that there is no more.
      if (!last && page.MillisBehindLatest === 0) break;

      // Without a next iterator the shard is closed and read to its end.
      iterator = page.NextShardIterator;
      limit = MAX_LIMIT;
      if (iterator) await sleep(this.pauseMillis);
    }
    return { records, hasStart, hasEnd };
  }

  /** An iterator at the first record of the range, or at the oldest record where the stream does not hold that one any more. */
  private async startOf(batch: BatchInfo): Promise<string | undefined> {
    const shard = { StreamARN: this.streamArn, ShardId: batch.shardId };
    try {
      const { ShardIterator } = await this.client.send(
        new GetShardIteratorCommand({
          ...shard,
          ShardIteratorType: 'AT_SEQUENCE_NUMBER',
          StartingSequenceNumber: batch.startSequenceNumber,
        }),
      );
      return ShardIterator;
    } catch (error) {
      // How a trimmed sequence number is refused is not documented: both are seen. A shard or stream that is really gone
      // refuses the next call too, and that error is let out.
      if (!(error instanceof InvalidArgumentException || error instanceof ResourceNotFoundException)) throw error;
      const { ShardIterator } = await this.client.send(
        new GetShardIteratorCommand({ ...shard, ShardIteratorType: 'TRIM_HORIZON' }),
      );
      return ShardIterator;
    }
  }
}
