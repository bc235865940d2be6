import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { bareLoop } from '../../bench/redrive/bare-loop';
import { TARGETS } from '../../bench/redrive/fake-aws/delivery-tracker';
import { FakeAws } from '../../bench/redrive/fake-aws/fake-aws';
import { FUNCTION_ARN, recordsIn } from '../../bench/redrive/sample-dead-letters';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { QueueModel } from '../../local/fakes/queue-model';

const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };

let aws: FakeAws;
let sqs: SQSClient;
let lambda: LambdaClient;
let options: { endpoint: string; region: string; credentials: typeof credentials };

beforeAll(async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench', AWS_REGION: 'eu-west-1' });
  aws = await FakeAws.start();
  options = { endpoint: aws.endpoint, region: 'eu-west-1', credentials };
  sqs = new SQSClient(options);
  lambda = new LambdaClient(options);
});

afterAll(async () => {
  sqs.destroy();
  lambda.destroy();
  await aws.stop();
});

async function receive(more: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: aws.queueUrl, MaxNumberOfMessages: 10, ...more }));
  return Messages;
}

async function invokeWith(payload: unknown, FunctionName = FUNCTION_ARN): Promise<void> {
  await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
}

function eventOf({ Body }: Message): DeadLetter['payload'] {
  return (JSON.parse(Body!) as DeadLetter).payload;
}

describe('the bare loop', () => {
  test.each(TARGETS)('takes every dead letter to the %s, and leaves none', async (to) => {
    await aws.fill(25, { to });

    await bareLoop({ queueUrl: aws.queueUrl, endpoint: aws.endpoint, to, concurrency: 3 });

    const { calls, sendingSeconds, ...account } = aws.report;
    expect(account).toEqual({
      once: to === 'processor' ? 25 : recordsIn(25), again: 0, missing: 0, unexpected: 0, deletedTooEarly: 0, remaining: 0, unknown: [],
    });
    expect(calls).toMatchObject({ DeleteMessage: 25, [to === 'processor' ? 'Invoke' : 'PutRecords']: 25 });
    expect(sendingSeconds).toBeGreaterThan(0);
  });
});

describe('the account of the bench', () => {
  beforeEach(async () => aws.fill(2, { to: 'processor' }));

  test('has what never arrived and is still in the queue, in flight or not', async () => {
    await receive({ MaxNumberOfMessages: 1 });

    expect(aws.report).toMatchObject({ once: 0, missing: 2, remaining: 2 });
  });

  test('has what arrived twice', async () => {
    const [message] = await receive();
    await invokeWith(eventOf(message));
    await invokeWith(eventOf(message));

    expect(aws.report).toMatchObject({ once: 0, again: 1, missing: 1 });
  });

  test('has an event that was changed, or came to another function', async () => {
    const [one, other] = await receive();
    await invokeWith({ Records: eventOf(one).Records.slice(1) });
    await invokeWith(eventOf(other), `${FUNCTION_ARN}-of-another`);

    expect(aws.report).toMatchObject({ once: 0, missing: 2, unexpected: 2 });
  });

  test('has a dead letter that was deleted before it was sent', async () => {
    const [{ ReceiptHandle }] = await receive();
    await sqs.send(new DeleteMessageCommand({ QueueUrl: aws.queueUrl, ReceiptHandle }));
    await sqs.send(new DeleteMessageCommand({ QueueUrl: aws.queueUrl, ReceiptHandle }));

    expect(aws.report).toMatchObject({ deletedTooEarly: 1, remaining: 1, calls: { DeleteMessage: 2 } });
  });

  test('has a request that nothing knows', async () => {
    await expect(lambda.send(new ListFunctionsCommand())).rejects.toThrow('the benchmark does not support GET /2015-03-31/functions');

    expect(aws.report.unknown).toEqual(['GET /2015-03-31/functions']);
  });
});

describe('the queue of the bench', () => {
  beforeEach(async () => aws.fill(3, { to: 'processor' }));

  test('gives attributes where they are asked for, and the SDK finds the checksums right', async () => {
    const [bare] = await receive({ MaxNumberOfMessages: 1 });
    const [full] = await receive({ MaxNumberOfMessages: 1, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] });

    expect(Object.keys(bare).sort()).toEqual(['Body', 'MD5OfBody', 'MessageId', 'ReceiptHandle']);
    expect(full.Attributes).toMatchObject({ ApproximateReceiveCount: '1', SentTimestamp: expect.stringMatching(/^\d{13}$/) });
    expect(full.MessageAttributes).toMatchObject({ status: { DataType: 'String', StringValue: 'COMPLETE' } });
  });

  test('hides what is in flight until its time is over or it is given back', async () => {
    const [one, two, three] = await receive();
    expect(await receive()).toEqual([]);

    const at = { QueueUrl: aws.queueUrl, ReceiptHandle: one.ReceiptHandle };
    await sqs.send(new ChangeMessageVisibilityCommand({ ...at, VisibilityTimeout: 0 }));
    const [again] = await receive({ VisibilityTimeout: 1, MessageSystemAttributeNames: ['All'] });
    expect(again).toMatchObject({ MessageId: one.MessageId, Attributes: { ApproximateReceiveCount: '2' } });

    const entries = [two, three].map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 60 }));
    const { Successful } = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: aws.queueUrl, Entries: entries }));
    expect(Successful).toHaveLength(2);

    const [timedOut, ...others] = await receive({ WaitTimeSeconds: 5 });
    expect(timedOut.MessageId).toBe(one.MessageId);
    expect(others).toEqual([]);
  });

  test('wakes a long poll with what is sent, and ends one that finds nothing', async () => {
    await receive();
    const poll = receive({ WaitTimeSeconds: 10 });
    await sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl, MessageBody: 'one “more”' }));

    expect(await poll).toMatchObject([{ Body: 'one “more”' }]);
    expect(await receive({ WaitTimeSeconds: 1 })).toEqual([]);
  });

  test('gives nothing to a client that has gone away', async () => {
    const queue = new QueueModel();
    const gone = new AbortController();
    const asked = { max: 1, visibilitySeconds: 30, waitSeconds: 10 };
    const poll = queue.poll(asked, gone.signal);
    gone.abort();
    queue.send({ body: 'one' });

    expect(await poll).toEqual([]);
    expect(await queue.poll(asked, gone.signal)).toHaveLength(1);
    expect(await queue.poll(asked, gone.signal)).toEqual([]);
  });

  test('refuses to hold or give back what is not in flight', async () => {
    const [message] = await receive({ MaxNumberOfMessages: 1 });
    const entry = { Id: 'a', ReceiptHandle: message.ReceiptHandle };
    const { Successful, Failed = [] } = await sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: aws.queueUrl, Entries: [entry, { Id: 'b', ReceiptHandle: message.ReceiptHandle }] }),
    );
    expect([Successful, Failed]).toEqual([[{ Id: 'a' }, { Id: 'b' }], []]);

    await expect(release(message)).rejects.toThrow(expect.objectContaining({ name: 'MessageNotInflight' }));
    const batch = await sqs.send(
      new ChangeMessageVisibilityBatchCommand({ QueueUrl: aws.queueUrl, Entries: [{ ...entry, VisibilityTimeout: 0 }] }),
    );
    expect(batch.Failed).toMatchObject([{ Id: 'a', SenderFault: true, Code: 'com.amazonaws.sqs#MessageNotInflight' }]);
  });

  async function release({ ReceiptHandle }: Message): Promise<void> {
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: aws.queueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  }
});

test('the AWS of the bench knows its queue, the caller, and that nothing is tagged', async () => {
  await aws.fill(2, { to: 'processor' });
  await receive({ MaxNumberOfMessages: 1 });

  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: aws.queueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({
    QueueArn: 'arn:aws:sqs:eu-west-1:123456789012:orders-dead-letters',
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '1',
  });
  expect(await sqs.send(new GetQueueUrlCommand({ QueueName: 'orders-dead-letters' }))).toMatchObject({ QueueUrl: aws.queueUrl });
  expect(await new STSClient(options).send(new GetCallerIdentityCommand())).toMatchObject({ Arn: 'arn:aws:iam::123456789012:user/bench' });
  const { ResourceTagMappingList } = await new ResourceGroupsTaggingAPIClient(options).send(new GetResourcesCommand());
  expect(ResourceTagMappingList).toEqual([]);
});
