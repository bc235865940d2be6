import { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommandInput, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { captureHandler } from '../../../lambda/capture/capture';
import { CaptureBucket } from '../../../lambda/capture/capture-bucket';
import { deadLetterId } from '../../../lambda/shared/dead-letter/dead-letter-id';
import { DeadLetterQueue } from '../../../lambda/shared/dead-letter/dead-letter-queue';
import { batchOf, FailureRecord } from '../../../lambda/shared/dead-letter/failure-record';
import { messageBytes } from '../../../lambda/shared/dead-letter/sqs-message';
import { anyFailureRecord } from '../../support/any-failure-record';
import { BUCKET, functionEvent, KEY, objectCreated } from '../../support/captured';
import { propertyRuns } from '../../support/property-runs';
import { CONSUMER_ARN, failureRecord, SHARD_ID } from '../../support/records';
import { anyText, isTakenBySqs } from '../../support/text';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';
const CONTEXT = { getRemainingTimeInMillis: () => 300_000 };
const s3 = mockClient(S3Client);
const sqs = mockClient(SQSClient);
beforeAll(() => void jest.spyOn(console, 'log').mockImplementation(() => undefined));
afterAll(() => jest.restoreAllMocks());
beforeEach(() => void sqs.reset().onAnyCommand().resolves({}));

interface Capture {
  readonly queueUrl?: string;
  readonly maxMessageBytes?: number;
}

/** Captures an object with this text, and returns the messages that were tried. */
async function tried(text: string, { queueUrl = QUEUE_URL, maxMessageBytes = 1_048_576 }: Capture = {}): Promise<SendMessageCommandInput[]> {
  sqs.resetHistory();
  s3.reset().onAnyCommand().rejects(new Error('only reading is expected'));
  s3.on(GetObjectCommand, { Bucket: BUCKET, Key: KEY }).callsFake(() => ({ Body: Readable.from([Buffer.from(text)]) }));
  await captureHandler({
    bucket: new CaptureBucket(new S3Client({}), { name: BUCKET, maxBytes: 100_000_000 }),
    queue: (overflow) => new DeadLetterQueue(new SQSClient({}), overflow, { queueUrl, maxMessageBytes }),
    undeliverables: { send: async (_, reason) => Promise.reject(new Error(reason)) },
  })(objectCreated(), CONTEXT);
  return sqs.calls().map((call) => call.args[0].input as SendMessageCommandInput);
}

async function message(text: string, options?: Capture): Promise<SendMessageCommandInput> {
  const messages = await tried(text, options);
  expect(messages).toHaveLength(1);
  return messages[0];
}

/** What a consumer has of a message: the body, or the object it points to, with `payload` as text or as JSON. */
function consumed({ MessageBody, MessageAttributes }: SendMessageCommandInput, text: string) {
  const isPointer = MessageAttributes!.ExtendedPayloadSize !== undefined;
  if (isPointer) expect(JSON.parse(MessageBody!)[1]).toEqual({ s3BucketName: BUCKET, s3Key: KEY });
  const { payload, hydration, ...failure } = JSON.parse(isPointer ? text : MessageBody!);
  return { failure, payload: typeof payload === 'string' ? JSON.parse(payload) : payload, hydration, isPointer };
}

const written = (failure: FailureRecord, event: unknown, asText: boolean) =>
  JSON.stringify({ ...failure, payload: asText ? JSON.stringify(event) : event });

/** A failure record, with the sequence numbers of records of its batch, each once, and what else Lambda may have written beside them. */
const captures = anyFailureRecord().chain((failure) => {
  const { startSequenceNumber, endSequenceNumber, ...batch } = failure.KinesisBatchInfo!;
  const [start, end] = [BigInt(startSequenceNumber), BigInt(endSequenceNumber)];
  const number = fc.oneof(fc.constantFrom(start, end), fc.bigInt({ min: start, max: end })).map(String);
  const sized = (batchSize: number) => ({ ...failure, KinesisBatchInfo: { ...batch, startSequenceNumber, endSequenceNumber, batchSize } });
  return fc.record({
    failure: fc.integer({ min: 1, max: 4 }).map(sized),
    numbers: fc.uniqueArray(number, { minLength: 1, maxLength: 4 }),
    stranger: fc.option(fc.oneof(fc.constantFrom(`${start - 1n}`, `${end + 1n}`, 'again'), fc.jsonValue().map((json) => ({ json }))), { freq: 2 }),
  });
});

describe('what a consumer reads', () => {
  const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' });
  const rest = fc.record({
    ...Object.fromEntries(['window', 'state'].map((name) => [name, fc.option(fc.jsonValue({ maxDepth: 2 }), { nil: undefined })])),
    text: anyText(),
  });

  test('is what Lambda wrote, inline or in S3, for any payload', async () => {
    const statuses = new Set<string>();
    await fc.assert(
      fc.asyncProperty(captures, json, rest, fc.boolean(), fc.boolean(), async ({ failure, numbers, stranger }, data, others, asText, isOver) => {
        const recordOf = (sequenceNumber: string) => ({ kinesis: { sequenceNumber, data } });
        const strange = typeof stranger === 'string' ? recordOf(stranger === 'again' ? numbers[0] : stranger) : stranger?.json;
        const payload = { Records: [...numbers.map(recordOf), ...(stranger === null ? [] : [strange])], ...others };
        const text = written(failure, payload, asText);
        const input = await message(text, { maxMessageBytes: isOver ? 1 : Infinity });
        expect(isTakenBySqs(input.MessageBody!)).toBe(true);
        const read = consumed(input, text);
        expect(read.isPointer).toBe(isOver);
        expect(JSON.stringify(read.failure)).toBe(JSON.stringify(failure));
        expect(JSON.stringify(read.payload)).toBe(JSON.stringify(payload));

        const count = payload.Records.length;
        const { batchSize, startSequenceNumber, endSequenceNumber } = batchOf(failure);
        const hasEnds = numbers.includes(startSequenceNumber) && numbers.includes(endSequenceNumber);
        // Through a consumer, one after another of the same number are user records of an aggregate.
        const isStrange = stranger !== null && !(stranger === 'again' && numbers.length === 1 && batchOf(failure).streamArn === CONSUMER_ARN);
        const isWhole = !isStrange && hasEnds && count >= batchSize;
        const status = !isWhole ? 'PARTIAL' : count === batchSize ? 'COMPLETE' : 'SUPERSET';
        statuses.add(status);
        const id = deadLetterId(failure);
        expect(input.MessageAttributes).toMatchObject({
          status: { StringValue: status },
          deadLetterId: { StringValue: id },
          expectedRecords: { StringValue: `${batchSize}` },
          recoveredRecords: { StringValue: `${count}` },
          ...(isOver && { ExtendedPayloadSize: { DataType: 'Number', StringValue: `${Buffer.byteLength(text)}` } }),
        });
        const error = !isStrange ? undefined : expect.objectContaining({ name: 'UnexpectedRecords' });
        const hydration = { formatVersion: '0.1.0', status, expectedRecords: batchSize, recoveredRecords: count, deadLetterId: id, error };
        expect(read.hydration).toEqual(isOver ? undefined : hydration);
      }),
      propertyRuns(500),
    );
    expect(statuses).toEqual(new Set(['COMPLETE', 'SUPERSET', 'PARTIAL']));
  });
});

describe.each([['text', true], ['JSON', false]])('a message whose payload is %s', (_, asText) => {
  const text = written(failureRecord(), functionEvent(), asText);

  test('is inline at exactly the limit of the queue, and a pointer one byte above it', async () => {
    const { MessageBody, MessageAttributes } = await message(text);
    const maxMessageBytes = messageBytes(MessageBody!, MessageAttributes!);
    expect(consumed(await message(text, { maxMessageBytes }), text).isPointer).toBe(false);
    expect(consumed(await message(text, { maxMessageBytes: maxMessageBytes - 1 }), text).isPointer).toBe(true);
  });

  test('is a pointer when the limit of the queue is lower than the CDK app knows', async () => {
    const tooLong = 'One or more parameters are invalid. Reason: Message must be shorter than 262144 bytes.';
    sqs.onAnyCommand().rejectsOnce(new SQSServiceException({ name: 'InvalidParameterValue', $fault: 'client', $metadata: {}, message: tooLong }))
      .resolves({});
    const inputs = await tried(text);
    expect(inputs.map((input) => consumed(input, text).isPointer)).toEqual([false, true]);
  });

  test('is the same for each event of the object', async () => {
    expect(await message(text)).toEqual(await message(text));
    expect(await message(text, { maxMessageBytes: 1 })).toEqual(await message(text, { maxMessageBytes: 1 }));
  });

  test.each([1, Infinity])('on a FIFO queue has the shard as its group and the ID of the dead letter for deduplication: limit %d', async (maxMessageBytes) => {
    expect(await message(text, { queueUrl: `${QUEUE_URL}.fifo`, maxMessageBytes })).toMatchObject({
      MessageGroupId: SHARD_ID,
      MessageDeduplicationId: deadLetterId(failureRecord()),
    });
  });
});

test.each([
  ['fewer records', functionEvent(2), 'PARTIAL'],
  ['no records', { Records: [] }, 'UNREADABLE'],
])('a pointer message has its status in the attributes: %s', async (_, event, status) => {
  const { MessageAttributes } = await message(written(failureRecord(), event, true), { maxMessageBytes: 1 });
  expect(MessageAttributes).toMatchObject({ status: { StringValue: status }, recoveredRecords: { StringValue: `${event.Records.length}` } });
});
