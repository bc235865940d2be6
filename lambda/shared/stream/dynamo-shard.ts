import {
  _Record, DynamoDBStreamsClient, ExpiredIteratorException, GetRecordsCommand, GetShardIteratorCommand, GetShardIteratorCommandInput,
} from '@aws-sdk/client-dynamodb-streams';
import { BatchInfo } from '../dead-letter/failure-record';
import { streamErrorOf } from './dynamo-error';
import { toEventRecord } from './dynamo-event-record';
import { escapeProtoAttributeNames } from './proto-attribute-names';
import { GetRecordsResponse, EmptyPage, EmptyPageMeaning, Position, recordsOf, Shard } from './shard';

/** Consecutive empty pages that count as evidence: some can precede a page with records. */
const MANY_EMPTY_PAGES = 50;

/** How long the stream of a table keeps records. Nothing changes it. */
const RETENTION_MILLIS = 24 * 3_600_000;

/** A shard of the stream of a DynamoDB table. */
export class DynamoShard implements Shard<_Record> {
  readonly maxLimit = 1_000;
  readonly isExpiredIterator = (error: unknown) => error instanceof ExpiredIteratorException;
  readonly streamErrorOf = streamErrorOf;

  constructor(
    private readonly client: DynamoDBStreamsClient,
    private readonly batch: BatchInfo,
  ) {}

  async iterator(position: Position, signal: AbortSignal): Promise<string> {
    // The stream of the batch: the table may have a new stream since.
    const { streamArn, shardId } = this.batch;
    const { ShardIterator } = await this.client.send(
      new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ...positionOf(position) }),
      { abortSignal: signal },
    );
    return ShardIterator!;
  }

  async records(iterator: string, limit: number, signal: AbortSignal): Promise<GetRecordsResponse<_Record>> {
    const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit });
    escapeProtoAttributeNames(command);
    const answer = await this.client.send(command, { abortSignal: signal });
    return { records: recordsOf(answer), nextIterator: answer.NextShardIterator };
  }

  sequenceNumberOf(record: _Record): string {
    return record.dynamodb!.SequenceNumber!;
  }

  eventsOf(record: _Record): Array<{ event: unknown; bytes: number }> {
    const event = toEventRecord(record, this.batch.streamArn);
    // Not `SizeBytes`: a list of NULLs is ten times as large in memory as in the table.
    return [{ event, bytes: Buffer.byteLength(JSON.stringify(event)) }];
  }

  /**
   * DynamoDB does not return how far a page is behind the tip, so that a single empty page proves nothing. Records expire by age alone: until
   * the last record of the batch can have expired, it is in the stream, and the read continues for as long as time remains. The read gives up
   * only where the record can have expired and many consecutive pages from the trim horizon were empty. Before the fallback to the trim
   * horizon, many empty pages can mean that the position was trimmed.
   */
  meaningOf({ inARow, fellBack }: EmptyPage): EmptyPageMeaning {
    if (inARow < MANY_EMPTY_PAGES) return 'go on';
    if (!fellBack) return 'trimmed';
    return this.canHaveExpired() ? 'given up' : 'go on';
  }

  /** Also true where the arrival is not a valid time. Arrivals are whole seconds, rounded down: a record can be younger by less than a second. */
  private canHaveExpired(): boolean {
    return !(Date.now() < Date.parse(this.batch.approximateArrivalOfLastRecord) + RETENTION_MILLIS);
  }
}

/** This API has no position by time: the fallback is the oldest record. */
function positionOf(position: Position): Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'SequenceNumber'> {
  if (position.type === 'at') return { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: position.sequenceNumber };
  return { ShardIteratorType: 'TRIM_HORIZON' };
}
