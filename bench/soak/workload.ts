import { batchOf } from '../../lambda/shared/dead-letter/failure-record';
import type { FailureRecordSource } from '../../local/mapping/failure-record';
import type { FaultRates } from '../../test/faults/fault-plan';
import { failureNotification, type Notification } from '../../test/faults/notification';
import type { SeededRandom } from '../../test/faults/seeded-random';
import type { Source, TrimmedStart } from '../../test/faults/source';
import type { PastRecord, StreamHistory } from '../../test/faults/stream-history';

/** What a soak does with a kind of stream. */
export interface Workload<Datum> {
  readonly source: Source<Datum>;
  /** Records of many kinds. The large ones lie together, and their ordering keys begin with `large`. */
  records(chance: SeededRandom): Datum[];
  /** The most records of a page. */
  readonly pageLimit: number;
  readonly trimmedStarts: readonly (readonly [weight: number, how: TrimmedStart])[];
  readonly faultRates: FaultRates;
  /** Names of the faults that give a dead letter the status UNREADABLE. */
  readonly readDenials: ReadonlySet<string>;
  /** What a failure record may name as its source: the stream, and what else there is that reads it. */
  eventSourceArns(streamArn: string): readonly string[];
}

const SMALL_RECORDS = 1_600;
/** In one shard, one after the other: a range of nine or more is over the limit of a message. */
const LARGE_RECORDS = 14;
/** Far from where a stream is cut into halves or quarters: they are in one shard, whatever makes shards. */
const LARGE_AFTER = 1_000;
export const LARGE_BYTES = 100_000;

/** Small ones, and the large ones together among them. */
export function mixed<Datum>(small: (index: number) => Datum, large: (index: number) => Datum): Datum[] {
  const smalls = Array.from({ length: SMALL_RECORDS }, (_, index) => small(index));
  const larges = Array.from({ length: LARGE_RECORDS }, (_, index) => large(index));
  return [...smalls.slice(0, LARGE_AFTER), ...larges, ...smalls.slice(LARGE_AFTER)];
}

/** A share of every shard is trimmed once all is published. */
export function trim(history: StreamHistory): void {
  for (const shardId of history.shardIds) history.trim(shardId, Math.floor(history.shard(shardId).length * 0.15));
}

type Kind = 'one' | 'range' | 'consolidated' | 'trimmed start' | 'trimmed' | 'another reader' | 'aged' | 'overflow' | 'no failure record';

export interface NotificationSource extends FailureRecordSource {
  readonly eventSourceArns: readonly string[];
}

/** The number-th notification. */
export function notification(number: number, chance: SeededRandom, history: StreamHistory, source: NotificationSource): Notification {
  const draw = (min: number, max: number, what: string) => chance.integer(min, max, what, number);
  const kind = chance.pick<Kind>(
    [
      [30, 'one'], [22, 'range'], [14, 'consolidated'], [8, 'trimmed start'], [5, 'trimmed'], [6, 'another reader'], [6, 'aged'],
      [3, 'overflow'], [6, 'no failure record'],
    ],
    'notification', number,
  );
  const shardIds = history.shardIds;
  const shardId = shardIds[draw(0, shardIds.length - 1, 'shard')];
  const shard = history.shard(shardId);
  const horizon = history.horizon(shardId);
  /** As many of a shard as are to be had from an index on. */
  const range = (from: number, length: number) => shard.slice(from, from + length);
  const anywhere = (longest: number) => {
    const length = draw(1, longest, 'range length');
    return range(draw(horizon, shard.length - length, 'from'), length);
  };
  const failed = (batch: readonly PastRecord[], more: { condition?: 'RecordAgeExceeded'; eventSourceArn?: string } = {}) =>
    failureNotification(number, { ...source, failed: batch, ...more });

  switch (kind) {
    case 'one': return failed(anywhere(1));
    case 'range': return failed(anywhere(40));
    case 'consolidated': {
      const batch = anywhere(40);
      // Both ends failed, and some between.
      return failed(batch.filter((_, index) => index === 0 || index === batch.length - 1 || draw(0, 3, `failed ${index}`) === 0));
    }
    case 'trimmed start': return failed(range(horizon - draw(1, 20, 'before'), draw(21, 40, 'range length')));
    case 'trimmed': {
      const length = draw(1, 20, 'range length');
      return failed(range(draw(0, horizon - length, 'from'), length));
    }
    case 'another reader': return failed(anywhere(20), { eventSourceArn: source.eventSourceArns.at(-1) });
    case 'aged': return failed(anywhere(20), { condition: 'RecordAgeExceeded' });
    case 'overflow': {
      const large = shardIds.flatMap((id) => history.shard(id)).filter(({ orderingKey }) => orderingKey.includes('large'));
      const length = draw(9, LARGE_RECORDS, 'range length');
      return failed(large.slice(LARGE_RECORDS - length));
    }
    case 'no failure record': return noFailureRecord(number, failed(anywhere(1)), source, draw(0, 5, 'what'));
  }
}

function noFailureRecord(number: number, { failure }: Notification, { batchInfoKey: key }: NotificationSource, what: number): Notification {
  const batch = batchOf(failure!);
  const otherKey = key === 'KinesisBatchInfo' ? 'DDBStreamBatchInfo' : 'KinesisBatchInfo';
  const texts = [
    `not JSON, number ${number} ü🧡`,
    // Nothing here that SQS refuses: whether Lambda and SNS themselves get U+FFFF into a queue is not the function's to show.
    JSON.stringify({ number, hello: 'world', 'ü🧡': '\u0000\ud800' }),
    // Of what is no stream.
    JSON.stringify({ ...failure, number, [key]: { ...batch, streamArn: batch.streamArn.replace(/:(kinesis|dynamodb):/, ':kafka:') } }),
    JSON.stringify({ ...failure, number, [key]: { ...batch, endSequenceNumber: undefined } }),
    JSON.stringify({ ...failure, number, [key]: undefined, [otherKey]: batch }),
    JSON.stringify({ ...failure, number, [key]: { ...batch, startSequenceNumber: '-1' } }),
  ];
  return { name: `no failure record ${number}`, message: texts[what] };
}
