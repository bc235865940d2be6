import { SendMessageCommand, SendMessageCommandInput, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { ParkingQueue } from '../../../lambda/redrive/parking-queue';
import { FailedRedrives } from '../../../lambda/shared/dead-letter/dead-letter';
import { DeadLetterPointer, pointerTo } from '../../../lambda/shared/dead-letter/pointer';
import { messageBytes } from '../../../lambda/shared/dead-letter/sqs-message';
import { callOptions } from '../../support/call-options';
import { attributesOfDeadLetter, deadLetterOf } from '../../support/dead-letters';
import { eventAttributes, deadLetterRecord, sqsRecord } from '../../support/sqs-event';
import 'aws-sdk-client-mock-jest';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/parking';
const { signal } = new AbortController();
const deadLetter = deadLetterOf();
const attributes = attributesOfDeadLetter(deadLetter);
const text = (StringValue: string) => ({ DataType: 'String', StringValue });

const sqs = mockClient(SQSClient);
let puts: unknown[][];
let copies: unknown[][];
beforeEach(() => {
  puts = [];
  copies = [];
  sqs.reset().onAnyCommand().resolves({});
});

const overflow = {
  prefix: 'dead-letters/1a2b3c4d/',
  put: async (...args: [string, string, AbortSignal]) => {
    puts.push(args);
    return pointerTo('overflow', args[0], 77);
  },
};

const bodies = {
  copy: async (...args: [DeadLetterPointer, string, AbortSignal]) => {
    copies.push(args);
    return pointerTo('overflow', args[1], args[0].bytes);
  },
};

interface Keeping {
  readonly failed?: FailedRedrives;
  readonly reason?: string;
  readonly isFinal?: boolean;
  readonly queueUrl?: string;
  readonly maxMessageBytes?: number;
  /** What S3 says to a copy. */
  readonly refusal?: Error;
}

async function keep(message: SQSRecord, { reason = 'TypeError: no', isFinal = false, queueUrl = QUEUE_URL, maxMessageBytes = 1_048_576, refusal, failed }: Keeping = {}) {
  const copying = refusal ? { copy: () => Promise.reject(refusal) } : bodies;
  await new ParkingQueue(new SQSClient({}), overflow, copying, { queueUrl, maxMessageBytes }).keep(message, { reason, isFinal, failed }, signal);
}

async function kept(...args: Parameters<typeof keep>) {
  sqs.resetHistory();
  await keep(...args);
  expect(sqs).toHaveReceivedCommandTimes(SendMessageCommand, 1);
  return sqs.call(0).args[0].input as SendMessageCommandInput;
}

describe('a message that is parked', () => {
  test('is unchanged, with the reason as an attribute', async () => {
    expect(await kept(deadLetterRecord(deadLetter))).toEqual({
      QueueUrl: QUEUE_URL,
      MessageBody: JSON.stringify(deadLetter),
      MessageAttributes: { ...attributes, reason: text('TypeError: no') },
    });
    expect(callOptions(sqs.call(0))).toEqual({ abortSignal: signal });
  });

  test('keeps attributes of every type', async () => {
    const all = { a: text('x'), n: { DataType: 'Number.float', StringValue: '1.5' }, b: { DataType: 'Binary.png', BinaryValue: Buffer.from([0, 255]) } };
    const { MessageAttributes } = await kept(sqsRecord('x', { messageAttributes: eventAttributes(all) }));
    expect(MessageAttributes).toEqual({ ...all, reason: text('TypeError: no') });
  });

  test('has the last reason when it was parked before', async () => {
    const message = sqsRecord('x', { messageAttributes: eventAttributes({ reason: text('an old one') }) });
    expect((await kept(message)).MessageAttributes).toEqual({ reason: text('TypeError: no') });
  });

  test('has a reason of limited length, in characters that SQS accepts', async () => {
    const { MessageAttributes } = await kept(sqsRecord('x'), { reason: `\u0000${'x'.repeat(2_000)}` });
    expect(MessageAttributes!.reason.StringValue).toBe(`\ufffd${'x'.repeat(999)}`);
  });

  test('of a standard queue has no group', async () => {
    const input = await kept(deadLetterRecord(deadLetter));
    expect(input).not.toHaveProperty('MessageGroupId');
    expect(input).not.toHaveProperty('MessageDeduplicationId');
  });

  test('of a FIFO queue keeps its message group and has its own deduplication ID', async () => {
    const message = deadLetterRecord(deadLetter, { attributes: { MessageGroupId: 'shard-1', MessageDeduplicationId: 'id' } });
    expect(await kept(message, { queueUrl: `${QUEUE_URL}.fifo` })).toMatchObject({
      MessageGroupId: 'shard-1',
      MessageDeduplicationId: message.messageId,
    });
  });
});

describe('failed redrives', () => {
  const failed = { attempts: 2, lastError: { name: 'TypeError', message: 'no', at: '2026-11-22T09:00:00.000Z', to: 'orders' } };
  const noted = `${JSON.stringify(deadLetter).slice(0, -1)},"redrive":${JSON.stringify(failed)}}`;
  const reasonBytes = 'reasonStringTypeError: no'.length;
  const size = messageBytes(noted, attributes);

  test('are noted in the body', async () => {
    expect(await kept(deadLetterRecord(deadLetter), { failed })).toMatchObject({ MessageBody: noted, MessageAttributes: { reason: text('TypeError: no') } });
  });

  test('are noted before the reason where only one of them fits the queue, and omitted where neither does', async () => {
    const body = async (maxMessageBytes: number) => (await kept(deadLetterRecord(deadLetter), { failed, maxMessageBytes })).MessageBody;
    expect(await body(size + reasonBytes)).toBe(noted);
    expect(await body(size)).toBe(noted);
    expect(await body(size - 1)).toBe(JSON.stringify(deadLetter));
  });

  test('are not noted where the body is in S3', async () => {
    const pointer = pointerTo('overflow', 'a.json', 5);
    const input = await kept(sqsRecord(pointer.text, { messageAttributes: eventAttributes(attributes) }), { failed });
    expect(input.MessageBody).not.toContain('attempts');
  });
});

describe('the reason is omitted when the message needs the space', () => {
  const size = Buffer.byteLength(JSON.stringify(deadLetter))
    + Object.entries(attributes).reduce((sum, [name, it]) => sum + name.length + it.DataType!.length + it.StringValue!.length, 0);
  const withReason = size + 'reason'.length + 'String'.length + 'TypeError: no'.length;

  test('of bytes', async () => {
    expect(Object.keys((await kept(deadLetterRecord(deadLetter), { maxMessageBytes: withReason })).MessageAttributes!)).toContain('reason');
    expect((await kept(deadLetterRecord(deadLetter), { maxMessageBytes: withReason - 1 })).MessageAttributes).toEqual(attributes);
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

describe('a message that is too long for the queue', () => {
  const tooLong = (bytes: number) =>
    new SQSServiceException({
      name: 'InvalidParameterValue',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
      message: `One or more parameters are invalid. Reason: Message must be shorter than ${bytes} bytes.`,
    });
  const key = 'dead-letters/1a2b3c4d/parked/059f36b4-87a3-44ab-83d2-661975830a7d.json';
  const size = (bytes: number) => ({ DataType: 'Number', StringValue: String(bytes) });
  const inputs = () => sqs.calls().map((call) => call.args[0].input as SendMessageCommandInput);

  test('has no reason when the limit is lower than the CDK app knows', async () => {
    sqs.onAnyCommand().rejectsOnce(tooLong(262_144)).resolves({});
    await keep(deadLetterRecord(deadLetter));
    expect(inputs()).toHaveLength(2);
    expect(inputs()[1]).toMatchObject({ MessageBody: JSON.stringify(deadLetter), MessageAttributes: attributes });
    expect(inputs()[1].MessageAttributes).not.toHaveProperty('reason');
    expect(puts).toEqual([]);
  });

  test('goes to S3, with its reason, when it is too long on its own', async () => {
    sqs.onAnyCommand().rejectsOnce(tooLong(262_144)).rejectsOnce(tooLong(262_144)).resolves({});
    await keep(deadLetterRecord(deadLetter));
    expect(puts).toEqual([[key, JSON.stringify(deadLetter), signal]]);
    expect(inputs()[2]).toEqual({
      QueueUrl: QUEUE_URL,
      MessageBody: pointerTo('overflow', key, 77).text,
      MessageAttributes: { ...attributes, ExtendedPayloadSize: size(77), reason: text('TypeError: no') },
    });
    expect(inputs()).toHaveLength(3);
  });

  test('has a deduplication ID of its own', async () => {
    sqs.onAnyCommand().rejectsOnce(tooLong(262_144)).resolves({});
    await keep(deadLetterRecord(deadLetter), { maxMessageBytes: 1 });
    expect(inputs().map(({ MessageBody }) => MessageBody)).toEqual([JSON.stringify(deadLetter), pointerTo('overflow', key, 77).text]);
  });

  test('has a pointer without a size when it already has ten attributes', async () => {
    const all = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`a${index}`, text('x')]));
    sqs.onAnyCommand().rejectsOnce(tooLong(262_144)).resolves({});
    await keep(sqsRecord('x', { messageAttributes: eventAttributes(all) }));
    expect(inputs()[1]).toMatchObject({ MessageBody: pointerTo('overflow', key, 77).text, MessageAttributes: all });
    expect(Object.keys(inputs()[1].MessageAttributes!)).toEqual(Object.keys(all));
  });

  test('is not assumed after any other error', async () => {
    const denied = Object.assign(new Error('no'), { name: 'AccessDenied' });
    sqs.onAnyCommand().rejects(denied);
    await expect(keep(deadLetterRecord(deadLetter))).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(inputs()).toHaveLength(1);
    expect(puts).toEqual([]);
  });
});

describe('a pointer that is parked', () => {
  const sizeOf = (name: string, bytes = '5') => ({ [name]: { DataType: 'Number', StringValue: bytes } });
  const pointer = (size: ReturnType<typeof sizeOf> = sizeOf('ExtendedPayloadSize')) =>
    sqsRecord(pointerTo('old', 'dead-letters/a.json', 5).text, { messageAttributes: eventAttributes({ ...attributes, ...size }) });
  const key = 'dead-letters/1a2b3c4d/parked/059f36b4-87a3-44ab-83d2-661975830a7d.json';
  const refusalOf = (name: string) => Object.assign(new Error('no'), { name });
  const note = (name: string) => `; its body could not be copied and may expire before this message: ${name} for s3://old/dead-letters/a.json`;

  test.each(['ExtendedPayloadSize', 'SQSLargePayloadSize'])('gets its own copy of the object, which expires after it: %s', async (name) => {
    const { MessageBody, MessageAttributes } = await kept(pointer(sizeOf(name)));
    expect(copies).toEqual([[{ bucket: 'old', key: 'dead-letters/a.json', bytes: 5 }, key, signal]]);
    expect(MessageBody).toBe(pointerTo('overflow', key, 5).text);
    expect(MessageAttributes).toEqual({ ...attributes, ...sizeOf('ExtendedPayloadSize'), reason: text('TypeError: no') });
    expect(Object.keys(MessageAttributes!)).toHaveLength(10);
    expect(puts).toEqual([]);
  });

  test('has no size when it came without one', async () => {
    const { MessageBody, MessageAttributes } = await kept(pointer({}));
    expect(MessageBody).toBe(pointerTo('overflow', key, 5).text);
    expect(MessageAttributes).toEqual({ ...attributes, reason: text('TypeError: no') });
  });

  test.each(['NoSuchKey', 'NoSuchBucket'])('is parked unchanged, with a note, when its object does not exist: %s', async (name) => {
    const { MessageBody, MessageAttributes } = await kept(pointer(), { refusal: refusalOf(name) });
    expect(MessageBody).toBe(pointer().body);
    expect(MessageAttributes).toEqual({ ...attributes, ...sizeOf('ExtendedPayloadSize'), reason: text(`TypeError: no${note(name)}`) });
  });

  test('has the note even after a long reason', async () => {
    const { MessageAttributes } = await kept(pointer(), { refusal: refusalOf('NoSuchKey'), reason: 'x'.repeat(2_000) });
    expect(MessageAttributes!.reason.StringValue).toBe(`${'x'.repeat(1_000)}${note('NoSuchKey')}`);
  });

  test('is not parked while its body cannot be copied', async () => {
    await expect(keep(pointer(), { refusal: refusalOf('AccessDenied') })).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(sqs.calls()).toEqual([]);
  });

  test('is parked unchanged, with a note, when no retry follows', async () => {
    const { MessageBody, MessageAttributes } = await kept(pointer(), { refusal: refusalOf('AccessDenied'), isFinal: true });
    expect(MessageBody).toBe(pointer().body);
    expect(MessageAttributes!.reason).toEqual(text(`TypeError: no${note('AccessDenied')}`));
  });

  test('is what a body in the queue is not', async () => {
    expect((await kept(deadLetterRecord(deadLetter))).MessageBody).toBe(JSON.stringify(deadLetter));
    expect([...copies, ...puts]).toEqual([]);
  });
});
