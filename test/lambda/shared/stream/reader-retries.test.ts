import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { DynamoReader } from '../../../../lambda/shared/stream/dynamo-reader';
import { KinesisReader } from '../../../../lambda/shared/stream/kinesis-reader';
import { Answer, answering, ok, refusal } from '../../../support/answers';
import {
  dynamoBatchOfAge, dynamoIndexOf, dynamoSequenceNumber, TABLE_SHARD_ID, TABLE_STREAM_ARN,
} from '../../../support/dynamo-records';
import { batchInfo, indexOf, sequenceNumber, SHARD_ID, STREAM_ARN } from '../../../support/records';

type Config = ReturnType<typeof answering>['config'];

const iterator = ok({ ShardIterator: 'first' });
const settings = { maxBytes: Infinity, pauseMillis: 0 };
const cutOff: Answer = { status: 200, body: '{"Records":[{"Sequ' };

const kinesis = {
  stream: 'a Kinesis stream',
  batch: batchInfo(),
  range: `${STREAM_ARN} ${SHARD_ID} from ${sequenceNumber(0)} to ${sequenceNumber(2)}`,
  indexOf,
  readerOf: (config: Config) => new KinesisReader(new KinesisClient(config), settings),
  page: (...indices: number[]) => ok({
    Records: indices.map((index) => ({
      SequenceNumber: sequenceNumber(index), ApproximateArrivalTimestamp: 1_795_248_000.12, Data: 'eA==', PartitionKey: 'p',
    })),
    MillisBehindLatest: 1000,
    NextShardIterator: 'next',
  }),
  withoutRecords: ok({ MillisBehindLatest: 0 }),
  transient: [
    ['a throttle', refusal(400, 'ProvisionedThroughputExceededException')],
    ['a throttle of the key', refusal(400, 'KMSThrottlingException')],
    ['a throttle of the API', refusal(400, 'LimitExceededException')],
    ['too many requests', refusal(429, 'TooManyRequestsException')],
    ['an error of the service', refusal(500, 'InternalFailure')],
  ] as [string, Answer][],
  denied: ['AccessDeniedException', 'KMSDisabledException'],
};

const dynamo = {
  stream: 'a DynamoDB stream',
  batch: dynamoBatchOfAge(60_000),
  range: `${TABLE_STREAM_ARN} ${TABLE_SHARD_ID} from ${dynamoSequenceNumber(0)} to ${dynamoSequenceNumber(2)}`,
  indexOf: dynamoIndexOf,
  readerOf: (config: Config) => new DynamoReader(new DynamoDBStreamsClient(config), settings),
  page: (...indices: number[]) => ok({
    Records: indices.map((index) => ({
      eventID: `${index}`, dynamodb: { SequenceNumber: dynamoSequenceNumber(index), Keys: { id: { B: 'eA==' }, ['__proto__']: { S: 'kept' } } },
    })),
    NextShardIterator: 'next',
  }),
  withoutRecords: ok({ NextShardIterator: 'next' }),
  transient: [
    ['too many readers of the shard', refusal(400, 'LimitExceededException')],
    ['a throttle', refusal(400, 'ThrottlingException')],
    ['a throttle of the table', refusal(400, 'ProvisionedThroughputExceededException')],
    ['an error of the service', refusal(500, 'InternalServerError')],
  ] as [string, Answer][],
  denied: ['com.amazon.coral.service#AccessDeniedException'],
};

const nameOf = (type: string) => type.split('#').at(-1);

/** Reads with a real client, whose retries do not wait, from a service that gives these answers: the last of them forever. */
function readFrom({ readerOf, batch }: typeof kinesis | typeof dynamo, answers: readonly Answer[], abortAt?: number) {
  const time = new AbortController();
  const { requests, config } = answering(answers, (count) => {
    if (count === abortAt) time.abort();
  });
  return { requests, result: readerOf(config).read(batch, { signal: time.signal }) };
}

describe.each([kinesis, dynamo])('a read of $stream', (kind) => {
  const { page, transient: [[, throttled]] } = kind;

  test.each<[string, Answer]>([
    ...kind.transient,
    ['a service that is unavailable', { status: 503, body: 'Service Unavailable' }],
    ['a connection that breaks', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
    ['a connection that the service refuses', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })],
    ['a service that does not respond', Object.assign(new Error('no answer'), { name: 'TimeoutError' })],
    ['a response that is cut off', cutOff],
  ])('retries each of its calls after a transient error: %s', async (_, failure) => {
    const { result, requests } = readFrom(kind, [failure, iterator, failure, failure, page(0), failure, page(1, 2)]);
    const { records, hasStart, hasEnd } = await result;
    expect(records.map(kind.indexOf)).toEqual([0, 1, 2]);
    expect([hasStart, hasEnd]).toEqual([true, true]);
    // The last two check that the first page is still in the stream.
    expect(requests).toEqual([...Array(2).fill('GetShardIterator'), ...Array(5).fill('GetRecords'), 'GetShardIterator', 'GetRecords']);
  });

  test('retries far more often than an SDK client does by default', async () => {
    const { result, requests } = readFrom(kind, [iterator, ...Array<Answer>(100).fill(throttled), page(0, 1, 2)]);
    expect((await result).records).toHaveLength(3);
    expect(requests).toHaveLength(102);
  });

  test.each([
    ['on the first page', [ok({})]],
    ['on a later page', [page(0), kind.withoutRecords]],
  ])('throws, so that Lambda retries, when a response has no list of records: %s', async (_, answers) => {
    const { result } = readFrom(kind, [iterator, ...answers]);
    await expect(result).rejects.toThrow('GetRecords must return Records, got: a response without Records');
  });

  describe('that runs out of time', () => {
    test('throws OutOfTimeError before the first page', async () => {
      const { result, requests } = readFrom(kind, [throttled], 20);
      await expect(result).rejects.toMatchObject({
        name: 'OutOfTimeError',
        message: `no time remains to read ${kind.range}, got: 0 of 3 records so far`,
        cause: { name: 'AbortError' },
      });
      expect(requests).toEqual(Array(20).fill('GetShardIterator'));
    });

    test.each([
      ['between two pages', [page(0, 1), throttled], 2],
      ['after some records, on empty pages', [page(0, 1), page()], 2],
      ['on empty pages', [page()], 0],
    ])('throws OutOfTimeError with the number of records read so far: %s', async (_, answers, count) => {
      const { result, requests } = readFrom(kind, [iterator, ...answers], 20);
      const message = expect.stringContaining(`got: ${count} of 3 records so far`);
      await expect(result).rejects.toMatchObject({ name: 'OutOfTimeError', message });
      expect(requests).toHaveLength(20);
    });

    test('throws OutOfTimeError when no time remains at the start', async () => {
      const { config } = answering([throttled]);
      const result = kind.readerOf(config).read(kind.batch, { signal: AbortSignal.abort() });
      await expect(result).rejects.toMatchObject({ name: 'OutOfTimeError' });
    });
  });

  test.each(kind.denied)('does not retry when access is denied: %s', async (type) => {
    const { result, requests } = readFrom(kind, [refusal(400, type)]);
    expect(await result).toMatchObject({ unreadable: true, error: { name: nameOf(type) } });
    expect(requests).toHaveLength(1);
  });

  test('takes a new iterator at the last record when an iterator expires', async () => {
    const answers = [iterator, page(0, 1), refusal(400, 'ExpiredIteratorException'), iterator, page(2)];
    const { result, requests } = readFrom(kind, answers);
    expect((await result).records.map(kind.indexOf)).toEqual([0, 1, 2]);
    expect(requests).toEqual(['GetShardIterator', 'GetRecords', 'GetRecords', 'GetShardIterator', 'GetRecords']);
  });
});

test('a DynamoDB record keeps every attribute, including one named __proto__', async () => {
  const { records } = await readFrom(dynamo, [iterator, dynamo.page(0, 1, 2)]).result;
  expect(JSON.stringify(records)).toContain('"Keys":{"id":{"B":"eA=="},"__proto__":{"S":"kept"}}');
});

test.each(['TrimmedDataAccessException', 'com.amazon.coral.validate#ValidationException'])(
  'a DynamoDB position that the stream rejects is not retried: the read continues at the oldest record (%s)',
  async (type) => {
    const { result, requests } = readFrom(dynamo, [refusal(400, type), iterator, dynamo.page(1, 2)]);
    expect(await result).toMatchObject({ hasStart: false, hasEnd: true, error: { name: nameOf(type) } });
    expect(requests).toEqual(['GetShardIterator', 'GetShardIterator', 'GetRecords']);
  },
);
