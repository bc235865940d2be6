import fc from 'fast-check';
import { processedRecords } from '../../../../lambda/shared/redrive/partial-response';
import { toEventRecord as toTableEventRecord } from '../../../../lambda/shared/stream/dynamo-event-record';
import { eventRecord } from '../../../support/dead-letters';
import { dynamoRecord, dynamoSequenceNumber, TABLE_STREAM_ARN } from '../../../support/dynamo-records';
import { sequenceNumber } from '../../../support/records';

const records = [0, 1, 2, 3].map((index) => eventRecord(index));
const answer = (...ids: unknown[]) => JSON.stringify({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

describe('a response of a processor', () => {
  test.each([
    ['no text', ''],
    ['null', 'null'],
    ['empty text', '""'],
    ['an empty list', '[]'],
    ['an empty object', '{}'],
    ['a number', '200'],
    ['an empty list of failures', '{"batchItemFailures":[]}'],
    ['null for a list of failures', '{"batchItemFailures":null}'],
    ['the state of a window', '{"state":{"sum":1}}'],
  ])('means that all records are processed: %s', (_, text) => {
    expect(processedRecords(text, records)).toBe(4);
  });

  test.each([
    ['an identifier that is empty', answer('')],
    ['an identifier that is null', answer(null)],
    ['another word for the identifier', '{"batchItemFailures":[{"id":"1"}]}'],
    ['a failure that is null', '{"batchItemFailures":[null]}'],
    ['an identifier that is none of the batch', answer(sequenceNumber(9))],
    ['one of the batch beside one that is none', answer(sequenceNumber(3), sequenceNumber(9))],
    ['an identifier that is a number', '{"batchItemFailures":[{"itemIdentifier":1}]}'],
    ['failures that are no list', '{"batchItemFailures":"none"}'],
    ['JSON that was cut off', '{"batchItemFailures":['],
  ])('means that the whole batch failed: %s', (_, text) => {
    expect(processedRecords(text, records)).toBe(0);
  });

  test.each([
    [[3], 3],
    [[1], 1],
    [[0], 0],
    [[3, 1, 2], 1],
  ])('that reports %p means that all records before the lowest are processed', (reported, processed) => {
    expect(processedRecords(answer(...reported.map(sequenceNumber)), records)).toBe(processed);
  });

  test('also works for records of a table, whose numbers differ in length', () => {
    const changes = [0, 1, 2].map((index) => toTableEventRecord(dynamoRecord(index), TABLE_STREAM_ARN));
    expect(processedRecords(answer(dynamoSequenceNumber(2), dynamoSequenceNumber(1)), changes)).toBe(1);
  });

  test('about a repeated record counts from the first one', () => {
    expect(processedRecords(answer(sequenceNumber(1)), [0, 1, 2, 1].map((index) => eventRecord(index)))).toBe(1);
  });

  test('about records without a sequence number matches none of them', () => {
    expect(processedRecords(answer(undefined), [{}, {}])).toBe(0);
  });

  test('never says that a reported record is processed', () => {
    const batch = fc.uniqueArray(fc.nat({ max: 50 }), { minLength: 1 });
    fc.assert(
      fc.property(batch.chain((indexes) => fc.tuple(fc.constant(indexes), fc.subarray(indexes, { minLength: 1 }))), ([indexes, reported]) => {
        const processed = processedRecords(answer(...reported.map(sequenceNumber)), indexes.map((index) => eventRecord(index)));
        expect(indexes.slice(0, processed).filter((index) => reported.includes(index))).toEqual([]);
        expect(reported).toContain(indexes[processed]);
      }),
    );
  });
});
