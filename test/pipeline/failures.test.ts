import { App, Duration, Stack } from 'aws-cdk-lib';
import { KinesisStreamProcessor, type KinesisStreamProcessorProps } from '../../src';
import { failureRecordOf, Pipeline, processorProps, recordsOf, type Sent, withoutRoles } from './pipeline';

/** One processor on a stream of one shard. */
function one(props: Partial<KinesisStreamProcessorProps> = {}) {
  return (app: App) => [
    new KinesisStreamProcessor(new Stack(app, 'Test'), 'Orders', { processorProps: processorProps(), batchSize: 10, retryAttempts: 2, ...props }),
  ];
}

function numbers(sent: readonly Sent[]): string[] {
  return sent.map(({ sequenceNumber }) => sequenceNumber);
}

describe('a pipeline on this machine', () => {
  let pipeline: Pipeline | undefined;

  async function start(...args: Parameters<typeof Pipeline.start>): Promise<Pipeline> {
    pipeline = await Pipeline.start(...args);
    return pipeline;
  }

  afterEach(async () => {
    await pipeline?.stop();
    pipeline = undefined;
  });

  it('isolates one poison record of a batch and keeps it as the processor received it', async () => {
    const { publish, settle, deadLetters, undeliverables, receivedRecord, cloud } = bound(await start({ define: one() }));
    const poison = new Uint8Array([...Buffer.from('throw'), 0x00, 0xff, 0xfe, 0xc3, 0x28]);
    const sent = await publish([
      ...Array.from({ length: 7 }, (_, index) => ({ key: `k${index}`, data: `good ${index}` })),
      { key: 'schlüssel 🧡', data: poison },
      { key: 'k8', data: 'good 8' },
    ]);
    await settle();

    const letters = await deadLetters();
    expect(letters).toHaveLength(1);
    const bad = sent[7];
    expect(letters[0].hydration).toMatchObject({ status: 'COMPLETE', expectedRecords: 1, recoveredRecords: 1 });
    // Field by field what the processor got, bytes and key included.
    expect(recordsOf(letters[0])).toEqual([receivedRecord(bad.sequenceNumber)]);
    expect(Buffer.from(recordsOf(letters[0])[0].kinesis.data, 'base64')).toEqual(Buffer.from(poison));
    expect(recordsOf(letters[0])[0].kinesis.partitionKey).toBe('schlüssel 🧡');
    expect(failureRecordOf(letters[0])).toMatchObject({
      version: '1.0',
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      KinesisBatchInfo: { batchSize: 1, startSequenceNumber: bad.sequenceNumber, endSequenceNumber: bad.sequenceNumber },
    });
    expect(await undeliverables()).toEqual([]);
    expect(cloud.account.denials).toEqual([]);
  });

  it('repeats what a consumer filters on in message attributes', async () => {
    const { publish, settle, processors, deadLetterMessages } = bound(await start({ define: one() }));
    const [{ shardId }] = await publish([{ key: 'a', data: 'throw' }]);
    await settle();

    const [message] = await deadLetterMessages();
    const letter = JSON.parse(message.Body!);
    const attributes = Object.fromEntries(Object.entries(message.MessageAttributes!).map(([name, { StringValue }]) => [name, StringValue]));
    expect(attributes).toEqual({
      status: 'COMPLETE',
      deadLetterId: letter.hydration.deadLetterId,
      functionArn: letter.requestContext.functionArn,
      streamArn: `arn:aws:kinesis:us-east-1:123456789012:stream/${processors[0].streamName}`,
      shardId,
      condition: 'RetryAttemptsExhausted',
      expectedRecords: '1',
      recoveredRecords: '1',
    });
  });

  it('keeps every record when all of them are poison', async () => {
    const { publish, settle, deadLetters, receivedRecord } = bound(await start({ define: one(), consolidateFailures: 'none' }));
    const sent = await publish(Array.from({ length: 12 }, (_, index) => ({ key: `k${index}`, data: `throw ${index}` })));
    await settle();

    const letters = await deadLetters();
    expect(letters.map((letter) => letter.hydration.status)).toEqual(Array(12).fill('COMPLETE'));
    const kept = letters.flatMap(recordsOf);
    expect(kept.map(({ kinesis }) => kinesis.sequenceNumber).sort()).toEqual(numbers(sent).sort());
    for (const record of kept) expect(record).toEqual(receivedRecord(record.kinesis.sequenceNumber));
  });

  it('reads the whole range when Lambda puts failed pieces that lie side by side into one failure record', async () => {
    const { publish, settle, deadLetters } = bound(await start({ define: one(), consolidateFailures: 'adjacent' }));
    const sent = await publish([
      { key: 'a', data: 'good' }, { key: 'a', data: 'throw 1' }, { key: 'a', data: 'throw 2' }, { key: 'a', data: 'throw 3' }, { key: 'a', data: 'good' },
    ]);
    await settle();

    const letters = await deadLetters();
    expect(letters.map(({ hydration }) => hydration)).toEqual([
      expect.objectContaining({ status: 'COMPLETE', expectedRecords: 3, recoveredRecords: 3 }),
    ]);
    expect(recordsOf(letters[0]).map(({ kinesis }) => kinesis.sequenceNumber)).toEqual(numbers(sent.slice(1, 4)));
  });

  it('gives a superset when failed pieces with good records between them share a failure record', async () => {
    const { publish, settle, deadLetters } = bound(await start({ define: one(), consolidateFailures: 'all' }));
    const sent = await publish([{ key: 'a', data: 'throw 1' }, { key: 'a', data: 'good' }, { key: 'a', data: 'throw 2' }]);
    await settle();

    const letters = await deadLetters();
    expect(letters.map(({ hydration }) => hydration)).toEqual([
      expect.objectContaining({ status: 'SUPERSET', expectedRecords: 2, recoveredRecords: 3 }),
    ]);
    expect(recordsOf(letters[0]).map(({ kinesis }) => kinesis.sequenceNumber)).toEqual(numbers(sent));
  });

  it('keeps the whole batch when retries run out without bisect', async () => {
    const { publish, settle, deadLetters, received } = bound(await start({ define: one({ bisectBatchOnError: false, retryAttempts: 1 }) }));
    const sent = await publish([{ key: 'a', data: 'good' }, { key: 'b', data: 'throw' }, { key: 'c', data: 'good' }]);
    await settle();

    const letters = await deadLetters();
    expect(letters).toHaveLength(1);
    expect(letters[0].requestContext.approximateInvokeCount).toBe(2);
    expect(received()).toHaveLength(2);
    // The payload is the event, ready to be handed to the processor again.
    expect(letters[0].payload).toEqual(withoutRoles(received()[0]));
    expect(recordsOf(letters[0]).map(({ kinesis }) => kinesis.sequenceNumber)).toEqual(numbers(sent));
  });

  it('isolates the poison record that a partial response reports, as it does after an error', async () => {
    const { publish, settle, deadLetters } = bound(await start({ define: one() }));
    const sent = await publish([
      { key: 'a', data: 'good 0' }, { key: 'a', data: 'good 1' }, { key: 'a', data: 'report 2' }, { key: 'a', data: 'good 3' },
    ]);
    await settle();

    const letters = await deadLetters();
    expect(letters).toHaveLength(1);
    expect(letters[0].responseContext).toMatchObject({ functionError: null });
    expect(letters[0].hydration).toMatchObject({ status: 'COMPLETE', expectedRecords: 1 });
    expect(recordsOf(letters[0]).map(({ kinesis }) => kinesis.sequenceNumber)).toEqual(numbers(sent.slice(2, 3)));
  });

  it('keeps the rest of the batch from the lowest record that a partial response reports, without bisect', async () => {
    const { publish, settle, deadLetters } = bound(await start({ define: one({ bisectBatchOnError: false }) }));
    const sent = await publish([
      { key: 'a', data: 'good 0' }, { key: 'a', data: 'good 1' }, { key: 'a', data: 'report 2' }, { key: 'a', data: 'good 3' },
    ]);
    await settle();

    const letters = await deadLetters();
    expect(letters).toHaveLength(1);
    expect(letters[0].responseContext).toMatchObject({ functionError: null });
    expect(letters[0].hydration).toMatchObject({ status: 'COMPLETE', expectedRecords: 2 });
    expect(recordsOf(letters[0]).map(({ kinesis }) => kinesis.sequenceNumber)).toEqual(numbers(sent.slice(2)));
  });

  it('keeps records that grew too old while the function failed', async () => {
    // At this speed a minute of record age is over in a fifth of a second.
    const define = one({ retryAttempts: -1, maxRecordAge: Duration.minutes(1), bisectBatchOnError: false });
    const { publish, settle, deadLetters } = bound(await start({ define, speed: 300 }));
    const sent = await publish([{ key: 'a', data: 'throw 0' }, { key: 'a', data: 'throw 1' }]);
    await settle();

    const letters = await deadLetters();
    const kept = letters.flatMap(recordsOf).map(({ kinesis }) => kinesis.sequenceNumber);
    expect(kept).toEqual(numbers(sent));
    expect(letters.map(({ requestContext }) => requestContext.condition)).toEqual(letters.map(() => 'RecordAgeExceeded'));
    expect(letters.map(({ responseContext }) => responseContext)).toEqual(letters.map(() => undefined));
  });

  it('keeps every failed record of a shard that ten lanes process at once', async () => {
    const { publish, settle, deadLetters, receivedRecord } = bound(await start({ define: one({ parallelizationFactor: 10 }) }));
    const sent = await publish(
      Array.from({ length: 120 }, (_, index) => ({ key: `key-${index % 40}`, data: index % 30 === 7 ? `throw ${index}` : `good ${index}` })),
    );
    await settle();

    const letters = await deadLetters();
    const kept = new Map(letters.flatMap(recordsOf).map((record) => [record.kinesis.sequenceNumber, record]));
    const poison = sent.filter(({ data }) => Buffer.from(data).toString().startsWith('throw'));
    expect(poison).toHaveLength(4);
    for (const { sequenceNumber } of poison) expect(kept.get(sequenceNumber)).toEqual(receivedRecord(sequenceNumber));
  });

  it('reads from the stream what a mapping on an enhanced fan-out consumer gave up, under the consumer ARN', async () => {
    const { publish, settle, deadLetters, receivedRecord } = bound(await start({ define: one({ enhancedFanOut: true }) }));
    const [, bad] = await publish([{ key: 'a', data: 'good' }, { key: 'a', data: 'throw' }]);
    await settle();

    const letters = await deadLetters();
    expect(letters).toHaveLength(1);
    expect(letters[0].KinesisBatchInfo!.streamArn).toMatch(/:stream\/[^/]+\/consumer\/[^/]+:\d+$/);
    expect(recordsOf(letters[0])).toEqual([receivedRecord(bad.sequenceNumber)]);
    expect(recordsOf(letters[0])[0].eventSourceARN).toBe(letters[0].KinesisBatchInfo!.streamArn);
  });
});

/** A pipeline's parts as plain functions, for tests that read like sentences. */
function bound(pipeline: Pipeline) {
  return {
    cloud: pipeline.cloud,
    processors: pipeline.processors,
    publish: pipeline.publish.bind(pipeline),
    settle: pipeline.settle.bind(pipeline),
    deadLetters: pipeline.deadLetters.bind(pipeline),
    deadLetterMessages: pipeline.deadLetterMessages.bind(pipeline),
    undeliverables: pipeline.undeliverables.bind(pipeline),
    receivedRecord: pipeline.receivedRecord.bind(pipeline),
    received: () => pipeline.received,
  };
}
