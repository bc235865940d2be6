import { parseDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter-message';
import { sequenceNumber } from '../../../test/support/records';
import { WaitingKeys } from '../../check/waiting-keys';
import { deadLetterOf, eventRecords } from '../support/operation';

/** A dead letter of records with these keys, from a place in the stream on. */
function deadLetter(from: number, keys: readonly (string | undefined)[]) {
  const records = eventRecords({ from, to: from + keys.length - 1 }).map((record, place) => {
    const { kinesis, ...rest } = record as { kinesis: object };
    return { ...rest, kinesis: { ...kinesis, partitionKey: keys[place] } };
  });
  return parseDeadLetter(JSON.stringify(deadLetterOf({ from, to: from + keys.length - 1, records })), 'the message');
}

function waiting(...all: ReturnType<typeof deadLetter>[]): WaitingKeys {
  const keys = new WaitingKeys();
  for (const each of all) keys.add(each);
  return keys;
}

test('a record is not the newest where another dead letter has a later one of its key', () => {
  const [old, newer] = [deadLetter(0, ['a', 'b', 'a']), deadLetter(10, ['c', 'a'])];
  const keys = waiting(newer, old);
  expect(keys.verdictsOf(old)).toEqual(['newer-waits', 'newest', 'newer-waits']);
  expect(keys.verdictsOf(newer)).toEqual(['newest', 'newest']);
  expect([keys.newerCount(old), keys.newerCount(newer)]).toEqual([1, 0]);
});

test('each dead letter counts once, whatever it shares', () => {
  const old = deadLetter(0, ['a', 'b']);
  expect(waiting(old, deadLetter(10, ['a', 'b']), deadLetter(20, ['b'])).newerCount(old)).toBe(2);
});

test('a message of the same dead letter is not newer, nor one with the same record', () => {
  const it = deadLetter(0, ['a', 'b']);
  const overlapping = deadLetter(1, ['b']);
  expect(waiting(it, it, overlapping).newerCount(it)).toBe(0);
});

test('a dead letter that was not looked at is compared with those that were', () => {
  expect(waiting(deadLetter(10, ['a'])).verdictsOf(deadLetter(0, ['a', 'b']))).toEqual(['newer-waits', 'newest']);
});

test('records of a consumer are records of its stream, and those of another stream are not', () => {
  const old = deadLetter(0, ['a']);
  const newer = deadLetter(10, ['a']);
  expect(waiting({ ...newer, streamArn: `${newer.streamArn}/consumer/fast:1` }).newerCount(old)).toBe(1);
  expect(waiting({ ...newer, streamArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/other' }).newerCount(old)).toBe(0);
});

test('records without a key, or that are none, are the newest', () => {
  const old = deadLetter(0, [undefined]);
  const odd = { ...old, event: { Records: [null, 7, {}, { kinesis: null }, { kinesis: { sequenceNumber: sequenceNumber(3), partitionKey: 5 } }] } };
  expect(waiting(deadLetter(10, [undefined]), odd).verdictsOf(odd)).toEqual(Array.from({ length: 5 }, () => 'newest'));
});
