import {
  CancelMessageMoveTaskCommand, CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand, type Message, ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { drainMessages } from '../../../local/queue-messages';
import { Fixture, KEY } from './fixture';

interface TestQueue {
  readonly url: string;
  readonly arn: string;
}

let fixture: Fixture;
let number = 0;

beforeAll(async () => {
  fixture = await Fixture.start();
});
beforeEach(() => {
  fixture.reset();
  fixture.allow('sqs:*');
});
afterAll(async () => fixture?.stop());

async function createQueue(attributes: Record<string, string> = {}): Promise<TestQueue> {
  const name = `queue-${++number}${attributes.FifoQueue ? '.fifo' : ''}`;
  const { QueueUrl } = await fixture.admin.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: '0', ...attributes } }));
  return { url: QueueUrl!, arn: fixture.account.arn('sqs', name) };
}

async function createSource({ arn }: TestQueue, attributes: Record<string, string> = {}): Promise<TestQueue> {
  return createQueue({ ...attributes, RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 1 }) });
}

/** Sends messages and receives them once too often. */
async function deadLetter(source: TestQueue, dlq: TestQueue, texts: readonly string[], fifo = false): Promise<void> {
  const before = await count(dlq);
  for (let from = 0; from < texts.length; from += 10) {
    await fixture.admin.sqs.send(new SendMessageBatchCommand({
      QueueUrl: source.url,
      Entries: texts.slice(from, from + 10).map((MessageBody, index) => ({
        Id: String(index), MessageBody, ...(fifo && { MessageGroupId: 'group', MessageDeduplicationId: `${MessageBody}-id` }),
      })),
    }));
  }
  while (await count(dlq) < before + texts.length) {
    await fixture.admin.sqs.send(new ReceiveMessageCommand({ QueueUrl: source.url, MaxNumberOfMessages: 10 }));
  }
}

async function count({ url }: TestQueue): Promise<number> {
  const { Attributes } = await fixture.admin.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return Number(Attributes!.ApproximateNumberOfMessages);
}

async function receive({ url }: TestQueue): Promise<Message[]> {
  const { Messages = [] } = await fixture.admin.sqs.send(new ReceiveMessageCommand({
    QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'],
  }));
  return Messages;
}

async function start(source: TestQueue, destination?: TestQueue, rate?: number): Promise<string> {
  const { TaskHandle } = await fixture.worker.sqs.send(new StartMessageMoveTaskCommand({
    SourceArn: source.arn, DestinationArn: destination?.arn, MaxNumberOfMessagesPerSecond: rate,
  }));
  return TaskHandle!;
}

async function latest({ arn }: TestQueue) {
  const { Results } = await fixture.worker.sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn }));
  return Results![0];
}

async function ended(source: TestQueue) {
  for (;;) {
    const task = await latest(source);
    if (task.Status !== 'RUNNING' && task.Status !== 'CANCELLING') return task;
  }
}

const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);

test('a task without a destination moves each message to the queue that it came from, as a new message', async () => {
  const dlq = await createQueue();
  const [first, second] = [await createSource(dlq), await createSource(dlq)];
  await deadLetter(first, dlq, ['a', 'b']);
  await deadLetter(second, dlq, ['c']);
  const before = await receive(dlq);
  expect(before.map(({ Attributes }) => Attributes!.DeadLetterQueueSourceArn)).toEqual([first.arn, first.arn, second.arn]);
  await start(dlq);
  expect(await ended(dlq)).toEqual({
    Status: 'COMPLETED', SourceArn: dlq.arn, ApproximateNumberOfMessagesMoved: 3, ApproximateNumberOfMessagesToMove: 3,
    StartedTimestamp: expect.any(Number),
  });
  const after = await receive(first);
  expect(bodies(after)).toEqual(['a', 'b']);
  expect(after[0].MessageId).not.toBe(before[0].MessageId);
  expect(after[0].Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
  expect(after[0].Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
  expect(Number(after[0].Attributes!.SentTimestamp)).toBeGreaterThanOrEqual(Number(before[0].Attributes!.SentTimestamp));
  expect(bodies(await receive(second))).toEqual(['c']);
  expect(await count(dlq)).toBe(0);
});

test('a task with a destination moves messages with their attributes there', async () => {
  const dlq = await createQueue();
  await createSource(dlq);
  const other = await createQueue();
  const MessageAttributes = {
    text: { DataType: 'String', StringValue: 'x' }, number: { DataType: 'Number', StringValue: '1' },
    bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255) },
  };
  await fixture.admin.sqs.send(new SendMessageCommand({ QueueUrl: dlq.url, MessageBody: 'sent directly 🍕', MessageAttributes }));
  await start(dlq, other);
  expect(await ended(dlq)).toMatchObject({ Status: 'COMPLETED', DestinationArn: other.arn });
  expect((await receive(other))[0]).toMatchObject({ Body: 'sent directly 🍕', MessageAttributes });
});

test('a FIFO queue keeps order and group, and no resend within five minutes is dropped as a duplicate', async () => {
  const dlq = await createQueue({ FifoQueue: 'true' });
  const source = await createSource(dlq, { FifoQueue: 'true' });
  const sent = Array.from({ length: 25 }, (_, index) => `m${index}`);
  await deadLetter(source, dlq, sent, true);
  for (let round = 0; round < 2; round++) {
    await start(dlq);
    expect(await ended(dlq)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 25 });
    if (round === 0) while (await count(dlq) < sent.length) await receive(source);
  }
  const moved = await drainMessages(fixture.admin.sqs, source.url);
  expect(bodies(moved)).toEqual(sent);
  expect(moved[0].Attributes).toMatchObject({ MessageGroupId: 'group' });
});

test('a message that no redrive policy moved fails a task without a destination, and stays', async () => {
  const dlq = await createQueue();
  const source = await createSource(dlq);
  await deadLetter(source, dlq, ['a']);
  await fixture.admin.sqs.send(new SendMessageCommand({ QueueUrl: dlq.url, MessageBody: 'sent directly' }));
  await start(dlq);
  expect(await ended(dlq)).toMatchObject({
    Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource', ApproximateNumberOfMessagesMoved: 1, ApproximateNumberOfMessagesToMove: 2,
  });
  expect(bodies(await receive(dlq))).toEqual(['sent directly']);
});

test('a task stops where its destination is deleted, and the messages that it has not moved remain', async () => {
  const dlq = await createQueue();
  const source = await createSource(dlq);
  const other = await createQueue();
  await deadLetter(source, dlq, ['a', 'b', 'c']);
  await start(dlq, other, 2);
  while (await count(other) === 0) await latest(dlq);
  await fixture.admin.sqs.send(new DeleteQueueCommand({ QueueUrl: other.url }));
  const { ApproximateNumberOfMessagesMoved: moved, ...task } = await ended(dlq);
  expect(task).toMatchObject({ Status: 'FAILED', FailureReason: 'AWS.SimpleQueueService.NonExistentQueue', MaxNumberOfMessagesPerSecond: 2 });
  expect(await count(dlq)).toBe(3 - moved!);
});

test('a running task has a handle, keeps its rate and is the only one of its queue; it can be cancelled once', async () => {
  const dlq = await createQueue();
  const source = await createSource(dlq);
  await deadLetter(source, dlq, ['a', 'b', 'c', 'd', 'e']);
  const begun = Date.now();
  const handle = await start(dlq, undefined, 5);
  expect(await latest(dlq)).toMatchObject({ Status: 'RUNNING', TaskHandle: handle });
  await expect(start(dlq)).rejects.toMatchObject({
    message: 'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
  });
  while (await count(source) < 2) await latest(dlq);
  expect(Date.now() - begun).toBeGreaterThanOrEqual(190);
  await fixture.worker.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle }));
  const task = await ended(dlq);
  expect(task).toMatchObject({ Status: 'CANCELLED' });
  expect(task).not.toHaveProperty('TaskHandle');
  expect(task.ApproximateNumberOfMessagesMoved! + await count(dlq)).toBe(5);
  await expect(fixture.worker.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle }))).rejects.toMatchObject({
    name: 'UnsupportedOperation',
  });
  await start(dlq);
  expect(await ended(dlq)).toMatchObject({ Status: 'COMPLETED' });
  const { Results } = await fixture.worker.sqs.send(new ListMessageMoveTasksCommand({ SourceArn: dlq.arn, MaxResults: 10 }));
  expect(Results!.map(({ Status }) => Status)).toEqual(['COMPLETED', 'CANCELLED']);
});

describe('a task is refused', () => {
  let dlq: TestQueue;
  beforeAll(async () => {
    dlq = await createQueue();
    await createSource(dlq);
  });

  it.each<[string, () => Promise<unknown>, object]>([
    ['for a queue that is no dead-letter queue of a queue', async () => start(await createQueue()), {
      message: 'Source queue must be configured as a Dead Letter Queue.', $metadata: { httpStatusCode: 400 },
    }],
    ['for a queue that does not exist', async () => start({ ...dlq, arn: `${dlq.arn}-gone` }), {
      name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 },
    }],
    ['without its destination', async () => start(dlq, { ...dlq, arn: `${dlq.arn}-gone` }), {
      message: 'The resource that you specified for the DestinationArn parameter doesn\'t exist.',
    }],
    ['with the other type of destination', async () => start(dlq, await createQueue({ FifoQueue: 'true' })), {
      message: expect.stringContaining('of the same type'),
    }],
    ['with itself as its destination', async () => start(dlq, dlq), { message: expect.stringContaining('must be different') }],
    ['with a rate of 0', async () => start(dlq, undefined, 0), { message: expect.stringContaining('MaxNumberOfMessagesPerSecond') }],
    ['with a rate over 500', async () => start(dlq, undefined, 501), { message: expect.stringContaining('between 1 and 500, got: 501') }],
  ])('%s', async (_, request, error) => {
    await expect(request()).rejects.toMatchObject(error);
  });

  it.each([
    ['that is no handle', () => 'foobared', { name: 'InvalidParameterValue', message: 'Value for parameter TaskHandle is invalid.' }],
    ['of no task', () => handleOf(dlq.arn), { name: 'ResourceNotFoundException', message: 'Task does not exist.' }],
    ['of a queue that does not exist', () => handleOf(`${dlq.arn}-gone`), { message: expect.stringContaining('SourceArn') }],
  ])('its cancellation by a handle %s', async (_, handle, error) => {
    await expect(fixture.worker.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle() }))).rejects.toMatchObject(error);
  });
});

function handleOf(sourceArn: string): string {
  return Buffer.from(JSON.stringify({ taskId: '10f57157', sourceArn })).toString('base64');
}

describe('permissions', () => {
  let dlq: TestQueue;
  let source: TestQueue;
  beforeEach(async () => {
    dlq = await createQueue();
    source = await createSource(dlq);
    await deadLetter(source, dlq, ['a']);
    fixture.reset();
  });

  const ON_QUEUE = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

  it('for a task are those of a consumer of the dead-letter queue and of a sender to the destination', async () => {
    fixture.allow(['sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks', ...ON_QUEUE], dlq.arn);
    fixture.allow('sqs:SendMessage', source.arn);
    await start(dlq, source);
    expect(await ended(dlq)).toMatchObject({ Status: 'COMPLETED' });
  });

  it.each(['sqs:StartMessageMoveTask', ...ON_QUEUE])('for a task without %s are not enough', async (missing) => {
    fixture.allow('sqs:*');
    fixture.allow(missing, dlq.arn, 'Deny');
    await expect(start(dlq)).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining(missing) });
  });

  it('for the destination are required at the start, and for original sources when a message is moved', async () => {
    fixture.allow(['sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks', ...ON_QUEUE], dlq.arn);
    await expect(start(dlq, source)).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('sqs:SendMessage') });
    await start(dlq);
    expect(await ended(dlq)).toMatchObject({ Status: 'FAILED', FailureReason: 'AccessDenied' });
    expect(await count(dlq)).toBe(1);
  });

  it('for encrypted queues are those on their keys, too', async () => {
    fixture.allow('sqs:*');
    fixture.encrypt(source.arn);
    await expect(start(dlq, source)).rejects.toMatchObject({ name: 'KmsAccessDenied' });
    await start(dlq);
    expect(await ended(dlq)).toMatchObject({ Status: 'FAILED', FailureReason: 'KMS.AccessDeniedException' });
    fixture.encrypt(dlq.arn);
    fixture.allow('kms:GenerateDataKey', KEY);
    await expect(start(dlq, source)).rejects.toMatchObject({ message: expect.stringContaining('kms:Decrypt') });
    fixture.allow('kms:Decrypt', KEY);
    await start(dlq);
    expect(await ended(dlq)).toMatchObject({ Status: 'COMPLETED' });
  });
});

test('the source queues of a dead-letter queue are listed in pages', async () => {
  const dlq = await createQueue();
  const sources = [await createSource(dlq), await createSource(dlq), await createSource(dlq)];
  const list = async (NextToken?: string, MaxResults?: number) => fixture.worker.sqs.send(
    new ListDeadLetterSourceQueuesCommand({ QueueUrl: dlq.url, MaxResults, NextToken }),
  );
  expect((await list()).queueUrls?.sort()).toEqual(sources.map(({ url }) => url).sort());
  const { queueUrls = [], NextToken } = await list(undefined, 2);
  const rest = await list(NextToken, 2);
  expect([...queueUrls, ...rest.queueUrls!].sort()).toEqual(sources.map(({ url }) => url).sort());
  expect(rest.NextToken).toBeUndefined();
  fixture.reset();
  await expect(list()).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('sqs:ListDeadLetterSourceQueues') });
});
