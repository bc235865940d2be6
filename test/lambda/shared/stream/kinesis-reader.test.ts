import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExpiredIteratorException, KinesisClient } from '@aws-sdk/client-kinesis';
import fc from 'fast-check';
import { toEventRecord } from '../../../../lambda/shared/stream/kinesis-event-record';
import { KinesisReader } from '../../../../lambda/shared/stream/kinesis-reader';
import { propertyRuns } from '../../../support/property-runs';
import { batchInfo, CONSUMER_ARN, indexOf, sequenceNumber, SHARD_ID, STREAM_ARN, streamRecord } from '../../../support/records';
import { Page, shardOf, ShardOptions, shardWith } from '../../../support/shard';

jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn(async () => undefined) }));

const OPTIONS = { maxBytes: Infinity };
const { signal } = new AbortController();
const page = (...indices: number[]): Page => ({ records: indices.map((index) => streamRecord(index)) });
const tip: Page = { records: [], millisBehindLatest: 0 };
const empty: Page = { records: [] };

/** Reads a batch from a shard with these pages. Records are named by their index. */
async function read(pages: Page[], batch = batchInfo(), options: ShardOptions = {}) {
  const shard = shardOf(pages, options);
  const reader = new KinesisReader(new KinesisClient({}), OPTIONS);
  const reading = await reader.read(batch, { signal });
  return { ...shard, reading, found: reading.records.map(indexOf) };
}

describe('a range that is one page', () => {
  test('is read in one call', async () => {
    const { found, reading, reads } = await read([page(0, 1, 2)]);
    expect(found).toEqual([0, 1, 2]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true });
    expect(reads()).toHaveLength(1);
  });

  test('has the form of a Lambda event, without the role of the processor', async () => {
    const { reading } = await read([page(0, 1, 2)]);
    const source = { shardId: SHARD_ID, eventSourceArn: STREAM_ARN };
    expect(reading.records).toEqual([0, 1, 2].map((index) => toEventRecord(streamRecord(index), source)));
  });

  test('is requested from its first record on, with the batch size as the limit', async () => {
    const { iterators, reads } = await read([page(0, 1, 2)]);
    expect(iterators()).toEqual([
      { StreamARN: STREAM_ARN, ShardId: SHARD_ID, ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: sequenceNumber(0) },
    ]);
    expect(reads()).toEqual([{ StreamARN: STREAM_ARN, ShardIterator: 'page-0', Limit: 3 }]);
  });

  test('may be one record', async () => {
    const { found, reading } = await read([page(5)], batchInfo({ from: 5, to: 5 }));
    expect(found).toEqual([5]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true });
  });

  test('is cut at the end of the range', async () => {
    const { found, reads } = await read([page(0, 1, 2, 3, 4)]);
    expect(found).toEqual([0, 1, 2]);
    expect(reads()).toHaveLength(1);
  });
});

describe('a range of several pages', () => {
  test('is followed to its end', async () => {
    const { found, reads } = await read([page(0), page(1, 2), page(3, 4), page(5)], batchInfo({ from: 0, to: 4 }));
    expect(found).toEqual([0, 1, 2, 3, 4]);
    expect(reads().map(({ ShardIterator }) => ShardIterator)).toEqual(['page-0', 'page-1', 'page-2', 'page-0']);
  });

  test('uses the maximum limit after the first page', async () => {
    const { reads } = await read([page(0), page(1), page(2)]);
    expect(reads().map(({ Limit }) => Limit)).toEqual([3, 10_000, 10_000, 1]);
  });

  test('never requests more than the maximum limit', async () => {
    const { reads } = await read([page(0, 12_000)], batchInfo({ from: 0, to: 12_000 }));
    expect(reads().map(({ Limit }) => Limit)).toEqual([10_000]);
  });

  test('continues after empty pages', async () => {
    const { found } = await read([empty, page(0), empty, empty, page(1, 2)]);
    expect(found).toEqual([0, 1, 2]);
  });

  test('includes the other records of the range', async () => {
    const { found, reading } = await read([page(0, 1, 2), page(3, 4, 5)], batchInfo({ from: 0, to: 5, batchSize: 2 }));
    expect(found).toEqual([0, 1, 2, 3, 4, 5]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true });
  });

  test('does not end where the batch is full but the range is not over', async () => {
    const { found } = await read([page(0, 1), page(2, 3)], batchInfo({ from: 0, to: 3, batchSize: 2 }));
    expect(found).toEqual([0, 1, 2, 3]);
  });

  test('ends at the first record beyond it when its last record has expired', async () => {
    const { found, reading, reads } = await read([page(0, 1), page(3), page(4)]);
    expect(found).toEqual([0, 1]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: false });
    expect(reads()).toHaveLength(2);
  });

  test('pauses between reads, and not after the last', async () => {
    await read([page(0), page(1), page(2)]);
    expect(jest.mocked(sleep).mock.calls).toEqual(Array(3).fill([400, undefined, { signal }]));
  });

  test('can be read with another pause', async () => {
    shardOf([page(0), page(1, 2)]);
    await new KinesisReader(new KinesisClient({}), { ...OPTIONS, pauseMillis: 1000 }).read(batchInfo(), { signal });
    expect(jest.mocked(sleep).mock.calls).toEqual(Array(2).fill([1000, undefined, { signal }]));
  });
});

describe('a range with more data than fits into memory', () => {
  const source = { shardId: SHARD_ID, eventSourceArn: STREAM_ARN };
  const bytesOf = (index: number, fields?: Parameters<typeof streamRecord>[1]) =>
    Buffer.byteLength(JSON.stringify(toEventRecord(streamRecord(index, fields), source)));
  const within = async (maxBytes: number, fields?: Parameters<typeof streamRecord>[1]) => {
    shardOf([0, 1, 2].map((index) => ({ records: [streamRecord(index, fields)] })));
    return new KinesisReader(new KinesisClient({}), { ...OPTIONS, maxBytes }).read(batchInfo(), { signal });
  };

  test('is read up to the limit, with an error', async () => {
    const maxBytes = bytesOf(0) + bytesOf(1) - 1;
    const reading = await within(maxBytes);
    expect(reading.records.map(indexOf)).toEqual([0, 1]);
    expect(reading).toMatchObject({
      hasStart: true,
      hasEnd: false,
      error: {
        name: 'RangeTooLarge',
        message: `the range must have at most ${maxBytes} bytes to fit into memory, and its end was not read; raise \`memorySize\` of FailureCapture.hydrate()`,
      },
    });
    expect(reading.unreadable).toBeUndefined();
  });

  test('is read whole when only its last page exceeds the limit', async () => {
    const reading = await within(bytesOf(0) + bytesOf(1));
    expect(reading.records.map(indexOf)).toEqual([0, 1, 2]);
    expect(reading.error).toBeUndefined();
  });

  test.each([
    ['of no data', { Data: new Uint8Array() }],
    ['of many bytes', { Data: new Uint8Array(100_000) }],
    ['whose key takes more bytes than it has characters', { Data: new Uint8Array(1), PartitionKey: 'ключ "🗝"' }],
  ])('counts the size of a record as JSON, not its data alone: one %s', async (_, fields) => {
    const size = bytesOf(0, fields);
    expect((await within(size - 1, fields)).records).toHaveLength(1);
    expect((await within(size, fields)).records).toHaveLength(2);
  });
});

describe('a shard that ends', () => {
  test('because it is closed, is read to its end', async () => {
    const { found, reading, reads } = await read([page(0), page(1)], batchInfo(), { closed: true });
    expect(found).toEqual([0, 1]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: false });
    expect(reads()).toHaveLength(2);
  });

  test('because it is closed, is not waited for', async () => {
    await read([page(0), page(1)], batchInfo(), { closed: true });
    expect(jest.mocked(sleep)).toHaveBeenCalledTimes(1);
  });

  test('because it is closed, may end with empty pages', async () => {
    const { found } = await read([page(0, 1), empty, empty], batchInfo(), { closed: true });
    expect(found).toEqual([0, 1]);
  });

  test('at its tip, is not waited for', async () => {
    const { found, reads } = await read([page(0), tip]);
    expect(found).toEqual([0]);
    expect(reads()).toHaveLength(2);
  });

  test('at its tip with records, is read once more', async () => {
    const { found, reads } = await read([{ ...page(0, 1), millisBehindLatest: 0 }, page(2)]);
    expect(found).toEqual([0, 1, 2]);
    expect(reads().map(({ Limit }) => Limit)).toEqual([3, 10_000, 1]);
  });

  test('without records, gives none', async () => {
    const { reading } = await read([tip]);
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false });
  });
});

describe('any shard', () => {
  /** Which records of 0 to 30 are there, how many a page has, and what each read before that of a page is instead. */
  const shards = fc.record({
    there: fc.uniqueArray(fc.nat({ max: 30 })).map((indices) => indices.sort((a, b) => a - b)),
    pageSize: fc.integer({ min: 1, max: 12 }),
    closed: fc.boolean(),
    mishaps: fc.array(fc.constantFrom<'empty' | 'expired' | undefined>('empty', 'expired', undefined), { maxLength: 12 }),
    ends: fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 })).map((ends) => ends.sort((a, b) => a - b)),
    batchSize: fc.integer({ min: 1, max: 40 }),
  });

  test('gives the existing records of a range, each once and in order, for any pages', async () => {
    await fc.assert(
      fc.asyncProperty(shards, async ({ there, pageSize, closed, mishaps, ends: [from, to], batchSize }) => {
        shardWith(there, {
          pageSize,
          closed,
          onRead: (number) => {
            if (mishaps[number] === 'expired') throw new ExpiredIteratorException({ message: 'too old', $metadata: {} });
            return mishaps[number] && 1_000;
          },
        });
        const reader = new KinesisReader(new KinesisClient({}), OPTIONS);
        const { records, ...verdict } = await reader.read(batchInfo({ from, to, batchSize }), { signal });
        expect(records.map(indexOf)).toEqual(there.filter((index) => index >= from && index <= to));
        expect(verdict).toEqual({ hasStart: there.includes(from), hasEnd: there.includes(to) });
      }),
      propertyRuns(1_000),
    );
  });
});

describe('a mapping that reads through a consumer', () => {
  test('reads its records from the stream, because a consumer has no GetRecords', async () => {
    const { iterators, reads } = await read([page(0, 1, 2)], batchInfo({ streamArn: CONSUMER_ARN }));
    expect([...iterators(), ...reads()].map(({ StreamARN }) => StreamARN)).toEqual([STREAM_ARN, STREAM_ARN]);
  });

  test('has the consumer as the source of its records', async () => {
    const { reading } = await read([page(0, 1, 2)], batchInfo({ streamArn: CONSUMER_ARN }));
    expect(reading.records).toEqual(Array(3).fill(expect.objectContaining({ eventSourceARN: CONSUMER_ARN })));
  });
});

test('a processor whose role is not known has records without one', async () => {
  shardOf([page(0, 1, 2)]);
  const reader = new KinesisReader(new KinesisClient({}), OPTIONS);
  const { records } = await reader.read(batchInfo(), { signal });
  expect(records).toHaveLength(3);
  expect(JSON.stringify(records)).not.toContain('invokeIdentityArn');
});

describe('a mapping that reads aggregates through a consumer', () => {
  // { a: one, b: two }, as the Kinesis Producer Library writes it.
  const message = Buffer.from('0a01610a01621a0708001a036f6e651a0708011a0374776f', 'hex');
  const aggregate = Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, createHash('md5').update(message).digest()]);
  const pages = [{ records: [streamRecord(0, { Data: aggregate }), streamRecord(1)] }];

  test('has the user records of an aggregate one by one, like the event of its function', async () => {
    const { reading, found } = await read(pages, batchInfo({ to: 1, batchSize: 3, streamArn: CONSUMER_ARN }));
    const source = { shardId: SHARD_ID, eventSourceArn: CONSUMER_ARN };
    expect(found).toEqual([0, 0, 1]);
    expect(reading.records).toEqual([
      toEventRecord(streamRecord(0, { PartitionKey: 'a', Data: Buffer.from('one') }), source),
      toEventRecord(streamRecord(0, { PartitionKey: 'b', Data: Buffer.from('two') }), source),
      toEventRecord(streamRecord(1), source),
    ]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true });
  });

  test('differs from a mapping on the stream itself, which passes the aggregate', async () => {
    const { reading } = await read(pages, batchInfo({ to: 1 }));
    expect(reading.records[0]).toMatchObject({ kinesis: { partitionKey: 'customer-0', data: aggregate.toString('base64') } });
    expect(reading.records).toHaveLength(2);
  });

  test('keeps an aggregate whole when a user record refers to a missing key', async () => {
    const broken = Buffer.from('1a0408011a00', 'hex');
    const Data = Buffer.concat([Buffer.from('f3899ac2', 'hex'), broken, createHash('md5').update(broken).digest()]);
    const { reading } = await read([{ records: [streamRecord(0, { Data })] }], batchInfo({ to: 0, batchSize: 1, streamArn: CONSUMER_ARN }));
    expect(reading.records).toEqual([expect.objectContaining({ kinesis: expect.objectContaining({ data: Data.toString('base64') }) })]);
  });

  test('has no more user records of one page than fit into memory', async () => {
    const many = Buffer.concat([Buffer.from('0a0161', 'hex'), ...Array(60_000).fill(Buffer.from('1a0408001a00', 'hex'))]);
    const Data = Buffer.concat([Buffer.from('f3899ac2', 'hex'), many, createHash('md5').update(many).digest()]);
    shardOf([{ records: [streamRecord(0, { Data })] }]);
    const reading = await new KinesisReader(new KinesisClient({}), { ...OPTIONS, maxBytes: 1_000 }).read(
      batchInfo({ to: 0, batchSize: 60_000, streamArn: CONSUMER_ARN }), { signal },
    );
    expect(reading).toMatchObject({ hasEnd: false, error: { name: 'RangeTooLarge' } });
    expect(reading.records.length).toBeLessThan(60_000);
  });
});
