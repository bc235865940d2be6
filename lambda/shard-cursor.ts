import { setTimeout as sleep } from 'node:timers/promises';
import {
  _Record,
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

export interface Page {
  /** The records of the page that no page before had. */
  readonly records: readonly _Record[];
  /** Sequence number of the last record of the page, if it has one. */
  readonly last?: string;
  /** How far the page is behind the tip of the shard. */
  readonly millisBehindLatest?: number;
}

export interface ShardCursorOptions {
  readonly streamArn: string;
  readonly batch: BatchInfo;
  /** Between an iterator that had expired and its renewal. */
  readonly pauseMillis: number;
  readonly signal: AbortSignal;
}

/**
 * A place in a shard that moves forward page by page. It begins at the first record of a batch. Where the stream refuses a place,
 * now or later, it goes on once at the time the batch arrived, and leaves out what it had read before.
 */
export class ShardCursor {
  private iterator?: string;
  private position: Position;
  private lastRead?: bigint;
  private fellBack = false;
  private _refusal?: Refusal;

  constructor(
    private readonly client: KinesisClient,
    private readonly options: ShardCursorOptions,
  ) {
    this.position = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: options.batch.startSequenceNumber };
  }

  /** What the stream said when it refused a place. */
  get refusal(): Refusal | undefined {
    return this._refusal;
  }

  /** Whether the cursor has not moved on from the first record of the batch. */
  get isAtStart(): boolean {
    return this.position.ShardIteratorType === 'AT_SEQUENCE_NUMBER';
  }

  /** Whether a closed shard is read to its end. */
  get isAtEnd(): boolean {
    return this.iterator === undefined;
  }

  async open(): Promise<void> {
    await this.orFallBack(async () => this.seek());
  }

  /** Goes to the time the batch arrived. Where that is before the oldest record, Kinesis takes the oldest record. */
  async fallBack(): Promise<void> {
    const arrival = Date.parse(this.options.batch.approximateArrivalOfFirstRecord);
    this.fellBack = true;
    this.position = Number.isNaN(arrival)
      ? { ShardIteratorType: 'TRIM_HORIZON' }
      : { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(arrival - ARRIVAL_MARGIN_MILLIS) };
    await this.seek();
  }

  /** The next page, or undefined at the end of a closed shard. */
  async next(limit: number): Promise<Page | undefined> {
    if (this.isAtEnd) return undefined;
    const answer = await this.read(limit);
    this.iterator = answer.NextShardIterator;
    const records = (answer.Records ?? []).filter(({ SequenceNumber }) => this.lastRead === undefined || BigInt(SequenceNumber!) > this.lastRead);
    const last = answer.Records?.at(-1)?.SequenceNumber;
    if (records.length > 0) {
      this.lastRead = BigInt(last!);
      this.position = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: last };
    }
    return { records, last, millisBehindLatest: answer.MillisBehindLatest };
  }

  private async read(limit: number): Promise<GetRecordsCommandOutput> {
    const { streamArn, signal } = this.options;
    for (;;) {
      try {
        return await this.client.send(
          new GetRecordsCommand({ ShardIterator: this.iterator, StreamARN: streamArn, Limit: limit }),
          { abortSignal: signal },
        );
      } catch (error) {
        await this.orFallBack(async () => {
          if (!(error instanceof ExpiredIteratorException)) throw error;
          await sleep(this.options.pauseMillis, undefined, { signal });
          await this.seek();
        });
      }
    }
  }

  /** Does something that the stream may refuse because of the place, and falls back if it does, once. */
  private async orFallBack(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal || !isOfPlace(refusal) || this.fellBack) throw error;
      this._refusal = refusal;
      await this.fallBack();
    }
  }

  private async seek(): Promise<void> {
    const { batch, streamArn, signal } = this.options;
    const { ShardIterator } = await this.client.send(
      new GetShardIteratorCommand({ StreamARN: streamArn, ShardId: batch.shardId, ...this.position }),
      { abortSignal: signal },
    );
    this.iterator = ShardIterator!;
  }
}

/** Whether a refusal is of a place in the stream, and another place may be served. */
function isOfPlace({ kind }: Refusal): boolean {
  return kind === 'trimmed' || kind === 'expired';
}
