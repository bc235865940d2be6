import type { _Record, GetRecordsCommandInput, GetShardIteratorCommandInput, KinesisClient } from '@aws-sdk/client-kinesis';
import type { SdkError } from '@smithy/types';
import { FullJitterRetry } from '../../lambda/shared/client-options';
import { KinesisReadLimits } from '../../local/gateway/kinesis-read-limits';
import { sequenceNumber } from '../../test/support/records';
import type { VirtualTime } from './virtual-time';

const LATENCY_MILLIS = 20;
const FIRST_SEQUENCE_NUMBER = BigInt(sequenceNumber(0));

/** Calls of one kind of reader. A call that is tried again counts each time. */
export interface CallCounts {
  calls: number;
  throttles: number;
}

type Command = { readonly input: GetRecordsCommandInput | GetShardIteratorCommandInput };

export interface StormStreamOptions {
  readonly shards: number;
  /** Records of each shard when the storm begins. */
  readonly records: number;
  readonly recordBytes: number;
  /** Records that a shard gets in a second from then on. */
  readonly recordsPerSecond: number;
}

/** A Kinesis stream in memory whose shards have the read limits of Kinesis. Sequence numbers count up. */
export class StormStream {
  private readonly limits: KinesisReadLimits;
  private readonly data: Uint8Array;

  constructor(private readonly options: StormStreamOptions, private readonly time: VirtualTime, private readonly random: () => number) {
    this.limits = new KinesisReadLimits(time.now);
    this.data = new Uint8Array(options.recordBytes);
  }

  get shardIds(): string[] {
    return Array.from({ length: this.options.shards }, (_, shard) => shardId(shard));
  }

  /** A client with the retries of `clientOptions`. */
  client(counts: CallCounts): KinesisClient {
    const retry = new FullJitterRetry(this.random);
    const send = async ({ input }: Command, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) => {
      let token = await retry.acquireInitialRetryToken();
      for (;;) {
        abortSignal?.throwIfAborted();
        try {
          return await this.call(input, counts, abortSignal);
        } catch (error) {
          if ((error as Error).name !== THROTTLE) throw error;
          token = await retry.refreshRetryTokenForRetry(token, { error: error as SdkError, errorType: 'THROTTLING' });
          await this.time.sleep(token.getRetryDelay(), abortSignal);
        }
      }
    };
    return { send } as unknown as KinesisClient;
  }

  /** One read of the mapping, from the record with this index. Undefined where it is throttled. */
  async poll(shard: string, index: number, counts: CallCounts): Promise<readonly _Record[] | undefined> {
    try {
      const { Records } = await this.call({ ShardIterator: `${shard} ${index}` }, counts) as { readonly Records: readonly _Record[] };
      return Records;
    } catch (error) {
      if ((error as Error).name !== THROTTLE) throw error;
      return undefined;
    }
  }

  /** When a record came, in milliseconds from the beginning of the storm. */
  arrivalOf(index: number): number {
    return ((index - this.options.records + 1) / this.options.recordsPerSecond) * 1_000;
  }

  private async call(input: Command['input'], counts: CallCounts, signal?: AbortSignal): Promise<object> {
    counts.calls++;
    await this.time.sleep(LATENCY_MILLIS, signal);
    if ('ShardIteratorType' in input) {
      const { ShardId: shard = '', StartingSequenceNumber: start = '' } = input;
      this.take('GetShardIterator', shard, counts);
      return { ShardIterator: `${shard} ${BigInt(start) - FIRST_SEQUENCE_NUMBER}` };
    }
    const { ShardIterator: iterator = '', Limit: limit = 10_000 } = input as GetRecordsCommandInput;
    const [shard, place] = iterator.split(' ');
    this.take('GetRecords', shard, counts);
    const first = Number(place);
    const tip = this.options.records + Math.floor((this.time.now() / 1_000) * this.options.recordsPerSecond);
    const length = Math.max(0, Math.min(limit, tip - first, Math.floor(10_485_760 / this.options.recordBytes)));
    this.limits.add(shard, length * this.options.recordBytes);
    const Records = Array.from({ length }, (_, offset) => this.record(first + offset));
    const millisBehind = first + length < tip ? Math.max(1, this.time.now() - this.arrivalOf(first + length)) : 0;
    return { Records, NextShardIterator: `${shard} ${first + length}`, MillisBehindLatest: millisBehind };
  }

  private take(operation: 'GetShardIterator' | 'GetRecords', shard: string, counts: CallCounts): void {
    if (this.limits.take(operation, shard)) return;
    counts.throttles++;
    throw Object.assign(new Error('Rate exceeded for shard'), { name: THROTTLE, $fault: 'client' });
  }

  private record(index: number): _Record {
    return { SequenceNumber: sequenceNumber(index), ApproximateArrivalTimestamp: new Date(this.arrivalOf(index)), Data: this.data, PartitionKey: 'key' };
  }
}

const THROTTLE = 'ProvisionedThroughputExceededException';

function shardId(shard: number): string {
  return `shardId-${String(shard).padStart(12, '0')}`;
}
