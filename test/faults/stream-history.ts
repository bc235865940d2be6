import type { Sent } from '../pipeline/pipeline';

export interface PastRecord extends Sent {
  /** Place in its shard, from 0. */
  readonly index: number;
  /** Wall time just before it was put. */
  readonly arrivedAt: number;
}

/** Everything that was put on a stream, shard by shard, and how much of it the stream has dropped since. */
export class StreamHistory {
  private readonly records = new Map<string, PastRecord[]>();
  private readonly places = new Map<string, PastRecord>();
  private readonly trimmed = new Map<string, number>();

  /** Notes records in the order in which they were put. */
  add(sent: readonly Sent[], arrivedAt: number): void {
    for (const record of sent) {
      const shard = this.records.get(record.shardId) ?? [];
      const past = { ...record, index: shard.length, arrivedAt };
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
