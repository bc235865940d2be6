import { batchOf } from '../../lambda/failure-record';
import type { Chance } from '../../test/faults/chance';
import { failureNotification, type Notification } from '../../test/faults/notification';
import type { PastRecord, StreamHistory } from '../../test/faults/stream-history';

export interface Datum {
  readonly key: string;
  readonly data: Uint8Array;
}

const SMALL_RECORDS = 1_600;
/** In one shard, one after the other: a range of nine or more is over the limit of a message. */
const LARGE_RECORDS = 14;
const LARGE_BYTES = 100_000;

/** Records of many kinds. The large ones lie together. */
export function records(chance: Chance): Datum[] {
  const small = Array.from({ length: SMALL_RECORDS }, (_, index) => smallRecord(chance, index));
  const large = Array.from({ length: LARGE_RECORDS }, (_, index) => ({
    key: 'large',
    data: chance.bytes(LARGE_BYTES - index, 'large', index),
  }));
  return [...small.slice(0, SMALL_RECORDS / 2), ...large, ...small.slice(SMALL_RECORDS / 2)];
}

function smallRecord(chance: Chance, index: number): Datum {
  const length = chance.integer(0, 1_500, 'length', index);
  const data = chance.pick<() => Uint8Array>(
    [
      [5, () => Buffer.from(JSON.stringify({ order: index, note: 'ü🧡\u0000\uffff\ud800', rest: 'x'.repeat(length) }))],
      [4, () => chance.bytes(length, 'data', index)],
      [1, () => chance.bytes(1, 'data', index)],
      [1, () => Buffer.from(`throw ${index}`)],
    ],
    'kind', index,
  )();
  const key = chance.pick<string>(
    [
      [6, `customer-${index % 97}`],
      [1, `schlüssel 🧡 ${index}`],
      [1, '\uffff\ufffe "\\'],
      [1, `${'長'.repeat(250)}${index}`],
      [1, `tab\tline\n${index}`],
    ],
    'key', index,
  );
  return { key, data };
}

/** A share of every shard is trimmed once all is published. */
export function trim(history: StreamHistory): void {
  for (const shardId of history.shardIds) history.trim(shardId, Math.floor(history.shard(shardId).length * 0.15));
}

type Kind = 'one' | 'range' | 'consolidated' | 'trimmed start' | 'trimmed' | 'consumer' | 'aged' | 'overflow' | 'no failure record';

export interface NotificationSource {
  readonly streamArn: string;
  readonly functionArn: string;
}

/** The number-th notification. */
export function notification(number: number, chance: Chance, history: StreamHistory, { streamArn, functionArn }: NotificationSource): Notification {
  const draw = (min: number, max: number, what: string) => chance.integer(min, max, what, number);
  const kind = chance.pick<Kind>(
    [
      [30, 'one'], [22, 'range'], [14, 'consolidated'], [8, 'trimmed start'], [5, 'trimmed'], [6, 'consumer'], [6, 'aged'],
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
  const failed = (batch: readonly PastRecord[], more: { condition?: 'RecordAgeExceeded'; streamArn?: string } = {}) =>
    failureNotification(number, { streamArn, functionArn, failed: batch, ...more });

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
    case 'consumer': return failed(anywhere(20), { streamArn: `${streamArn}/consumer/fast:1700000000` });
    case 'aged': return failed(anywhere(20), { condition: 'RecordAgeExceeded' });
    case 'overflow': {
      const large = shardIds.flatMap((id) => history.shard(id)).filter(({ partitionKey }) => partitionKey === 'large');
      const length = draw(9, LARGE_RECORDS, 'range length');
      return failed(large.slice(LARGE_RECORDS - length));
    }
    case 'no failure record': return noFailureRecord(number, failed(anywhere(1)), draw(0, 5, 'what'));
  }
}

function noFailureRecord(number: number, { failure }: Notification, what: number): Notification {
  const batch = batchOf(failure!);
  const texts = [
    `not JSON, number ${number} ü🧡`,
    // Nothing here that SQS refuses: whether Lambda and SNS themselves get U+FFFF into a queue is not the function's to show.
    JSON.stringify({ number, hello: 'world', 'ü🧡': '\u0000\ud800' }),
    JSON.stringify({ ...failure, number, KinesisBatchInfo: { ...batch, streamArn: `${batch.streamArn}-other` } }),
    JSON.stringify({ ...failure, number, KinesisBatchInfo: { ...batch, endSequenceNumber: undefined } }),
    JSON.stringify({ ...failure, number, KinesisBatchInfo: undefined, DDBStreamBatchInfo: batch }),
    JSON.stringify({ ...failure, number, KinesisBatchInfo: { ...batch, startSequenceNumber: '-1' } }),
  ];
  return { name: `no failure record ${number}`, message: texts[what] };
}
