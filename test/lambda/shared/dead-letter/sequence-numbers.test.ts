import fc from 'fast-check';
import { SequenceRange } from '../../../../lambda/shared/dead-letter/sequence-numbers';
import { sequenceNumber } from '../../../support/records';

describe('a range of Kinesis sequence numbers', () => {
  const range = new SequenceRange(sequenceNumber(10), sequenceNumber(20));

  test.each([10, 15, 20])('contains both ends and the numbers between: %d', (index) => {
    expect(range.contains(sequenceNumber(index))).toBe(true);
  });

  test.each([9, 21])('contains nothing beyond: %d', (index) => {
    expect(range.contains(sequenceNumber(index))).toBe(false);
  });

  test.each([
    [9, false],
    [19, false],
    [20, true],
    [21, true],
  ])('at %d, being done is %p', (index, done) => {
    expect(range.isDoneAt(sequenceNumber(index))).toBe(done);
  });

  test('knows its ends by number, however they are written', () => {
    expect([sequenceNumber(10), `0${sequenceNumber(10)}`, sequenceNumber(11)].map((it) => range.isStart(it))).toEqual([true, true, false]);
    expect([sequenceNumber(20), `0${sequenceNumber(20)}`, sequenceNumber(19)].map((it) => range.isEnd(it))).toEqual([true, true, false]);
  });

  test('distinguishes numbers that are the same float', () => {
    expect(Number(sequenceNumber(20))).toBe(Number(sequenceNumber(21)));
    expect(range.contains(sequenceNumber(21))).toBe(false);
  });
});

describe('a range of one', () => {
  test('contains just that', () => {
    const range = new SequenceRange('5', '5');
    expect(['4', '5', '6'].map((it) => range.contains(it))).toEqual([false, true, false]);
    expect(range.isDoneAt('5')).toBe(true);
  });
});

describe('sequence numbers of different lengths', () => {
  const short = '9'.repeat(21);
  const long = `1${'0'.repeat(39)}`;

  test('are compared as numbers: 21 digits come before 40', () => {
    const range = new SequenceRange(short, long);
    expect(range.contains(`2${'0'.repeat(30)}`)).toBe(true);
    expect(range.isDoneAt(short)).toBe(false);
    expect(range.contains(`9${'0'.repeat(39)}`)).toBe(false);
  });

  test('may have zeros in front', () => {
    expect(new SequenceRange('5', '7').contains('0000006')).toBe(true);
  });
});

describe('any range', () => {
  const number = fc.bigInt({ min: 0n, max: 10n ** 56n });

  test('contains what its numbers say', () => {
    fc.assert(
      fc.property(number, number, number, (a, b, it) => {
        const [start, end] = a < b ? [a, b] : [b, a];
        return new SequenceRange(`${start}`, `${end}`).contains(`${it}`) === (start <= it && it <= end);
      }),
    );
  });

  test('is done at its end and after it, and at nothing before', () => {
    fc.assert(fc.property(number, number, (end, it) => new SequenceRange('0', `${end}`).isDoneAt(`${it}`) === it >= end));
  });
});
