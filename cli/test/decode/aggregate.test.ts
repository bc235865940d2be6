import { createHash } from 'node:crypto';
import * as kinesisAgg from 'aws-kinesis-agg';
import fc from 'fast-check';
import { deaggregated } from '../../decode/aggregate';

interface Aggregator {
  addUserRecord(record: { partitionKey: string; explicitHashKey?: string; data: Buffer }): void;
  build(): { data: Buffer };
}
/** Its types leave it out. */
const { RecordAggregator } = kinesisAgg as unknown as { RecordAggregator: new () => Aggregator };

const MAGIC = Buffer.from('f3899ac2', 'hex');

/** An aggregate by the bytes of its protocol buffer. */
function aggregateOf(message: Buffer): Buffer {
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
    const aggregator = new RecordAggregator();
    const big = Buffer.alloc(300, 7);
    aggregator.addUserRecord({ partitionKey: 'a', data: Buffer.from('one') });
    aggregator.addUserRecord({ partitionKey: 'b', explicitHashKey: '12345', data: big });
    aggregator.addUserRecord({ partitionKey: 'a', data: Buffer.from('three') });
    expect(deaggregated(aggregator.build().data)).toEqual([
      { partitionKey: 'a', data: Buffer.from('one') },
      { partitionKey: 'b', data: big },
      { partitionKey: 'a', data: Buffer.from('three') },
    ]);
  });

  test('is taken apart, as its format says', () => {
    const record = Buffer.concat([index(1, 1), index(2, 0), field(3, 'hello')]);
    const message = Buffer.concat([field(1, 'first'), field(1, 'second'), field(2, '99'), field(3, record)]);
    expect(deaggregated(aggregateOf(message))).toEqual([{ partitionKey: 'second', data: Buffer.from('hello') }]);
  });

  test('may have no records', () => expect(deaggregated(aggregateOf(field(1, 'key')))).toEqual([]));

  test('whose record names a key that is not there has none', () => {
    const message = field(3, Buffer.concat([index(1, 7), field(3, 'hello')]));
    expect(deaggregated(aggregateOf(message))).toEqual([{ partitionKey: undefined, data: Buffer.from('hello') }]);
  });

  test.each([
    ['its checksum is wrong', Buffer.concat([aggregateOf(field(1, 'key')).subarray(0, -1), Buffer.from([0])])],
    ['it is not the message that it should be', aggregateOf(Buffer.from([0xff, 0xff, 0xff]))],
    ['its first bytes are others', Buffer.concat([Buffer.from('f3899ac3', 'hex'), aggregateOf(field(1, 'key')).subarray(4)])],
    ['it is nothing but the first bytes', MAGIC],
    ['it is empty', Buffer.alloc(0)],
  ])('is none where %s', (_what, bytes) => expect(deaggregated(bytes)).toBeUndefined());

  test('never throws, whatever follows the first bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, isSealed) => {
      const records = deaggregated(isSealed ? aggregateOf(Buffer.from(bytes)) : Buffer.concat([MAGIC, bytes]));
      expect(records === undefined || Array.isArray(records)).toBe(true);
    }));
  });
});
