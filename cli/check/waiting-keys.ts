import { streamOf } from '../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import { sequenceNumberOf } from '../../lambda/shared/dead-letter/sequence-numbers';
import { deaggregated } from '../../lambda/shared/kpl-aggregate';
import { Verdict } from './verdict';

type Batch = Pick<ReceivedDeadLetter, 'deadLetterId' | 'streamArn' | 'event'>;

/** Partition keys of the dead letters that wait in a queue, as far as it was looked at, each with its last sequence number. */
export class WaitingKeys {
  /** By key, the last sequence number in each dead letter. */
  private readonly byKey = new Map<string, Map<string, bigint>>();

  /** Notes a dead letter of a Kinesis stream. Its body is not kept. */
  add(deadLetter: Batch): void {
    for (const [key, last] of lastsOf(deadLetter)) {
      const lasts = this.byKey.get(key) ?? new Map<string, bigint>();
      this.byKey.set(key, lasts.set(deadLetter.deadLetterId, last));
    }
  }

  /** What each record is. All records of one key in a dead letter have the same verdict. */
  verdictsOf(deadLetter: Batch): Verdict[] {
    const own = lastsOf(deadLetter);
    return deadLetter.event.Records.map((record) => {
      const isNewest = keysOf(deadLetter.streamArn, record).every((key) => this.newerOf(key, deadLetter, own).length === 0);
      return isNewest ? Verdict.NEWEST : Verdict.NEWER_WAITS;
    });
  }

  /** How many other dead letters have a later record of one of its keys. */
  newerCount(deadLetter: Batch): number {
    const own = lastsOf(deadLetter);
    return new Set([...own.keys()].flatMap((key) => this.newerOf(key, deadLetter, own))).size;
  }

  private newerOf(key: string, { deadLetterId }: Batch, own: ReadonlyMap<string, bigint>): string[] {
    const last = own.get(key);
    const others = [...(this.byKey.get(key) ?? [])].filter(([id]) => id !== deadLetterId);
    return others.filter(([, number]) => last !== undefined && number > last).map(([id]) => id);
  }
}

/** The last sequence number of each key. */
function lastsOf({ streamArn, event: { Records: records } }: Batch): ReadonlyMap<string, bigint> {
  const lasts = new Map<string, bigint>();
  for (const record of records) {
    const number = BigInt(sequenceNumberOf(record) ?? 0);
    for (const key of keysOf(streamArn, record)) if ((lasts.get(key) ?? -1n) < number) lasts.set(key, number);
  }
  return lasts;
}

/** The keys of a record: of an aggregate of the Kinesis Producer Library, those of its user records. */
function keysOf(streamArn: string, record: unknown): string[] {
  const { kinesis } = (record ?? {}) as { readonly kinesis?: { readonly partitionKey?: unknown; readonly data?: unknown } | null };
  const { partitionKey, data } = kinesis ?? {};
  const users = typeof data === 'string' ? deaggregated(Buffer.from(data, 'base64')) : undefined;
  const keys = users?.length ? users.map((user) => user.partitionKey) : [partitionKey];
  const stream = streamOf(streamArn);
  return keys.filter((key): key is string => typeof key === 'string').map((key) => JSON.stringify([stream, key]));
}
