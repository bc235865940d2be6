import { SendMessageCommand, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import { AwsStub, mockClient } from 'aws-sdk-client-mock';
import { DeadLetter, deadLetter } from '../../lambda/dead-letter';
import { DeadLetterQueue } from '../../lambda/dead-letter-queue';
import { CONSUMER_ARN, failureRecord, FUNCTION_ARN, SHARD_ID, STREAM_ARN } from '../support/records';
import 'aws-sdk-client-mock-jest';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';
const letter = deadLetter(failureRecord(), { records: [{ data: 'aGVsbG8=' }, {}, {}], hasStart: true, hasEnd: true });

let sqs: AwsStub<object, { $metadata: object }, object>;
beforeEach(() => {
  sqs = mockClient(SQSClient).onAnyCommand().resolves({}) as never;
});

async function sent(it: DeadLetter = letter, queueUrl = QUEUE_URL) {
  await new DeadLetterQueue(new SQSClient({}), queueUrl).send(it);
  const inputs = sqs.calls().map((call) => (call.args[0] as SendMessageCommand).input);
  expect(inputs).toHaveLength(1);
  return inputs[0];
}

describe('the message of a dead letter', () => {
  test('goes to the queue, with the letter as its body', async () => {
    await sent();
    expect(sqs).toHaveReceivedCommandWith(SendMessageCommand, { QueueUrl: QUEUE_URL, MessageBody: JSON.stringify(letter) });
  });

  test('repeats in its attributes what a consumer filters on', async () => {
    expect((await sent()).MessageAttributes).toEqual({
      status: { DataType: 'String', StringValue: 'COMPLETE' },
      deadLetterId: { DataType: 'String', StringValue: letter.hydration.deadLetterId },
      functionArn: { DataType: 'String', StringValue: FUNCTION_ARN },
      streamArn: { DataType: 'String', StringValue: STREAM_ARN },
      shardId: { DataType: 'String', StringValue: SHARD_ID },
      condition: { DataType: 'String', StringValue: 'RetryAttemptsExhausted' },
      expectedRecords: { DataType: 'Number', StringValue: '3' },
      recoveredRecords: { DataType: 'Number', StringValue: '3' },
    });
  });

  test('leaves room for an attribute of the Extended Client format', async () => {
    expect(Object.keys((await sent()).MessageAttributes!).length).toBeLessThanOrEqual(9);
  });

  test('names the consumer where the mapping reads through one', async () => {
    const it = deadLetter(failureRecord({ streamArn: CONSUMER_ARN }), { records: [], hasStart: false, hasEnd: false });
    expect((await sent(it)).MessageAttributes).toMatchObject({
      streamArn: { StringValue: CONSUMER_ARN },
      status: { StringValue: 'EXPIRED' },
      recoveredRecords: { StringValue: '0' },
    });
  });

  test('has no group and no deduplication id on a standard queue', async () => {
    const input = await sent();
    expect(input).not.toHaveProperty('MessageGroupId');
    expect(input).not.toHaveProperty('MessageDeduplicationId');
  });

  test('is grouped by shard on a FIFO queue, and known by the id of the letter', async () => {
    expect(await sent(letter, `${QUEUE_URL}.fifo`)).toMatchObject({
      MessageGroupId: SHARD_ID,
      MessageDeduplicationId: letter.hydration.deadLetterId,
    });
  });
});

test('a refusal of the queue is let out', async () => {
  const refusal = new SQSServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });
  mockClient(SQSClient).on(SendMessageCommand).rejects(refusal);
  await expect(new DeadLetterQueue(new SQSClient({}), QUEUE_URL).send(letter)).rejects.toBe(refusal);
});
