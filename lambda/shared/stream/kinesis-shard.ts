import {
  _Record, ExpiredIteratorException, GetRecordsCommand, GetShardIteratorCommand, GetShardIteratorCommandInput, KinesisClient,
} from '@aws-sdk/client-kinesis';
import { BatchInfo, isConsumer, streamOf } from '../dead-letter/failure-record';
import { deaggregated } from '../kpl-aggregate';
import { streamErrorOf } from './kinesis-error';
import { toEventRecord } from './kinesis-event-record';
import { GetRecordsResponse, EmptyPage, EmptyPageMeaning, Position, recordsOf, Shard } from './shard';

/** Arrival times can be out of order: the fallback starts this much before the arrival of the first record. */
const ARRIVAL_MARGIN_MILLIS = 5 * 60_000;

/** The shortest retention period of any stream. On a stream with a longer one, the read may start from an earlier position, and loses nothing. */
const MIN_RETENTION_MILLIS = 24 * 3_600_000;

/** A shard of a Kinesis stream. */
export class KinesisShard implements Shard<_Record> {
  readonly maxLimit = 10_000;
  readonly isExpiredIterator = (error: unknown) => error instanceof ExpiredIteratorException;
  readonly streamErrorOf = streamErrorOf;
  private readonly streamArn: string;

  constructor(
    private readonly client: KinesisClient,
    private readonly batch: BatchInfo,
  ) {
    this.streamArn = streamOf(batch.streamArn);
  }

  async iterator(position: Position, signal: AbortSignal): Promise<string> {
    const { ShardIterator } = await this.client.send(
      new GetShardIteratorCommand({ StreamARN: this.streamArn, ShardId: this.batch.shardId, ...this.positionOf(position) }),
      { abortSignal: signal },
    );
    return ShardIterator!;
  }

  async records(iterator: string, limit: number, signal: AbortSignal): Promise<GetRecordsResponse<_Record>> {
    const answer = await this.client.send(
      new GetRecordsCommand({ ShardIterator: iterator, StreamARN: this.streamArn, Limit: limit }),
      { abortSignal: signal },
    );
    const records = recordsOf(answer);
    const bytes = records.reduce((sum, { Data: data }) => sum + (data?.byteLength ?? 0), 0);
    return { records, nextIterator: answer.NextShardIterator, millisBehindLatest: answer.MillisBehindLatest, bytes };
  }

  sequenceNumberOf(record: _Record): string {
    return record.SequenceNumber!;
  }

  /** A mapping with enhanced fan-out passes the user records of a KPL aggregate one by one; any other mapping passes the aggregate. */
  * eventsOf(record: _Record): Generator<{ event: unknown; bytes: number }> {
    const { shardId, streamArn: eventSourceArn } = this.batch;
    for (const userRecord of (isConsumer(eventSourceArn) && userRecordsIn(record)) || [{}]) {
      const event = toEventRecord({ ...record, ...userRecord }, { shardId, eventSourceArn });
      yield { event, bytes: jsonBytes(event) };
    }
  }

  meaningOf({ millisBehindLatest = 0, isUnmoved }: EmptyPage): EmptyPageMeaning {
    // At the tip of the shard, an empty page means that no more records exist.
    if (millisBehindLatest === 0) return 'no more';
    // A trimmed position can return empty pages forever, although records exist after it.
    return isUnmoved && millisBehindLatest >= MIN_RETENTION_MILLIS ? 'trimmed' : 'go on';
  }

  private positionOf(position: Position): Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'> {
    if (position.type === 'at') return { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: position.sequenceNumber };
    const arrival = Date.parse(this.batch.approximateArrivalOfFirstRecord);
    // Where the time precedes the oldest record, Kinesis uses the oldest record.
    return Number.isNaN(arrival)
      ? { ShardIteratorType: 'TRIM_HORIZON' }
      : { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(arrival - ARRIVAL_MARGIN_MILLIS) };
  }
}

/** Counts all fields, which are many times larger than the data of a small record. Does not copy the base64 data to count it. */
function jsonBytes({ kinesis, ...event }: ReturnType<typeof toEventRecord>): number {
  const { data = '' } = kinesis ?? {};
  return Buffer.byteLength(JSON.stringify({ ...event, kinesis: { ...kinesis, data: '' } })) + data.length;
}

/** The user records of an aggregate of the Kinesis Producer Library, where each has a partition key. */
function userRecordsIn({ Data }: _Record): readonly Partial<_Record>[] | undefined {
  const users = deaggregated(Data!);
  if (users?.some(({ partitionKey }) => partitionKey === undefined)) return undefined;
  return users?.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data }));
}
