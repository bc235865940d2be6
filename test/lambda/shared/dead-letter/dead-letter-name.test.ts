import { DeadLetter, toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { deadLetterName, overflowKey } from '../../../../lambda/shared/dead-letter/dead-letter-name';
import { ReadResult } from '../../../../lambda/shared/dead-letter/read-result';
import { eventRecord } from '../../../support/dead-letters';
import { failureRecord } from '../../../support/records';

/** The dead letter of a batch of three of which some were found. */
function found(indices: readonly number[], fields: Partial<ReadResult> = {}): DeadLetter {
  const records = indices.map((index) => eventRecord(index));
  return toDeadLetter(failureRecord(), { records, hasStart: indices.includes(0), hasEnd: indices.includes(2), ...fields });
}

const { deadLetterId } = found([]).hydration;

describe('the name of a dead letter', () => {
  test('is its ID when it is whole', () => {
    expect(deadLetterName(found([0, 1, 2]))).toBe(deadLetterId);
    expect(deadLetterName(found([0, 1, 2, 3], { hasEnd: true }))).toBe(deadLetterId);
  });

  test('depends on its records when it is not whole', () => {
    const names = [[], [0], [1], [0, 1], [1, 2], [0, 2]].map((indices) => deadLetterName(found(indices, { unreadable: true })));
    expect(new Set(names).size).toBe(6);
    for (const name of names) expect(name).toMatch(new RegExp(`^${deadLetterId}-unreadable-\\d-[\\da-f]{16}$`));
  });

  test('is the same for the same records, as they were read or as they were written', () => {
    const it = found([1, 2]);
    expect(deadLetterName(found([1, 2]))).toBe(deadLetterName(it));
    expect(deadLetterName(JSON.parse(JSON.stringify(it)) as DeadLetter)).toBe(deadLetterName(it));
  });

  test('distinguishes records without a sequence number', () => {
    const of = (...records: unknown[]) => deadLetterName(toDeadLetter(failureRecord(), { records, hasStart: false, hasEnd: false }));
    expect(new Set([of({ a: 1 }), of({ a: 2 }), of(null), of('1', '2'), of('12', '')]).size).toBe(5);
  });

  test('is valid as the deduplication ID of a FIFO queue', () => {
    const many = toDeadLetter(failureRecord(), { records: Array(100_000).fill({}), hasStart: false, hasEnd: false, unreadable: true });
    expect(deadLetterName(many).length).toBeLessThanOrEqual(128);
  });

  test('is that of its object, below the prefix of its StreamDlq, in the folder of its day', () => {
    const it = found([1]);
    expect(overflowKey('dead-letters/1a2b3c4d/', { ...it, timestamp: '2026-01-31T23:59:59.999Z' })).toBe(`dead-letters/1a2b3c4d/2026/01/31/${deadLetterName(it)}.json`);
  });
});
