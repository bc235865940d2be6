import { createHash } from 'node:crypto';
import * as kinesisAgg from 'aws-kinesis-agg';
import fc from 'fast-check';
import { userRecordsOf } from '../../../lambda/hydrate/kpl-aggregate';

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

const plain = (records: ReturnType<typeof userRecordsOf>) => records?.map(({ PartitionKey, Data }) => [PartitionKey, Buffer.from(Data)]);

describe('an aggregate of the Kinesis Producer Library', () => {
  test('is taken apart, as aws-kinesis-agg put it together', () => {
    const record = fc.record({
      partitionKey: fc.string({ minLength: 1, unit: 'binary' }).filter((key) => Buffer.from(key).toString() === key),
      explicitHashKey: fc.option(fc.nat().map(String), { nil: undefined }),
      data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const aggregator = new RecordAggregator();
        for (const it of records) aggregator.addUserRecord(it);
        expect(plain(userRecordsOf(aggregator.build().data))).toEqual(records.map(({ partitionKey, data }) => [partitionKey, data]));
      }),
    );
  });

  test('may hold none', () => {
    expect(userRecordsOf(aggregateOf(Buffer.alloc(0)))).toEqual([]);
  });

  test('may have fields that are not known', () => {
    const key = Buffer.from('0a0161', 'hex');
    const record = Buffer.from('1a0608001a0262632802', 'hex').subarray(0, 8);
    const unknown = Buffer.from('28ac02' + '310102030405060708' + '3d01020304' + '3a00', 'hex');
    expect(plain(userRecordsOf(aggregateOf(Buffer.concat([unknown, key, record]))))).toEqual([['a', Buffer.from('bc')]]);
  });
});

describe('data that is none', () => {
  test.each<[string, Buffer]>([
    ['empty', Buffer.alloc(0)],
    ['text', Buffer.from('{"order":1}')],
    ['the mark alone', MAGIC],
    ['of another digest', Buffer.concat([MAGIC, Buffer.from('0a0161', 'hex'), Buffer.alloc(16)])],
    ['of a field that ends too soon', aggregateOf(Buffer.from('0a0561', 'hex'))],
    ['of a number that ends too soon', aggregateOf(Buffer.from('ff', 'hex'))],
    ['of a type that there is not', aggregateOf(Buffer.from('0b', 'hex'))],
    ['of a record of no key', aggregateOf(Buffer.from('1a0408001a00', 'hex'))],
    ['of a record that is a number', aggregateOf(Buffer.from('1801', 'hex'))],
  ])('is left as it is: %s', (_, bytes) => {
    expect(userRecordsOf(bytes)).toBeUndefined();
  });

  test('is left as it is, or taken apart, with no error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (message) => void userRecordsOf(aggregateOf(Buffer.from(message)))), { numRuns: 5_000 });
  });
});
