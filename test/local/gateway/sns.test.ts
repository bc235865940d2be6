import {
  CreateTopicCommand,
  DeleteTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { Fixture, KEY } from './fixture';

const TopicArn = 'arn:aws:sns:us-east-1:123456789012:failures';
let fixture: Fixture;
let QueueUrl: string;

beforeAll(async () => {
  fixture = await Fixture.start();
  await fixture.admin.sns.send(new CreateTopicCommand({ Name: 'failures' }));
  QueueUrl = (await fixture.admin.sqs.send(new CreateQueueCommand({ QueueName: 'subscriber' }))).QueueUrl!;
  const Endpoint = 'arn:aws:sqs:us-east-1:123456789012:subscriber';
  await fixture.admin.sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }),
  );
});

beforeEach(() => fixture.reset());
afterAll(async () => fixture?.stop());

const publish = new PublishCommand({ TopicArn, Message: '{"a":"ü & 🍕"}' });

test('a message is published with the permission for it, alone or in a batch', async () => {
  fixture.allow('sns:Publish', TopicArn);
  await fixture.worker.sns.send(publish);
  await fixture.worker.sns.send(
    new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: [{ Id: 'a', Message: 'two' }] }),
  );
  const { Messages } = await fixture.admin.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  expect(Messages!.map((message) => message.Body)).toEqual(['{"a":"ü & 🍕"}', 'two']);
});

test('a missing permission is AuthorizationErrorException', async () => {
  await expect(fixture.worker.sns.send(publish)).rejects.toMatchObject({
    name: 'AuthorizationErrorException',
    message:
      'User: arn:aws:sts::123456789012:assumed-role/Worker/local is not authorized to perform: sns:Publish on resource: '
      + `${TopicArn} because no identity-based policy allows the sns:Publish action`,
    $metadata: { httpStatusCode: 403 },
  });
});

test('publishing to an encrypted topic takes kms:GenerateDataKey and kms:Decrypt', async () => {
  fixture.allow('sns:Publish');
  fixture.encrypt(TopicArn);
  await expect(fixture.worker.sns.send(publish)).rejects.toMatchObject({ name: 'KMSAccessDeniedException' });
  fixture.allow('kms:GenerateDataKey', KEY);
  await expect(fixture.worker.sns.send(publish)).rejects.toMatchObject({
    message: expect.stringContaining('kms:Decrypt'),
  });
  fixture.allow('kms:Decrypt', KEY);
  await expect(fixture.worker.sns.send(publish)).resolves.toBeDefined();
});

test('credentials that no role has are invalid', async () => {
  const stranger = fixture.clients(
    fixture.gateway.endpoints,
    fixture.account.credentialsFor('arn:aws:iam::123456789012:role/Gone'),
  );
  await expect(stranger.sns.send(publish)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
});

test('an action that the gateway does not know is refused', async () => {
  fixture.allow('sns:*');
  await expect(fixture.worker.sns.send(new DeleteTopicCommand({ TopicArn }))).rejects.toMatchObject({
    message: expect.stringContaining('does not know sns action DeleteTopic'),
    $metadata: { httpStatusCode: 501 },
  });
});
