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
  expect(keys.compare(old)().verdicts).toEqual(['newer-waits', 'newest', 'newer-waits']);
  expect(keys.compare(newer)().verdicts).toEqual(['newest', 'newest']);
  expect([keys.compare(old)().count, keys.compare(newer)().count]).toEqual([1, 0]);
});

test('each dead letter counts once, whatever it shares', () => {
  const old = deadLetter(0, ['a', 'b']);
  expect(waiting(old, deadLetter(10, ['a', 'b']), deadLetter(20, ['b'])).compare(old)().count).toBe(2);
});

test('a message of the same dead letter is not newer, nor one with the same record', () => {
  const it = deadLetter(0, ['a', 'b']);
  const overlapping = deadLetter(1, ['b']);
  expect(waiting(it, it, overlapping).compare(it)().count).toBe(0);
});

test('a dead letter that was not looked at is compared with those that were', () => {
  expect(waiting(deadLetter(10, ['a'])).compare(deadLetter(0, ['a', 'b']))().verdicts).toEqual(['newer-waits', 'newest']);
});

test('records of a consumer are records of its stream, and those of another stream are not', () => {
  const old = deadLetter(0, ['a']);
  const newer = deadLetter(10, ['a']);
  expect(waiting({ ...newer, streamArn: `${newer.streamArn}/consumer/fast:1` }).compare(old)().count).toBe(1);
  expect(waiting({ ...newer, streamArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/other' }).compare(old)().count).toBe(0);
});

test('records without a key, or that are none, are the newest', () => {
  const old = deadLetter(0, [undefined]);
  const odd = { ...old, event: { Records: [null, 7, {}, { kinesis: null }, { kinesis: { sequenceNumber: sequenceNumber(3), partitionKey: 5 } }] } };
  expect(waiting(deadLetter(10, [undefined]), odd).compare(odd)().verdicts).toEqual(Array.from({ length: 5 }, () => 'newest'));
});
