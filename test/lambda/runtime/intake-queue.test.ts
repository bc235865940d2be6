import { ChangeMessageVisibilityCommand, DeleteMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { IntakeQueue } from '../../../lambda/runtime/intake-queue';
import { sqsEvent } from '../../support/records';
import 'aws-sdk-client-mock-jest';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/intake';
const { signal } = new AbortController();
const sqs = mockClient(SQSClient);
beforeEach(() => void sqs.reset().onAnyCommand().resolves({}));

const messageWith = (receives: number) => {
  const [message] = sqsEvent('x').Records;
  return { ...message, attributes: { ...message.attributes, ApproximateReceiveCount: String(receives) } };
};

describe('a message of the intake queue', () => {
  test.each([[1, 30], [2, 60], [5, 480], [6, 900], [20, 900]])('that was received %d times is delayed for %d seconds', async (receives, seconds) => {
    expect(await new IntakeQueue(new SQSClient({}), QUEUE_URL).delay(messageWith(receives), signal)).toBe(seconds);
    expect(sqs).toHaveReceivedCommandWith(ChangeMessageVisibilityCommand, { QueueUrl: QUEUE_URL, ReceiptHandle: 'receipt-0', VisibilityTimeout: seconds });
  });

  test('that is released can be received at once', async () => {
    await new IntakeQueue(new SQSClient({}), QUEUE_URL).release(messageWith(1), signal);
    expect(sqs).toHaveReceivedCommandWith(ChangeMessageVisibilityCommand, { QueueUrl: QUEUE_URL, ReceiptHandle: 'receipt-0', VisibilityTimeout: 0 });
  });

  test('is deleted by its receipt', async () => {
    await new IntakeQueue(new SQSClient({}), QUEUE_URL).delete(messageWith(2), signal);
    expect(sqs).toHaveReceivedCommandWith(DeleteMessageCommand, { QueueUrl: QUEUE_URL, ReceiptHandle: 'receipt-0' });
  });
});
