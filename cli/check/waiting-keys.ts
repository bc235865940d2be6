import { streamOf } from '../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import { sequenceNumberOf } from '../../lambda/shared/dead-letter/sequence-numbers';
import { deaggregated } from '../../lambda/shared/kpl-aggregate';
import { Verdict } from './verdict';

type Batch = Pick<ReceivedDeadLetter, 'deadLetterId' | 'streamArn' | 'event'>;

/** What waits beside a dead letter. */
export interface NewerDeadLetters {
  /** Of each record. All records of one key in a dead letter have the same verdict. */
  readonly verdicts: readonly Verdict[];
  /** Other dead letters that have a later record of one of its keys. */
  readonly count: number;
}

interface KeyedRecord {
  readonly keys: readonly string[];
  readonly number: bigint;
}

/** Partition keys of the dead letters that wait in a queue, as far as it was looked at, each with its last sequence number. */
export class WaitingKeys {
  /** By key, the last sequence number in each dead letter. */
  private readonly byKey = new Map<string, Map<string, bigint>>();

  /** Notes a dead letter of a Kinesis stream. Its body is not kept. */
  add(deadLetter: Batch): void {
    for (const [key, last] of lastsOf(keysOf(deadLetter))) {
      const lasts = this.byKey.get(key) ?? new Map<string, bigint>();
      this.byKey.set(key, lasts.set(deadLetter.deadLetterId, last));
    }
  }

  /** Compares a dead letter with those that are noted when the result is called. */
  compare(deadLetter: Batch): () => NewerDeadLetters {
    const { deadLetterId } = deadLetter;
    const records = keysOf(deadLetter);
    const own = lastsOf(records);
    return () => {
      const newerOf = (key: string) => {
        const others = [...(this.byKey.get(key) ?? [])].filter(([id]) => id !== deadLetterId);
        return others.filter(([, last]) => last > own.get(key)!).map(([id]) => id);
      };
      const newer = records.map(({ keys }) => keys.flatMap(newerOf));
      return { verdicts: newer.map((ids) => (ids.length > 0 ? Verdict.NEWER_WAITS : Verdict.NEWEST)), count: new Set(newer.flat()).size };
    };
  }
}

/** The last sequence number of each key. */
function lastsOf(records: readonly KeyedRecord[]): ReadonlyMap<string, bigint> {
  const lasts = new Map<string, bigint>();
  for (const { keys, number } of records) {
    for (const key of keys) if ((lasts.get(key) ?? -1n) < number) lasts.set(key, number);
  }
  return lasts;
}

/** The keys of each record: of an aggregate of the Kinesis Producer Library, those of its user records. */
function keysOf({ streamArn, event: { Records: records } }: Batch): KeyedRecord[] {
  const stream = streamOf(streamArn);
  return records.map((record) => {
    const { kinesis } = (record ?? {}) as { readonly kinesis?: { readonly partitionKey?: unknown; readonly data?: unknown } | null };
    const { partitionKey, data } = kinesis ?? {};
    const users = typeof data === 'string' ? deaggregated(Buffer.from(data, 'base64')) : undefined;
    const keys = users?.length ? users.map((user) => user.partitionKey) : [partitionKey];
    const texts = keys.filter((key) => typeof key === 'string').map((key) => JSON.stringify([stream, key]));
    return { keys: [...new Set(texts)], number: BigInt(sequenceNumberOf(record) ?? 0) };
  });
}
