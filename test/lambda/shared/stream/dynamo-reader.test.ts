import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBStreamsClient, ExpiredIteratorException } from '@aws-sdk/client-dynamodb-streams';
import fc from 'fast-check';
import { toEventRecord } from '../../../../lambda/shared/stream/dynamo-event-record';
import { DynamoReader } from '../../../../lambda/shared/stream/dynamo-reader';
import { callOptions } from '../../../support/call-options';
import {
  dynamoBatchInfo, dynamoBatchOfAge, dynamoIndexOf, dynamoRecord, dynamoSequenceNumber, RETENTION_MILLIS, TABLE_SHARD_ID, TABLE_STREAM_ARN,
} from '../../../support/dynamo-records';
import { DynamoShardOptions, dynamoShardWith } from '../../../support/dynamo-shard';
import { propertyRuns } from '../../../support/property-runs';
import { ROLE_ARN } from '../../../support/records';

jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn(async () => undefined) }));

const OPTIONS = { maxBytes: Infinity };
const { signal } = new AbortController();
const readerOf = (options: Partial<ConstructorParameters<typeof DynamoReader>[1]> = {}) =>
  new DynamoReader(new DynamoDBStreamsClient({}), { ...OPTIONS, ...options });
/** The numbers of the records from one to another. */
const upTo = (last: number, from = 0) => Array.from({ length: last - from + 1 }, (_, index) => from + index);

/** Reads a batch from a shard with these records. They are named by their index. */
async function read(there: readonly number[], batch = dynamoBatchInfo(), shardOptions: DynamoShardOptions = {}) {
  const shard = dynamoShardWith(there, shardOptions);
  const reading = await readerOf().read(batch, { signal });
  return { ...shard, reading, found: reading.records.map(dynamoIndexOf) };
}

describe('a range that is one page', () => {
  test('is read in one call', async () => {
    const { found, reading, reads } = await read([0, 1, 2]);
    expect(found).toEqual([0, 1, 2]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true });
    expect(reads()).toHaveLength(1);
  });

  test('has the form of a Lambda event', async () => {
    const { reading } = await read([0, 1, 2]);
    expect(reading.records).toEqual([0, 1, 2].map((index) => toEventRecord(dynamoRecord(index), TABLE_STREAM_ARN)));
  });

  test('has no role, like an event of Lambda', async () => {
    dynamoShardWith([0, 1, 2]);
    const { records } = await readerOf().read(dynamoBatchInfo(), { signal });
    expect(JSON.stringify(records)).not.toContain(ROLE_ARN);
  });

  test('is requested from its first record on, with the batch size as the limit', async () => {
    const { client, iterators, reads } = await read([0, 1, 2]);
    expect(iterators()).toEqual([{
      StreamArn: TABLE_STREAM_ARN, ShardId: TABLE_SHARD_ID, ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: dynamoSequenceNumber(0),
    }]);
    expect(reads()).toEqual([{ ShardIterator: '0', Limit: 3 }]);
    expect(client.calls().map(callOptions)).toEqual([{ abortSignal: signal }, { abortSignal: signal }]);
  });

  test('may be one record', async () => {
    const { found, reading } = await read([5], dynamoBatchInfo({ from: 5, to: 5 }));
    expect(found).toEqual([5]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true });
  });

  test('is cut at the end of the range, by number and not by text', async () => {
    const { found } = await read([0, 1, 2, 3, 4], dynamoBatchInfo({ batchSize: 5 }));
    expect(found).toEqual([0, 1, 2]);
  });
});

describe('a range of several pages', () => {
  test('is followed to its end', async () => {
    const { found, reads } = await read(upTo(5), dynamoBatchInfo({ to: 4 }), { pageSize: 2 });
    expect(found).toEqual([0, 1, 2, 3, 4]);
    expect(reads().map(({ ShardIterator }) => ShardIterator)).toEqual(['0', '2', '4', '1']);
  });

  test('uses the maximum limit after the first page', async () => {
    const { reads } = await read([0, 1, 2], dynamoBatchInfo(), { pageSize: 1 });
    expect(reads().map(({ Limit }) => Limit)).toEqual([3, 1_000, 1_000, 1]);
  });

  test('never requests more than the maximum limit', async () => {
    const { found, reads } = await read(upTo(1_200), dynamoBatchInfo({ to: 1_200 }));
    expect(found).toEqual(upTo(1_200));
    expect(reads().map(({ Limit }) => Limit)).toEqual([1_000, 1_000, 1]);
  });

  test('includes the other records of the range', async () => {
    const { found, reading } = await read(upTo(5), dynamoBatchInfo({ to: 5, batchSize: 2 }));
    expect(found).toEqual([0, 1, 2, 3, 4, 5]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true });
  });

  test('ends at the first record beyond it when its last record has expired', async () => {
    const { found, reading, reads } = await read([0, 1, 3, 4], dynamoBatchInfo(), { pageSize: 3 });
    expect(found).toEqual([0, 1]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: false });
    expect(reads()).toHaveLength(1);
  });

  test('pauses between reads, and not after the last', async () => {
    await read([0, 1, 2], dynamoBatchInfo(), { pageSize: 1 });
    expect(jest.mocked(sleep).mock.calls).toEqual(Array(3).fill([400, undefined, { signal }]));
  });

  test('can be read with another pause', async () => {
    dynamoShardWith([0, 1, 2], { pageSize: 2 });
    await readerOf({ pauseMillis: 1_000 }).read(dynamoBatchInfo(), { signal });
    expect(jest.mocked(sleep).mock.calls).toEqual(Array(2).fill([1_000, undefined, { signal }]));
  });
});

describe('a range with more data than fits into memory', () => {
  const bytesOf = (index: number) => Buffer.byteLength(JSON.stringify(toEventRecord(dynamoRecord(index), TABLE_STREAM_ARN)));
  const within = async (maxBytes: number) => {
    dynamoShardWith([0, 1, 2], { pageSize: 1 });
    return readerOf({ maxBytes }).read(dynamoBatchInfo(), { signal });
  };

  test('is read up to the limit, with an error', async () => {
    const reading = await within(bytesOf(0) + bytesOf(1) - 1);
    expect(reading.records.map(dynamoIndexOf)).toEqual([0, 1]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: false, error: { name: 'RangeTooLarge' } });
    expect(reading.error!.message).toContain(`at most ${bytesOf(0) + bytesOf(1) - 1} bytes to fit into memory`);
  });

  test('is read whole when only its last page exceeds the limit', async () => {
    const reading = await within(bytesOf(0) + bytesOf(1));
    expect(reading.records.map(dynamoIndexOf)).toEqual([0, 1, 2]);
    expect(reading.error).toBeUndefined();
  });

  test('counts the size of a record as JSON, not in the table', async () => {
    dynamoShardWith([0, 1, 2], {
      pageSize: 1,
      recordOf: (index) => dynamoRecord(index, { SizeBytes: 100, NewImage: { list: { L: Array(100).fill({ NULL: true }) } } }),
    });
    const reading = await readerOf({ maxBytes: 1_000 }).read(dynamoBatchInfo(), { signal });
    expect(reading.error).toMatchObject({ name: 'RangeTooLarge' });
    expect(reading.records).toHaveLength(1);
  });
});

describe('a shard that ends', () => {
  test('because it is closed, is read to its end, and not waited for', async () => {
    const { found, reading, reads } = await read([0, 1], dynamoBatchInfo(), { pageSize: 1, closed: true });
    expect(found).toEqual([0, 1]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: false });
    expect(reads()).toHaveLength(2);
    expect(jest.mocked(sleep)).toHaveBeenCalledTimes(1);
  });

  test('without records, gives none', async () => {
    const { reading } = await read([], dynamoBatchInfo(), { closed: true });
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false });
  });
});

const emptyPages = (pages: number) => ({
  name: 'EmptyPages', message: `${pages} consecutive pages were empty, starting at the oldest record of the shard`,
});

describe('empty pages of an open shard', () => {
  const gone = dynamoBatchOfAge(RETENTION_MILLIS + 1_000);

  test('mean nothing when they are few', async () => {
    const { found, types } = await read([0, 1, 2], gone, { pageSize: 1, onRead: (it) => (it % 50 === 49 ? undefined : 'empty') });
    expect(found).toEqual([0, 1, 2]);
    expect(types()).toEqual(['AT_SEQUENCE_NUMBER', 'AT_SEQUENCE_NUMBER']);
  });

  test('of a silently trimmed position lead to the oldest record', async () => {
    const { found, reading, types, reads } = await read([1, 2, 3], gone, { stuck: true });
    expect(found).toEqual([1, 2]);
    expect(reading).toEqual({ records: expect.anything(), hasStart: false, hasEnd: true });
    expect(types()).toEqual(['AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']);
    expect(reads()).toHaveLength(51);
  });

  test('end a read of records that can have expired, once from its start and once from the oldest record on', async () => {
    const { reading, types, reads } = await read([], gone);
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false, error: emptyPages(50) });
    expect(types()).toEqual(['AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']);
    expect(reads()).toHaveLength(100);
  });

  test('end a read whose last records can have expired, with each record once', async () => {
    const { found, reading } = await read([0, 1], gone, { pageSize: 1 });
    expect(found).toEqual([0, 1]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: false });
  });

  test.each(['', 'yesterday'])('end a read of records with an unknown time: %p', async (approximateArrivalOfLastRecord) => {
    const { reading } = await read([], dynamoBatchInfo({ approximateArrivalOfLastRecord }));
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false, error: emptyPages(50) });
  });

  /** Reads a batch of a shard that stays empty, until its time is over. */
  const readFor = async (reads: number, batch = dynamoBatchInfo()) => {
    const time = new AbortController();
    const shard = dynamoShardWith([], {
      onRead: (it) => {
        if (it === reads - 1) time.abort();
      },
    });
    jest.mocked(sleep).mockImplementation(async () => time.signal.throwIfAborted());
    return { shard, reading: readerOf().read(batch, { signal: time.signal }) };
  };

  test('do not end a read of records that must still exist: it throws OutOfTimeError', async () => {
    const { shard, reading } = await readFor(1_000, dynamoBatchOfAge(RETENTION_MILLIS - 3_600_000));
    await expect(reading).rejects.toMatchObject({ name: 'OutOfTimeError', message: expect.stringContaining('got: 0 of 3 records so far') });
    expect(shard.types()).toEqual(['AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']);
    expect(shard.reads()).toHaveLength(1_000);
  });

  test('end it as soon as the records are as old as the retention period', async () => {
    const batch = dynamoBatchInfo();
    const leaves = Date.parse(batch.approximateArrivalOfLastRecord) + RETENTION_MILLIS;
    const now = jest.spyOn(Date, 'now').mockReturnValue(leaves - 1);
    const { shard, reading } = await readFor(1_000, batch);
    jest.mocked(sleep).mockImplementation(async () => {
      if (shard.reads().length === 500) now.mockReturnValue(leaves);
    });
    expect(await reading).toEqual({ records: [], hasStart: false, hasEnd: false, error: emptyPages(451) });
    expect(shard.reads()).toHaveLength(501);
    now.mockRestore();
  });
});

describe('an iterator that expires', () => {
  const expired = new ExpiredIteratorException({ message: 'too old', $metadata: {} });
  const expiring = (...numbers: number[]): DynamoShardOptions => ({
    pageSize: 2,
    onRead: (it) => {
      if (numbers.includes(it)) throw expired;
    },
  });

  test('before any record is renewed at the first of the batch', async () => {
    const { found, iterators } = await read([0, 1, 2], dynamoBatchInfo(), expiring(0));
    expect(found).toEqual([0, 1, 2]);
    expect(iterators().slice(0, 2)).toEqual([iterators()[0], iterators()[0]]);
  });

  test('after a page is renewed at its last record', async () => {
    const { found, iterators } = await read([0, 1, 2], dynamoBatchInfo(), expiring(1, 2));
    expect(found).toEqual([0, 1, 2]);
    expect(iterators().slice(1, 3)).toEqual(Array(2).fill(
      expect.objectContaining({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: dynamoSequenceNumber(1) }),
    ));
  });
});

describe('any shard', () => {
  /** Which records of 0 to 30 are there, how many a page has, what each read meets instead, and up to where is trimmed before it. */
  const shards = fc.record({
    there: fc.uniqueArray(fc.nat({ max: 30 })).map((indices) => indices.sort((a, b) => a - b)),
    pageSize: fc.integer({ min: 1, max: 12 }),
    closed: fc.boolean(),
    mishaps: fc.array(fc.constantFrom<'empty' | 'expired' | undefined>('empty', 'expired', undefined), { maxLength: 12 }),
    trims: fc.array(fc.option(fc.integer({ min: -5, max: 31 }), { nil: undefined, freq: 2 }), { maxLength: 8 }),
    ends: fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 })).map((ends) => ends.sort((a, b) => a - b)),
    batchSize: fc.integer({ min: 1, max: 40 }),
    stuck: fc.boolean(),
  });

  test('gives the existing records of a range, each once and in order, for any pages and any expiry', async () => {
    await fc.assert(
      fc.asyncProperty(shards, async ({ there, pageSize, closed, mishaps, trims, ends: [from, to], batchSize, stuck }) => {
        const shard = dynamoShardWith(there, {
          pageSize,
          closed,
          stuck,
          onRead: (number) => {
            if (trims[number] !== undefined) shard.trimTo(trims[number]);
            if (mishaps[number] === 'expired') throw new ExpiredIteratorException({ message: 'too old', $metadata: {} });
            return mishaps[number];
          },
        });
        const batch = dynamoBatchOfAge(RETENTION_MILLIS, { from, to, batchSize });
        const { records, hasStart, hasEnd, hasGap = false, error, unreadable } = await readerOf().read(batch, { signal });
        const found = records.map(dynamoIndexOf);
        const inRange = there.filter((index) => index >= from && index <= to);
        const horizon = Math.max(...trims.map((it) => it ?? -Infinity), -Infinity);
        expect(found).toEqual(inRange.filter((index) => found.includes(index)));
        expect(found).toEqual(expect.arrayContaining(inRange.filter((index) => index >= horizon)));
        expect({ hasStart, hasEnd, unreadable }).toEqual({ hasStart: found.includes(from), hasEnd: found.includes(to), unreadable: undefined });
        // Both ends are no proof of what lies between: where that has left, it is said. It may be said too where there was nothing.
        if (hasStart && hasEnd && found.length < inRange.length) expect(hasGap).toBe(true);
        if (horizon === -Infinity) expect(hasGap).toBe(false);
        if (error) expect(['TrimmedDataAccessException', 'RecordsTrimmed', 'EmptyPages']).toContain(error.name);
      }),
      propertyRuns(500),
    );
  });
});
