import * as s3 from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { mockClient } from 'aws-sdk-client-mock';
import type { HydrateHandler } from '../../lambda/hydrate/hydrate';
import { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { messageOf } from './errors';
import { notificationText, sqsEvent } from './records';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';
const UNDELIVERABLE_QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/undeliverables';
const CONTEXT = { getRemainingTimeInMillis: () => 300_000 };

/** What the tests here ask a mocked client, of whatever service. */
interface MockedClient {
  calls(): readonly object[];
  call(index: number): { readonly thisValue: { readonly config: { readonly requestHandler: NodeHttpHandler; retryStrategy(): Promise<object> } } };
}

/** The entry file with a kind of stream, and the service that it reads. */
export interface HydrateEntry {
  /** Loads the entry file as Lambda does at a cold start. */
  readonly load: () => { handler: HydrateHandler };
  /** Mocks a service with a whole batch, of which this is the failure record. */
  readonly serve: () => { client: MockedClient };
  readonly failure: FailureRecord;
}

/** Has the SDK that a test mocks be the one that an entry file loads anew. */
export function mockModules(modules: Record<string, object>): void {
  const all = { '@aws-sdk/client-s3': s3, '@aws-sdk/client-sqs': sqs, '@smithy/node-http-handler': { NodeHttpHandler }, ...modules };
  for (const [name, module] of Object.entries(all)) jest.doMock(name, () => module);
}

/** Handles a message, with the queues and the bucket mocked. */
export async function invoke({ load, failure }: HydrateEntry, message: object | string = failure) {
  const queue = mockClient(sqs.SQSClient).onAnyCommand().resolves({});
  const bucket = mockClient(s3.S3Client).onAnyCommand().resolves({});
  const { handler } = load();
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  await handler(sqsEvent(message), CONTEXT);
  return { queue, bucket, sent: queue.call(0).args[0].input as sqs.SendMessageCommandInput };
}

/** What the entry does with its environment, for each kind of stream. Sets the environment up for the other tests of the file too. */
export function testHydrateEntry(entry: HydrateEntry): void {
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    QUEUE_URL,
    QUEUE_MAX_MESSAGE_BYTES: '1048576',
    UNDELIVERABLE_QUEUE_URL,
    INTAKE_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/123456789012/intake',
    MAX_CONCURRENCY: '2',
    OVERFLOW_BUCKET: 'overflow',
    OVERFLOW_PREFIX: 'dead-letters/1a2b3c4d/',
  };
  const before = process.env;

  beforeEach(() => {
    jest.resetModules();
    process.env = { ...before, ...environment };
  });
  afterEach(() => {
    process.env = before;
    jest.restoreAllMocks();
  });

  describe('the entry of the function', () => {
    test('sends the dead letter to the queue of its environment', async () => {
      entry.serve();
      const { sent } = await invoke(entry);
      expect(sent.QueueUrl).toBe(QUEUE_URL);
      expect(JSON.parse(sent.MessageBody!)).toMatchObject({ ...entry.failure, hydration: { status: 'COMPLETE' } });
    });

    test('keeps what is no failure record in the undeliverable queue of its environment', async () => {
      const { client } = entry.serve();
      const { sent } = await invoke(entry, 'hello');
      expect(sent).toMatchObject({ QueueUrl: UNDELIVERABLE_QUEUE_URL, MessageBody: notificationText('hello') });
      expect(client.calls()).toEqual([]);
    });

    test('keeps to the limit of its environment, and to its bucket beyond', async () => {
      process.env.QUEUE_MAX_MESSAGE_BYTES = '1024';
      entry.serve();
      const { sent, bucket } = await invoke(entry);
      expect(bucket.call(0).args[0].input).toMatchObject({ Bucket: 'overflow', Key: expect.stringMatching(/^dead-letters\/1a2b3c4d\/2026\//) });
      expect(sent.MessageBody).toContain('"s3BucketName":"overflow"');
    });

    test('speaks HTTP/1.1 to all services, and keeps its connections', async () => {
      process.env.QUEUE_MAX_MESSAGE_BYTES = '1024';
      const { client } = entry.serve();
      const { queue, bucket } = await invoke(entry);
      for (const it of [client, queue, bucket] as MockedClient[]) {
        const { requestHandler } = it.call(0).thisValue.config;
        expect(requestHandler).toBeInstanceOf(NodeHttpHandler);
        expect(requestHandler.metadata.handlerProtocol).toBe('http/1.1');
      }
    });

    test('tries all services again for as long as there is time', async () => {
      process.env.QUEUE_MAX_MESSAGE_BYTES = '1024';
      const { client } = entry.serve();
      const { queue, bucket } = await invoke(entry);
      for (const it of [client, queue, bucket] as MockedClient[]) {
        const strategy = await it.call(0).thisValue.config.retryStrategy();
        expect(strategy.constructor.name).toBe('FullJitterRetry');
      }
    });

    test.each(Object.keys(environment).filter((name) => name !== 'AWS_REGION'))('does not start without %s', (name) => {
      delete process.env[name];
      expect(messageOf(entry.load)).toBe(`environment variable ${name} must be set, got: nothing`);
    });

    test.each(['QUEUE_MAX_MESSAGE_BYTES', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'MAX_CONCURRENCY'])(
      'does not start where %s is no number',
      (name) => {
        process.env[name] = 'many';
        expect(messageOf(entry.load)).toBe(`environment variable ${name} must be a number above 0, got: many`);
      },
    );
  });
}
