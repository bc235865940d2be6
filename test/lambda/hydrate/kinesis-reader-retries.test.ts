import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KinesisReader } from '../../../lambda/hydrate/kinesis-reader';
import { Answer, answering, ok, refusal } from '../../support/answers';
import { batchInfo, indexOf, sequenceNumber, SHARD_ID, STREAM_ARN } from '../../support/records';

const records = (...indices: number[]) =>
  ok({
    Records: indices.map((index) => ({
      SequenceNumber: sequenceNumber(index), ApproximateArrivalTimestamp: 1_795_248_000.12, Data: 'eA==', PartitionKey: 'p',
    })),
    MillisBehindLatest: 1000,
    NextShardIterator: 'next',
  });
const iterator = ok({ ShardIterator: 'first' });
const throttled = refusal(400, 'ProvisionedThroughputExceededException');

/** A real client, whose retries do not wait, of a service that gives these answers: the last of them for ever. */
function serviceWith(answers: readonly Answer[], onRequest?: (count: number) => void) {
  const { requests, config } = answering(answers, onRequest);
  const settings = { streamArn: STREAM_ARN, retentionMillis: 86_400_000, maxBytes: Infinity, pauseMillis: 0 };
  return { requests, reader: new KinesisReader(new KinesisClient(config), settings) };
}

describe('a read that fails for now', () => {
  test.each<[string, Answer]>([
    ['a throttle', throttled],
    ['a throttle of the key', refusal(400, 'KMSThrottlingException')],
    ['a throttle of the API', refusal(400, 'LimitExceededException')],
    ['too many requests', refusal(429, 'TooManyRequestsException')],
    ['an error of the service', refusal(500, 'InternalFailure')],
    ['a service that is not there', { status: 503, body: 'Service Unavailable' }],
    ['a connection that breaks', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
    ['a connection that is refused', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })],
    ['a service that does not answer', Object.assign(new Error('no answer'), { name: 'TimeoutError' })],
    ['an answer that was cut off', { status: 200, body: '{"Records":[{"Sequ' }],
  ])('is tried again until it does not, at each of its calls: %s', async (_, failure) => {
    const { reader, requests } = serviceWith([failure, iterator, failure, failure, records(0), failure, records(1, 2)]);
    const reading = await reader.read(batchInfo(), { signal: new AbortController().signal });
    expect(reading.records.map(indexOf)).toEqual([0, 1, 2]);
    expect(reading).toMatchObject({ hasStart: true, hasEnd: true });
    // The last two look whether what was read first is still there.
    expect(requests).toEqual([...Array(2).fill('GetShardIterator'), ...Array(5).fill('GetRecords'), 'GetShardIterator', 'GetRecords']);
  });

  test('is tried again far beyond the number of attempts that is usual', async () => {
    const { reader, requests } = serviceWith([iterator, ...Array<Answer>(100).fill(throttled), records(0, 1, 2)]);
    const reading = await reader.read(batchInfo(), { signal: new AbortController().signal });
    expect(reading.records).toHaveLength(3);
    expect(requests).toHaveLength(102);
  });
});

test.each([
  ['at first', [ok({})]],
  ['after some', [records(0), ok({ MillisBehindLatest: 0 })]],
])('an answer without records says nothing of them, and is for Lambda to try again: %s', async (_, answers) => {
  const { reader } = serviceWith([iterator, ...answers]);
  await expect(reader.read(batchInfo(), { signal: new AbortController().signal })).rejects.toThrow(
    'GetRecords must answer with Records, got: an answer without',
  );
});

describe('a read that fails until there is no time left', () => {
  const readUntil = (count: number, answers: Answer[]) => {
    const time = new AbortController();
    const { reader, requests } = serviceWith(answers, (it) => {
      if (it === count) time.abort();
    });
    return { requests, reading: reader.read(batchInfo(), { signal: time.signal }) };
  };

  test('before it has begun, is handed back as that', async () => {
    const { reading, requests } = readUntil(20, [throttled]);
    await expect(reading).rejects.toMatchObject({
      name: 'OutOfTimeError',
      message:
        `no time left to read ${STREAM_ARN} ${SHARD_ID} from ${sequenceNumber(0)} to ${sequenceNumber(2)}, got: 0 of 3 records so far`,
      cause: { name: 'AbortError' },
    });
    expect(requests).toEqual(Array(20).fill('GetShardIterator'));
  });

  test('between two pages, is handed back as that, and tells how far it came', async () => {
    const { reading, requests } = readUntil(20, [iterator, records(0, 1), throttled]);
    await expect(reading).rejects.toMatchObject({ name: 'OutOfTimeError', message: expect.stringContaining('got: 2 of 3 records so far') });
    expect(requests).toHaveLength(20);
  });

  test('with empty pages, is handed back as that', async () => {
    const { reading, requests } = readUntil(20, [iterator, records()]);
    await expect(reading).rejects.toMatchObject({ name: 'OutOfTimeError', message: expect.stringContaining('got: 0 of 3 records so far') });
    expect(requests).toHaveLength(20);
  });

  test('is not begun without time', async () => {
    const { reader } = serviceWith([throttled]);
    await expect(reader.read(batchInfo(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'OutOfTimeError' });
  });
});

describe('a read that is refused', () => {
  test.each(['AccessDeniedException', 'KMSDisabledException'])('is not tried again: %s', async (name) => {
    const { reader, requests } = serviceWith([refusal(400, name)]);
    const reading = await reader.read(batchInfo(), { signal: new AbortController().signal });
    expect(reading).toMatchObject({ unreadable: true, error: { name } });
    expect(requests).toHaveLength(1);
  });

  test('for an iterator that is too old, is begun anew after the last record', async () => {
    const answers = [iterator, records(0, 1), refusal(400, 'ExpiredIteratorException'), iterator, records(2)];
    const { reader, requests } = serviceWith(answers);
    const reading = await reader.read(batchInfo(), { signal: new AbortController().signal });
    expect(reading.records.map(indexOf)).toEqual([0, 1, 2]);
    expect(requests).toEqual(['GetShardIterator', 'GetRecords', 'GetRecords', 'GetShardIterator', 'GetRecords']);
  });
});
