import {
  DynamoDBStreamsClient, DynamoDBStreamsServiceException, ExpiredIteratorException, ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb-streams';
import { toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { BatchInfo } from '../../../../lambda/shared/dead-letter/failure-record';
import { DynamoReader } from '../../../../lambda/shared/stream/dynamo-reader';
import {
  dynamoBatchInfo, dynamoBatchOfAge, dynamoFailureRecord, dynamoIndexOf, RETENTION_MILLIS, TABLE_STREAM_ARN,
} from '../../../support/dynamo-records';
import { DynamoShardOptions, dynamoShardWith, trimmed } from '../../../support/dynamo-shard';

const options = { message: 'refused', $metadata: {} };
const range = { from: 2, to: 5 };
const old = dynamoBatchOfAge(RETENTION_MILLIS, range);
const young = dynamoBatchOfAge(RETENTION_MILLIS - 3_600_000, range);
const invalid = new DynamoDBStreamsServiceException({ ...options, name: 'ValidationException', $fault: 'client' });
const error = { name: 'TrimmedDataAccessException', message: 'The data you are trying to access has been trimmed' };

/** Reads records 2 to 5 of a shard that holds these, from some index on. */
async function read(
  there: number[],
  shardOptions: DynamoShardOptions & { trimmedTo?: number } = {},
  of: BatchInfo = old,
  time = new AbortController(),
) {
  const shard = dynamoShardWith(there, shardOptions);
  if (shardOptions.trimmedTo !== undefined) shard.trimTo(shardOptions.trimmedTo);
  return readOf(shard, of, time);
}

async function readOf(shard: ReturnType<typeof dynamoShardWith>, of: BatchInfo = old, time = new AbortController()) {
  const settings = { maxBytes: Infinity, pauseMillis: 0 };
  const reading = await new DynamoReader(new DynamoDBStreamsClient({}), settings).read(of, { signal: time.signal });
  const { status } = toDeadLetter(dynamoFailureRecord(of), reading).hydration;
  return { ...shard, reading, status, found: reading.records.map(dynamoIndexOf) };
}

describe('a start that was trimmed', () => {
  test('is PARTIAL, with the records from the oldest one on', async () => {
    const { found, status, reading, types } = await read([4, 5, 6], { trimmedTo: 4 });
    expect(found).toEqual([4, 5]);
    expect(status).toBe('PARTIAL');
    expect(types()).toEqual(['AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']);
    expect(reading).toEqual({ records: expect.anything(), hasStart: false, hasEnd: true, error });
  });

  test('is also PARTIAL when the last record must still exist', async () => {
    const { found, status } = await read([4, 5, 6], { trimmedTo: 4 }, young);
    expect(found).toEqual([4, 5]);
    expect(status).toBe('PARTIAL');
  });

  test('with all of the range is EXPIRED', async () => {
    const { status, reading } = await read([6, 7], { trimmedTo: 6 });
    expect(status).toBe('EXPIRED');
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false, error });
  });

  test('with all records of an open shard is EXPIRED', async () => {
    const { status, reading, reads } = await read([], { trimmedTo: 6 });
    expect(status).toBe('EXPIRED');
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false, error });
    expect(reads()).toHaveLength(50);
  });

  test('between its iterator and the read is PARTIAL', async () => {
    const onRead = (it: number) => { if (it === 0) throw trimmed(); };
    const { found, status, types } = await read([4, 5, 6], { onRead });
    expect(found).toEqual([4, 5]);
    expect(status).toBe('PARTIAL');
    expect(types()).toEqual(['AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']);
  });

  test('without an error is PARTIAL', async () => {
    const { found, status } = await read([3, 4, 5], {}, { ...old, batchSize: 3 });
    expect(found).toEqual([3, 4, 5]);
    expect(status).toBe('PARTIAL');
  });

  test('with its shard is EXPIRED, because a shard expires with its last record', async () => {
    const message = 'Requested resource not found: Shard does not exist';
    const { status, reading } = await read([], { onIterator: () => { throw new ResourceNotFoundException({ ...options, message }); } });
    expect(status).toBe('EXPIRED');
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false, unreadable: false, error: { name: 'ResourceNotFoundException', message } });
  });
});

describe('a shard that is trimmed while it is read', () => {
  test('ahead of the reader keeps the records that were read and continues at the oldest record', async () => {
    const shard = dynamoShardWith([2, 3, 4, 5], { pageSize: 1, onRead: (it) => { if (it === 1) shard.trimTo(5); } });
    const { found, reading } = await readOf(shard);
    expect(found).toEqual([2, 5]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true, hasGap: true, error });
    expect(toDeadLetter(dynamoFailureRecord(range), reading).hydration).toMatchObject({ status: 'PARTIAL', error });
  });

  describe('when an iterator expires', () => {
    const wide = dynamoBatchOfAge(RETENTION_MILLIS, { from: 0, to: 9, batchSize: 5 });
    /** Has the iterator of the second page expire, and something happen to the records by then. */
    const expiring = (there: number[], happens: (shard: ReturnType<typeof dynamoShardWith>) => void, more: DynamoShardOptions = {}) => {
      const shard = dynamoShardWith(there, {
        pageSize: 2,
        onRead: (it) => {
          if (it !== 1) return;
          happens(shard);
          throw new ExpiredIteratorException(options);
        },
        ...more,
      });
      return shard;
    };
    const all = () => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

    test('is PARTIAL although both ends and enough records exist', async () => {
      const { found, status, reading, types } = await readOf(expiring(all(), (shard) => shard.trimTo(7)), wide);
      expect(found).toEqual([0, 1, 7, 8, 9]);
      expect(status).toBe('PARTIAL');
      expect(types()).toEqual(['AT_SEQUENCE_NUMBER', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']);
      expect(reading).toEqual({ records: expect.anything(), hasStart: true, hasEnd: true, hasGap: true, error });
    });

    test.each([
      ['which are passed over', false, ['AT_SEQUENCE_NUMBER', 'AT_SEQUENCE_NUMBER']],
      ['whose place stays empty', true, ['AT_SEQUENCE_NUMBER', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']],
    ])('is also PARTIAL when records expire without an error: %s', async (_, stuck, positions) => {
      const there = all();
      const { found, status, reading, types } = await readOf(expiring(there, () => there.splice(0, 7), { stuck }), wide);
      expect(found).toEqual([0, 1, 7, 8, 9]);
      expect(status).toBe('PARTIAL');
      expect(types()).toEqual(positions);
      expect(reading).toMatchObject({ hasStart: true, hasEnd: true, hasGap: true, error: { name: 'RecordsTrimmed' } });
    });

    test('is PARTIAL when all records that were read have expired', async () => {
      const { found, status, reading } = await readOf(expiring(all(), (shard) => shard.trimTo(2)), wide);
      expect(found).toEqual(all());
      expect(status).toBe('PARTIAL');
      expect(reading).toMatchObject({ hasStart: true, hasEnd: true, hasGap: true, error });
    });

    test('is whole when the last record that was read exists', async () => {
      const { found, status, reading } = await readOf(expiring(all(), (shard) => shard.trimTo(1)), wide);
      expect(found).toEqual(all());
      expect(status).toBe('SUPERSET');
      expect(reading).toEqual({ records: expect.anything(), hasStart: true, hasEnd: true });
    });
  });

  test('repeatedly is followed, because the oldest record can expire just before it is read', async () => {
    const onRead = (it: number) => { if (it < 5) throw trimmed(); };
    const { found, types } = await read([4, 5, 6], { onRead });
    expect(found).toEqual([4, 5]);
    expect(types()).toEqual(['AT_SEQUENCE_NUMBER', ...Array(5).fill('TRIM_HORIZON')]);
  });

  test('forever is EXPIRED when the records can have expired', async () => {
    const { status, reading, reads } = await read([4, 5], { onRead: () => { throw trimmed(); } });
    expect(status).toBe('EXPIRED');
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false, error });
    expect(reads()).toHaveLength(51);
  });

  test('forever throws OutOfTimeError when the records must still exist', async () => {
    const time = new AbortController();
    const onRead = (it: number) => {
      if (it === 300) time.abort();
      throw trimmed();
    };
    await expect(read([4, 5], { onRead }, young, time)).rejects.toMatchObject({ name: 'OutOfTimeError' });
  });
});

describe('a sequence number that the stream rejects, such as one of another shard', () => {
  const onIterator: DynamoShardOptions['onIterator'] = ({ ShardIteratorType }) => {
    if (ShardIteratorType === 'AT_SEQUENCE_NUMBER') throw invalid;
  };

  test('is looked up in its shard anyway, and the error is kept', async () => {
    const { status, reading, types } = await read([6, 7], { onIterator });
    expect(status).toBe('EXPIRED');
    expect(reading).toEqual({ records: [], hasStart: false, hasEnd: false, error: { name: 'ValidationException', message: 'refused' } });
    expect(types()).toEqual(['AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']);
  });

  test('is COMPLETE when all records are found', async () => {
    const { found, status } = await read([0, 1, 2, 3, 4, 5, 6], { onIterator });
    expect(found).toEqual([2, 3, 4, 5]);
    expect(status).toBe('COMPLETE');
  });

  test('is UNREADABLE when the oldest record is rejected too', async () => {
    const { status, reading, types } = await read([4, 5], { onIterator: () => { throw invalid; } });
    expect(status).toBe('UNREADABLE');
    expect(reading).toMatchObject({ unreadable: true, error: { name: 'ValidationException', message: 'refused' } });
    expect(types()).toEqual(['AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']);
  });
});

describe('a permanent error', () => {
  const message = `Requested resource not found: Stream: ${TABLE_STREAM_ARN} not found`;
  const refusals = [
    new DynamoDBStreamsServiceException({ ...options, name: 'AccessDeniedException', $fault: 'client' }),
    new DynamoDBStreamsServiceException({ ...options, name: 'UnrecognizedClientException', $fault: 'client' }),
    new ResourceNotFoundException({ ...options, message }),
  ];

  test.each(refusals)('is UNREADABLE at once, without a retry: $name', async (refusal) => {
    const { reading, status, iterators, reads } = await read([2, 3, 4, 5], { onIterator: () => { throw refusal; } });
    expect(status).toBe('UNREADABLE');
    expect(reading).toEqual({
      records: [], hasStart: false, hasEnd: false, unreadable: true, error: { name: refusal.name, message: refusal.message },
    });
    expect(iterators()).toHaveLength(1);
    expect(reads()).toHaveLength(0);
  });

  test.each(refusals)('after some pages keeps the records that were read: $name', async (refusal) => {
    const onRead = (it: number) => { if (it === 1) throw refusal; };
    const { found, reading, status } = await read([2, 3, 4, 5], { pageSize: 2, onRead });
    expect(found).toEqual([2, 3]);
    expect(status).toBe('UNREADABLE');
    expect(reading).toMatchObject({ hasStart: true, hasEnd: false, unreadable: true, error: { name: refusal.name } });
  });

  test('keeps the failure record unchanged', async () => {
    const { reading } = await read([], { onIterator: () => { throw refusals[0]; } });
    expect(toDeadLetter(dynamoFailureRecord(), reading)).toMatchObject({ ...dynamoFailureRecord(), payload: { Records: [] } });
  });
});

describe('an error that Lambda should retry', () => {
  test.each([
    ['of the service', new DynamoDBStreamsServiceException({ ...options, name: 'SomethingNew', $fault: 'server' })],
    ['of the request', new DynamoDBStreamsServiceException({ ...options, name: 'SerializationException', $fault: 'client' })],
    ['of the connection', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
  ])('is thrown: %s', async (_, failure) => {
    await expect(read([2], { onIterator: () => { throw failure; } })).rejects.toBe(failure);
    await expect(read([2, 3], { pageSize: 1, onRead: (it) => { if (it === 1) throw failure; } })).rejects.toBe(failure);
  });
});

test('reads the stream of the batch, which can be an earlier stream of the table', async () => {
  const streamArn = TABLE_STREAM_ARN.replace('2026', '2025');
  const { iterators } = await read([0, 1, 2], {}, dynamoBatchInfo({ streamArn }));
  expect(iterators().map(({ StreamArn }) => StreamArn)).toEqual([streamArn]);
});
