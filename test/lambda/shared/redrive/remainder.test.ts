import fc from 'fast-check';
import { toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { deadLetterId } from '../../../../lambda/shared/dead-letter/dead-letter-id';
import { parseDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { batchOf, parseFailureRecord } from '../../../../lambda/shared/dead-letter/failure-record';
import { remainderOf } from '../../../../lambda/shared/redrive/remainder';
import { toEventRecord as toTableEventRecord } from '../../../../lambda/shared/stream/dynamo-event-record';
import { HydrationStatus } from '../../../../src/contract';
import { eventRecord, DeadLetterOptions, receivedDeadLetter } from '../../../support/dead-letters';
import { dynamoFailureRecord, dynamoRecord, dynamoSequenceNumber, TABLE_STREAM_ARN } from '../../../support/dynamo-records';
import { propertyRuns } from '../../../support/property-runs';
import { failureRecord, indexOf, sequenceNumber } from '../../../support/records';

const AT = new Date('2026-11-22T09:00:00.000Z');
const reason = { name: 'TypeError', message: 'no such field' };
const five = [0, 1, 2, 3, 4].map((index) => eventRecord(index));

function rest(options: DeadLetterOptions, indexes: readonly number[], allFailed = true) {
  const deadLetter = receivedDeadLetter(options);
  return remainderOf(deadLetter, { remaining: indexes.map((index) => deadLetter.event.Records[index]), reason, allFailed }, AT, 'orders');
}

describe('the remainder of a dead letter', () => {
  test('is a dead letter of the remaining records', () => {
    const deadLetter = receivedDeadLetter({ records: five });
    const it = rest({ records: five }, [3, 4]);
    expect(it).toEqual({
      ...deadLetter.failure,
      KinesisBatchInfo: {
        ...batchOf(deadLetter.failure), startSequenceNumber: sequenceNumber(3), endSequenceNumber: sequenceNumber(4), batchSize: 2,
      },
      payload: { Records: five.slice(3) },
      hydration: { formatVersion: '0.1.0', status: 'COMPLETE', expectedRecords: 2, recoveredRecords: 2, deadLetterId: it.hydration.deadLetterId },
      redrive: { of: deadLetter.deadLetterId, at: '2026-11-22T09:00:00.000Z', reason, batch: batchOf(deadLetter.failure) },
    });
  });

  test('of a table has its batch in the field of Lambda', () => {
    const records = [0, 1, 2].map((index) => toTableEventRecord(dynamoRecord(index), TABLE_STREAM_ARN));
    const { KinesisBatchInfo, DDBStreamBatchInfo } = rest({ records, failure: dynamoFailureRecord() }, [1, 2]);
    expect(KinesisBatchInfo).toBeUndefined();
    const range = { startSequenceNumber: dynamoSequenceNumber(1), endSequenceNumber: dynamoSequenceNumber(2) };
    expect(DDBStreamBatchInfo).toMatchObject({ ...range, batchSize: 2 });
  });

  test('keeps the other fields of the event', () => {
    const deadLetter = { ...receivedDeadLetter(), event: { Records: five, window: { start: 'x' } } as { Records: unknown[] } };
    const it = remainderOf(deadLetter, { remaining: five.slice(4), reason, allFailed: true }, AT, 'orders');
    expect(it.payload).toEqual({ Records: five.slice(4), window: { start: 'x' } });
  });

  test('of a remainder names the original batch and the previous dead letter', () => {
    const first = rest({ records: five }, [2, 3, 4]);
    const again = parseDeadLetter(JSON.stringify(first), 'the message');
    const second = remainderOf(again, { remaining: five.slice(4), reason, allFailed: true }, AT, 'orders');
    expect(second.redrive).toMatchObject({ of: first.hydration.deadLetterId, batch: { batchSize: 5, startSequenceNumber: sequenceNumber(0) } });
  });

  test('stays a range when records between were accepted', () => {
    const it = rest({ records: five }, [1, 3], false);
    expect(it).toMatchObject({
      KinesisBatchInfo: { startSequenceNumber: sequenceNumber(1), endSequenceNumber: sequenceNumber(3), batchSize: 2 },
      hydration: { status: 'COMPLETE', expectedRecords: 2, recoveredRecords: 2 },
    });
  });

  test.each([
    ['have no numbers', [{}, {}, {}]],
    ['are in no order', [2, 1, 0].map((index) => eventRecord(index))],
  ])('keeps the range when records %s', (_, records) => {
    expect(batchOf(rest({ records, failure: failureRecord() }, [1, 2]))).toEqual({ ...batchOf(failureRecord()), batchSize: 2 });
  });
});

describe('the failed redrives of the remainder', () => {
  const error = { name: 'E', message: 'm', at: '2026-11-22T08:00:00.000Z', to: 'orders:1' };
  const before = { ...receivedDeadLetter({ records: five }), redrive: { attempts: 2, lastError: error } };

  test('are those of the dead letter and one more, where the processor failed', () => {
    const { redrive } = remainderOf(before, { remaining: five.slice(3), reason, allFailed: true, processorError: reason }, AT, 'orders');
    expect(redrive).toMatchObject({ attempts: 3, lastError: { ...reason, at: '2026-11-22T09:00:00.000Z', to: 'orders' } });
  });

  test('are those of the dead letter, where the processor did not run or did not fail', () => {
    const { redrive } = remainderOf(before, { remaining: five.slice(3), reason, allFailed: false }, AT, 'orders');
    expect(redrive).toMatchObject({ attempts: 2, lastError: error });
  });
});

describe('the status of the remainder', () => {
  test.each<[HydrationStatus, boolean, { expected: number; left: number[] }, object]>([
    ['SUPERSET', true, { expected: 2, left: [1, 2, 3, 4] }, { status: 'COMPLETE', expectedRecords: 4, recoveredRecords: 4 }],
    ['SUPERSET', false, { expected: 2, left: [1, 2, 3, 4] }, { status: 'SUPERSET', expectedRecords: 2, recoveredRecords: 4 }],
    ['SUPERSET', false, { expected: 2, left: [4] }, { status: 'SUPERSET', expectedRecords: 1, recoveredRecords: 1 }],
    ['PARTIAL', true, { expected: 7, left: [3, 4] }, { status: 'PARTIAL', expectedRecords: 4, recoveredRecords: 2 }],
    ['PARTIAL', true, { expected: 3, left: [4] }, { status: 'PARTIAL', expectedRecords: 2, recoveredRecords: 1 }],
    ['UNREADABLE', false, { expected: 9, left: [4] }, { status: 'UNREADABLE', expectedRecords: 5, recoveredRecords: 1 }],
  ])('of a %s dead letter (all failed again: %p): %p', (status, allFailed, { expected, left }, hydration) => {
    const it = rest({ records: five, hydration: { status, expectedRecords: expected } }, left, allFailed);
    expect(it.hydration).toMatchObject(hydration);
    expect(batchOf(it).batchSize).toBe(it.hydration.expectedRecords);
  });

  test.each<[HydrationStatus, number]>([
    ['COMPLETE', 3],
    ['SUPERSET', 3],
    ['PARTIAL', 9],
    ['UNREADABLE', 9],
  ])('of a %s dead letter extends to the end of the batch, where records may be missing', (status, end) => {
    const it = rest({ records: five, failure: failureRecord({ to: 9 }), hydration: { status, expectedRecords: 10 } }, [2, 3], false);
    const start = end === 9 ? 0 : 2;
    expect(batchOf(it)).toMatchObject({ startSequenceNumber: sequenceNumber(start), endSequenceNumber: sequenceNumber(end) });
  });

  test('begins with the remaining records, where the others were the first', () => {
    const it = rest({ records: five, failure: failureRecord({ to: 9 }), hydration: { status: 'PARTIAL', expectedRecords: 10 } }, [3, 4], false);
    expect(batchOf(it)).toMatchObject({ startSequenceNumber: sequenceNumber(3), endSequenceNumber: sequenceNumber(9), batchSize: 7 });
  });

  test('keeps the range of the batch, whatever the note of an earlier redrive says', () => {
    const failure = failureRecord({ to: 9 });
    const deadLetter = receivedDeadLetter({ records: five, failure, hydration: { status: 'PARTIAL', expectedRecords: 10 } });
    const redrive = { of: 'x', batch: { startSequenceNumber: 1 } } as unknown as (typeof deadLetter)['redrive'];
    const it = remainderOf({ ...deadLetter, redrive }, { remaining: [five[0], five[2]], reason, allFailed: false }, AT, 'orders');
    expect(batchOf(it)).toMatchObject({ startSequenceNumber: sequenceNumber(0), endSequenceNumber: sequenceNumber(9) });
  });

  test('keeps the range when the remaining records are after it', () => {
    const it = rest({ records: five, failure: failureRecord({ to: 1 }), hydration: { status: 'PARTIAL', expectedRecords: 2 } }, [4]);
    expect(batchOf(it)).toMatchObject({ startSequenceNumber: sequenceNumber(0), endSequenceNumber: sequenceNumber(1) });
  });
});

test('the stream never makes a remainder COMPLETE that lacks a failed record, or has one that was taken', () => {
  const size = 7;
  const places = Array.from({ length: size }, (_, place) => place);
  const subset = fc.subarray(places, { minLength: 1 });
  const found = fc.subarray(places, { minLength: 2, maxLength: size - 1 });
  fc.assert(
    fc.property(found, fc.array(subset, { minLength: 1, maxLength: 3 }), (recovered, choices) => {
      const failure = failureRecord({ to: size - 1 });
      let left = recovered;
      let deadLetter = receivedDeadLetter({
        failure, records: left.map((place) => eventRecord(place)), hydration: { status: 'PARTIAL', expectedRecords: size },
      });
      for (const choice of choices) {
        const next = left.filter((place) => choice.includes(place));
        if (next.length === 0 || next.length === left.length) continue;
        left = next;
        const remaining = deadLetter.event.Records.filter((record) => left.includes(indexOf(record)));
        deadLetter = parseDeadLetter(JSON.stringify(remainderOf(deadLetter, { remaining, reason, allFailed: false }, AT, 'orders')), 'the message');
      }
      if (left.length === recovered.length) return;
      const range = batchOf(deadLetter.failure);
      const placeOf = (number: string) => places.find((place) => sequenceNumber(place) === number)!;
      const [from, to] = [placeOf(range.startSequenceNumber), placeOf(range.endSequenceNumber)];
      const records = places.slice(from, to + 1).map((place) => eventRecord(place));
      const { hydration: { status } } = toDeadLetter(deadLetter.failure, { records, hasStart: true, hasEnd: true });
      const failed = places.filter((place) => left.includes(place) || !recovered.includes(place));
      if (status === 'COMPLETE') expect(records.map(indexOf)).toEqual(failed);
      if (status === 'SUPERSET') expect(records.map(indexOf)).toEqual(expect.arrayContaining(failed));
    }),
    propertyRuns(2_000),
  );
});

describe('the ID of the remainder', () => {
  test('is the same for the same records, and differs for other records of the same range', () => {
    const id = (left: number[]) => rest({ records: five }, left).hydration.deadLetterId;
    expect(id([0, 4])).toBe(id([0, 4]));
    expect(new Set([[0, 4], [0, 1, 4], [0, 2, 4], [4], [0, 1, 2, 3, 4]].map(id)).size).toBe(5);
    expect(id([4])).toMatch(/^[0-9a-f]{32}$/);
    expect(id([0, 4])).not.toBe(deadLetterId(receivedDeadLetter({ records: five }).failure));
  });
});

test('the accepted records and the remainder are the whole dead letter, and the remainder can be read like any other', () => {
  const status = fc.constantFrom<HydrationStatus>('COMPLETE', 'SUPERSET', 'PARTIAL', 'UNREADABLE');
  const records = fc.uniqueArray(fc.nat({ max: 100 }), { minLength: 2, maxLength: 30 }).map((indexes) => indexes.sort((a, b) => a - b));
  const cases = records.chain((indexes) => fc.tuple(fc.constant(indexes), fc.subarray(indexes, { minLength: 1, maxLength: indexes.length - 1 })));
  fc.assert(
    fc.property(cases, status, fc.integer({ min: 1, max: 40 }), fc.boolean(), ([all, left], it, expectedRecords, allFailed) => {
      const failure = failureRecord({ from: 0, to: 100 });
      const deadLetter = receivedDeadLetter({ failure, records: all.map((index) => eventRecord(index)), hydration: { status: it, expectedRecords } });
      const remaining = deadLetter.event.Records.filter((record) => left.includes(indexOf(record)));
      const smaller = remainderOf(deadLetter, { remaining, reason, allFailed }, AT, 'orders');
      const taken = all.filter((index) => !left.includes(index));
      expect([...taken, ...smaller.payload.Records.map(indexOf)].sort((a, b) => a - b)).toEqual(all);
      const received = parseDeadLetter(JSON.stringify(smaller), 'the message');
      expect(parseFailureRecord(JSON.stringify(received.failure))).toEqual(received.failure);
      expect(received.event.Records).toEqual(smaller.payload.Records);
      expect(received.recoveredRecords).toBe(left.length);
      expect(received.redrive).toEqual(smaller.redrive);
    }),
  );
});
