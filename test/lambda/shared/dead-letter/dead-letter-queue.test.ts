import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { SendMessageCommand, SendMessageCommandInput, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { DeadLetter, toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { DeadLetterQueue, SentDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter-queue';
import { OverflowBucket } from '../../../../lambda/shared/dead-letter/overflow-bucket';
import { ReadResult } from '../../../../lambda/shared/dead-letter/read-result';
import { messageText } from '../../../../lambda/shared/dead-letter/sqs-message';
import { callOptions } from '../../../support/call-options';
import { CONSUMER_ARN, failureRecord, FUNCTION_ARN, SHARD_ID, STREAM_ARN } from '../../../support/records';
import 'aws-sdk-client-mock-jest';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';
const MEBIBYTE = 1_048_576;
const signal = new AbortController().signal;
const deadLetter = toDeadLetter(failureRecord(), { records: [{ data: 'aGVsbG8=' }, {}, {}], hasStart: true, hasEnd: true });

const sqs = mockClient(SQSClient);
const s3 = mockClient(S3Client);
beforeEach(() => {
  sqs.reset().onAnyCommand().resolves({});
  s3.reset().onAnyCommand().resolves({});
});

function send(it: DeadLetter, { queueUrl = QUEUE_URL, maxMessageBytes = MEBIBYTE } = {}): Promise<SentDeadLetter> {
  const overflow = new OverflowBucket(new S3Client({}), 'overflow', 'dead-letters/');
  return new DeadLetterQueue(new SQSClient({}), overflow, { queueUrl, maxMessageBytes }).send(it, signal);
}

async function sent(it: DeadLetter = deadLetter, options: Parameters<typeof send>[1] = {}): Promise<SendMessageCommandInput> {
  sqs.resetHistory();
  await send(it, options);
  expect(sqs).toHaveReceivedCommandTimes(SendMessageCommand, 1);
  return sqs.call(0).args[0].input as SendMessageCommandInput;
}

/** What SQS counts: the body, and names, types and values of attributes. */
const countedBytes = ({ MessageBody, MessageAttributes }: SendMessageCommandInput) =>
  Buffer.byteLength(
    [MessageBody, ...Object.entries(MessageAttributes!).flatMap(([name, { DataType, StringValue }]) => [name, DataType, StringValue])].join(''),
  );

describe('the message of a dead letter', () => {
  test('goes to the queue, with the dead letter as its body', async () => {
    await sent();
    expect(sqs).toHaveReceivedCommandWith(SendMessageCommand, { QueueUrl: QUEUE_URL, MessageBody: JSON.stringify(deadLetter) });
    expect(s3.calls()).toEqual([]);
  });

  test('is sent within the remaining time', async () => {
    await sent();
    expect(callOptions(sqs.call(0))).toEqual({ abortSignal: signal });
  });

  test('escapes characters that SQS rejects', async () => {
    const it = { ...deadLetter, payload: { Records: [{ key: 'a\ufffe\uffff\ud800' }] } };
    const { MessageBody } = await sent(it);
    expect(MessageBody).toContain('{"key":"a\\ufffe\\uffff\\ud800"}');
    expect(JSON.parse(MessageBody!)).toEqual(it);
  });

  test('has the fields for filters as attributes', async () => {
    expect((await sent()).MessageAttributes).toEqual({
      status: { DataType: 'String', StringValue: 'COMPLETE' },
      deadLetterId: { DataType: 'String', StringValue: deadLetter.hydration.deadLetterId },
      functionArn: { DataType: 'String', StringValue: FUNCTION_ARN },
      streamArn: { DataType: 'String', StringValue: STREAM_ARN },
      shardId: { DataType: 'String', StringValue: SHARD_ID },
      condition: { DataType: 'String', StringValue: 'RetryAttemptsExhausted' },
      expectedRecords: { DataType: 'Number', StringValue: '3' },
      recoveredRecords: { DataType: 'Number', StringValue: '3' },
    });
  });

  test('names the consumer where the mapping reads through one', async () => {
    const it = toDeadLetter(failureRecord({ streamArn: CONSUMER_ARN }), { records: [], hasStart: false, hasEnd: false });
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

  test('on a FIFO queue has the shard as its group and the ID of the dead letter for deduplication', async () => {
    expect(await sent(deadLetter, { queueUrl: `${QUEUE_URL}.fifo` })).toMatchObject({
      MessageBody: JSON.stringify(deadLetter),
      MessageGroupId: SHARD_ID,
      MessageDeduplicationId: deadLetter.hydration.deadLetterId,
    });
  });
});

describe('a dead letter with fewer records, on a FIFO queue', () => {
  const found = (count: number, fields: Partial<ReadResult> = {}) =>
    toDeadLetter(failureRecord(), { records: Array(count).fill({}), hasStart: true, hasEnd: true, ...fields });
  const knownBy = async (it: DeadLetter, options = {}) => (await sent(it, { queueUrl: `${QUEUE_URL}.fifo`, ...options })).MessageDeduplicationId;
  const { deadLetterId } = deadLetter.hydration;

  test.each([
    ['some', found(2), 'partial-2'],
    ['fewer of them', found(1), 'partial-1'],
    ['none', found(0), 'expired-0'],
    ['none that could be read', found(0, { unreadable: true }), 'unreadable-0'],
  ])('has its own ID and does not block a better one: %s', async (_, it, suffix) => {
    const id = await knownBy(it);
    expect(id).toMatch(new RegExp(`^${deadLetterId}-${suffix}-[\\da-f]{16}$`));
    expect(await knownBy(it, { maxMessageBytes: 1_024 })).toBe(id);
  });

  test('has the same ID as a whole one when it found more', async () => {
    expect(await knownBy(found(4))).toBe(deadLetterId);
  });
});

describe('the limit of the queue', () => {
  /** A letter whose message has just so many bytes, of which some are characters of three. */
  async function deadLetterOf(bytes: number): Promise<DeadLetter> {
    const padded = (count: number): DeadLetter => ({ ...deadLetter, payload: { Records: ['€'.repeat(20), 'x'.repeat(count)] } });
    const it = padded(bytes - countedBytes(await sent(padded(0))));
    expect(countedBytes(await sent(it, { maxMessageBytes: Infinity }))).toBe(bytes);
    sqs.resetHistory();
    return it;
  }

  test.each([2_048, 262_144, MEBIBYTE])('allows %d bytes, including attributes', async (maxMessageBytes) => {
    const it = await deadLetterOf(maxMessageBytes);
    expect((await sent(it, { maxMessageBytes })).MessageBody).toBe(JSON.stringify(it));
    expect(s3.calls()).toEqual([]);
  });

  test.each([2_048, 262_144, MEBIBYTE])('of %d bytes sends a dead letter one byte above it to S3', async (maxMessageBytes) => {
    const it = await deadLetterOf(maxMessageBytes + 1);
    const input = await sent(it, { maxMessageBytes });
    expect(s3).toHaveReceivedCommandTimes(PutObjectCommand, 1);
    const { Bucket, Body } = s3.commandCalls(PutObjectCommand)[0].args[0].input;
    expect(Bucket).toBe('overflow');
    // As text: Jest compares a mebibyte byte by byte.
    expect(Buffer.from(Body as Uint8Array).toString()).toBe(JSON.stringify(it));
    expect(countedBytes(input)).toBeLessThan(maxMessageBytes);
  });
});

test('what was sent says how many bytes are in S3', async () => {
  expect(await send(deadLetter)).toEqual({ overflowBytes: 0 });
  expect(await send(deadLetter, { maxMessageBytes: 200 })).toEqual({ overflowBytes: Buffer.byteLength(messageText(deadLetter)) });
});

describe('the message of a dead letter over the limit', () => {
  const over = { maxMessageBytes: 1_024 };
  const key = `dead-letters/2026/11/21/${deadLetter.hydration.deadLetterId}.json`;

  test('is a pointer', async () => {
    expect((await sent(deadLetter, over)).MessageBody).toBe(
      `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"overflow","s3Key":"${key}"}]`,
    );
  });

  test('has the attributes of any other and the size of the dead letter: nine of the ten that SQS accepts', async () => {
    const { MessageAttributes } = await sent(deadLetter, over);
    const bytes = Buffer.byteLength(JSON.stringify(deadLetter));
    expect(MessageAttributes).toEqual({
      ...(await sent()).MessageAttributes,
      ExtendedPayloadSize: { DataType: 'Number', StringValue: String(bytes) },
    });
    expect(Object.keys(MessageAttributes!)).toHaveLength(9);
  });

  test('has the size in bytes, not in characters', async () => {
    const it = { ...deadLetter, payload: { Records: ['€'.repeat(1_000)] } };
    const { MessageAttributes } = await sent(it, over);
    expect(MessageAttributes!.ExtendedPayloadSize.StringValue).toBe(String(Buffer.byteLength(JSON.stringify(it))));
  });

  test('has the same group and deduplication ID on a FIFO queue', async () => {
    expect(await sent(deadLetter, { ...over, queueUrl: `${QUEUE_URL}.fifo` })).toMatchObject({
      MessageGroupId: SHARD_ID,
      MessageDeduplicationId: deadLetter.hydration.deadLetterId,
    });
  });

  test('is the same for the same notification', async () => {
    expect(await sent(deadLetter, over)).toEqual(await sent(deadLetter, over));
  });

  test.each([
    'One or more parameters are invalid. Reason: Message must be shorter than 262144 bytes.',
    'The message length is too long.',
  ])('is sent when the limit of the queue is lower than the CDK app knows: %s', async (message) => {
    sqs.on(SendMessageCommand).rejectsOnce(new SQSServiceException({ name: 'InvalidParameterValue', $fault: 'client', $metadata: {}, message }));
    await send(deadLetter);
    expect(sqs.calls()).toHaveLength(2);
    const { MessageBody, MessageAttributes } = sqs.call(1).args[0].input as SendMessageCommandInput;
    expect(JSON.parse(MessageBody!)[0]).toBe('software.amazon.payloadoffloading.PayloadS3Pointer');
    expect(MessageAttributes!.ExtendedPayloadSize.StringValue).toBe(String(Buffer.byteLength(JSON.stringify(deadLetter))));
    expect(s3.calls()).toHaveLength(1);
  });

  test('is not sent when S3 rejects the dead letter', async () => {
    const refusal = new S3ServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });
    s3.on(PutObjectCommand).rejects(refusal);
    await expect(send(deadLetter, over)).rejects.toBe(refusal);
    expect(sqs.calls()).toEqual([]);
  });

  test('is sent after the dead letter is in S3', async () => {
    const order: string[] = [];
    s3.on(PutObjectCommand).callsFake(async () => {
      await new Promise(setImmediate);
      order.push('S3');
    });
    sqs.on(SendMessageCommand).callsFake(() => void order.push('SQS'));
    await send(deadLetter, over);
    expect(order).toEqual(['S3', 'SQS']);
  });
});

test('an error of the queue is thrown', async () => {
  const refusal = new SQSServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });
  sqs.on(SendMessageCommand).rejects(refusal);
  await expect(send(deadLetter)).rejects.toBe(refusal);
});

test('an attribute has the format version when it is not the oldest', async () => {
  await send(deadLetter);
  await send({ ...deadLetter, hydration: { ...deadLetter.hydration, formatVersion: '0.4.0' } });
  const versions = sqs.calls().map(({ args: [{ input }] }) => (input as SendMessageCommandInput).MessageAttributes!.formatVersion?.StringValue);
  expect(versions).toEqual([undefined, '0.4.0']);
});
