import { batchOf } from '../../lambda/shared/dead-letter/failure-record';
import { toEventRecord } from '../../lambda/shared/stream/kinesis-event-record';
import type { FailureRecordSource } from '../../local/mapping/failure-record';
import { type CapturedBatch, type CapturedFailure, capturedFailure, foreignObject } from '../../test/faults/captured-failure';
import type { SeededRandom } from '../../test/faults/seeded-random';
import { smallRecord } from './kinesis-workload';
import { LARGE_BYTES } from './workload';

type Kind =
  | 'one' | 'range' | 'window' | 'consumer' | 'aged' | 'large' | 'fewer' | 'more' | 'no records' | 'no payload' | 'gone' | 'another stream'
  | 'no failure record';

const FIRST_SEQUENCE_NUMBER = 49646986683135544286507457936321625675700192471156785154n;
const SHARDS = 4;
/** So many large records are over the limit of a message. */
const LARGE_RECORDS = 9;

/** The number-th object. */
export function object(number: number, chance: SeededRandom, source: FailureRecordSource): CapturedFailure {
  const draw = (min: number, max: number, what: string) => chance.integer(min, max, what, number);
  const kind = chance.pick<Kind>(
    [
      [26, 'one'], [24, 'range'], [5, 'window'], [6, 'consumer'], [6, 'aged'], [8, 'large'], [4, 'fewer'], [4, 'more'], [3, 'no records'],
      [3, 'no payload'], [1, 'gone'], [4, 'another stream'], [6, 'no failure record'],
    ],
    'object', number,
  );
  const shardId = `shardId-${String(draw(0, SHARDS - 1, 'shard')).padStart(12, '0')}`;
  const arrivedAt = new Date();
  const record = (index: number) => {
    const { key: orderingKey, data } = kind === 'large'
      ? { key: 'large', data: chance.bytes(LARGE_BYTES, 'large', number, index) }
      : smallRecord(chance, 1_000 * number + index);
    const sequenceNumber = String(FIRST_SEQUENCE_NUMBER + BigInt(1_000 * number + index));
    const put = { SequenceNumber: sequenceNumber, PartitionKey: orderingKey, Data: Buffer.from(data), ApproximateArrivalTimestamp: arrivedAt };
    const event = toEventRecord(put, { shardId, eventSourceArn: source.eventSourceArn });
    return { shardId, sequenceNumber, orderingKey, arrivedAt: arrivedAt.getTime(), event };
  };
  const some = (min: number, max: number) => Array.from({ length: draw(min, max, 'records') }, (_, index) => record(index));
  const failed = (batch: ReturnType<typeof some>, more: Partial<CapturedBatch> = {}) => {
    const { event = { Records: batch.map((it) => it.event) } } = more;
    // AWS documents text; an object is what was seen of it.
    const payload = draw(0, 1, 'payload') === 0 ? event : JSON.stringify(event);
    return capturedFailure(number, { ...source, failed: batch, event, payload, ...more });
  };
  const recordsOf = (batch: ReturnType<typeof some>) => ({ Records: batch.map(({ event }) => event) });

  switch (kind) {
    case 'one': return failed(some(1, 1));
    case 'range': return failed(some(2, 40));
    case 'window': {
      const batch = some(1, 20);
      return failed(batch, { event: { ...recordsOf(batch), shardId, state: { 'total': number, 'ü🧡': '\ud800\uffff' }, isFinalInvokeForWindow: false } as never });
    }
    case 'consumer': return failed(some(1, 20), { eventSourceArn: `${source.eventSourceArn}/consumer/fast:1700000000` });
    case 'aged': return failed(some(1, 20), { condition: 'RecordAgeExceeded' });
    case 'large': return failed(some(LARGE_RECORDS, 20));
    case 'fewer': {
      const batch = some(2, 20);
      return failed(batch, { event: recordsOf(batch.slice(1)), status: 'PARTIAL' });
    }
    case 'more': {
      const batch = some(3, 20);
      return failed(batch.toSpliced(1, 1), { event: recordsOf(batch), status: 'SUPERSET' });
    }
    case 'no records': return failed(some(1, 20), { event: { Records: [] }, status: 'UNREADABLE' });
    case 'no payload': {
      const payload = [undefined, null, 7, 'not JSON ü🧡', '{"Records":"none"}', '[]'][draw(0, 5, 'what')];
      const captured = { ...failed(some(1, 20), { payload, status: 'UNREADABLE' }), event: undefined };
      return { ...captured, body: JSON.stringify({ ...captured.failure, payload }) };
    }
    case 'gone': return { ...failed(some(1, 1)), body: undefined };
    case 'another stream': return { ...failed(some(1, 20), { eventSourceArn: `${source.eventSourceArn}-of-another` }), isOurs: false };
    case 'no failure record': return noFailureRecord(number, failed(some(1, 1)), source, draw(0, 5, 'what'));
  }
}

function noFailureRecord(number: number, { failure }: CapturedFailure, { batchInfoKey: key }: FailureRecordSource, what: number): CapturedFailure {
  const batch = batchOf(failure!);
  const bodies = [
    `not JSON, number ${number} ü🧡`,
    Buffer.from([0x7b, 0xff, 0xfe, number % 256]),
    '',
    JSON.stringify({ number, 'hello': 'world', 'ü🧡': '\u0000\ud800' }),
    JSON.stringify({ ...failure, number, [key]: { ...batch, endSequenceNumber: undefined } }),
    JSON.stringify({ ...failure, number, [key]: { ...batch, startSequenceNumber: '-1' } }),
  ];
  return foreignObject(number, bodies[what]);
}
