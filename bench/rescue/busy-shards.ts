import { setTimeout as sleep } from 'node:timers/promises';
import type { _Record, GetRecordsCommandInput, GetShardIteratorCommandInput, KinesisClient } from '@aws-sdk/client-kinesis';

/** Calls of either operation that a shard allows in a second, from all of its readers together. */
const QUOTA = 5;
const LATENCY_MILLIS = 20;
/** As the SDK does: attempts of a call, and the wait after the first throttled one, which doubles, times a random number. */
const ATTEMPTS = 5;
const FIRST_WAIT_MILLIS = 500;

type Command = { readonly input: GetRecordsCommandInput | GetShardIteratorCommandInput };

/** Calls of one reader. Throttled ones count as calls. */
export interface CallCounts {
  calls: number;
  throttles: number;
}

/** Shards of a Kinesis stream in memory, with the quota of reads that all readers share. Time can run faster. */
export class BusyShards {
  private readonly shards = new Map<string, readonly _Record[]>();
  private readonly places = new Map<string, Map<string, number>>();
  private readonly turns = new Map<string, number[]>();

  constructor(readonly speed: number) {}

  add(shardId: string, records: readonly _Record[]): void {
    this.shards.set(shardId, records);
    this.places.set(shardId, new Map(records.map(({ SequenceNumber: number }, index) => [number!, index])));
  }

  get shardIds(): string[] {
    return [...this.shards.keys()];
  }

  /** A client that tries a throttled call again, as the SDK does. */
  client(counts: CallCounts): KinesisClient {
    return { send: async (command: Command) => this.retried(command.input, counts) } as unknown as KinesisClient;
  }

  /** One read of a shard, at its tip. Whether it was allowed. */
  async poll(shardId: string, counts: CallCounts): Promise<boolean> {
    const end = this.shards.get(shardId)!.length;
    return this.call({ ShardIterator: iteratorOf(shardId, end) }, counts).then(() => true, () => false);
  }

  async wait(millis: number): Promise<void> {
    await sleep(millis / this.speed);
  }

  private async retried(input: Command['input'], counts: CallCounts): Promise<object> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.call(input, counts);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await this.wait(FIRST_WAIT_MILLIS * 2 ** (attempt - 1) * Math.random());
      }
    }
  }

  private async call(input: Command['input'], counts: CallCounts): Promise<object> {
    counts.calls++;
    await this.wait(LATENCY_MILLIS);
    if ('ShardIteratorType' in input) {
      const { ShardId: shardId = '', StartingSequenceNumber: start = '' } = input;
      this.takeTurn(`${shardId} iterator`, counts);
      return { ShardIterator: iteratorOf(shardId, this.places.get(shardId)!.get(start)!) };
    }
    const { ShardIterator: iterator = '', Limit: limit = 10_000 } = input as GetRecordsCommandInput;
    const [shardId, place] = iterator.split(' ');
    this.takeTurn(`${shardId} records`, counts);
    const records = this.shards.get(shardId)!.slice(Number(place), Number(place) + limit);
    return { Records: records, NextShardIterator: iteratorOf(shardId, Number(place) + records.length), MillisBehindLatest: 1_000 };
  }

  private takeTurn(name: string, counts: CallCounts): void {
    const now = performance.now();
    const turns = (this.turns.get(name) ?? []).filter((turn) => now - turn < 1_000 / this.speed);
    this.turns.set(name, turns);
    if (turns.length >= QUOTA) {
      counts.throttles++;
      throw Object.assign(new Error('Rate exceeded for shard'), { name: 'ProvisionedThroughputExceededException', $fault: 'client' });
    }
    turns.push(now);
  }
}

function iteratorOf(shardId: string, place: number): string {
  return `${shardId} ${place}`;
}
