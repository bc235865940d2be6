import { setTimeout as sleep } from 'node:timers/promises';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoStreamProcessor, type DynamoStreamProcessorProps, FailureCapture } from '../../src';
import { readDeadLetter } from '../faults/delivery-report';
import { describeNeedsJava } from '../support/java';
import { failureRecordOf, Pipeline, processorProps } from './pipeline';
import { changesOf, idOf, type Item, PipelineTable } from './table';

const partitionKey = { name: 'id', type: dynamodb.AttributeType.STRING };
const { KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE, OLD_IMAGE } = dynamodb.StreamViewType;

/** One processor on a table of ours. */
function one(props: Partial<DynamoStreamProcessorProps> = {}) {
  return on(() => ({ tableProps: { partitionKey } }), props);
}

/** One processor on the table that is made for it. */
function on(table: (stack: Stack) => Pick<DynamoStreamProcessorProps, 'table' | 'tableProps'>, props: Partial<DynamoStreamProcessorProps> = {}) {
  return (app: App) => {
    const stack = new Stack(app, 'Test', { env: { account: '123456789012', region: 'us-east-1' } });
    return [
      new DynamoStreamProcessor(stack, 'Audit', { ...table(stack), processorProps: processorProps(), batchSize: 10, retryAttempts: 1, ...props }),
    ];
  };
}

/** As many records are a batch, however long the last of them takes. */
function together(batchSize: number): Partial<DynamoStreamProcessorProps> {
  return { batchSize, maxBatchingWindow: Duration.minutes(5), bisectBatchOnError: false, retryAttempts: 0 };
}

/** Values of all types, as empty and as large as DynamoDB takes them. */
const VALUES: Record<string, AttributeValue> = {
  bytes: { B: new Uint8Array([0, 0xff, 0xfe, 0xc3, 0x28]) },
  noBytes: { B: new Uint8Array() },
  text: { S: 'ü🧡\u0000\uffff "\\' },
  noText: { S: '' },
  number: { N: '12345678901234567890123456789012345678' },
  smallNumber: { N: '-0.00000000000000000000000000000000000012345678901234567890123456789012345678' },
  no: { BOOL: false },
  nothing: { NULL: true },
  texts: { SS: ['a', 'b'] },
  numbers: { NS: ['-1.5', '99999999999999999999999999999999999999'] },
  binaries: { BS: [new Uint8Array([1, 0xff]), new Uint8Array([2])] },
  deep: { M: { list: { L: [{ M: { bytes: { B: new Uint8Array([9]) }, more: { BS: [new Uint8Array([8])] } } }, { N: '1' }, { L: [] }] } } },
  noMap: { M: {} },
  noList: { L: [] },
  2: { N: '2' },
  1: { N: '1' },
  ...Object.fromEntries([['__proto__', { M: { constructor: { S: 'x' } } }]]),
};

function item(id: string, more: Item = {}): Item {
  return { id: { S: id }, ...more };
}

describeNeedsJava('a pipeline of a table on this machine', () => {
  let pipeline: Pipeline;
  let table: PipelineTable;

  async function start(...[options]: Parameters<typeof Pipeline.start>): Promise<void> {
    pipeline = await Pipeline.start(options);
    table = new PipelineTable(pipeline);
  }

  /** Dead letters, wherever their bodies are. */
  async function letters(processor = 0) {
    const messages = await pipeline.deadLetterMessages(processor);
    const read = await Promise.all(messages.map(async (message) => readDeadLetter(message, pipeline.cloud.clients.s3)));
    return read.map(({ deadLetter }) => deadLetter);
  }

  /** A record that the processor received, as JSON. */
  function receivedText(sequenceNumber: string): string {
    const records = pipeline.receivedChanges.flatMap(({ Records }) => Records);
    const record = records.find(({ dynamodb: change }) => change!.SequenceNumber === sequenceNumber);
    return JSON.stringify(record);
  }

  /** The records of all dead letters, which must be those that the processor had received, to the character. */
  async function kept() {
    const records = (await letters()).flatMap(changesOf);
    expect(records.map((record) => JSON.stringify(record))).toEqual(records.map(({ dynamodb: change }) => receivedText(change!.SequenceNumber!)));
    return records;
  }

  async function nothingElse(): Promise<void> {
    expect(await pipeline.undeliverables()).toEqual([]);
    expect(pipeline.cloud.account.denials).toEqual([]);
  }

  afterEach(async () => pipeline?.stop());

  it('isolates one poison change of a batch and keeps it as the processor received it', async () => {
    await start({ define: one() });
    await table.put(...Array.from({ length: 4 }, (_, index) => item(`good ${index}`)), item('throw', VALUES), item('good 5'));
    await pipeline.settle();

    const [letter, ...others] = await letters();
    expect(others).toEqual([]);
    expect(letter.hydration).toMatchObject({ status: 'COMPLETE', expectedRecords: 1, recoveredRecords: 1 });
    const [record] = changesOf(letter);
    const sequenceNumber = record.dynamodb!.SequenceNumber!;
    expect(JSON.stringify(record)).toBe(receivedText(sequenceNumber));
    expect(record).toMatchObject({ eventName: 'INSERT', eventSource: 'aws:dynamodb', eventSourceARN: pipeline.processors[0].tableStreamArn });
    expect(failureRecordOf(letter)).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      DDBStreamBatchInfo: { batchSize: 1, startSequenceNumber: sequenceNumber, endSequenceNumber: sequenceNumber },
    });
    await nothingElse();
  });

  it('keeps values of all types', async () => {
    await start({ define: one() });
    await table.put(item('throw', VALUES));
    await pipeline.settle();

    const [{ dynamodb: change }] = await kept();
    const base64 = (...bytes: number[]) => Buffer.from(bytes).toString('base64');
    expect(change!.NewImage).toEqual({
      ...item('throw', VALUES),
      bytes: { B: base64(0, 0xff, 0xfe, 0xc3, 0x28) },
      noBytes: { B: '' },
      binaries: { BS: [base64(1, 0xff), base64(2)] },
      deep: { M: { list: { L: [{ M: { bytes: { B: base64(9) }, more: { BS: [base64(8)] } } }, { N: '1' }, { L: [] }] } } },
    });
    expect(Object.keys(change!.NewImage!)).toContain('__proto__');
    await nothingElse();
  });

  it.each([
    [NEW_AND_OLD_IMAGES, ['NewImage'], ['NewImage', 'OldImage'], ['OldImage']],
    [NEW_IMAGE, ['NewImage'], ['NewImage'], []],
    [OLD_IMAGE, [], ['OldImage'], ['OldImage']],
    [KEYS_ONLY, [], [], []],
  ])('keeps items that are put, changed, removed and out of time, in a stream of %s', async (dynamoStream, inserted, modified, removed) => {
    await start({ define: one({ tableProps: { partitionKey, dynamoStream, timeToLiveAttribute: 'expires' } }) });
    await table.put(item('throw 1', VALUES), item('throw 2'));
    await table.remove('throw 2');
    // The last write: from now on the item may be gone at any time.
    await table.set('throw 1', 'expires', { N: String(Math.floor(Date.now() / 1000) - 60) });
    while (!pipeline.receivedChanges.some(({ Records }) => Records.some(({ userIdentity }) => userIdentity))) await sleep(100);
    await pipeline.settle();

    // Pieces of the batch fail one after the other, and their dead letters come in any order.
    const records = (await kept()).sort((a, b) => (a.dynamodb!.SequenceNumber! < b.dynamodb!.SequenceNumber! ? -1 : 1));
    const images = records.map(({ dynamodb: change }) => Object.keys(change!).filter((name) => name.endsWith('Image')));
    expect(records.map((record, index) => [record.eventName, idOf(record), images[index], record.userIdentity])).toEqual([
      ['INSERT', 'throw 1', inserted, undefined],
      ['INSERT', 'throw 2', inserted, undefined],
      ['REMOVE', 'throw 2', removed, undefined],
      ['MODIFY', 'throw 1', modified, undefined],
      // In Lambda's case, not in that of the API.
      ['REMOVE', 'throw 1', removed, { principalId: 'dynamodb.amazonaws.com', type: 'Service' }],
    ]);
    expect(records.map(({ dynamodb: change }) => change!.StreamViewType)).toEqual(Array(5).fill(dynamoStream));
    await nothingElse();
  });

  it.each<[string, (stack: Stack) => Pick<DynamoStreamProcessorProps, 'table' | 'tableProps'>]>([
    ['a Table', (stack) => ({ table: new dynamodb.Table(stack, 'Table', { partitionKey, stream: NEW_AND_OLD_IMAGES }) })],
    ['a TableV2', (stack) => ({ table: new dynamodb.TableV2(stack, 'Table', { partitionKey, dynamoStream: NEW_AND_OLD_IMAGES }) })],
    ['a Table with a key of its own', (stack) => ({
      table: new dynamodb.Table(stack, 'Table', { partitionKey, stream: NEW_AND_OLD_IMAGES, encryptionKey: new kms.Key(stack, 'Key') }),
    })],
    ['a TableV2 with a key of its own', (stack) => ({
      tableProps: { partitionKey, encryption: dynamodb.TableEncryptionV2.customerManagedKey(new kms.Key(stack, 'Key')) },
    })],
  ])('works with %s', async (_, tableOf) => {
    await start({ define: on(tableOf) });
    await table.put(item('good'), item('throw'));
    await pipeline.settle();

    expect((await kept()).map(idOf)).toEqual(['throw']);
    await nothingElse();
  });

  it('keeps items of 400 KB, whose dead letters are over the limit of the queue', async () => {
    // A minute by the wall clock is the window of the batch: four large items take a busy machine seconds.
    await start({ define: one(together(4)), speed: 5 });
    const large = (name: string, fill: number) => item(name, { bytes: { B: new Uint8Array(400 * 1024 - 100).fill(fill) } });
    await table.put(large('throw 1', 0xff), large('throw 2', 0), large('throw 3', 1));
    await table.set('throw 1', 'more', { S: 'x' });
    await pipeline.settle();

    const messages = await pipeline.deadLetterMessages();
    expect(messages.map(({ MessageAttributes }) => Number(MessageAttributes!.ExtendedPayloadSize.StringValue) > 2 * 1024 * 1024)).toEqual([true]);
    const found = await Promise.all(messages.map(async (message) => readDeadLetter(message, pipeline.cloud.clients.s3)));
    const records = found.flatMap(({ deadLetter: letter }) => changesOf(letter));
    expect(records.map(idOf)).toEqual(['throw 1', 'throw 2', 'throw 3', 'throw 1']);
    for (const record of records) expect(JSON.stringify(record)).toBe(receivedText(record.dynamodb!.SequenceNumber!));
    expect(found.map(({ deadLetter: letter }) => letter.hydration.status)).toEqual(['COMPLETE']);
    await nothingElse();
  });

  it('keeps the rest of the batch from the lowest change that a partial response reports, without bisect', async () => {
    await start({ define: one(together(3)) });
    await table.write(['good 0', 'report 1', 'good 2'].map((id) => ({ put: item(id) })));
    await pipeline.settle();

    const found = await letters();
    expect(found.map(({ responseContext, hydration }) => [responseContext!.functionError, hydration.status])).toEqual([[null, 'COMPLETE']]);
    expect(changesOf(found[0]).map(idOf)).toEqual(['report 1', 'good 2']);
    await nothingElse();
  });

  it('keeps every failed change of a shard that ten lanes process at once', async () => {
    await start({ define: one({ parallelizationFactor: 10 }) });
    const ids = Array.from({ length: 50 }, (_, index) => (index % 10 === 7 ? `throw ${index}` : `good ${index}`));
    for (const part of [ids.slice(0, 25), ids.slice(25)]) await table.write(part.map((id) => ({ put: item(id, VALUES) })));
    await pipeline.settle();

    const poison = [...new Set((await kept()).map(idOf).filter((id) => id.startsWith('throw')))];
    expect(poison.sort()).toEqual(['throw 17', 'throw 27', 'throw 37', 'throw 47', 'throw 7']);
    await nothingElse();
  });

  it('gives a superset where filters left other changes between, and S3 exactly what failed', async () => {
    const filters = [lambda.FilterCriteria.filter({ dynamodb: { Keys: { id: { S: lambda.FilterRule.beginsWith('throw') } } } })];
    await start({
      define: (app: App) => {
        const stack = new Stack(app, 'Test');
        const ours = new dynamodb.TableV2(stack, 'Table', { partitionKey, dynamoStream: NEW_AND_OLD_IMAGES });
        const processor = (id: string, capture: FailureCapture) =>
          new DynamoStreamProcessor(stack, id, {
            table: ours, capture, filters, processorProps: processorProps(), ...together(2),
          });
        return [processor('Hydrated', FailureCapture.hydrate()), processor('Captured', FailureCapture.s3())];
      },
    });
    await table.write(['throw 0', 'good 1', 'throw 2', 'good 3'].map((id) => ({ put: item(id, VALUES) })));
    await pipeline.settle();

    const [hydrated, captured] = [await letters(0), await letters(1)];
    expect(captured.map(({ hydration }) => hydration.status)).toEqual(['COMPLETE']);
    expect(captured.flatMap(changesOf).map(idOf)).toEqual(['throw 0', 'throw 2']);
    for (const record of captured.flatMap(changesOf)) expect(JSON.stringify(record)).toBe(receivedText(record.dynamodb!.SequenceNumber!));

    expect(hydrated.map(({ hydration }) => hydration)).toEqual([
      expect.objectContaining({ status: 'SUPERSET', expectedRecords: 2, recoveredRecords: 3 }),
    ]);
    expect(hydrated.flatMap(changesOf).map(idOf)).toEqual(['throw 0', 'good 1', 'throw 2']);
    await nothingElse();
  });
});
