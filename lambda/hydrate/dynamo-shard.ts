import {
  _Record, DynamoDBStreamsClient, ExpiredIteratorException, GetRecordsCommand, GetShardIteratorCommand, GetShardIteratorCommandInput,
} from '@aws-sdk/client-dynamodb-streams';
import { BatchInfo } from '../shared/dead-letter/failure-record';
import { streamErrorOf } from './dynamo-error';
import { toEventRecord } from './dynamo-event-record';
import { escapeProtoAttributeNames } from './proto-attribute-names';
import { GetRecordsResponse, EmptyPage, EmptyPageMeaning, Position, recordsOf, Shard } from './shard';

/** Empty pages in a row that are taken as a sign. Before a portion with records there may be some. */
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
    // The stream that failed, not the one that the table has now: it may have another since.
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
    // Not its `SizeBytes`: a list of NULLs is ten times as large in memory as in the table.
    return [{ event, bytes: Buffer.byteLength(JSON.stringify(event)) }];
  }

  /**
   * DynamoDB does not tell how far a page is behind the tip, so no single empty page says anything. What was in the stream when
   * Lambda read it leaves it by age alone: as long as the last record of the batch is too young for that, it is there, and the read
   * goes on to the end of its time. Only where it may be gone, and many pages in a row from the trim horizon on were empty, is it given
   * up. Before that, many empty pages may be those of a place that was trimmed.
   */
  meaningOf({ inARow, fellBack }: EmptyPage): EmptyPageMeaning {
    if (inARow < MANY_EMPTY_PAGES) return 'go on';
    if (!fellBack) return 'trimmed';
    return this.mayBeGone() ? 'given up' : 'go on';
  }

  /** Also where the arrival is no time. Arrivals are whole seconds, rounded down; the record is younger than that by less than one. */
  private mayBeGone(): boolean {
    return !(Date.now() < Date.parse(this.batch.approximateArrivalOfLastRecord) + RETENTION_MILLIS);
  }
}

/** There is no place by time in this API: the fallback is the oldest record. */
function positionOf(position: Position): Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'SequenceNumber'> {
  if (position.type === 'at') return { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: position.sequenceNumber };
  return { ShardIteratorType: 'TRIM_HORIZON' };
}
