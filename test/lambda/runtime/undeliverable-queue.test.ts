import { SendMessageCommand, SendMessageCommandInput, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { UndeliverableQueue } from '../../../lambda/runtime/undeliverable-queue';
import { callOptions } from '../../support/call-options';
import { snsEvent } from '../../support/records';
import { isTakenBySqs } from '../../support/text';
import 'aws-sdk-client-mock-jest';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/undeliverables';
const { signal } = new AbortController();
const sqs = mockClient(SQSClient);
beforeEach(() => void sqs.reset().onAnyCommand().resolves({}));

async function sent(message: string, reason = 'because'): Promise<SendMessageCommandInput> {
  await new UndeliverableQueue(new SQSClient({}), QUEUE_URL).send(snsEvent(message), new Error(reason), signal);
  expect(sqs).toHaveReceivedCommandTimes(SendMessageCommand, 1);
  return sqs.call(0).args[0].input as SendMessageCommandInput;
}

describe('an undeliverable', () => {
  test('is the event as it came, which can be handed to the function again', async () => {
    await sent('not JSON');
    expect(sqs).toHaveReceivedCommandWith(SendMessageCommand, {
      QueueUrl: QUEUE_URL,
      MessageBody: JSON.stringify(snsEvent('not JSON')),
      MessageAttributes: { reason: { DataType: 'String', StringValue: 'because' } },
    });
  });

  test('is sent with the time that is left', async () => {
    await sent('x');
    expect(callOptions(sqs.call(0))).toEqual({ abortSignal: signal });
  });

  test('keeps every character, those that SQS refuses too', async () => {
    const message = '{"a":"\u0000\ufffe\uffff\ud800😀"}';
    const { MessageBody } = await sent(message);
    expect(isTakenBySqs(MessageBody!)).toBe(true);
    expect(JSON.parse(MessageBody!)).toEqual(snsEvent(message));
  });

  test('has a reason that SQS takes, whatever it quotes', async () => {
    const { MessageAttributes } = await sent('x', 'got: a\u0000b\uffffc');
    expect(MessageAttributes!.reason.StringValue).toBe('got: a\ufffdb\ufffdc');
  });

  test('has a reason of bounded length, even where that cuts a character in half', async () => {
    const { MessageAttributes } = await sent('x', `${'r'.repeat(999)}😀 and so on`);
    expect(MessageAttributes!.reason.StringValue).toBe(`${'r'.repeat(999)}\ufffd`);
  });
});

test('a refusal of the queue is let out', async () => {
  const refusal = new SQSServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });
  sqs.on(SendMessageCommand).rejects(refusal);
  await expect(sent('x')).rejects.toBe(refusal);
});
