import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Fixture, KEY, ROLE } from './fixture';

const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:dead-letters';
let fixture: Fixture;
let QueueUrl: string;

beforeAll(async () => {
  fixture = await Fixture.start();
  QueueUrl = (await fixture.admin.sqs.send(new CreateQueueCommand({ QueueName: 'dead-letters' }))).QueueUrl!;
});

beforeEach(() => fixture.reset());
afterAll(async () => fixture?.stop());

const entry = { Id: 'a', MessageBody: 'batched' };

test('messages go in and out with the permissions for it, batches with the permission of the single action', async () => {
  fixture.allow(['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueUrl'], QUEUE);
  await fixture.worker.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'single 🍕' }));
  await fixture.worker.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [entry] }));
  const { Messages } = await fixture.worker.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  expect(Messages!.map((message) => message.Body)).toEqual(['single 🍕', 'batched']);
  const [first, second] = Messages!.map((message) => message.ReceiptHandle!);
  await fixture.worker.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first }));
  await fixture.worker.sqs.send(
    new DeleteMessageBatchCommand({ QueueUrl, Entries: [{ Id: 'b', ReceiptHandle: second }] }),
  );
  expect(await fixture.worker.sqs.send(new GetQueueUrlCommand({ QueueName: 'dead-letters' }))).toMatchObject({
    QueueUrl,
  });
  expect(fixture.account.decisions.map(({ action }) => action)).toEqual(
    ['SendMessage', 'SendMessage', 'ReceiveMessage', 'DeleteMessage', 'DeleteMessage', 'GetQueueUrl'].map(
      (action) => `sqs:${action}`,
    ),
  );
});

test('a missing permission is AccessDenied', async () => {
  for (const command of [
    new SendMessageCommand({ QueueUrl, MessageBody: 'a' }),
    new SendMessageBatchCommand({ QueueUrl, Entries: [entry] }),
  ]) {
    await expect(fixture.worker.sqs.send(command as SendMessageCommand)).rejects.toMatchObject({
      name: 'AccessDenied',
      message:
        'User: arn:aws:sts::123456789012:assumed-role/Worker/local is not authorized to perform: sqs:SendMessage on resource: '
        + `${QUEUE} because no identity-based policy allows the sqs:SendMessage action`,
      $metadata: { httpStatusCode: 403 },
    });
  }
});

test('a queue policy that denies what came without TLS lets everything through here', async () => {
  fixture.allow('sqs:SendMessage');
  const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
  fixture.account.resourcePolicies.set(QUEUE, {
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: QUEUE, Condition }],
  });
  await expect(fixture.worker.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))).resolves.toBeDefined();
});

test('sending to an encrypted queue takes kms:GenerateDataKey and kms:Decrypt, receiving takes kms:Decrypt', async () => {
  fixture.allow('sqs:*');
  fixture.encrypt(QUEUE);
  const send = new SendMessageCommand({ QueueUrl, MessageBody: 'a' });
  await expect(fixture.worker.sqs.send(send)).rejects.toMatchObject({
    message: expect.stringContaining('kms:GenerateDataKey'),
  });
  fixture.allow('kms:GenerateDataKey', KEY);
  await expect(fixture.worker.sqs.send(send)).rejects.toMatchObject({ name: 'KmsAccessDenied' });
  await expect(fixture.worker.sqs.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
    message: expect.stringContaining(`is not authorized to perform: kms:Decrypt on resource: ${KEY}`),
  });
  fixture.allow('kms:Decrypt', KEY);
  await fixture.worker.sqs.send(send);
  await fixture.worker.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
});

test('a queue under the AWS managed key asks nothing of its users', async () => {
  fixture.allow('sqs:SendMessage');
  fixture.account.encryption.set(QUEUE, 'arn:aws:kms:us-east-1:123456789012:alias/aws/sqs');
  await expect(fixture.worker.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))).resolves.toBeDefined();
});

test('what the emulator refuses comes through as it is', async () => {
  fixture.allow('sqs:*');
  await expect(
    fixture.worker.sqs.send(new SendMessageCommand({ QueueUrl: `${QueueUrl}-gone`, MessageBody: 'a' })),
  ).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
});

test('credentials that no role has are invalid', async () => {
  const stranger = fixture.clients(
    fixture.gateway.endpoints,
    fixture.account.credentialsFor('arn:aws:iam::123456789012:role/Gone'),
  );
  await expect(stranger.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))).rejects.toMatchObject({
    name: 'InvalidClientTokenId',
  });
});

test('an action that the gateway does not know is refused', async () => {
  fixture.allow('sqs:*');
  await expect(
    fixture.worker.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: {} })),
  ).rejects.toMatchObject({
    message: expect.stringContaining('does not know sqs action SetQueueAttributes'),
    $metadata: { httpStatusCode: 501 },
  });
});

test('a client that has its endpoint from the environment goes by the queue URL, and so to the gateway', async () => {
  process.env.AWS_ENDPOINT_URL_SQS = fixture.gateway.endpoints.sqs;
  const client = new SQSClient({
    region: 'us-east-1',
    credentials: fixture.account.credentialsFor(ROLE),
    maxAttempts: 1,
  });
  try {
    expect(QueueUrl).toBe(`${fixture.gateway.endpoints.sqs}/123456789012/dead-letters`);
    await expect(client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  } finally {
    client.destroy();
    delete process.env.AWS_ENDPOINT_URL_SQS;
  }
});
