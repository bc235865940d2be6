import { RecordTimes, type TimedRecord } from '../../../local/emulators/record-times';

const MINUTE = 1_800_000_000;

const record = (SequenceNumber: number, minute = MINUTE): TimedRecord => (
  { dynamodb: { ApproximateCreationDateTime: minute, SequenceNumber: String(SequenceNumber).padStart(21, '0') } }
);
const timesOf = (page: readonly TimedRecord[]) => page.map(({ dynamodb }) => dynamodb.ApproximateCreationDateTime - MINUTE);

function seen(times: RecordTimes, page: TimedRecord[], second: number, stream = 'stream'): number[] {
  times.correct(stream, page, (MINUTE + second) * 1000 + 999);
  return timesOf(page);
}

test('a record has the second in which it was first seen, whoever sees it later', () => {
  const times = new RecordTimes();
  expect(seen(times, [record(1), record(2)], 7)).toEqual([7, 7]);
  expect(seen(times, [record(2), record(3), record(10)], 9)).toEqual([7, 9, 9]);
  expect(seen(times, [record(1), record(2), record(3), record(4), record(10)], 40)).toEqual([7, 7, 9, 9, 9]);
});

test('a record is never out of the minute that DynamoDB Local tells', () => {
  const times = new RecordTimes();
  expect(seen(times, [record(1)], 130)).toEqual([59]);
  expect(seen(times, [record(2, MINUTE + 180)], 179)).toEqual([180]);
});

test('streams have times of their own', () => {
  const times = new RecordTimes();
  expect(seen(times, [record(5)], 1, 'a')).toEqual([1]);
  expect(seen(times, [record(4)], 2, 'b')).toEqual([2]);
});

test('an empty page tells nothing', () => {
  const times = new RecordTimes();
  expect(seen(times, [], 1)).toEqual([]);
  expect(seen(times, [record(1)], 2)).toEqual([2]);
});
