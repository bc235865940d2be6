import * as s3 from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { mockClient } from 'aws-sdk-client-mock';
import { BUCKET, functionEvent, KEY, object, objectCreated } from '../../support/captured';
import { messageOf } from '../../support/errors';
import { failureRecord, STREAM_ARN } from '../../support/records';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';
const UNDELIVERABLE_QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/undeliverables';
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  QUEUE_URL,
  QUEUE_MAX_MESSAGE_BYTES: '1048576',
  UNDELIVERABLE_QUEUE_URL,
  CAPTURE_BUCKET: BUCKET,
};
const CONTEXT = { getRemainingTimeInMillis: () => 60_000 };
const before = process.env;

beforeEach(() => {
  jest.resetModules();
  process.env = { ...before, ...ENVIRONMENT };
});
afterEach(() => {
  process.env = before;
  jest.restoreAllMocks();
});

/** Loads the entry file as Lambda does at a cold start, with the SDK that the mocks are of. */
function load() {
  jest.doMock('@aws-sdk/client-s3', () => s3);
  jest.doMock('@aws-sdk/client-sqs', () => sqs);
  jest.doMock('@smithy/node-http-handler', () => ({ NodeHttpHandler }));
  return jest.requireActual<typeof import('../../../lambda/capture/capture-s3')>('../../../lambda/capture/capture-s3');
}

async function invoked(text = JSON.stringify({ ...failureRecord(), payload: JSON.stringify(functionEvent()) })) {
  const queue = mockClient(sqs.SQSClient).onAnyCommand().resolves({});
  const bucket = mockClient(s3.S3Client).onAnyCommand().resolves(object(text));
  const { handler } = load();
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  await handler(objectCreated(), CONTEXT);
  const messages = queue.calls().map((call) => call.args[0].input as sqs.SendMessageCommandInput);
  return { queue, bucket, messages, message: messages[0] };
}

describe('the entry of the function', () => {
  test('sends the dead letter of its bucket to the queue of its environment', async () => {
    const { bucket, message } = await invoked();
    expect(bucket.call(0).args[0].input).toEqual({ Bucket: BUCKET, Key: KEY });
    expect(message.QueueUrl).toBe(QUEUE_URL);
    expect(JSON.parse(message.MessageBody!)).toMatchObject({ ...failureRecord(), payload: functionEvent(), hydration: { status: 'COMPLETE' } });
  });

  test('sends an event without a failure record to the undeliverable queue of its environment', async () => {
    const { message } = await invoked('hello');
    expect(message).toMatchObject({ QueueUrl: UNDELIVERABLE_QUEUE_URL, MessageBody: JSON.stringify(objectCreated()) });
  });

  test.each([
    ['none', undefined, [QUEUE_URL]],
    ['this one and others', JSON.stringify([STREAM_ARN, `${STREAM_ARN}-2`]), [QUEUE_URL]],
    ['others', JSON.stringify([STREAM_ARN]), []],
  ])('takes any stream, or those alone that its environment names: %s', async (_, streams, queues) => {
    if (streams) process.env.STREAM_ARNS = streams;
    const { messages } = await invoked(JSON.stringify(failureRecord({ streamArn: `${STREAM_ARN}-2` })));
    expect(messages.map(({ QueueUrl }) => QueueUrl)).toEqual(queues);
  });

  test('applies the maximum message size of its environment, and sends a pointer to the object above it', async () => {
    process.env.QUEUE_MAX_MESSAGE_BYTES = '1024';
    const { bucket, message } = await invoked();
    expect(JSON.parse(message.MessageBody!)[1]).toEqual({ s3BucketName: BUCKET, s3Key: KEY });
    expect(bucket.calls()).toHaveLength(1);
  });

  test('reads no more than fits into memory', async () => {
    process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE = '0.01';
    const { message } = await invoked();
    expect(message.MessageAttributes!.reason.StringValue).toContain('it must have at most 655.36 bytes');
  });

  test('uses the client options of the hydrate function', async () => {
    const { queue, bucket } = await invoked();
    for (const it of [queue, bucket]) {
      const { requestHandler, retryStrategy } = it.call(0).thisValue.config;
      expect(requestHandler).toBeInstanceOf(NodeHttpHandler);
      expect((await retryStrategy()).constructor.name).toBe('FullJitterRetry');
    }
  });

  test.each(Object.keys(ENVIRONMENT).filter((name) => name !== 'AWS_REGION'))('does not start without %s', (name) => {
    delete process.env[name];
    expect(messageOf(load)).toBe(`environment variable ${name} must be set, got: nothing`);
  });
});
