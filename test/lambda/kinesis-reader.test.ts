import { setTimeout as sleep } from 'node:timers/promises';
import {
  AccessDeniedException, ExpiredIteratorException, GetRecordsCommand, GetShardIteratorCommand, InvalidArgumentException,
  KinesisClient, KMSAccessDeniedException, ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { toEventRecord } from '../../lambda/kinesis-event-record';
import { KinesisReader, OutOfTimeError } from '../../lambda/kinesis-reader';
import {
  batchInfo, CONSUMER_ARN, ROLE_ARN, sequenceNumber, SHARD_ID, STREAM_ARN, streamRecord,
} from '../support/records';
import { Page, shardOf, ShardOptions } from '../support/shard';

jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn(async () => undefined) }));

const PLENTY = () => 300_000;
const page = (...indices: number[]): Page => ({ records: indices.map((index) => streamRecord(index)) });
const tip: Page = { records: [], millisBehindLatest: 0 };
const empty: Page = { records: [] };

/** Reads a batch from a shard with these pages. Records are named by their index. */
async function read(pages: Page[], batch = batchInfo(), options: ShardOptions = {}, remainingMillis = PLENTY) {
  const shard = shardOf(pages, options);
  const reader = new KinesisReader(new KinesisClient({}), STREAM_ARN);
  const reading = await reader.read(batch, { invokeIdentityArn: ROLE_ARN, remainingMillis });
  return { ...shard, reading, found: reading.records.map(indexOf) };
}

const indexOf = (record: unknown) =>
  Number(BigInt((record as { kinesis: { sequenceNumber: string } }).kinesis.sequenceNumber) - BigInt(sequenceNumber(0)));

const error = { message: 'refused', $metadata: {} };

describe('a range that is one page', () => {
  test('is read in one call', async () => {
    const { found, reading, reads } = await read([page(0, 1, 2)]);
    expect(found).toEqual([0, 1, 2]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true });
    expect(reads()).toHaveLength(1);
  });

  test('comes as Lambda gives it to a function, with the role of the processor', async () => {
    const { reading } = await read([page(0, 1, 2)]);
    const source = { shardId: SHARD_ID, eventSourceArn: STREAM_ARN, invokeIdentityArn: ROLE_ARN };
    expect(reading.records).toEqual([0, 1, 2].map((index) => toEventRecord(streamRecord(index), source)));
  });

  test('is asked for from its first record on, with the size of the batch as the limit', async () => {
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
    expect(reads().map(({ ShardIterator }) => ShardIterator)).toEqual(['page-0', 'page-1', 'page-2']);
  });

  test('takes what a call can give after the first', async () => {
    const { reads } = await read([page(0), page(1), page(2)]);
    expect(reads().map(({ Limit }) => Limit)).toEqual([3, 10_000, 10_000]);
  });

  test('never asks for more than a call can give', async () => {
    const { reads } = await read([page(0, 12_000)], batchInfo({ from: 0, to: 12_000 }));
    expect(reads().map(({ Limit }) => Limit)).toEqual([10_000]);
  });

  test('goes on after empty pages', async () => {
    const { found } = await read([empty, page(0), empty, empty, page(1, 2)]);
    expect(found).toEqual([0, 1, 2]);
  });

  test('has the other records that lie between', async () => {
    const { found, reading } = await read([page(0, 1, 2), page(3, 4, 5)], batchInfo({ from: 0, to: 5, batchSize: 2 }));
    expect(found).toEqual([0, 1, 2, 3, 4, 5]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true });
  });

  test('does not end where the batch is full but the range is not over', async () => {
    const { found } = await read([page(0, 1), page(2, 3)], batchInfo({ from: 0, to: 3, batchSize: 2 }));
    expect(found).toEqual([0, 1, 2, 3]);
  });

  test('ends at the first record beyond it, where its last is gone', async () => {
    const { found, reading, reads } = await read([page(0, 1), page(3), page(4)]);
    expect(found).toEqual([0, 1]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: false });
    expect(reads()).toHaveLength(2);
  });

  test('leaves the shard to others between pages, and does not wait after the last', async () => {
    await read([page(0), page(1), page(2)]);
    expect(jest.mocked(sleep).mock.calls).toEqual([[400], [400]]);
  });

  test('can be read at another pace', async () => {
    shardOf([page(0), page(1, 2)]);
    await new KinesisReader(new KinesisClient({}), STREAM_ARN, 1000).read(batchInfo(), { remainingMillis: PLENTY });
    expect(jest.mocked(sleep).mock.calls).toEqual([[1000]]);
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

  test('at its tip with records, is looked at once more', async () => {
    const { found, reads } = await read([{ ...page(0, 1), millisBehindLatest: 0 }, page(2)]);
    expect(found).toEqual([0, 1, 2]);
    expect(reads()).toHaveLength(2);
  });

  test('with nothing in it, gives nothing', async () => {
    const { reading } = await read([tip]);
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false });
  });
});

describe('a range whose start has left the stream', () => {
  test.each([
    ['InvalidArgumentException', new InvalidArgumentException(error)],
    ['ResourceNotFoundException', new ResourceNotFoundException(error)],
  ])('and is refused with %s, is read from the oldest record on', async (_, refusesStart) => {
    const { found, reading, iterators } = await read([page(1, 2)], batchInfo(), { refusesStart });
    expect(found).toEqual([1, 2]);
    expect(reading).toMatchObject({ hasStart: false, hasEnd: true });
    expect(iterators().map(({ ShardIteratorType }) => ShardIteratorType)).toEqual(['AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']);
    expect(iterators()[1]).toEqual({ StreamARN: STREAM_ARN, ShardId: SHARD_ID, ShardIteratorType: 'TRIM_HORIZON' });
  });

  test('and is passed over in silence, is known by what comes first', async () => {
    const { found, reading } = await read([page(1, 2)]);
    expect(found).toEqual([1, 2]);
    expect(reading).toMatchObject({ hasStart: false, hasEnd: true });
  });

  test('leaves out older records that the oldest position brings', async () => {
    const refusesStart = new InvalidArgumentException(error);
    const { found } = await read([page(0, 1), page(2, 3)], batchInfo({ from: 2, to: 3 }), { refusesStart });
    expect(found).toEqual([2, 3]);
  });

  test('with all of it, gives nothing', async () => {
    const { reading } = await read([page(7, 8)]);
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false });
  });
});

describe('an error of the stream', () => {
  const reader = () => new KinesisReader(new KinesisClient({}), STREAM_ARN).read(batchInfo(), { remainingMillis: PLENTY });

  test('that is neither of the two is let out, and nothing else is tried', async () => {
    const denied = new AccessDeniedException(error);
    const { client, iterators } = shardOf([page(0)], { refusesStart: denied });
    await expect(reader()).rejects.toBe(denied);
    expect(iterators()).toHaveLength(1);
    expect(client.commandCalls(GetRecordsCommand)).toHaveLength(0);
  });

  test('at the second try is let out: the stream is gone', async () => {
    const { client } = shardOf([]);
    const gone = new ResourceNotFoundException(error);
    client.on(GetShardIteratorCommand).rejects(gone);
    await expect(reader()).rejects.toBe(gone);
  });

  test.each([
    ['access to the key', new KMSAccessDeniedException(error)],
    ['an iterator that is too old', new ExpiredIteratorException(error)],
    ['an argument', new InvalidArgumentException(error)],
  ])('in the middle of a range is let out: %s', async (_, refusal) => {
    const { client } = shardOf([]);
    client.on(GetRecordsCommand).resolvesOnce({ Records: [streamRecord(0)], NextShardIterator: 'page-1' }).rejects(refusal);
    await expect(reader()).rejects.toBe(refusal);
  });
});

describe('time that runs out', () => {
  test('before the first page ends in an error', async () => {
    await expect(read([page(0, 1, 2)], batchInfo(), {}, () => 19_999)).rejects.toThrow(
      new OutOfTimeError(batchInfo(), 0),
    );
  });

  test('between two pages ends in an error that says how far it came', async () => {
    const left = [100_000, 20_000, 19_999];
    const reading = read([page(0), page(1), page(2)], batchInfo(), {}, () => left.shift()!);
    await expect(reading).rejects.toThrow(
      `no time left to read ${STREAM_ARN} ${SHARD_ID} from ${sequenceNumber(0)} to ${sequenceNumber(2)}, ` +
        'got: 2 of at least 3 records so far',
    );
    await expect(reading).rejects.toMatchObject({ name: 'OutOfTimeError' });
  });

  test('is not minded once the range is whole', async () => {
    const left = [20_000];
    const { found } = await read([page(0, 1, 2)], batchInfo(), {}, () => left.shift() ?? 0);
    expect(found).toEqual([0, 1, 2]);
  });
});

describe('a mapping that reads through a consumer', () => {
  test('has its records read from the stream, as the consumer cannot be asked', async () => {
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
  const reader = new KinesisReader(new KinesisClient({}), STREAM_ARN);
  const { records } = await reader.read(batchInfo(), { remainingMillis: PLENTY });
  expect(records).toHaveLength(3);
  expect(JSON.stringify(records)).not.toContain('invokeIdentityArn');
});
