import {
  ExpiredIteratorException,
  GetRecordsCommand,
  GetRecordsCommandOutput,
  GetShardIteratorCommand,
  GetShardIteratorCommandInput,
  KinesisClient,
} from '@aws-sdk/client-kinesis';
import { BatchInfo } from './failure-record';
import { Refusal, refusalOf } from './kinesis-refusal';

/** Arrival times need not be in order: how much earlier than the batch's first a fallback begins to look. */
const ARRIVAL_MARGIN_MILLIS = 5 * 60_000;

type Position = Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'>;

/** A place in a shard that moves forward page by page, and survives iterators that expire. */
export class ShardCursor {
  private iterator?: string;
  private position: Position;
  private _refusal?: Refusal;

  constructor(
    private readonly client: KinesisClient,
    private readonly streamArn: string,
    private readonly batch: BatchInfo,
    private readonly signal: AbortSignal,
  ) {
    this.position = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: batch.startSequenceNumber };
  }

  /** What the stream said when it refused to start at the first record of the batch. */
  get refusal(): Refusal | undefined {
    return this._refusal;
  }

  /** Starts at the first record of the batch, or where the oldest of it may be if the stream refuses that. */
  async open(): Promise<void> {
    try {
      this.iterator = await this.iteratorAt(this.position);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal?.kind !== 'trimmed') throw error;
      this._refusal = refusal;
      await this.fallBack();
    }
  }

  /** Whether the cursor has not moved on from the first record of the batch. */
  get isAtStart(): boolean {
    return this.position.ShardIteratorType === 'AT_SEQUENCE_NUMBER';
  }

  /** Goes to the time the batch arrived. Where that is before the oldest record, Kinesis takes the oldest record. */
  async fallBack(): Promise<void> {
    const arrival = Date.parse(this.batch.approximateArrivalOfFirstRecord);
    this.position = Number.isNaN(arrival)
      ? { ShardIteratorType: 'TRIM_HORIZON' }
      : { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(arrival - ARRIVAL_MARGIN_MILLIS) };
    this.iterator = await this.iteratorAt(this.position);
  }

  /** The next page, or undefined at the end of a closed shard. */
  async next(limit: number): Promise<GetRecordsCommandOutput | undefined> {
    if (this.iterator === undefined) return undefined;
    const page = await this.read(limit);
    this.iterator = page.NextShardIterator;
    const last = page.Records?.at(-1)?.SequenceNumber;
    if (last !== undefined) this.position = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: last };
    return page;
  }

  private async read(limit: number): Promise<GetRecordsCommandOutput> {
    for (;;) {
      try {
        return await this.client.send(
          new GetRecordsCommand({ ShardIterator: this.iterator, StreamARN: this.streamArn, Limit: limit }),
          { abortSignal: this.signal },
        );
      } catch (error) {
        if (!(error instanceof ExpiredIteratorException)) throw error;
        this.iterator = await this.iteratorAt(this.position);
      }
    }
  }

  private async iteratorAt(position: Position): Promise<string> {
    const { ShardIterator } = await this.client.send(
      new GetShardIteratorCommand({ StreamARN: this.streamArn, ShardId: this.batch.shardId, ...position }),
      { abortSignal: this.signal },
    );
    return ShardIterator!;
  }
}
