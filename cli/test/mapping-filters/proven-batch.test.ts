import fc from 'fast-check';
import { toDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { parseDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter-message';
import type { BatchInfo } from '../../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { propertyRuns } from '../../../test/support/property-runs';
import { CONSUMER_ARN, failureRecord, sequenceNumber } from '../../../test/support/records';
import { type FilteringMapping, provenBatch } from '../../mapping-filters/proven-batch';
import { kinesisRecord, numbersOf } from '../support/filtered-records';

const MAPPING: FilteringMapping = { uuid: 'a1', lastModified: new Date('2026-11-20T08:00:00Z'), filters: ['{"data":{"kind":["order"]}}'] };
const ORDER = { kind: 'order' };
const OTHER = { kind: 'other' };

/** The dead letter of a batch, of which the range had these documents. */
function superset(documents: readonly unknown[], batch: Partial<BatchInfo>, more: Partial<ReceivedDeadLetter> = {}): ReceivedDeadLetter {
  const failure = failureRecord({ from: 0, to: documents.length - 1, ...batch });
  const deadLetter = toDeadLetter(failure, { records: documents.map(kinesisRecord), hasStart: true, hasEnd: true });
  return { ...parseDeadLetter(JSON.stringify(deadLetter), 'a test'), ...more };
}

const THREE_OF_FIVE = superset([ORDER, OTHER, ORDER, OTHER, ORDER], { batchSize: 3 });

describe('the failed batch of a SUPERSET', () => {
  test('is the records that pass the filters, where as many failed', () => {
    const proven = provenBatch(THREE_OF_FIVE, MAPPING)!;
    expect(proven).toMatchObject({ numbers: [1, 3, 5], mapping: MAPPING });
    expect(proven.deadLetter).toMatchObject({ status: 'COMPLETE', expectedRecords: 3, recoveredRecords: 3, deadLetterId: THREE_OF_FIVE.deadLetterId });
    expect(proven.deadLetter.event.Records).toEqual([0, 2, 4].map((place) => THREE_OF_FIVE.event.Records[place]));
    expect(proven.deadLetter.failure).toBe(THREE_OF_FIVE.failure);
  });

  test('is the records that pass one of several filters', () => {
    const filters = ['{"data":{"kind":["none"]}}', '{"partitionKey":["customer-0","customer-1"]}'];
    expect(provenBatch(superset([OTHER, OTHER, ORDER], { batchSize: 2, endSequenceNumber: sequenceNumber(1) }), { ...MAPPING, filters })?.numbers)
      .toEqual([1, 2]);
  });

  test('is the changes of a table that pass', () => {
    const change = (place: number, eventName: string) => (
      { eventName, dynamodb: { SequenceNumber: sequenceNumber(place), Keys: { id: { S: `${place}` } } } }
    );
    const records = ['INSERT', 'MODIFY', 'INSERT'].map((name, place) => change(place, name));
    const failure = failureRecord({ from: 0, to: 2, batchSize: 2 });
    const deadLetter = { ...THREE_OF_FIVE, expectedRecords: 2, event: { Records: records }, failure };
    expect(provenBatch(deadLetter, { ...MAPPING, filters: ['{"eventName":["INSERT"]}'] })?.numbers).toEqual([1, 3]);
  });

  const unproven: readonly (readonly [string, ReceivedDeadLetter, Partial<FilteringMapping>])[] = [
    ['more records pass: batches of the shard may lie between', superset([ORDER, ORDER, ORDER, OTHER, ORDER], { batchSize: 3 }), {}],
    ['fewer records pass', superset([ORDER, OTHER, OTHER, OTHER, ORDER], { batchSize: 3 }), {}],
    ['the first record of the range does not pass', superset([OTHER, ORDER, ORDER, ORDER, OTHER], { batchSize: 3 }), {}],
    ['the mapping has no filters', THREE_OF_FIVE, { filters: [] }],
    ['the mapping was changed after the first record arrived', THREE_OF_FIVE, { lastModified: new Date('2026-11-21T08:00:00.121Z') }],
    ['the failure record does not say when records arrived', superset([ORDER, OTHER, ORDER], { batchSize: 2, approximateArrivalOfFirstRecord: '' }), {}],
    ['a filter has something that the tool does not know', THREE_OF_FIVE, { filters: ['{"data":{"kind":[{"sounds-like":"order"}]}}'] }],
    ['the dead letter is the remainder of another one', { ...THREE_OF_FIVE, redrive: { of: 'x' } as ReceivedDeadLetter['redrive'] }, {}],
    ['the dead letter expects another number of records', { ...THREE_OF_FIVE, expectedRecords: 2 }, {}],
    ...(['COMPLETE', 'PARTIAL', 'UNREADABLE', 'EXPIRED'] as const).map((status) => [`it is ${status}`, { ...THREE_OF_FIVE, status }, {}] as const),
    ['a record is nothing that a stream has', { ...THREE_OF_FIVE, event: { Records: [null, 'a', 1, [], {}] } }, {}],
  ];
  test.each(unproven)('is not known where %s', (_why, deadLetter, mapping) => {
    expect(provenBatch(deadLetter, { ...MAPPING, ...mapping })).toBeUndefined();
  });

  test('is known where the mapping was changed before the first record arrived', () => {
    expect(provenBatch(THREE_OF_FIVE, { ...MAPPING, lastModified: new Date('2026-11-21T08:00:00.120Z') })).toBeDefined();
  });

  describe('with records that share a sequence number, as the user records of an aggregate do', () => {
    const userRecords = (streamArn: string) => {
      const deadLetter = superset([ORDER, OTHER, ORDER], { batchSize: 2, streamArn }, { streamArn });
      const [first, second, third] = deadLetter.event.Records as { kinesis: object }[];
      return { ...deadLetter, event: { Records: [first, { ...second, kinesis: { ...second.kinesis, sequenceNumber: sequenceNumber(0) } }, third] } };
    };

    test('is not known where Lambda reads through a consumer: it may filter and count user records, or aggregates', () => {
      expect(provenBatch(userRecords(CONSUMER_ARN), MAPPING)).toBeUndefined();
    });

    test('is known without them, through a consumer as well', () => {
      const deadLetter = superset([ORDER, OTHER, ORDER], { batchSize: 2, streamArn: CONSUMER_ARN }, { streamArn: CONSUMER_ARN });
      expect(provenBatch(deadLetter, MAPPING)?.numbers).toEqual([1, 3]);
    });
  });
});

describe('whatever the stream had', () => {
  const DOCUMENT = fc.oneof(fc.constant(ORDER), fc.constant(OTHER), fc.constantFrom(null, 'text', { kind: 1 }, { kind: ['order', 'other'] }, {}));
  /** What Lambda does: written again here, in other words. */
  const passes = (document: unknown) => [(document as { kind?: unknown } | null)?.kind].flat().includes('order');

  test('a proven batch is the records that Lambda invoked the processor with', () => {
    let proofs = 0;
    fc.assert(fc.property(fc.array(DOCUMENT, { minLength: 1, maxLength: 12 }), fc.nat({ max: 11 }), fc.nat({ max: 11 }), (stream, one, other) => {
      // A shard, of which Lambda makes a batch of those that pass, from one place to another. With several batches at a time, it takes some of them.
      const places = stream.flatMap((document, place) => (passes(document) ? [place] : []));
      const [from, to] = [Math.min(one, other), Math.max(one, other)].map((it) => Math.min(it, places.length - 1));
      if (places.length === 0) return;
      const inRange = places.slice(from, to + 1);
      for (const batch of [inRange, inRange.filter((_, index) => index === 0 || index === inRange.length - 1 || index % 2 === 0)]) {
        const [start, end] = [batch[0], batch.at(-1)!];
        const range = stream.slice(start, end + 1);
        if (range.length === batch.length) continue;
        const deadLetter = supersetFrom(start, range, batch.length);
        const proven = provenBatch(deadLetter, MAPPING);
        expect(proven === undefined).toBe(batch.length !== inRange.length);
        if (!proven) continue;
        proofs++;
        expect(numbersOf(proven.deadLetter.event.Records)).toEqual(batch);
        expect(proven.numbers.map((number) => number - 1 + start)).toEqual(batch);
      }
    }), propertyRuns(10_000));
    expect(proofs).toBeGreaterThan(0);
  });

  function supersetFrom(start: number, documents: readonly unknown[], batchSize: number): ReceivedDeadLetter {
    const failure = failureRecord({ from: start, to: start + documents.length - 1, batchSize });
    const records = documents.map((document, place) => kinesisRecord(document, start + place));
    return parseDeadLetter(JSON.stringify(toDeadLetter(failure, { records, hasStart: true, hasEnd: true })), 'a test');
  }
});
