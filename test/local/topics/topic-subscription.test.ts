import { CreateTopicCommand, ListSubscriptionsByTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ListQueuesCommand, PurgeQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Account } from '../../../local/account';
import { Clock } from '../../../local/clock';
import { topicMetric } from '../../../local/cloudwatch/service-metrics';
import { Emulators, startEmulators } from '../../../local/emulators/emulators';
import { PayloadTooLargeError } from '../../../local/functions/lambda-function';
import { TopicSubscription, TopicSubscriptionSpec } from '../../../local/topics/topic-subscription';
import { FakeAuthorizer } from '../functions/fixture';

let emulators: Emulators;
let account: Account;
let authorizer: FakeAuthorizer;
let sqs: SQSClient;
let sns: SNSClient;
let events: unknown[];
let open: TopicSubscription[];

const topicArn = new Account().arn('sns', 'failures');
const functionArn = new Account().arn('lambda', 'function:hydrate');
const redriveArn = new Account().arn('sqs', 'undelivered');
const keyArn = new Account().arn('kms', 'key/1');

beforeAll(async () => {
  const { accountId, region } = new Account();
  emulators = await startEmulators({ accountId, region, kinesis: false });
  const settings = {
    region,
    endpoint: emulators.endpoints.sqs,
    credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' },
    requestHandler: new NodeHttpHandler(),
  };
  sqs = new SQSClient(settings);
  sns = new SNSClient(settings);
  await sns.send(new CreateTopicCommand({ Name: 'failures' }));
  await sqs.send(new CreateQueueCommand({ QueueName: 'undelivered' }));
});

afterAll(async () => {
  sqs.destroy();
  sns.destroy();
  await emulators.stop();
});

beforeEach(async () => {
  account = new Account();
  authorizer = new FakeAuthorizer();
  events = [];
  open = [];
  account.functions.set(functionArn, {
    functionArn, roleArn: 'arn:aws:iam::123456789012:role/hydrate', invoke: () => Promise.reject(new Error('SNS does not invoke synchronously')),
    invokeAsync: (event) => events.push(event),
  });
  await sqs.send(new PurgeQueueCommand({ QueueUrl: `${emulators.endpoints.sqs}/${account.accountId}/undelivered` }));
});

afterEach(async () => {
  for (const subscription of open) await subscription.close();
});

async function subscribe(overrides: Partial<TopicSubscriptionSpec> = {}): Promise<TopicSubscription> {
  const subscription = await TopicSubscription.start(
    { subscriptionArn: `${topicArn}:sub-1`, topicArn, functionArn, ...overrides },
    { account, authorizer, clock: new Clock(), admin: emulators.endpoints },
  );
  open.push(subscription);
  return subscription;
}

async function publish(message: string, extra: object = {}): Promise<string> {
  const { MessageId } = await sns.send(new PublishCommand({ TopicArn: topicArn, Message: message, ...extra }));
  return MessageId!;
}

async function undelivered() {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
    QueueUrl: `${emulators.endpoints.sqs}/${account.accountId}/undelivered`, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'],
  }));
  return Messages;
}

it('hands a message to the function in the shape of Lambda\'s SNS event', async () => {
  const subscription = await subscribe();
  const messageId = await publish('{"version":"1.0"}', {
    Subject: 'failed', MessageAttributes: { kind: { DataType: 'String', StringValue: 'kinesis' } },
  });
  await subscription.idle();
  expect(events).toEqual([{
    Records: [{
      EventVersion: '1.0',
      EventSubscriptionArn: `${topicArn}:sub-1`,
      EventSource: 'aws:sns',
      Sns: {
        Type: 'Notification',
        MessageId: messageId,
        TopicArn: topicArn,
        Subject: 'failed',
        Message: '{"version":"1.0"}',
        Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        SignatureVersion: '1',
        Signature: expect.any(String),
        SigningCertUrl: expect.any(String),
        UnsubscribeUrl: expect.any(String),
        MessageAttributes: { kind: { Type: 'String', Value: 'kinesis' } },
      },
    }],
  }]);
});

it('has a null subject and no attributes when there are none', async () => {
  const subscription = await subscribe();
  await publish('plain');
  await subscription.idle();
  expect(events).toMatchObject([{ Records: [{ Sns: { Subject: null, MessageAttributes: {} } }] }]);
});

it('delivers every message that was published before idle was called', async () => {
  const subscription = await subscribe();
  for (let n = 0; n < 25; n++) await publish(String(n));
  await subscription.idle();
  expect(events).toHaveLength(25);
  expect(subscription.delivered).toBe(25);
});

it('asks whether the topic may invoke the function', async () => {
  const subscription = await subscribe();
  await publish('x');
  await subscription.idle();
  expect(authorizer.asked).toEqual([
    { principal: { service: 'sns.amazonaws.com', sourceArn: topicArn }, action: 'lambda:InvokeFunction', resource: functionArn },
  ]);
});

describe('a message that SNS may not hand over', () => {
  const redrivePolicy = { deadLetterTargetArn: redriveArn };

  it('goes to the redrive queue at once, as the notification it was', async () => {
    authorizer.allow = (action) => action !== 'lambda:InvokeFunction';
    const subscription = await subscribe({ redrivePolicy });
    await publish('kept');
    await subscription.idle();
    expect(events).toEqual([]);
    const messages = await undelivered();
    expect(messages.map(({ Body }) => JSON.parse(Body!))).toEqual([expect.objectContaining({ Type: 'Notification', Message: 'kept' })]);
    expect(messages[0].MessageAttributes).toMatchObject({ ErrorMessage: { StringValue: expect.stringContaining('lambda:InvokeFunction') } });
    expect(subscription).toMatchObject({ redriven: 1, delivered: 0, lost: [] });
    expect(authorizer.asked.filter(({ action }) => action === 'lambda:InvokeFunction')).toHaveLength(1);
  });

  it('goes to the redrive queue when there is no such function', async () => {
    account.functions.clear();
    const subscription = await subscribe({ redrivePolicy });
    await publish('kept');
    await subscription.idle();
    expect(subscription.redriven).toBe(1);
  });

  it('goes to the redrive queue when it is too large for an asynchronous event', async () => {
    account.functions.set(functionArn, {
      ...account.functions.get(functionArn)!,
      invokeAsync: () => {
        throw new PayloadTooLargeError('hydrate', 2_000_000, 1_048_576);
      },
    });
    const subscription = await subscribe({ redrivePolicy });
    await publish('kept');
    await subscription.idle();
    expect(subscription.redriven).toBe(1);
  });

  it('is written as the SNS service, with the queue\'s key when it has one', async () => {
    account.encryption.set(redriveArn, keyArn);
    authorizer.allow = (action) => action !== 'lambda:InvokeFunction';
    const subscription = await subscribe({ redrivePolicy });
    await publish('kept');
    await subscription.idle();
    const principal = { service: 'sns.amazonaws.com', sourceArn: topicArn };
    expect(authorizer.asked.slice(1)).toEqual([
      expect.objectContaining({ principal, action: 'sqs:SendMessage', resource: redriveArn }),
      expect.objectContaining({ principal, action: 'kms:GenerateDataKey', resource: keyArn }),
      expect.objectContaining({ principal, action: 'kms:Decrypt', resource: keyArn }),
    ]);
    expect(await undelivered()).toHaveLength(1);
  });

  it.each(['sqs:SendMessage', 'kms:GenerateDataKey', 'kms:Decrypt'])('is lost and counted when the redrive queue refuses %s', async (refused) => {
    account.encryption.set(redriveArn, keyArn);
    authorizer.allow = (action) => !['lambda:InvokeFunction', refused].includes(action);
    const subscription = await subscribe({ redrivePolicy });
    await publish('gone');
    await subscription.idle();
    expect(subscription.lost).toEqual([{
      message: expect.stringContaining('gone'), error: expect.objectContaining({ message: expect.stringContaining(refused) }),
    }]);
    expect(account.metrics.of(topicMetric('NumberOfNotificationsFailedToRedriveToDlq', topicArn)).map(({ value }) => value)).toEqual([1]);
    expect(await undelivered()).toEqual([]);
  });

  it('is lost and counted without a redrive queue', async () => {
    authorizer.allow = () => false;
    const subscription = await subscribe();
    await publish('gone');
    await subscription.idle();
    expect(subscription.lost).toHaveLength(1);
  });
});

it('leaves no queue and no subscription behind', async () => {
  const subscription = await subscribe();
  await subscription.close();
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  expect(QueueUrls.filter((url) => url.includes('local-topic-subscription'))).toEqual([]);
  const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }));
  expect(Subscriptions).toEqual([]);
});

it('fails to start on a topic that does not exist, and leaves no queue behind', async () => {
  await expect(subscribe({ topicArn: `${topicArn}-not` })).rejects.toThrow();
  expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls?.filter((url) => url.includes('local-topic')) ?? []).toEqual([]);
});

it.each([
  ['a filter policy', { filterPolicy: { kind: ['a'] } }, 'filter policies are not emulated for functions'],
  ['a FIFO topic', { topicArn: `${topicArn}.fifo` }, 'a FIFO topic cannot deliver to a function'],
])('refuses %s', async (_, overrides, message) => {
  await expect(subscribe(overrides)).rejects.toThrow(message);
});
