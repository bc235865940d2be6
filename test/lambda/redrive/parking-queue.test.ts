import { SendMessageCommand, SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { pointerTo } from '../../../lambda/pointer';
import { ParkingQueue } from '../../../lambda/redrive/parking-queue';
import { callOptions } from '../../support/call-options';
import { attributesOfLetter, letterOf } from '../../support/letters';
import { eventAttributes, letterRecord, sqsRecord } from '../../support/sqs-event';
import 'aws-sdk-client-mock-jest';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/parking';
const { signal } = new AbortController();
const letter = letterOf();
const attributes = attributesOfLetter(letter);
const text = (StringValue: string) => ({ DataType: 'String', StringValue });

const sqs = mockClient(SQSClient);
let puts: unknown[][];
beforeEach(() => {
  puts = [];
  sqs.reset().onAnyCommand().resolves({});
});

const overflow = {
  put: async (...args: [string, string, AbortSignal]) => {
    puts.push(args);
    return pointerTo('overflow', args[0], 77);
  },
};

async function kept(message: SQSRecord, { body = undefined as string | undefined, reason = 'TypeError: no', queueUrl = QUEUE_URL, maxMessageBytes = 1_048_576 } = {}) {
  sqs.resetHistory();
  await new ParkingQueue(new SQSClient({}), overflow, { queueUrl, maxMessageBytes }).keep(message, body, reason, signal);
  expect(sqs).toHaveReceivedCommandTimes(SendMessageCommand, 1);
  return sqs.call(0).args[0].input as SendMessageCommandInput;
}

describe('a message that is parked', () => {
  test('is as it was, with the reason beside', async () => {
    expect(await kept(letterRecord(letter))).toEqual({
      QueueUrl: QUEUE_URL,
      MessageBody: JSON.stringify(letter),
      MessageAttributes: { ...attributes, reason: text('TypeError: no') },
    });
    expect(callOptions(sqs.call(0))).toEqual({ abortSignal: signal });
  });

  test('keeps attributes of every type', async () => {
    const all = { a: text('x'), n: { DataType: 'Number.float', StringValue: '1.5' }, b: { DataType: 'Binary.png', BinaryValue: Buffer.from([0, 255]) } };
    const { MessageAttributes } = await kept(sqsRecord('x', { messageAttributes: eventAttributes(all) }));
    expect(MessageAttributes).toEqual({ ...all, reason: text('TypeError: no') });
  });

  test('has the last reason, where it was parked before', async () => {
    const message = sqsRecord('x', { messageAttributes: eventAttributes({ reason: text('an old one') }) });
    expect((await kept(message)).MessageAttributes).toEqual({ reason: text('TypeError: no') });
  });

  test('has a reason of a length that fits, of characters that SQS takes', async () => {
    const { MessageAttributes } = await kept(sqsRecord('x'), { reason: `\u0000${'x'.repeat(2_000)}` });
    expect(MessageAttributes!.reason.StringValue).toBe(`\ufffd${'x'.repeat(999)}`);
  });

  test('of a standard queue has no group', async () => {
    const input = await kept(letterRecord(letter));
    expect(input).not.toHaveProperty('MessageGroupId');
    expect(input).not.toHaveProperty('MessageDeduplicationId');
  });

  test('of a FIFO queue stays in its group, and is taken for no other', async () => {
    const message = letterRecord(letter, { attributes: { MessageGroupId: 'shard-1', MessageDeduplicationId: 'id' } });
    expect(await kept(message, { queueUrl: `${QUEUE_URL}.fifo` })).toMatchObject({
      MessageGroupId: 'shard-1',
      MessageDeduplicationId: message.messageId,
    });
  });
});

describe('the reason is left out where the message needs the room', () => {
  const size = Buffer.byteLength(JSON.stringify(letter))
    + Object.entries(attributes).reduce((sum, [name, it]) => sum + name.length + it.DataType!.length + it.StringValue!.length, 0);
  const withReason = size + 'reason'.length + 'String'.length + 'TypeError: no'.length;

  test('of bytes', async () => {
    expect(Object.keys((await kept(letterRecord(letter), { maxMessageBytes: withReason })).MessageAttributes!)).toContain('reason');
    expect((await kept(letterRecord(letter), { maxMessageBytes: withReason - 1 })).MessageAttributes).toEqual(attributes);
  });

  test('of bytes, binary attributes counted', async () => {
    const all = { b: { DataType: 'Binary', BinaryValue: Buffer.alloc(100) } };
    const message = sqsRecord('x', { messageAttributes: eventAttributes(all) });
    const bytes = 1 + 1 + 6 + 100 + 25;
    expect(Object.keys((await kept(message, { maxMessageBytes: bytes })).MessageAttributes!)).toEqual(['b', 'reason']);
    expect(Object.keys((await kept(message, { maxMessageBytes: bytes - 1 })).MessageAttributes!)).toEqual(['b']);
  });

  test('of attributes: SQS takes ten', async () => {
    const of = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, text('x')]));
    const names = async (count: number) => Object.keys((await kept(sqsRecord('x', { messageAttributes: eventAttributes(of(count)) }))).MessageAttributes!);
    expect(await names(9)).toHaveLength(10);
    expect(await names(10)).toEqual(Object.keys(of(10)));
  });
});

describe('a pointer that is parked', () => {
  const sizeOf = (name: string) => ({ [name]: { DataType: 'Number', StringValue: '5' } });
  const pointer = (name = 'ExtendedPayloadSize') =>
    sqsRecord(pointerTo('old', 'dead-letters/a.json', 5).text, { messageAttributes: eventAttributes({ ...attributes, ...sizeOf(name) }) });

  test.each(['ExtendedPayloadSize', 'SQSLargePayloadSize'])('gets an object of its own, which lives as long as it does: %s', async (name) => {
    const { MessageBody, MessageAttributes } = await kept(pointer(name), { body: '{"the":"letter"}' });
    const key = 'dead-letters/parked/059f36b4-87a3-44ab-83d2-661975830a7d.json';
    expect(puts).toEqual([[key, '{"the":"letter"}', signal]]);
    expect(MessageBody).toBe(pointerTo('overflow', key, 77).text);
    expect(MessageAttributes).toEqual({
      ...attributes,
      ExtendedPayloadSize: { DataType: 'Number', StringValue: '77' },
      reason: text('TypeError: no'),
    });
    expect(Object.keys(MessageAttributes!)).toHaveLength(10);
  });

  test('is as it was where its object could not be read', async () => {
    expect(await kept(pointer())).toMatchObject({ MessageBody: pointer().body, MessageAttributes: sizeOf('ExtendedPayloadSize') });
    expect(puts).toEqual([]);
  });

  test('is what a body in the queue is not', async () => {
    expect((await kept(letterRecord(letter), { body: JSON.stringify(letter) })).MessageBody).toBe(JSON.stringify(letter));
    expect(puts).toEqual([]);
  });
});
