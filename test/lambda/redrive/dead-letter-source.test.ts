import { ChangeMessageVisibilityCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { DeadLetterSource } from '../../../lambda/redrive/dead-letter-source';
import { callOptions } from '../../support/call-options';
import { sqsRecord } from '../../support/sqs-event';
import 'aws-sdk-client-mock-jest';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';
const { signal } = new AbortController();
const sqs = mockClient(SQSClient);
beforeEach(() => void sqs.reset().onAnyCommand().resolves({}));

test.each([
  [1, 30],
  [2, 60],
  [3, 120],
  [5, 480],
  [6, 900],
  [1_000, 900],
])('a message that was received %d times is delayed for %d seconds', async (receives, seconds) => {
  const message = sqsRecord('x');
  expect(await new DeadLetterSource(new SQSClient({}), QUEUE_URL).delay(message, receives, signal)).toBe(seconds);
  expect(sqs).toHaveReceivedCommandWith(ChangeMessageVisibilityCommand, {
    QueueUrl: QUEUE_URL,
    ReceiptHandle: message.receiptHandle,
    VisibilityTimeout: seconds,
  });
  expect(callOptions(sqs.call(0))).toEqual({ abortSignal: signal });
});

describe('the expiry of a message', () => {
  const HOUR = 3_600_000;
  const DAY = 24 * HOUR;
  const now = Date.parse('2026-11-22T03:00:00Z');
  const sent = (millisAgo: number) => sqsRecord('x', { attributes: { SentTimestamp: String(now - millisAgo) } });
  // A message can be away for a quarter of an hour and five quarters of an hour.
  const times = { MessageRetentionPeriod: String(14 * 86_400), VisibilityTimeout: '4500' };
  const source = () => new DeadLetterSource(new SQSClient({}), QUEUE_URL);
  let lines: string[];

  beforeEach(() => {
    lines = [];
    jest.spyOn(Date, 'now').mockReturnValue(now);
    jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    sqs.on(GetQueueAttributesCommand).resolves({ Attributes: times });
  });
  afterEach(() => jest.restoreAllMocks());

  test.each([
    [0, 224],
    [14 * DAY - 3 * HOUR, 2],
    [14 * DAY - 3 * HOUR + 1, 1],
    [14 * DAY - 1.5 * HOUR, 1],
    [14 * DAY - 1.5 * HOUR + 1, 0],
  ])('of a message that was sent %d ms ago allows %d more receives', async (millisAgo, receives) => {
    const expiresAt = new Date(now - millisAgo + 14 * DAY);
    expect(await source().expiryOf(sent(millisAgo), signal)).toEqual({ expiresAt, receives });
  });

  test('comes from the queue attributes, which are read once', async () => {
    const it = source();
    await it.expiryOf(sent(0), signal);
    await it.expiryOf(sent(1), signal);
    expect(sqs).toHaveReceivedCommandTimes(GetQueueAttributesCommand, 1);
    expect(sqs.call(0).args[0].input).toEqual({ QueueUrl: QUEUE_URL, AttributeNames: ['MessageRetentionPeriod', 'VisibilityTimeout'] });
    expect(callOptions(sqs.call(0))).toEqual({ abortSignal: signal });
  });

  test('is unknown when the queue attributes cannot be read, and the next message reads them again', async () => {
    const it = source();
    sqs.on(GetQueueAttributesCommand).rejectsOnce(new Error('no')).resolves({ Attributes: times });
    expect(await it.expiryOf(sent(0), signal)).toBeUndefined();
    expect(JSON.parse(lines[0])).toEqual({ level: 'WARN', notice: 'retention of the queue unknown', queueUrl: QUEUE_URL, error: 'Error: no' });
    expect(await it.expiryOf(sent(0), signal)).toBeDefined();
  });

  test.each([undefined, { ...times, MessageRetentionPeriod: undefined }, { ...times, VisibilityTimeout: undefined }])(
    'is unknown where the queue does not say: %p',
    async (answer) => {
      sqs.on(GetQueueAttributesCommand).resolves({ Attributes: answer as never });
      expect(await source().expiryOf(sent(0), signal)).toBeUndefined();
      expect(JSON.parse(lines[0]).error).toBe('Error: GetQueueAttributes must return MessageRetentionPeriod and VisibilityTimeout, got: a response without them');
    },
  );
});
