import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { deaggregated } from '../../../../lambda/shared/redrive/aggregate';
import { aggregateOf } from '../../../support/aggregates';

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
  test('is taken apart, as aws-kinesis-agg put it together', () => {
    const big = Buffer.alloc(300, 7);
    const aggregate = aggregateOf(
      { partitionKey: 'a', data: Buffer.from('one') },
      { partitionKey: 'b', explicitHashKey: '12345', data: big },
      { partitionKey: 'a', data: Buffer.from('three') },
    );
    expect(deaggregated(aggregate)).toEqual([
      { partitionKey: 'a', data: Buffer.from('one') },
      { partitionKey: 'b', explicitHashKey: '12345', data: big },
      { partitionKey: 'a', data: Buffer.from('three') },
    ]);
  });

  test('is taken apart, as its format says', () => {
    const record = Buffer.concat([index(1, 1), index(2, 0), field(3, 'hello')]);
    const message = Buffer.concat([field(1, 'first'), field(1, 'second'), field(2, '99'), field(3, record)]);
    expect(deaggregated(sealed(message))).toEqual([{ partitionKey: 'second', explicitHashKey: '99', data: Buffer.from('hello') }]);
  });

  test('may have no records', () => expect(deaggregated(sealed(field(1, 'key')))).toEqual([]));

  test('whose record names a key that is not there has none', () => {
    const message = field(3, Buffer.concat([index(1, 7), field(3, 'hello')]));
    expect(deaggregated(sealed(message))).toEqual([{ partitionKey: undefined, data: Buffer.from('hello') }]);
  });

  test.each([
    ['its checksum is wrong', Buffer.concat([sealed(field(1, 'key')).subarray(0, -1), Buffer.from([0])])],
    ['it is not the message that it should be', sealed(Buffer.from([0xff, 0xff, 0xff]))],
    ['its first bytes are others', Buffer.concat([Buffer.from('f3899ac3', 'hex'), sealed(field(1, 'key')).subarray(4)])],
    ['it is nothing but the first bytes', MAGIC],
    ['it is empty', Buffer.alloc(0)],
  ])('is none where %s', (_what, bytes) => expect(deaggregated(bytes)).toBeUndefined());

  test('never throws, whatever follows the first bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, isSealed) => {
      const records = deaggregated(isSealed ? sealed(Buffer.from(bytes)) : Buffer.concat([MAGIC, bytes]));
      expect(records === undefined || Array.isArray(records)).toBe(true);
    }));
  });
});
