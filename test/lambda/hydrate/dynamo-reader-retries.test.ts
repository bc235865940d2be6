import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoReader } from '../../../lambda/hydrate/dynamo-reader';
import { Answer, answering, ok, refusal } from '../../support/answers';
import {
  dynamoBatchOfAge, dynamoIndexOf, dynamoSequenceNumber, RETENTION_MILLIS, TABLE_SHARD_ID, TABLE_STREAM_ARN,
} from '../../support/dynamo-records';

const records = (...indices: number[]) =>
  ok({
    Records: indices.map((index) => ({
      eventID: `${index}`, dynamodb: { SequenceNumber: dynamoSequenceNumber(index), Keys: { id: { B: 'eA==' }, ['__proto__']: { S: 'kept' } } },
    })),
    NextShardIterator: 'next',
  });
const iterator = ok({ ShardIterator: 'first' });
const throttled = refusal(400, 'LimitExceededException');
const batch = dynamoBatchOfAge(60_000);

function serviceWith(answers: readonly Answer[], onRequest?: (count: number) => void) {
  const { requests, config } = answering(answers, onRequest);
  const settings = { streamArn: TABLE_STREAM_ARN, retentionMillis: RETENTION_MILLIS, maxBytes: Infinity, pauseMillis: 0 };
  return { requests, reader: new DynamoReader(new DynamoDBStreamsClient(config), settings) };
}

describe('a read that fails for now', () => {
  test.each<[string, Answer]>([
    ['too many readers of the shard', throttled],
    ['a throttle', refusal(400, 'ThrottlingException')],
    ['a throttle of the table', refusal(400, 'ProvisionedThroughputExceededException')],
    ['an error of the service', refusal(500, 'InternalServerError')],
    ['a service that is not there', { status: 503, body: 'Service Unavailable' }],
    ['a connection that breaks', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
    ['a connection that is refused', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })],
    ['a service that does not answer', Object.assign(new Error('no answer'), { name: 'TimeoutError' })],
    ['an answer that was cut off', { status: 200, body: '{"Records":[{"dynam' }],
  ])('is tried again until it does not, at each of its calls: %s', async (_, failure) => {
    const { reader, requests } = serviceWith([failure, iterator, failure, failure, records(0), failure, records(1, 2)]);
    const reading = await reader.read(batch, { signal: new AbortController().signal });
    expect(reading.records.map(dynamoIndexOf)).toEqual([0, 1, 2]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true });
    // The last two look whether what was read first is still there.
    expect(requests).toEqual([...Array(2).fill('GetShardIterator'), ...Array(5).fill('GetRecords'), 'GetShardIterator', 'GetRecords']);
  });

  test('is tried again far beyond the number of attempts that is usual', async () => {
    const { reader, requests } = serviceWith([iterator, ...Array<Answer>(100).fill(throttled), records(0, 1, 2)]);
    const reading = await reader.read(batch, { signal: new AbortController().signal });
    expect(reading.records).toHaveLength(3);
    expect(requests).toHaveLength(102);
  });
});

test('a record is read with all of its attributes, whatever they are called', async () => {
  const { reader } = serviceWith([iterator, records(0, 1, 2)]);
  const reading = await reader.read(batch, { signal: new AbortController().signal });
  expect(JSON.stringify(reading.records)).toContain('"Keys":{"id":{"B":"eA=="},"__proto__":{"S":"kept"}}');
});

test.each([
  ['at first', [ok({})]],
  ['after some', [records(0), ok({ NextShardIterator: 'next' })]],
])('an answer without records says nothing of them, and is for Lambda to try again: %s', async (_, answers) => {
  const { reader } = serviceWith([iterator, ...answers]);
  await expect(reader.read(batch, { signal: new AbortController().signal })).rejects.toThrow(
    'GetRecords must answer with Records, got: an answer without',
  );
});

describe('a read that fails until there is no time left', () => {
  const readUntil = (count: number, answers: Answer[]) => {
    const time = new AbortController();
    const { reader, requests } = serviceWith(answers, (it) => {
      if (it === count) time.abort();
    });
    return { requests, reading: reader.read(batch, { signal: time.signal }) };
  };

  test('before it has begun, is handed back as that', async () => {
    const { reading, requests } = readUntil(20, [throttled]);
    await expect(reading).rejects.toMatchObject({
      name: 'OutOfTimeError',
      message:
        `no time left to read ${TABLE_STREAM_ARN} ${TABLE_SHARD_ID} from ${dynamoSequenceNumber(0)} to ${dynamoSequenceNumber(2)}, ` +
        'got: 0 of 3 records so far',
      cause: { name: 'AbortError' },
    });
    expect(requests).toEqual(Array(20).fill('GetShardIterator'));
  });

  test.each([
    ['between two pages', throttled],
    ['with empty pages', records()],
  ])('%s, is handed back as that, and tells how far it came', async (_, last) => {
    const { reading, requests } = readUntil(20, [iterator, records(0, 1), last]);
    await expect(reading).rejects.toMatchObject({ name: 'OutOfTimeError', message: expect.stringContaining('got: 2 of 3 records so far') });
    expect(requests).toHaveLength(20);
  });
});

describe('a read that is refused', () => {
  test('is not tried again', async () => {
    const { reader, requests } = serviceWith([refusal(400, 'com.amazon.coral.service#AccessDeniedException')]);
    const reading = await reader.read(batch, { signal: new AbortController().signal });
    expect(reading).toMatchObject({ unreadable: true, error: { name: 'AccessDeniedException' } });
    expect(requests).toHaveLength(1);
  });

  test.each(['TrimmedDataAccessException', 'com.amazon.coral.validate#ValidationException'])(
    'for its place, is not tried again there, but at the oldest record: %s',
    async (name) => {
      const { reader, requests } = serviceWith([refusal(400, name), iterator, records(1, 2)]);
      const reading = await reader.read(batch, { signal: new AbortController().signal });
      expect(reading).toMatchObject({ hasStart: false, hasEnd: true, error: { name: name.split('#').at(-1) } });
      expect(requests).toEqual(['GetShardIterator', 'GetShardIterator', 'GetRecords']);
    },
  );

  test('for an iterator that is too old, is begun anew after the last record', async () => {
    const { reader, requests } = serviceWith([iterator, records(0, 1), refusal(400, 'ExpiredIteratorException'), iterator, records(2)]);
    const reading = await reader.read(batch, { signal: new AbortController().signal });
    expect(reading.records.map(dynamoIndexOf)).toEqual([0, 1, 2]);
    expect(requests).toEqual(['GetShardIterator', 'GetRecords', 'GetRecords', 'GetShardIterator', 'GetRecords']);
  });
});
