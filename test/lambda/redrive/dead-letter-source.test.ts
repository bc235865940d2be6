import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
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
])('a message that was received %d times is put off for %d seconds', async (receives, seconds) => {
  const message = sqsRecord('x');
  expect(await new DeadLetterSource(new SQSClient({}), QUEUE_URL).putOff(message, receives, signal)).toBe(seconds);
  expect(sqs).toHaveReceivedCommandWith(ChangeMessageVisibilityCommand, {
    QueueUrl: QUEUE_URL,
    ReceiptHandle: message.receiptHandle,
    VisibilityTimeout: seconds,
  });
  expect(callOptions(sqs.call(0))).toEqual({ abortSignal: signal });
});
