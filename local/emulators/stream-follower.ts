/** Sends one call to DynamoDB Local. Undefined where it refuses. */
export type Call = (target: string, input: object) => Promise<Record<string, unknown> | undefined>;

interface Shard {
  readonly ShardId: string;
}

/** Reads the streams of tables right after writes, so that their records are seen in the second in which they were written. */
export class StreamFollower {
  private readonly tables = new Map<string, TableFollower>();

  constructor(private readonly call: Call) {}

  /** Returns when all that was on the tables' streams at the call has been read. */
  async afterWrite(tableNames: readonly string[]): Promise<void> {
    await Promise.all(tableNames.map(async (name) => {
      const table = this.tables.get(name) ?? new TableFollower(name, this.call);
      this.tables.set(name, table);
      await table.catchUp();
    }));
  }

  /** The table's stream may be another one from now on. */
  forget(tableName: string): void {
    this.tables.delete(tableName);
  }
}

class TableFollower {
  /** Shards that may get records: the iterator to go on with. */
  private readonly iterators = new Map<string, string>();
  private readonly known = new Set<string>();
  private stream?: { readonly arn?: string };
  private running: Promise<void> = Promise.resolve();
  private waiting?: Promise<void>;

  constructor(private readonly tableName: string, private readonly call: Call) {}

  /** One read at a time. Whoever comes while one is under way shares the next. One that fails is for those who waited for it only. */
  async catchUp(): Promise<void> {
    this.waiting ??= this.running.catch(() => undefined).then(async () => {
      this.waiting = undefined;
      this.running = this.read();
      await this.running;
    });
    await this.waiting;
  }

  private async read(): Promise<void> {
    this.stream ??= { arn: await this.latestStream() };
    const { arn } = this.stream;
    if (arn === undefined) return;
    if (this.iterators.size === 0) await this.discover(arn);
    for (const [shardId, iterator] of this.iterators) await this.drain(shardId, iterator);
  }

  private async latestStream(): Promise<string | undefined> {
    const answer = await this.call('DynamoDB_20120810.DescribeTable', { TableName: this.tableName });
    const { LatestStreamArn: arn, StreamSpecification: specification } = (answer?.Table ?? {}) as {
      LatestStreamArn?: string; StreamSpecification?: { StreamEnabled?: boolean };
    };
    return specification?.StreamEnabled ? arn : undefined;
  }

  /** A shard is followed by another one in time, when it is closed. */
  private async discover(StreamArn: string): Promise<void> {
    const answer = await this.call('DynamoDBStreams_20120810.DescribeStream', { StreamArn });
    const { Shards: shards = [] } = (answer?.StreamDescription ?? {}) as { Shards?: Shard[] };
    for (const { ShardId } of shards.filter((shard) => !this.known.has(shard.ShardId))) {
      this.known.add(ShardId);
      const input = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
      const iterator = (await this.call('DynamoDBStreams_20120810.GetShardIterator', input))?.ShardIterator;
      if (typeof iterator === 'string') this.iterators.set(ShardId, iterator);
    }
  }

  private async drain(shardId: string, start: string): Promise<void> {
    for (let iterator: string | undefined = start; iterator !== undefined;) {
      const page: Record<string, unknown> | undefined = await this.call('DynamoDBStreams_20120810.GetRecords', { ShardIterator: iterator });
      iterator = page?.NextShardIterator as string | undefined;
      if (iterator === undefined) {
        this.iterators.delete(shardId);
        return;
      }
      this.iterators.set(shardId, iterator);
      if (!(page!.Records as unknown[]).length) return;
    }
  }
}
