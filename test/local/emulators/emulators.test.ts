import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  RegisterStreamConsumerCommand,
} from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators';
import { setQueueUrlOrigin } from '../../../local/emulators/fauxqs';

const region = 'eu-central-1';
const accountId = '210987654321';
const credentials = { accessKeyId: 'admin', secretAccessKey: 'admin' };

let emulators: Emulators;
let kinesis: KinesisClient;
let sqs: SQSClient;
let sns: SNSClient;
let s3: S3Client;

beforeAll(async () => {
  emulators = await startEmulators({ accountId, region });
  kinesis = new KinesisClient({
    endpoint: emulators.endpoints.kinesis,
    region,
    credentials,
    requestHandler: new NodeHttpHandler(),
  });
  sqs = new SQSClient({ endpoint: emulators.endpoints.sqs, region, credentials });
  sns = new SNSClient({ endpoint: emulators.endpoints.sns, region, credentials });
  s3 = new S3Client({ endpoint: emulators.endpoints.s3, region, credentials, forcePathStyle: true });
});

afterAll(async () => {
  for (const client of [kinesis, sqs, sns, s3]) client?.destroy();
  await emulators?.stop();
});

test('a stream carries the account and the region, is active at once, and gives back what was put', async () => {
  await kinesis.send(new CreateStreamCommand({ StreamName: 'orders', ShardCount: 1 }));
  const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'orders' }));
  const StreamARN = `arn:aws:kinesis:${region}:${accountId}:stream/orders`;
  expect(StreamDescriptionSummary).toMatchObject({ StreamARN, StreamStatus: 'ACTIVE' });

  const { ShardId, SequenceNumber } = await kinesis.send(
    new PutRecordCommand({ StreamARN, PartitionKey: 'k', Data: Buffer.from('hello') }),
  );
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({ StreamARN, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  expect(Records!.map((record) => [record.SequenceNumber, Buffer.from(record.Data!).toString()])).toEqual([
    [SequenceNumber, 'hello'],
  ]);

  const { Consumer } = await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'fan' }));
  expect(Consumer!.ConsumerARN).toMatch(new RegExp(`^${StreamARN}/consumer/fan:\\d+$`));
});

test('a message whose visibility timeout is over counts as one that can be seen, before anybody has asked for it', async () => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'counts' }));
  const counts = async () => {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    return [Attributes.ApproximateNumberOfMessages, Attributes.ApproximateNumberOfMessagesNotVisible];
  };
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 60 }));
  expect(await counts()).toEqual(['0', '1']);
  const { ReceiptHandle } = Messages![0];
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 1 }));
  await sleep(1_050);
  expect(await counts()).toEqual(['1', '0']);
});

test('queues and topics carry the account and the region', async () => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead-letters' }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'failures' }));
  expect(QueueUrl).toBe(`${emulators.endpoints.sqs}/${accountId}/dead-letters`);
  expect(Attributes!.QueueArn).toBe(`arn:aws:sqs:${region}:${accountId}:dead-letters`);
  expect(TopicArn).toBe(`arn:aws:sns:${region}:${accountId}:failures`);
});

test.each([
  ['characters above U+FFFF', 'pizza 🍕', undefined],
  ['half a surrogate pair', 'broken \ud83c', 'AWS.SimpleQueueService.InvalidMessageContents'],
  ['a control character', 'bell \u0007', 'AWS.SimpleQueueService.InvalidMessageContents'],
])('a message body with %s is treated as SQS treats it', async (_, MessageBody, error) => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'characters' }));
  if (error) {
    await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))).rejects.toMatchObject({ name: error });
    return;
  }
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages![0].Body).toBe(MessageBody);
});

test('an object of 15 MB is kept whole', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'overflow' }));
  const Body = Buffer.alloc(15_000_000, 'x');
  await s3.send(new PutObjectCommand({ Bucket: 'overflow', Key: 'a/b', Body }));
  const { Body: answer } = await s3.send(new GetObjectCommand({ Bucket: 'overflow', Key: 'a/b' }));
  expect(Body.equals(Buffer.from(await answer!.transformToByteArray()))).toBe(true);
});

test('queue URLs, old and new, can be given another origin, and a queue is found under either', async () => {
  const { QueueUrl: before } = await sqs.send(new CreateQueueCommand({ QueueName: 'moved' }));
  await setQueueUrlOrigin(emulators.endpoints.sqs, 'http://127.0.0.1:1');
  const { QueueUrl: after } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'moved' }));
  const { QueueUrl: next } = await sqs.send(new CreateQueueCommand({ QueueName: 'next' }));
  expect([after, next]).toEqual([`http://127.0.0.1:1/${accountId}/moved`, `http://127.0.0.1:1/${accountId}/next`]);

  await sqs.send(new SendMessageCommand({ QueueUrl: before, MessageBody: 'one' }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: after }));
  expect(Messages![0].Body).toBe('one');
});

test('an emulator that was not started is missed by name', async () => {
  const none = await startEmulators({ accountId, region, kinesis: false, fauxqs: false });
  expect(() => none.endpoints.kinesis).toThrow(
    'the kinesis emulator was not started: pass `kinesis: true` to startEmulators',
  );
  expect(() => none.endpoints.sqs).toThrow(
    'the fauxqs emulator was not started: pass `fauxqs: true` to startEmulators',
  );
  await none.stop();
});
