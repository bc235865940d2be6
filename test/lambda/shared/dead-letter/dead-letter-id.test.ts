import fc from 'fast-check';
import { deadLetterId } from '../../../../lambda/shared/dead-letter/dead-letter-id';
import { FailureRecord } from '../../../../lambda/shared/dead-letter/failure-record';
import { failureRecord, FUNCTION_ARN, sequenceNumber, STREAM_ARN, without } from '../../../support/records';

const id = deadLetterId(failureRecord());
const request = failureRecord().requestContext;

/** The same JSON with the keys of every object the other way round. */
function reversed<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, it]) => [key, reversed(it)])) as Value;
}

describe('the id of a dead letter', () => {
  test('is stable between versions, because consumers identify dead letters by it', () => {
    expect(id).toBe('d51cd6d9680d2472982c44618e99e8d8');
  });

  test('is valid as a deduplication ID of SQS and in an S3 key', () => {
    expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  test('is the same for the same notification', () => {
    expect(deadLetterId(JSON.parse(JSON.stringify(failureRecord())))).toBe(id);
  });

  test('does not depend on the order of keys', () => {
    expect(deadLetterId(reversed(failureRecord()))).toBe(id);
  });

  test.each<[string, Partial<FailureRecord>]>([
    ['another request', { requestContext: { ...request, requestId: 'another' } }],
    ['another function', { requestContext: { ...request, functionArn: `${FUNCTION_ARN}:live` } }],
    ['another condition', { requestContext: { ...request, condition: 'RecordAgeExceeded' } }],
    ['another time', { timestamp: '2026-11-21T08:00:09.672Z' }],
  ])('differs for %s', (_, fields) => {
    expect(deadLetterId(failureRecord({}, fields))).not.toBe(id);
  });

  test.each([
    ['another stream', { streamArn: `${STREAM_ARN}-2` }],
    ['another shard', { shardId: 'shardId-000000000001' }],
    ['another start', { startSequenceNumber: sequenceNumber(1) }],
    ['another end', { endSequenceNumber: sequenceNumber(3) }],
  ])('differs for %s', (_, batch) => {
    expect(deadLetterId(failureRecord(batch))).not.toBe(id);
  });

  test('does not depend on fields that Lambda can omit or add', () => {
    const record = { ...without(failureRecord(), 'responseContext'), news: true } as FailureRecord;
    expect(deadLetterId(record)).toBe(id);
  });

  test('separates fields: text that moves from one field to the next changes the ID', () => {
    const shifted = failureRecord({ shardId: 'a', streamArn: 'bc' });
    expect(deadLetterId(shifted)).not.toBe(deadLetterId(failureRecord({ shardId: 'ca', streamArn: 'b' })));
  });

  test('is the same for equal failures and no other, whatever the range', () => {
    const index = fc.nat({ max: 50 });
    fc.assert(
      fc.property(index, index, index, index, (a, b, c, d) => {
        const [one, two] = [failureRecord({ from: a, to: b }), failureRecord({ from: c, to: d })].map(deadLetterId);
        return (one === two) === (a === c && b === d);
      }),
    );
  });
});
