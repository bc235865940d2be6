import { KinesisClient, KinesisServiceException, PutRecordsCommand, PutRecordsCommandInput, PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import { mockClient } from 'aws-sdk-client-mock';
import { ReceivedDeadLetter } from '../../../../lambda/shared/dead-letter/received-dead-letter';
import { StreamTarget, StreamTargetOptions } from '../../../../lambda/shared/redrive/stream-target';
import { toEventRecord as toTableEventRecord } from '../../../../lambda/shared/stream/dynamo-event-record';
import { callOptions } from '../../../support/call-options';
import { eventRecord, receivedDeadLetter } from '../../../support/dead-letters';
import { dynamoFailureRecord, dynamoRecord, TABLE_STREAM_ARN } from '../../../support/dynamo-records';
import { CONSUMER_ARN, failureRecord, STREAM_ARN } from '../../../support/records';
import 'aws-sdk-client-mock-jest';

const { signal } = new AbortController();
const THROTTLED = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded for shard' };
const TAKEN = { ShardId: 'shardId-000000000000', SequenceNumber: '1' };

const kinesis = mockClient(KinesisClient);
/** Records whose keys are here are refused, each so often. */
let refused: Map<string, number>;
beforeEach(() => {
  refused = new Map();
  kinesis.reset().on(PutRecordsCommand).callsFake(({ Records }: PutRecordsCommandInput) => ({ Records: Records!.map(answerFor) }));
});
function answerFor({ PartitionKey: key }: { PartitionKey?: string }): PutRecordsResultEntry {
  const left = refused.get(key!) ?? 0;
  refused.set(key!, left - 1);
  return left > 0 ? THROTTLED : TAKEN;
}

const pauseMillis = [0, 0, 0];
const send = (deadLetter: ReceivedDeadLetter = receivedDeadLetter(), options: StreamTargetOptions = {}, abort: AbortSignal = signal) =>
  new StreamTarget(new KinesisClient({}), { pauseMillis, ...options }).send(deadLetter, abort);
const puts = () => kinesis.calls().map((call) => (call.args[0].input as PutRecordsCommandInput).Records!.map(({ PartitionKey }) => PartitionKey));
const manyRecords = (count: number, bytes = 1) =>
  receivedDeadLetter({ records: Array.from({ length: count }, (_, index) => eventRecord(index, { Data: Buffer.alloc(bytes) })) });
const refusal = (name: string, status = 400) =>
  new KinesisServiceException({ name, $fault: 'client', $metadata: { httpStatusCode: status }, message: 'no' });

describe('a dead letter', () => {
  test('is put into its stream with the same data and keys', async () => {
    const Data = Buffer.from([0xf3, 0x89, 0x9a, 0xc2, 0, 0xff]);
    expect(await send(receivedDeadLetter({ records: [eventRecord(0, { Data, PartitionKey: 'ä€' })] }))).toEqual({ outcome: 'sent' });
    expect(kinesis).toHaveReceivedCommandWith(PutRecordsCommand, { StreamARN: STREAM_ARN, Records: [{ Data, PartitionKey: 'ä€' }] });
    expect(callOptions(kinesis.call(0))).toEqual({ abortSignal: signal });
  });

  test.each<[string, StreamTargetOptions, string]>([
    ['its stream, not the consumer of it', {}, STREAM_ARN],
    ['the one that is given', { streamArn: `${STREAM_ARN}-copy` }, `${STREAM_ARN}-copy`],
  ])('goes to %s', async (_, options, streamArn) => {
    const deadLetter = receivedDeadLetter({ failure: failureRecord({ streamArn: CONSUMER_ARN }) });
    await send(deadLetter, options);
    expect(kinesis).toHaveReceivedCommandWith(PutRecordsCommand, { StreamARN: streamArn });
    expect(new StreamTarget(new KinesisClient({}), options).nameFor(deadLetter)).toBe(streamArn);
  });

  test.each<[string, string | undefined]>([['no', undefined], ['an empty', '']])('is put without a key when it has %s key, as on a stream with distribution AUTO', async (_, PartitionKey) => {
    expect(await send(receivedDeadLetter({ records: [eventRecord(0, { PartitionKey })] }))).toEqual({ outcome: 'sent' });
    expect(kinesis.call(0).args[0].input).toEqual({ StreamARN: STREAM_ARN, Records: [{ Data: Buffer.from('{"order":0}') }] });
  });

  test('fails when it has no key and its stream requires one', async () => {
    kinesis.on(PutRecordsCommand).rejects(refusal('ValidationException'));
    expect(await send(receivedDeadLetter({ records: [eventRecord(0, { PartitionKey: undefined })] }))).toEqual({
      outcome: 'failed', reason: { name: 'ValidationException', message: 'no' },
    });
  });

  test('goes in calls of at most 500 records, in order', async () => {
    await send(manyRecords(1_001));
    expect(puts().map(({ length }) => length)).toEqual([500, 500, 1]);
    expect(puts().flat()).toEqual(Array.from({ length: 1_001 }, (_, index) => `customer-${index}`));
  });

  test('goes in calls of at most 10 MiB, keys included', async () => {
    const key = 'x'.repeat(6);
    const recordOf = (bytes: number) => eventRecord(0, { Data: Buffer.alloc(bytes), PartitionKey: key });
    await send(receivedDeadLetter({ records: [recordOf(5_242_874), recordOf(5_242_874)] }));
    await send(receivedDeadLetter({ records: [recordOf(5_242_874), recordOf(5_242_875)] }));
    expect(puts().map(({ length }) => length)).toEqual([2, 1, 1]);
  });
});

describe('a dead letter that cannot be put', () => {
  test.each<[string, ReceivedDeadLetter, string, string]>([
    ['changes of a table', receivedDeadLetter({ failure: dynamoFailureRecord(), records: [toTableEventRecord(dynamoRecord(0), TABLE_STREAM_ARN)] }), 'NotAKinesisRecord',
      'record 1 of 1 must be a record of a Kinesis stream, because a DynamoDB stream accepts no records; redrive it to the processor'],
    ['something else', receivedDeadLetter({ records: [eventRecord(0), null] }), 'NotAKinesisRecord',
      'record 2 of 2 must be a record of a Kinesis stream, because a DynamoDB stream accepts no records; redrive it to the processor'],
    ['a record over the limit of a call', receivedDeadLetter({ records: [eventRecord(0, { Data: Buffer.alloc(10_485_750), PartitionKey: 'x'.repeat(11) })] }), 'RecordTooLarge',
      'record 1 of 1 must have at most 10485760 bytes with its key, got: 10485761'],
    ['nothing', receivedDeadLetter({ records: [], failure: failureRecord() }), 'NoRecords', 'the dead letter holds no records'],
  ])('fails with a reason, and no record is put: %s', async (_, deadLetter, name, message) => {
    expect(await send(deadLetter)).toEqual({ outcome: 'failed', reason: { name, message } });
    expect(kinesis.calls()).toEqual([]);
  });
});

describe('records that the stream does not accept', () => {
  test('are retried alone', async () => {
    refused.set('customer-1', 2);
    expect(await send()).toEqual({ outcome: 'sent' });
    expect(puts()).toEqual([['customer-0', 'customer-1', 'customer-2'], ['customer-1'], ['customer-1']]);
  });

  test('are retried before later records are sent', async () => {
    refused.set('customer-3', 1);
    await send(manyRecords(600));
    expect(puts().map(({ length }) => length)).toEqual([500, 1, 100]);
  });

  test('remain alone in the end', async () => {
    refused.set('customer-0', 99).set('customer-2', 99);
    const deadLetter = receivedDeadLetter();
    expect(await send(deadLetter)).toEqual({
      outcome: 'partly',
      remaining: [deadLetter.event.Records[0], deadLetter.event.Records[2]],
      reason: { name: THROTTLED.ErrorCode, message: THROTTLED.ErrorMessage },
      allFailed: false,
    });
    expect(kinesis.calls()).toHaveLength(1 + pauseMillis.length);
  });

  test('remain with the records after them', async () => {
    refused.set('customer-3', 99);
    const deadLetter = manyRecords(600);
    expect(await send(deadLetter)).toMatchObject({ outcome: 'partly', remaining: [deadLetter.event.Records[3], ...deadLetter.event.Records.slice(500)] });
  });

  test('are the unchanged dead letter when no record is accepted', async () => {
    for (const index of [0, 1, 2]) refused.set(`customer-${index}`, 99);
    expect(await send()).toEqual({ outcome: 'failed', reason: { name: THROTTLED.ErrorCode, message: THROTTLED.ErrorMessage } });
  });

  test('are retried with growing pauses', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    refused.set('customer-1', 99);
    const start = performance.now();
    await send(receivedDeadLetter(), { pauseMillis: [40, 80] });
    expect(performance.now() - start).toBeGreaterThanOrEqual(115);
    jest.restoreAllMocks();
  });

  test('are not retried after the abort signal', async () => {
    refused.set('customer-1', 99);
    const controller = new AbortController();
    const sending = send(receivedDeadLetter(), { pauseMillis: [60_000, 60_000] }, controller.signal);
    setTimeout(() => controller.abort(), 20);
    expect(await sending).toMatchObject({ outcome: 'partly', reason: { name: THROTTLED.ErrorCode } });
  });

  test('have the error of the stream as their reason', async () => {
    kinesis.on(PutRecordsCommand).resolves({ FailedRecordCount: 3, Records: Array(3).fill({ ErrorCode: 'InternalFailure' }) });
    expect(await send()).toEqual({ outcome: 'failed', reason: { name: 'InternalFailure', message: '' } });
  });
});

describe('an error of the stream', () => {
  test.each(['InvalidArgumentException', 'ValidationException'])('of the records is about this dead letter: %s', async (name) => {
    kinesis.on(PutRecordsCommand).rejects(refusal(name));
    expect(await send()).toEqual({ outcome: 'failed', reason: { name, message: 'no' } });
  });

  test.each<[string, Error]>([
    ['no answer', Object.assign(new Error('no'), { name: 'TimeoutError' })],
    ['a broken connection', Object.assign(new Error('no'), { code: 'EPIPE' })],
    ['a fault of Kinesis', refusal('InternalFailure', 500)],
  ])('with an unknown outcome says so: %s', async (_, error) => {
    kinesis.on(PutRecordsCommand).rejects(error);
    expect(await send()).toEqual({ outcome: 'failed', reason: { name: error.name, message: 'it is unknown whether the records were accepted: no' } });
  });

  test.each<[string, PutRecordsResultEntry[] | undefined, string]>([
    ['no list', undefined, 'none'],
    ['a list that is too short', [TAKEN], '1'],
  ])('is a response without a result for each record: %s', async (_, Records, got) => {
    kinesis.on(PutRecordsCommand).resolves({ Records });
    const message = `it is unknown whether the records were accepted: PutRecords must return 3 results, got: ${got}`;
    expect(await send()).toEqual({ outcome: 'failed', reason: { name: 'InvalidResponseError', message } });
  });

  test.each(['AccessDeniedException', 'ResourceNotFoundException', 'KMSDisabledException'])('that concerns every dead letter is thrown: %s', async (name) => {
    const error = refusal(name);
    kinesis.on(PutRecordsCommand).rejects(error);
    await expect(send()).rejects.toBe(error);
  });

  test('that concerns every dead letter is thrown only when no record was accepted', async () => {
    kinesis.on(PutRecordsCommand).resolvesOnce({ Records: Array(500).fill(TAKEN) }).rejects(refusal('AccessDeniedException'));
    const deadLetter = manyRecords(501);
    expect(await send(deadLetter)).toEqual({
      outcome: 'partly',
      remaining: deadLetter.event.Records.slice(500),
      reason: { name: 'AccessDeniedException', message: 'no' },
      allFailed: false,
    });
  });
});
