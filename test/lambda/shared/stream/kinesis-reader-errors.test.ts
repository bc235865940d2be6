import {
  AccessDeniedException, ExpiredIteratorException, InvalidArgumentException, KinesisClient, KinesisServiceException,
  KMSAccessDeniedException, KMSDisabledException, KMSInvalidStateException, KMSNotFoundException, KMSOptInRequired, ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { KinesisReader } from '../../../../lambda/shared/stream/kinesis-reader';
import { batchInfo, failureRecord, indexOf, sequenceNumber } from '../../../support/records';
import { LogOptions, shardWith } from '../../../support/shard';

const RETENTION_MILLIS = 24 * 3_600_000;
const options = { message: 'refused', $metadata: {} };
const signal = new AbortController().signal;
const batch = batchInfo({ from: 2, to: 5 });

/** Reads records 2 to 5 of a shard that holds these. */
const read = async (there: number[], log: LogOptions = {}, of = batch) => readOf(shardWith(there, log), of);

async function readOf(shard: ReturnType<typeof shardWith>, of = batch) {
  const settings = { maxBytes: Infinity, pauseMillis: 0 };
  const reader = new KinesisReader(new KinesisClient({}), settings);
  const reading = await reader.read(of, { signal });
  const { status } = toDeadLetter(failureRecord(of), reading).hydration;
  return { ...shard, reading, status, found: reading.records.map(indexOf), types: shard.iterators().map((it) => it.ShardIteratorType) };
}

const refusingStart = (error: Error): LogOptions => ({
  onIterator: ({ ShardIteratorType }) => {
    if (ShardIteratorType === 'AT_SEQUENCE_NUMBER') throw error;
  },
});

describe('a start that was trimmed', () => {
  describe.each([
    new InvalidArgumentException(options),
    new ResourceNotFoundException(options),
  ])('and is refused with $name', (error) => {
    test('is PARTIAL, with the records from the time of arrival on', async () => {
      const { found, status, reading, types } = await read([4, 5, 6], refusingStart(error));
      expect(found).toEqual([4, 5]);
      expect(status).toBe('PARTIAL');
      expect(types).toEqual(['AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP']);
      expect(reading).toMatchObject({ hasStart: false, hasEnd: true, error: { name: error.name, message: 'refused' } });
      expect(reading).not.toHaveProperty('unreadable');
    });

    test('is EXPIRED when no record is found', async () => {
      const { status, reading } = await read([6, 7], refusingStart(error));
      expect(status).toBe('EXPIRED');
      expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false, error: { name: error.name, message: 'refused' } });
    });

    test('is COMPLETE when all records are found', async () => {
      const { found, status } = await read([0, 1, 2, 3, 4, 5, 6], refusingStart(error));
      expect(found).toEqual([2, 3, 4, 5]);
      expect(status).toBe('COMPLETE');
    });

    test('is UNREADABLE when the time of arrival is rejected too', async () => {
      const { status, reading, types } = await read([4, 5], { onIterator: () => { throw error; } });
      expect(status).toBe('UNREADABLE');
      expect(types).toEqual(['AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP']);
      expect(reading.error).toEqual({ name: error.name, message: 'refused' });
    });
  });

  test('with its shard is EXPIRED, because a shard expires with its last record', async () => {
    const message = 'Shard shardId-000000000000 in stream orders under account 123456789012 does not exist';
    const gone = new ResourceNotFoundException({ message, $metadata: {} });
    const { status, reading } = await read([], { onIterator: () => { throw gone; } });
    expect(status).toBe('EXPIRED');
    expect(reading.error).toEqual({ name: 'ResourceNotFoundException', message });
  });

  test('without an error is PARTIAL, because the first record is not the requested one', async () => {
    const { found, status, reading } = await read([3, 4, 5]);
    expect(found).toEqual([3, 4, 5]);
    expect(status).toBe('PARTIAL');
    expect(reading).toMatchObject({ hasStart: false, hasEnd: true });
  });

  test('without an error is not COMPLETE, even with as many records as the batch', async () => {
    const { found, status } = await read([3, 4, 5], {}, batchInfo({ from: 2, to: 5, batchSize: 3 }));
    expect(found).toHaveLength(3);
    expect(status).toBe('PARTIAL');
  });

  test('with the whole range and without an error is EXPIRED', async () => {
    const { status, reading } = await read([6, 7]);
    expect(status).toBe('EXPIRED');
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false });
  });
});

describe('a position that stays empty', () => {
  test.each([RETENTION_MILLIS, RETENTION_MILLIS + 1])('%d ms behind falls back to the time of arrival, once', async (stuckAt) => {
    const { found, status, iterators, reads } = await read([4, 5, 6], { stuckAt });
    expect(found).toEqual([4, 5]);
    expect(status).toBe('PARTIAL');
    expect(iterators().slice(1)).toMatchObject([
      { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(Date.parse(batch.approximateArrivalOfFirstRecord) - 5 * 60_000) },
    ]);
    expect(reads().map(({ ShardIterator }) => ShardIterator)).toEqual(['stuck', '0']);
  });

  test('falls back to the oldest record when the time of arrival is unknown', async () => {
    const of = batchInfo({ from: 2, to: 5, approximateArrivalOfFirstRecord: 'never' });
    const { found, types } = await read([4, 5, 6], { stuckAt: RETENTION_MILLIS }, of);
    expect(found).toEqual([4, 5]);
    expect(types).toEqual(['AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']);
  });

  test('falls back only once, however far behind the next pages are', async () => {
    const { found, types } = await read([4, 5], { stuckAt: RETENTION_MILLIS, onRead: (it) => (it < 5 ? RETENTION_MILLIS : undefined) });
    expect(found).toEqual([4, 5]);
    expect(types).toEqual(['AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP']);
  });

  test('less far behind than the stream keeps records is followed to the data', async () => {
    const { found, status, types } = await read([2, 3, 4, 5], { onRead: (it) => (it < 20 ? RETENTION_MILLIS - 1 : undefined) });
    expect(found).toEqual([2, 3, 4, 5]);
    expect(status).toBe('COMPLETE');
    expect(types).toEqual(['AT_SEQUENCE_NUMBER']);
  });

  test('after some records is followed, without reading records twice', async () => {
    const onRead = (it: number) => (it === 1 || it === 2 ? RETENTION_MILLIS : undefined);
    const { found, status, types } = await read([2, 3, 4, 5], { pageSize: 2, onRead });
    expect(found).toEqual([2, 3, 4, 5]);
    expect(status).toBe('COMPLETE');
    expect(types).toEqual(['AT_SEQUENCE_NUMBER', 'AT_SEQUENCE_NUMBER']);
  });

  test('after it was renewed falls back, and keeps the records that were read', async () => {
    const onRead = (it: number) => {
      if (it === 1) throw new ExpiredIteratorException(options);
      return it === 2 ? RETENTION_MILLIS : undefined;
    };
    const { found, status, reads, types } = await read([2, 3, 4, 5], { pageSize: 2, onRead });
    expect(found).toEqual([2, 3, 4, 5]);
    expect(status).toBe('COMPLETE');
    expect(types).toEqual(['AT_SEQUENCE_NUMBER', 'AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP', 'AT_SEQUENCE_NUMBER']);
    expect(reads()).toHaveLength(6);
  });
});

describe('a shard that is trimmed while it is read', () => {
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const wide = batchInfo({ from: 0, to: 9, batchSize: 5 });
  /** Has the iterator of the second page expire, and records leave the shard by then. */
  const shardTrimmedTo = (index: number, log: LogOptions = {}) => {
    const shard = shardWith(all, {
      pageSize: 2,
      onRead: (it) => {
        if (it !== 1) return;
        shard.trimTo(index);
        throw new ExpiredIteratorException(options);
      },
      ...log,
    });
    return shard;
  };
  const refused = new InvalidArgumentException(options);
  const refusingRenewal: LogOptions = {
    onIterator: ({ StartingSequenceNumber }) => { if (StartingSequenceNumber === sequenceNumber(1)) throw refused; },
  };

  test('without an error is PARTIAL although both ends and enough records exist', async () => {
    const { found, status, reading, types } = await readOf(shardTrimmedTo(7), wide);
    expect(found).toEqual([0, 1, 7, 8, 9]);
    expect(status).toBe('PARTIAL');
    expect(types).toEqual(['AT_SEQUENCE_NUMBER', 'AT_SEQUENCE_NUMBER']);
    const error = { name: 'RecordsTrimmed', message: 'records of the range expired, or may have expired, between two pages' };
    expect(reading).toEqual({ records: expect.anything(), hasStart: true, hasEnd: true, hasGap: true, error });
  });

  test('and rejects the position is PARTIAL, with the error', async () => {
    const { found, status, reading, types } = await readOf(shardTrimmedTo(7, refusingRenewal), wide);
    expect(found).toEqual([0, 1, 7, 8, 9]);
    expect(status).toBe('PARTIAL');
    expect(types).toEqual(['AT_SEQUENCE_NUMBER', 'AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP']);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true, hasGap: true, error: { name: refused.name, message: 'refused' } });
  });

  test.each([['in silence', {}], ['and refuses its place', refusingRenewal]])(
    'up to the first record that was not read is PARTIAL: %s',
    async (_, log) => {
      const { found, status, reading } = await readOf(shardTrimmedTo(2, log), wide);
      expect(found).toEqual(all);
      expect(status).toBe('PARTIAL');
      expect(reading).toMatchObject({ hasStart: true, hasEnd: true, hasGap: true });
    },
  );

  test.each([['in silence', {}], ['and refuses its place', refusingRenewal]])('up to the last record that was read is whole: %s', async (_, log) => {
    const { found, status, reading } = await readOf(shardTrimmedTo(1, log), wide);
    expect(found).toEqual(all);
    expect(status).toBe('SUPERSET');
    expect(reading).not.toHaveProperty('hasGap');
  });
});

describe('a shard that is trimmed between two pages of one chain of iterators', () => {
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  /** Has records leave the shard before a read, of pages of two, and says nothing of it. */
  const shardTrimmedTo = (index: number, before: number, log: LogOptions = {}) => {
    const shard = shardWith(all, { pageSize: 2, onRead: (it) => { if (it === before) shard.trimTo(index); }, ...log });
    return shard;
  };

  test.each([
    ['a SUPERSET', batchInfo({ from: 0, to: 9, batchSize: 3 })],
    ['COMPLETE', batchInfo({ from: 0, to: 9, batchSize: 6 })],
  ])('is PARTIAL when the remaining records would be %s', async (_, of) => {
    const { found, status, reading, types } = await readOf(shardTrimmedTo(6, 1), of);
    expect(found).toEqual([0, 1, 6, 7, 8, 9]);
    expect(status).toBe('PARTIAL');
    expect(types).toEqual(['AT_SEQUENCE_NUMBER', 'AT_SEQUENCE_NUMBER']);
    const error = { name: 'RecordsTrimmed', message: 'records of the range expired, or may have expired, between two pages' };
    expect(reading).toEqual({ records: expect.anything(), hasStart: true, hasEnd: true, hasGap: true, error });
  });

  test('is PARTIAL when all records were read but the first page has expired since', async () => {
    const { found, status } = await readOf(shardTrimmedTo(2, 5), batchInfo({ from: 0, to: 9 }));
    expect(found).toEqual(all);
    expect(status).toBe('PARTIAL');
  });

  test('is whole when the last record of the first page still exists at the end', async () => {
    const { found, status, reading } = await readOf(shardTrimmedTo(1, 1), batchInfo({ from: 0, to: 9, batchSize: 5 }));
    expect(found).toEqual(all);
    expect(status).toBe('SUPERSET');
    expect(reading).not.toHaveProperty('hasGap');
  });

  test('is PARTIAL when the last record of the first page can no longer be checked', async () => {
    const denied = new AccessDeniedException(options);
    const onIterator: LogOptions['onIterator'] = ({ StartingSequenceNumber }) => { if (StartingSequenceNumber === sequenceNumber(1)) throw denied; };
    const { found, status, reading } = await readOf(shardTrimmedTo(0, 1, { onIterator }), batchInfo({ from: 0, to: 9 }));
    expect(found).toEqual(all);
    expect(status).toBe('PARTIAL');
    expect(reading.unreadable).toBeUndefined();
  });

  test('is not checked for a range of one page', async () => {
    const { status, reads } = await readOf(shardTrimmedTo(0, 9), batchInfo({ from: 2, to: 3 }));
    expect(status).toBe('COMPLETE');
    expect(reads()).toHaveLength(1);
  });
});

describe('a permanent error', () => {
  const refusals = [
    new AccessDeniedException(options),
    new KMSAccessDeniedException(options),
    new KMSDisabledException(options),
    new KMSInvalidStateException(options),
    new KMSNotFoundException(options),
    new KMSOptInRequired(options),
    new KinesisServiceException({ ...options, name: 'UnrecognizedClientException', $fault: 'client' }),
    new ResourceNotFoundException({ ...options, message: 'Stream orders under account 123456789012 not found.' }),
  ];

  test.each(refusals)('is UNREADABLE at once, without a retry: $name', async (error) => {
    const { reading, status, types, reads } = await read([2, 3, 4, 5], { onIterator: () => { throw error; } });
    expect(status).toBe('UNREADABLE');
    expect(reading).toEqual({
      records: [], hasStart: false, hasEnd: false, unreadable: true, error: { name: error.name, message: error.message },
    });
    expect(types).toHaveLength(1);
    expect(reads()).toHaveLength(0);
  });

  test.each(refusals)('after some pages keeps the records that were read: $name', async (error) => {
    const onRead = (it: number) => { if (it === 1) throw error; };
    const { found, reading, status } = await read([2, 3, 4, 5], { pageSize: 2, onRead });
    expect(found).toEqual([2, 3]);
    expect(status).toBe('UNREADABLE');
    expect(reading).toMatchObject({ hasStart: true, hasEnd: false, unreadable: true, error: { name: error.name } });
  });

  test('is a recreated stream, with the name StreamRecreated', async () => {
    const message = 'StartingSequenceNumber 1 used in GetShardIterator is invalid because it did not come from this stream.';
    const { reading, status, types } = await read([6], refusingStart(new InvalidArgumentException({ ...options, message })));
    expect(status).toBe('UNREADABLE');
    expect(reading).toMatchObject({ unreadable: true, error: { name: 'StreamRecreated', message } });
    expect(types).toEqual(['AT_SEQUENCE_NUMBER']);
  });

  test('keeps the failure record unchanged', async () => {
    const { reading } = await read([], { onIterator: () => { throw refusals[0]; } });
    expect(toDeadLetter(failureRecord(), reading)).toMatchObject({ ...failureRecord(), payload: { Records: [] } });
  });
});

describe('a range of another shard', () => {
  test('is looked up in its shard anyway, and the error is kept', async () => {
    const message = 'Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with shardId-0';
    const { reading, status, types } = await read([0, 1], refusingStart(new InvalidArgumentException({ ...options, message })));
    expect(status).toBe('EXPIRED');
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false, error: { name: 'WrongShard', message } });
    expect(types).toEqual(['AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP']);
  });
});

describe('an error that Lambda should retry', () => {
  test.each([
    ['of the service', new KinesisServiceException({ ...options, name: 'SomethingNew', $fault: 'server' })],
    ['of the request', new KinesisServiceException({ ...options, name: 'ValidationException', $fault: 'client' })],
    ['of the connection', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
  ])('is thrown: %s', async (_, error) => {
    await expect(read([2], { onIterator: () => { throw error; } })).rejects.toBe(error);
    await expect(read([2, 3], { pageSize: 1, onRead: (it) => { if (it === 1) throw error; } })).rejects.toBe(error);
  });
});

describe('a shard with numbers of different lengths', () => {
  test('is read by number, not by text', async () => {
    const of = batchInfo({ startSequenceNumber: '9'.repeat(55), endSequenceNumber: sequenceNumber(1), batchSize: 2 });
    const { found } = await read([0, 1, 2], {}, of);
    expect(found).toEqual([0, 1]);
  });
});
