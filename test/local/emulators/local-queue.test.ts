import {
  ChangeMessageVisibilityCommand, CreateQueueCommand, DeleteMessageCommand, type Message, ReceiveMessageCommand, SendMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Account } from '../../../local/account';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators';
import { endVisibilityTimeouts } from '../../../local/emulators/fauxqs';

const account = new Account();
let emulators: Emulators;
let sqs: SQSClient;
let number = 0;

beforeAll(async () => {
  emulators = await startEmulators({ accountId: account.accountId, region: account.region });
  sqs = new SQSClient({
    region: account.region,
    endpoint: emulators.endpoints.sqs,
    credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' },
    requestHandler: new NodeHttpHandler(),
  });
});
afterAll(async () => {
  sqs?.destroy();
  await emulators?.stop();
});

async function createQueue(Attributes: Record<string, string> = {}) {
  const name = `queue-${++number}${Attributes.FifoQueue ? '.fifo' : ''}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return { url: QueueUrl!, arn: account.arn('sqs', name) };
}

async function receive(QueueUrl: string, VisibilityTimeout = 30): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
    QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout, MessageSystemAttributeNames: ['All'],
  }));
  return Messages;
}

const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);

describe('a FIFO queue', () => {
  let url: string;
  beforeEach(async () => {
    ({ url } = await createQueue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' }));
  });

  async function send(group: string, ...texts: string[]): Promise<void> {
    for (const MessageBody of texts) await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody, MessageGroupId: group }));
  }

  it('gives as many messages of a group as there are, and none of them while one is in flight', async () => {
    await send('a', 'a1', 'a2', 'a3');
    await send('b', 'b1');
    const first = await receive(url);
    expect(bodies(first)).toEqual(['a1', 'a2', 'a3', 'b1']);
    await send('a', 'a4');
    await send('c', 'c1');
    expect(bodies(await receive(url))).toEqual(['c1']);
    for (const { ReceiptHandle } of first.slice(0, 3)) await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    expect(bodies(await receive(url))).toEqual(['a4']);
  });

  it('gives messages that return in their order', async () => {
    await send('a', 'a1', 'a2', 'a3', 'a4');
    expect(bodies(await receive(url, 0))).toEqual(['a1', 'a2', 'a3', 'a4']);
    const again = await receive(url);
    expect(bodies(again)).toEqual(['a1', 'a2', 'a3', 'a4']);
    for (const { ReceiptHandle } of [again[2], again[0], again[3], again[1]]) {
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }));
    }
    expect(bodies(await receive(url))).toEqual(['a1', 'a2', 'a3', 'a4']);
  });
});

test.each([['queue', ['one']], ['messageGroup', ['one', 'one']]])('a deduplication scope of %s is kept', async (DeduplicationScope, expected) => {
  const { url } = await createQueue({ FifoQueue: 'true', DeduplicationScope });
  for (const MessageGroupId of ['a', 'b', 'a']) {
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'one', MessageGroupId, MessageDeduplicationId: 'same' }));
  }
  expect(bodies(await receive(url))).toEqual(expected);
});

test('messages in flight are visible when their visibility timeouts are ended', async () => {
  const { url } = await createQueue();
  await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'hidden' }));
  await receive(url, 43_200);
  expect(await receive(url)).toEqual([]);
  await endVisibilityTimeouts(emulators.endpoints.sqs, url.split('/').at(-1)!);
  expect(bodies(await receive(url))).toEqual(['hidden']);
  await expect(endVisibilityTimeouts(emulators.endpoints.sqs, 'gone')).rejects.toThrow('the visibility timeouts of queue gone did not end: 404');
});

describe('a redrive policy', () => {
  it('moves a message with its source, ID and time stamp, and does not count the receive that moves it', async () => {
    const dlq = await createQueue();
    const source = await createQueue({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount: 1 }) });
    await sqs.send(new SendMessageCommand({ QueueUrl: source.url, MessageBody: 'poison' }));
    const [first] = await receive(source.url, 0);
    expect(await receive(source.url)).toEqual([]);
    const [moved] = await receive(dlq.url);
    expect(moved).toMatchObject({
      MessageId: first.MessageId,
      Attributes: {
        DeadLetterQueueSourceArn: source.arn, ApproximateReceiveCount: '2', SentTimestamp: first.Attributes!.SentTimestamp,
      },
    });
  });

  it('moves a message of a FIFO queue with its ID as the deduplication ID', async () => {
    const dlq = await createQueue({ FifoQueue: 'true' });
    const source = await createQueue({ FifoQueue: 'true', RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount: 1 }) });
    for (const text of ['a', 'b']) {
      const ids = { MessageGroupId: 'group', MessageDeduplicationId: `id-${text}` };
      await sqs.send(new SendMessageCommand({ QueueUrl: source.url, MessageBody: text, ...ids }));
    }
    await receive(source.url, 0);
    expect(await receive(source.url)).toEqual([]);
    const moved = await receive(dlq.url);
    expect(bodies(moved)).toEqual(['a', 'b']);
    for (const { MessageId, Attributes } of moved) {
      expect(Attributes).toMatchObject({ MessageGroupId: 'group', MessageDeduplicationId: MessageId, DeadLetterQueueSourceArn: source.arn });
    }
  });
});
