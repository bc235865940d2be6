import * as kinesis from '@aws-sdk/client-kinesis';
import * as sqs from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { mockClient } from 'aws-sdk-client-mock';
import { messageOf } from '../support/errors';
import { failureRecord, FUNCTION_ARN, ROLE_ARN, snsEvent, STREAM_ARN, streamRecord } from '../support/records';
import { shardOf } from '../support/shard';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  QUEUE_URL,
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
  jest.doMock('@aws-sdk/client-sqs', () => sqs);
  jest.doMock('@smithy/node-http-handler', () => ({ NodeHttpHandler }));
  return jest.requireActual<typeof import('../../lambda/hydrate-kinesis')>('../../lambda/hydrate-kinesis');
}

async function invoked() {
  const shard = shardOf([{ records: [0, 1, 2].map((index) => streamRecord(index)) }]);
  const queue = mockClient(sqs.SQSClient).onAnyCommand().resolves({});
  const { handler } = load();
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  await handler(snsEvent(failureRecord()), CONTEXT);
  return { ...shard, queue };
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

  test('speaks HTTP/1.1 to Kinesis, and keeps its connections', async () => {
    const { client } = await invoked();
    const { requestHandler } = client.call(0).thisValue.config;
    expect(requestHandler).toBeInstanceOf(NodeHttpHandler);
    expect(requestHandler.metadata.handlerProtocol).toBe('http/1.1');
  });

  test('tries both services up to eight times', async () => {
    const { client, queue } = await invoked();
    const attempts = [client, queue].map((it) => it.call(0).thisValue.config.maxAttempts() as Promise<number>);
    expect(await Promise.all(attempts)).toEqual([8, 8]);
  });

  test.each(['QUEUE_URL', 'STREAM_ARN', 'INVOKE_IDENTITIES'])('does not start without %s', (name) => {
    delete process.env[name];
    expect(messageOf(load)).toBe(`environment variable ${name} must be set, got: nothing`);
  });
});
