import { SendMessageCommand, SendMessageCommandInput, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { UndeliverableQueue } from '../../../lambda/runtime/undeliverable-queue';
import { callOptions } from '../../support/call-options';
import { sqsEvent } from '../../support/records';
import { isTakenBySqs } from '../../support/text';
import 'aws-sdk-client-mock-jest';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/undeliverables';
const { signal } = new AbortController();
const sqs = mockClient(SQSClient);
beforeEach(() => void sqs.reset().onAnyCommand().resolves({}));

async function sent(message: string, reason = 'because'): Promise<SendMessageCommandInput> {
  await new UndeliverableQueue(new SQSClient({}), QUEUE_URL).send(sqsEvent(message), reason, signal);
  expect(sqs).toHaveReceivedCommandTimes(SendMessageCommand, 1);
  return sqs.call(0).args[0].input as SendMessageCommandInput;
}

describe('an undeliverable', () => {
  test('is the unchanged event, which the function can handle again', async () => {
    await sent('not JSON');
    expect(sqs).toHaveReceivedCommandWith(SendMessageCommand, {
      QueueUrl: QUEUE_URL,
      MessageBody: JSON.stringify(sqsEvent('not JSON')),
      MessageAttributes: { reason: { DataType: 'String', StringValue: 'because' } },
    });
  });

  test('is sent within the remaining time', async () => {
    await sent('x');
    expect(callOptions(sqs.call(0))).toEqual({ abortSignal: signal });
  });

  test('keeps every character, including those that SQS rejects', async () => {
    const message = '{"a":"\u0000\ufffe\uffff\ud800😀"}';
    const { MessageBody } = await sent(message);
    expect(isTakenBySqs(MessageBody!)).toBe(true);
    expect(JSON.parse(MessageBody!)).toEqual(sqsEvent(message));
  });

  test('has a reason that SQS accepts, whatever it quotes', async () => {
    const { MessageAttributes } = await sent('x', 'got: a\u0000b\uffffc');
    expect(MessageAttributes!.reason.StringValue).toBe('got: a\ufffdb\ufffdc');
  });

  test('has a reason of limited length, even when that cuts a character in half', async () => {
    const { MessageAttributes } = await sent('x', `${'r'.repeat(999)}😀 and so on`);
    expect(MessageAttributes!.reason.StringValue).toBe(`${'r'.repeat(999)}\ufffd`);
  });
});

test('an error of the queue is thrown', async () => {
  const refusal = new SQSServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });
  sqs.on(SendMessageCommand).rejects(refusal);
  await expect(sent('x')).rejects.toBe(refusal);
});
