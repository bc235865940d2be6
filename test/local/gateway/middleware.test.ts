import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { GatewayRequest, Middleware } from '../../../local/gateway/types';
import { Fixture, ROLE } from './fixture';

let fixture: Fixture;
let QueueUrl: string;
let remove: (() => void) | undefined;

beforeAll(async () => {
  fixture = await Fixture.start();
  QueueUrl = (await fixture.admin.sqs.send(new CreateQueueCommand({ QueueName: 'queue' }))).QueueUrl!;
});

beforeEach(() => {
  fixture.reset();
  fixture.allow('sqs:*');
});

afterEach(() => remove?.());
afterAll(async () => fixture?.stop());

const use = (middleware: Middleware) => {
  remove = fixture.gateway.use(middleware);
};
const send = async (MessageBody = 'body') => fixture.worker.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

/** Takes what is in the queue out of it. */
async function receive() {
  const { Messages } = await fixture.admin.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { ReceiptHandle } of Messages ?? [])
    await fixture.admin.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages?.map(({ Body }) => Body);
}

test('middleware sees an authorized request, and its change of the body reaches the emulator', async () => {
  const seen: GatewayRequest[] = [];
  use(async (request, next) => {
    seen.push({ ...request });
    request.body = Buffer.from(request.body.toString().replace('before', 'after!'));
    return next();
  });
  // The SDK checks the digest of the body it sent.
  await expect(send('before')).rejects.toThrow('InvalidChecksumError');
  expect(await receive()).toEqual(['after!']);
  expect(seen).toMatchObject([
    {
      service: 'sqs',
      action: 'SendMessage',
      roleArn: ROLE,
      resources: ['arn:aws:sqs:us-east-1:123456789012:queue'],
      input: { QueueUrl, MessageBody: 'before' },
    },
  ]);
});

test("middleware answers instead of the emulator, in the service's own error format", async () => {
  use(async (request) => request.error('com.amazonaws.sqs#RequestThrottled', 'slow down', 400));
  await expect(send()).rejects.toMatchObject({ name: 'RequestThrottled', message: 'slow down' });
  expect(await receive()).toBeUndefined();
});

test("middleware alters the emulator's answer", async () => {
  use(async (_, next) => {
    const answer = await next();
    return {
      ...answer,
      body: Buffer.from(answer.body.toString().replace(/"MessageId":"[^"]*"/, '"MessageId":"mine"')),
    };
  });
  expect(await send()).toMatchObject({ MessageId: 'mine' });
  expect(await receive()).toEqual(['body']);
});

test('middleware cuts the connection', async () => {
  use(async (request) => {
    request.destroy();
    return undefined;
  });
  await expect(send()).rejects.toThrow('socket hang up');
});

test('middleware does not see what is refused', async () => {
  const middleware = jest.fn(async (_: GatewayRequest, next: Parameters<Middleware>[1]) => next());
  use(middleware);
  fixture.reset();
  await expect(send()).rejects.toMatchObject({ name: 'AccessDenied' });
  expect(middleware).not.toHaveBeenCalled();
});

test('middleware added later is around what was there, and can be taken away', async () => {
  const order: string[] = [];
  const mark =
    (name: string): Middleware =>
      async (_, next) => {
        order.push(name);
        return next();
      };
  const first = fixture.gateway.use(mark('first'));
  const second = fixture.gateway.use(mark('second'));
  await send();
  second();
  await send();
  first();
  await send();
  expect(order).toEqual(['second', 'first', 'first']);
});

test('middleware cuts the connection within the body of an answer', async () => {
  use(async (_, next) => ({ ...(await next()), delivery: { cutAfter: 10 } }));
  await expect(send('cut')).rejects.toThrow('aborted');
  expect(await receive()).toContain('cut');
});

test('middleware slows the body of an answer down', async () => {
  use(async (_, next) => ({ ...(await next()), delivery: { millis: 200 } }));
  const start = performance.now();
  expect(await send('slow')).toHaveProperty('MessageId');
  expect(performance.now() - start).toBeGreaterThan(150);
  expect(await receive()).toContain('slow');
});
