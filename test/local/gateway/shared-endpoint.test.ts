import { CreateStreamCommand, PutRecordsCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, PublishCommand } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityBatchCommand, CreateQueueCommand, GetQueueAttributesCommand, GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { type Clients, Fixture, ROLE } from './fixture';

let fixture: Fixture;
/** As the worker, and by the one endpoint. */
let clients: Clients;

beforeAll(async () => {
  fixture = await Fixture.start();
  const { endpoint } = fixture.gateway;
  const everywhere = { kinesis: endpoint, sqs: endpoint, sns: endpoint, s3: endpoint, dynamodb: endpoint };
  clients = fixture.clients(everywhere, fixture.account.credentialsFor(ROLE));
});
beforeEach(() => {
  fixture.reset();
  fixture.allow('*');
});
afterAll(async () => fixture?.stop());

test('queues are reached', async () => {
  const { QueueUrl } = await fixture.admin.sqs.send(new CreateQueueCommand({ QueueName: 'letters' }));
  expect(await clients.sqs.send(new GetQueueUrlCommand({ QueueName: 'letters' }))).toMatchObject({ QueueUrl });
  await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  const receive = async () => clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 60 }));
  const { Messages } = await receive();
  expect(Messages).toMatchObject([{ Body: 'a' }]);
  expect((await receive()).Messages).toBeUndefined();
  const Entries = [{ Id: '0', ReceiptHandle: Messages![0].ReceiptHandle, VisibilityTimeout: 0 }];
  expect(await clients.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))).toMatchObject({ Successful: [{ Id: '0' }] });
  expect((await receive()).Messages).toMatchObject([{ Body: 'a' }]);
  const { Attributes } = await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({ QueueArn: 'arn:aws:sqs:us-east-1:123456789012:letters', ApproximateNumberOfMessagesNotVisible: '1' });
});

test('streams are reached', async () => {
  await fixture.admin.kinesis.send(new CreateStreamCommand({ StreamName: 'orders', ShardCount: 1 }));
  await waitUntilStreamExists({ client: fixture.admin.kinesis, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.5 }, { StreamName: 'orders' });
  const Records = [{ PartitionKey: 'a', Data: Buffer.from('1') }, { PartitionKey: 'b', Data: Buffer.from('2') }];
  const { FailedRecordCount, Records: put } = await clients.kinesis.send(new PutRecordsCommand({ StreamName: 'orders', Records }));
  expect(FailedRecordCount ?? 0).toBe(0);
  expect(put).toHaveLength(2);
});

test('buckets and topics are reached', async () => {
  await fixture.admin.s3.send(new CreateBucketCommand({ Bucket: 'overflow' }));
  await clients.s3.send(new PutObjectCommand({ Bucket: 'overflow', Key: 'a/b.json', Body: '{}' }));
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: 'overflow', Key: 'a/b.json' }));
  expect(await Body!.transformToString()).toBe('{}');
  const { TopicArn } = await fixture.admin.sns.send(new CreateTopicCommand({ Name: 'failures' }));
  expect(await clients.sns.send(new PublishCommand({ TopicArn, Message: 'a' }))).toHaveProperty('MessageId');
});

test('middleware sees what comes this way', async () => {
  const remove = fixture.gateway.use(async (request) => request.error('com.amazonaws.sqs#RequestThrottled', 'slow down'));
  await expect(clients.sqs.send(new GetQueueUrlCommand({ QueueName: 'letters' }))).rejects.toMatchObject({ name: 'RequestThrottled' });
  remove();
});

test('permissions are asked for', async () => {
  fixture.reset();
  await expect(clients.sqs.send(new GetQueueUrlCommand({ QueueName: 'letters' }))).rejects.toMatchObject({ name: 'AccessDenied' });
});

test.each([
  ['that is not signed', {}, 403, 'MissingAuthenticationTokenException'],
  ['whose signature tells no service', { authorization: 'AWS4-HMAC-SHA256 Credential=A/x' }, 403, 'MissingAuthenticationTokenException'],
  ['for a service that is not here', { authorization: 'AWS4-HMAC-SHA256 Credential=A/20261122/us-east-1/monitoring/aws4_request' }, 501, 'NotImplemented'],
  ['for a name that every object has', { authorization: 'AWS4-HMAC-SHA256 Credential=A/20261122/us-east-1/constructor/aws4_request' }, 501, 'NotImplemented'],
])('a request %s is refused', async (_, headers, status, type) => {
  const answer = await fetch(fixture.gateway.endpoint, { method: 'POST', headers: headers as Record<string, string>, body: 'x'.repeat(100_000) });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ __type: type });
});
