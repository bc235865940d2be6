/** A record on a stream, of whatever kind. */
export interface PutRecord {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly orderingKey: string;
  /** Wall time. */
  readonly arrivedAt: number;
  readonly bytes: number;
  /** Whether a record of a dead letter is this one: number, key and every byte. */
  matches(record: unknown): boolean;
}

export interface PastRecord extends PutRecord {
  /** Place in its shard, from 0. */
  readonly index: number;
}

/** Everything that was put on a stream, shard by shard, and how much of it the stream has dropped since. */
export class StreamHistory {
  private readonly records = new Map<string, PastRecord[]>();
  private readonly places = new Map<string, PastRecord>();
  private readonly trimmed = new Map<string, number>();

  /** Notes records in the order in which they were put. */
  add(put: readonly PutRecord[]): void {
    for (const record of put) {
      const shard = this.records.get(record.shardId) ?? [];
      const past = { ...record, index: shard.length };
      shard.push(past);
      this.records.set(record.shardId, shard);
      this.places.set(record.sequenceNumber, past);
    }
  }

  get shardIds(): string[] {
    return [...this.records.keys()].sort();
  }

  shard(shardId: string): readonly PastRecord[] {
    return this.records.get(shardId) ?? [];
  }

  find(sequenceNumber: string): PastRecord | undefined {
    return this.places.get(sequenceNumber);
  }

  /** Drops everything of a shard that is before an index. */
  trim(shardId: string, before: number): void {
    this.trimmed.set(shardId, before);
  }

  /** Index of the oldest record that a shard still has. */
  horizon(shardId: string): number {
    return this.trimmed.get(shardId) ?? 0;
  }

  /** What is left of a range, both ends included. */
  range(start: string, end: string): readonly PastRecord[] {
    const [first, last] = [this.places.get(start)!, this.places.get(end)!];
    return this.shard(first.shardId).slice(Math.max(first.index, this.horizon(first.shardId)), last.index + 1);
  }
}
