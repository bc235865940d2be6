import { toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { deadLetterId } from '../../../../lambda/shared/dead-letter/dead-letter-id';
import { ReadResult } from '../../../../lambda/shared/dead-letter/read-result';
import { failureRecord } from '../../../support/records';

const reading = (count: number, ends: Partial<ReadResult> = {}): ReadResult => ({
  records: Array.from({ length: count }, (_, index) => ({ record: index })),
  hasStart: count > 0,
  hasEnd: count > 0,
  ...ends,
});

/** Of `failureRecord()`, today and tomorrow: consumers know letters by it. */
const PINNED_ID = 'd51cd6d9680d2472982c44618e99e8d8';

const failure = failureRecord({ from: 0, to: 9, batchSize: 3 });

describe('the status of a dead letter', () => {
  test.each([
    ['COMPLETE', 'the range held the batch and nothing else', reading(3)],
    ['SUPERSET', 'the range held more', reading(4)],
    ['PARTIAL', 'the range held less', reading(2)],
    ['PARTIAL', 'the start had left the stream', reading(2, { hasStart: false })],
    ['PARTIAL', 'there are enough records, but not the first of the range', reading(3, { hasStart: false })],
    ['PARTIAL', 'there are more than enough records, but not the first of the range', reading(9, { hasStart: false })],
    ['PARTIAL', 'there are enough records, but not the last of the range', reading(3, { hasEnd: false })],
    ['PARTIAL', 'there are enough records and both ends, but some between have left the stream', reading(3, { hasGap: true })],
    ['PARTIAL', 'there are more than enough records and both ends, but some between have left the stream', reading(9, { hasGap: true })],
    ['EXPIRED', 'nothing was left', reading(0)],
    ['UNREADABLE', 'the stream refused the read', reading(0, { unreadable: true })],
    ['UNREADABLE', 'the stream refused to go on', reading(2, { hasEnd: false, unreadable: true })],
    ['UNREADABLE', 'the stream refused, whatever was found', reading(3, { unreadable: true })],
  ])('is %s when %s', (status, _, found) => {
    expect(toDeadLetter(failure, found).hydration).toEqual({
      formatVersion: '0.1.0',
      status,
      expectedRecords: 3,
      recoveredRecords: found.records.length,
      deadLetterId: deadLetterId(failure),
    });
  });
});

describe('the error of the stream', () => {
  const error = { name: 'KMSDisabledException', message: 'the key is disabled' };

  test.each([
    ['UNREADABLE', reading(0, { unreadable: true, error })],
    ['PARTIAL', reading(2, { hasStart: false, error })],
    ['PARTIAL', reading(3, { hasGap: true, error })],
    ['EXPIRED', reading(0, { error })],
  ])('is kept beside the status %s', (status, found) => {
    expect(toDeadLetter(failure, found).hydration).toEqual({
      formatVersion: '0.1.0',
      status,
      expectedRecords: 3,
      recoveredRecords: found.records.length,
      deadLetterId: deadLetterId(failure),
      error,
    });
  });
});

describe('a dead letter', () => {
  test('has the ID of its failure record, whatever records were found', () => {
    const found = [reading(3), reading(1), reading(0), reading(0, { unreadable: true, error: { name: 'A', message: 'b' } })];
    expect(found.map((it) => toDeadLetter(failureRecord(), it).hydration.deadLetterId)).toEqual(Array(4).fill(PINNED_ID));
  });

  test('has the records as an event for the processor', () => {
    const found = reading(3);
    expect(toDeadLetter(failure, found).payload).toEqual({ Records: found.records });
  });

  test('has an empty event when no record remains', () => {
    expect(toDeadLetter(failure, reading(0)).payload).toEqual({ Records: [] });
  });

  test('starts with the failure record, untouched', () => {
    const { payload, hydration, ...rest } = toDeadLetter(failure, reading(3));
    expect([payload, hydration]).not.toContain(undefined);
    expect(JSON.stringify(rest)).toBe(JSON.stringify(failure));
  });

  test('does not change its failure record', () => {
    const given = failureRecord();
    const before = structuredClone(given);
    toDeadLetter(given, reading(3));
    expect(given).toEqual(before);
  });

  test('keeps unknown fields', () => {
    const given = { ...failureRecord(), tomorrow: { more: true } };
    expect(toDeadLetter(given, reading(3))).toMatchObject({ tomorrow: { more: true } });
  });

  test('ends with payload and hydration', () => {
    expect(Object.keys(toDeadLetter(failure, reading(3)))).toEqual([...Object.keys(failure), 'payload', 'hydration']);
  });
});
