import * as kinesis from '@aws-sdk/client-kinesis';
import * as s3 from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { mockClient } from 'aws-sdk-client-mock';
import { messageOf } from '../support/errors';
import { failureRecord, FUNCTION_ARN, ROLE_ARN, snsEvent, STREAM_ARN, streamRecord } from '../support/records';
import { Page, shardOf } from '../support/shard';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';
const UNDELIVERABLE_QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/undeliverables';
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  QUEUE_URL,
  QUEUE_MAX_MESSAGE_BYTES: '1048576',
  UNDELIVERABLE_QUEUE_URL,
  OVERFLOW_BUCKET: 'overflow',
  STREAM_RETENTION_HOURS: '24',
  STREAM_ARN,
  INVOKE_IDENTITIES: JSON.stringify([{ functionArn: FUNCTION_ARN, roleArn: ROLE_ARN }]),
};
const CONTEXT = { getRemainingTimeInMillis: () => 300_000 };
const before = process.env;

beforeEach(() => {
  jest.resetModules();
  process.env = { ...before, ...ENVIRONMENT };
});
afterEach(() => {
  process.env = before;
});

/** Loads the entry file as Lambda does at a cold start, with the SDK that the mocks are of. */
function load() {
  jest.doMock('@aws-sdk/client-kinesis', () => kinesis);
  jest.doMock('@aws-sdk/client-s3', () => s3);
  jest.doMock('@aws-sdk/client-sqs', () => sqs);
  jest.doMock('@smithy/node-http-handler', () => ({ NodeHttpHandler }));
  return jest.requireActual<typeof import('../../lambda/hydrate-kinesis')>('../../lambda/hydrate-kinesis');
}

const PAGE: Page = { records: [0, 1, 2].map((index) => streamRecord(index)) };

/** Handles a message about a shard with these pages, with all three services mocked. */
async function invoked({ message = failureRecord(), pages = [PAGE] }: { message?: object | string; pages?: Page[] } = {}) {
  const shard = shardOf(pages);
  const queue = mockClient(sqs.SQSClient).onAnyCommand().resolves({});
  const bucket = mockClient(s3.S3Client).onAnyCommand().resolves({});
  const { handler } = load();
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  await handler(snsEvent(message), CONTEXT);
  return { ...shard, queue, bucket };
}

describe('the entry of the function', () => {
  afterEach(() => jest.restoreAllMocks());

  test('sends the dead letter to the queue of its environment', async () => {
    const { queue } = await invoked();
    const input = queue.call(0).args[0].input as sqs.SendMessageCommandInput;
    expect(input.QueueUrl).toBe(QUEUE_URL);
    expect(JSON.parse(input.MessageBody!)).toMatchObject({ ...failureRecord(), hydration: { status: 'COMPLETE' } });
  });

  test('reads the stream of its environment', async () => {
    const { iterators, reads } = await invoked();
    expect([...iterators(), ...reads()].map(({ StreamARN }) => StreamARN)).toEqual([STREAM_ARN, STREAM_ARN]);
  });

  test('knows the roles of its environment', async () => {
    const { queue } = await invoked();
    const { Records } = JSON.parse((queue.call(0).args[0].input as sqs.SendMessageCommandInput).MessageBody!).payload;
    expect(Records).toEqual(Array(3).fill(expect.objectContaining({ invokeIdentityArn: ROLE_ARN })));
  });

  test('keeps what is no failure record in the undeliverable queue of its environment', async () => {
    const { queue, client } = await invoked({ message: 'hello' });
    const input = queue.call(0).args[0].input as sqs.SendMessageCommandInput;
    expect(input).toMatchObject({ QueueUrl: UNDELIVERABLE_QUEUE_URL, MessageBody: JSON.stringify(snsEvent('hello')) });
    expect(client.calls()).toEqual([]);
  });

  test('keeps to the limit of its environment, and to its bucket beyond', async () => {
    process.env.QUEUE_MAX_MESSAGE_BYTES = '1024';
    const { queue, bucket } = await invoked();
    expect(bucket.call(0).args[0].input).toMatchObject({ Bucket: 'overflow' });
    expect((queue.call(0).args[0].input as sqs.SendMessageCommandInput).MessageBody).toContain('"s3BucketName":"overflow"');
  });

  test.each([
    ['as old as the stream', 24 * 3_600_000, ['AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP']],
    ['younger than the stream', 24 * 3_600_000 - 1, ['AT_SEQUENCE_NUMBER']],
  ])('takes an empty position for trimmed by the retention of its environment: %s', async (_, millisBehindLatest, types) => {
    const { iterators } = await invoked({ pages: [{ millisBehindLatest }, { millisBehindLatest: 0 }] });
    expect(iterators().map(({ ShardIteratorType }) => ShardIteratorType)).toEqual(types);
  });

  test('speaks HTTP/1.1 to all services, and keeps its connections', async () => {
    process.env.QUEUE_MAX_MESSAGE_BYTES = '1024';
    const { client, queue, bucket } = await invoked();
    for (const it of [client, queue, bucket]) {
      const { requestHandler } = it.call(0).thisValue.config;
      expect(requestHandler).toBeInstanceOf(NodeHttpHandler);
      expect(requestHandler.metadata.handlerProtocol).toBe('http/1.1');
    }
  });

  test('tries all services again for as long as there is time', async () => {
    process.env.QUEUE_MAX_MESSAGE_BYTES = '1024';
    const { client, queue, bucket } = await invoked();
    for (const it of [client, queue, bucket]) {
      const strategy = await it.call(0).thisValue.config.retryStrategy();
      expect(strategy.constructor.name).toBe('FullJitterRetry');
    }
  });

  test.each(Object.keys(ENVIRONMENT).filter((name) => name !== 'AWS_REGION'))('does not start without %s', (name) => {
    delete process.env[name];
    expect(messageOf(load)).toBe(`environment variable ${name} must be set, got: nothing`);
  });

  test.each(['QUEUE_MAX_MESSAGE_BYTES', 'STREAM_RETENTION_HOURS'])('does not start where %s is no number', (name) => {
    process.env[name] = 'many';
    expect(messageOf(load)).toBe(`environment variable ${name} must be a number above 0, got: many`);
  });
});
