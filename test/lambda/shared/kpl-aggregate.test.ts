import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { deaggregated } from '../../../lambda/shared/kpl-aggregate';
import { aggregateOf } from '../../support/aggregates';
import { propertyRuns } from '../../support/property-runs';

const MAGIC = Buffer.from('f3899ac2', 'hex');

/** An aggregate by the bytes of its protocol buffer. */
function sealed(message: Buffer): Buffer {
  return Buffer.concat([MAGIC, message, createHash('md5').update(message).digest()]);
}

/** Field of a protocol buffer that has a length: keys, hash keys, records, data. */
function field(number: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}

/** Field of a protocol buffer that is a small number: indexes of keys. */
const index = (number: number, value: number) => Buffer.from([number << 3, value]);

describe('an aggregate of the Kinesis Producer Library', () => {
  test('is deaggregated as aws-kinesis-agg aggregated it', () => {
    // Its tables are objects: keys that look like array indexes get another place, and __proto__ gets none.
    const record = fc.record(
      {
        partitionKey: fc.string({ minLength: 1, unit: 'binary' }).filter((key) => Buffer.from(key).toString() === key && !/^(\d+|__proto__)$/.test(key)),
        explicitHashKey: fc.bigInt({ min: 2n ** 32n, max: 2n ** 128n - 1n }).map(String),
        data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      },
      { requiredKeys: ['partitionKey', 'data'] },
    );
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        expect(deaggregated(aggregateOf(...records))).toEqual(records);
      }),
      propertyRuns(1_000),
    );
  });

  test('is deaggregated as its format says', () => {
    const record = Buffer.concat([index(1, 1), index(2, 0), field(3, 'hello')]);
    const message = Buffer.concat([field(1, 'first'), field(1, 'second'), field(2, '99'), field(3, record)]);
    expect(deaggregated(sealed(message))).toEqual([{ partitionKey: 'second', explicitHashKey: '99', data: Buffer.from('hello') }]);
  });

  test.each([['nothing at all', Buffer.alloc(0)], ['a key', field(1, 'key')]])('may have no records: %s', (_, message) => {
    expect(deaggregated(sealed(message))).toEqual([]);
  });

  test('may have unknown fields', () => {
    const unknown = Buffer.from('28ac02' + '310102030405060708' + '3d01020304' + '3a00', 'hex');
    const record = field(3, Buffer.concat([index(1, 0), field(3, 'bc')]));
    expect(deaggregated(sealed(Buffer.concat([unknown, field(1, 'a'), record])))).toEqual([{ partitionKey: 'a', data: Buffer.from('bc') }]);
  });

  test('whose record refers to a missing key has no key', () => {
    const message = field(3, Buffer.concat([index(1, 7), field(3, 'hello')]));
    expect(deaggregated(sealed(message))).toEqual([{ partitionKey: undefined, data: Buffer.from('hello') }]);
  });
});

describe('data that is not an aggregate', () => {
  test.each<[string, Buffer]>([
    ['empty', Buffer.alloc(0)],
    ['text', Buffer.from('{"order":1}')],
    ['the mark alone', MAGIC],
    ['of another mark', Buffer.concat([Buffer.from('f3899ac3', 'hex'), sealed(field(1, 'key')).subarray(4)])],
    ['of another digest', Buffer.concat([sealed(field(1, 'key')).subarray(0, -1), Buffer.from([0])])],
    ['of a field that ends too soon', sealed(Buffer.from('0a0561', 'hex'))],
    ['of a number that ends too soon', sealed(Buffer.from('ffffff', 'hex'))],
    ['of a number that does not end', sealed(Buffer.concat([field(1, 'key'), Buffer.from([0x3a]), Buffer.alloc(200, 0x80), Buffer.from([0])]))],
    ['of a type that there is not', sealed(Buffer.from('0b', 'hex'))],
    ['of a record with no data', sealed(Buffer.concat([field(1, 'key'), field(3, index(1, 0))]))],
    ['of a record that is a number', sealed(Buffer.from('1801', 'hex'))],
  ])('is returned unchanged: %s', (_, bytes) => {
    expect(deaggregated(bytes)).toBeUndefined();
  });

  test('is returned unchanged or deaggregated, without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, isSealed) => {
        const records = deaggregated(isSealed ? sealed(Buffer.from(bytes)) : Buffer.concat([MAGIC, bytes]));
        expect(records === undefined || Array.isArray(records)).toBe(true);
      }),
      propertyRuns(5_000),
    );
  });
});
