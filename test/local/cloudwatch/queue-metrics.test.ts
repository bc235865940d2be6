import { CreateQueueCommand, PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Account } from '../../../local/account';
import { Metrics } from '../../../local/cloudwatch/metrics';
import { recordQueueMetrics } from '../../../local/cloudwatch/queue-metrics';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators';

let emulators: Emulators;
let sqs: SQSClient;
let QueueUrl: string;
let metrics: Metrics;

beforeAll(async () => {
  const { accountId, region } = new Account();
  emulators = await startEmulators({ accountId, region });
  sqs = new SQSClient({
    region, endpoint: emulators.endpoints.sqs, credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' }, requestHandler: new NodeHttpHandler(),
  });
  ({ QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead' })));
});

afterAll(async () => {
  sqs?.destroy();
  await emulators?.stop();
});

beforeEach(async () => {
  metrics = new Metrics();
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
});

/** The latest value of each metric: visible, in flight, age. */
async function sampled(): Promise<(number | undefined)[]> {
  await recordQueueMetrics(emulators.endpoints.sqs, metrics);
  const latest = (name: string) => metrics.of({ namespace: 'AWS/SQS', name, dimensions: { QueueName: 'dead' } }).at(-1)?.value;
  return ['ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateAgeOfOldestMessage'].map(latest);
}

const send = async () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'dead letter' }));
const receive = async (VisibilityTimeout: number) => sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout }));

test('an empty queue has no messages, and no age', async () => {
  expect(await sampled()).toEqual([0, undefined, undefined]);
});

test('messages wait or are in flight, and grow old with the time of metrics', async () => {
  await send();
  await send();
  expect(await sampled()).toEqual([2, undefined, expect.any(Number)]);
  metrics.pass(60);
  await receive(60);
  const [visible, inFlight, age] = await sampled();
  expect([visible, inFlight]).toEqual([1, 1]);
  expect(age).toBeGreaterThan(59 * 60 - 1);
});

test('a sample receives no messages', async () => {
  await send();
  for (let sample = 0; sample < 4; sample++) await sampled();
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['ApproximateReceiveCount'] }));
  expect(Messages![0].Attributes!.ApproximateReceiveCount).toBe('1');
});

test('a message that was received three times has no age', async () => {
  await send();
  for (let receives = 0; receives < 3; receives++) await receive(0);
  expect(await sampled()).toEqual([1, undefined, undefined]);
});

test('a dead letter has the age since it was moved, however often it was received before', async () => {
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead', maxReceiveCount: 4 });
  const { QueueUrl: sourceUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'source', Attributes: { RedrivePolicy } }));
  await sqs.send(new SendMessageCommand({ QueueUrl: sourceUrl, MessageBody: 'poison' }));
  for (let receives = 0; receives <= 4; receives++) await sqs.send(new ReceiveMessageCommand({ QueueUrl: sourceUrl, VisibilityTimeout: 0 }));
  metrics.pass(60);
  const [visible, , age] = await sampled();
  expect(visible).toBe(1);
  expect(age).toBeGreaterThan(59 * 60 - 1);
});
