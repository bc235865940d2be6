import { App, Duration, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, KinesisStreamProcessor, type KinesisStreamProcessorProps } from '../../src';
import { consume, type Consumed } from './consumer';
import { Pipeline, processorProps, recordsOf, type Sent, type Template, withoutRoles } from './pipeline';

const HYDRATE = 0;
const S3 = 1;

/** Two processors of one stream that get the same records: one has its failures hydrated, the other has them in S3. */
function both(props: Partial<KinesisStreamProcessorProps> = {}) {
  return (app: App) => {
    const stack = new Stack(app, 'Test');
    const stream = new kinesis.Stream(stack, 'Stream');
    const processor = (id: string, capture: FailureCapture) =>
      new KinesisStreamProcessor(stack, id, { stream, capture, processorProps: processorProps(), retryAttempts: 0, ...props });
    return [processor('Hydrated', FailureCapture.hydrate()), processor('Captured', FailureCapture.s3())];
  };
}

function numbersOf(letters: readonly Pick<Consumed, 'event'>[]): string[] {
  return letters.flatMap(({ event }) => event.Records.map(({ kinesis: { sequenceNumber } }) => sequenceNumber)).sort();
}

function numbers(sent: readonly Sent[]): string[] {
  return sent.map(({ sequenceNumber }) => sequenceNumber).sort();
}

describe('a pipeline that captures in S3', () => {
  let pipeline: Pipeline | undefined;

  async function start(...args: Parameters<typeof Pipeline.start>): Promise<Pipeline> {
    pipeline = await Pipeline.start(...args);
    return pipeline;
  }

  /** What a consumer reads from the queue of a processor. */
  async function consumed(processor: number): Promise<Consumed[]> {
    const messages = await pipeline!.deadLetterMessages(processor);
    return Promise.all(messages.map(async (message) => consume(message, pipeline!.cloud.clients.s3)));
  }

  afterEach(async () => {
    await pipeline?.stop();
    pipeline = undefined;
  });

  it('has exactly what failed of a shard that ten lanes process at once, where hydrate has a superset', async () => {
    const { publish, settle, received, undeliverables, denials } = bound(await start({ define: both({ parallelizationFactor: 10 }) }));
    // The lane of the poison key fails record by record; what lies between in the shard is of other lanes.
    const sent = await publish(
      Array.from({ length: 36 }, (_, index) => (index % 6 === 5 ? { key: 'poison', data: `throw ${index}` } : { key: `key-${index * 7919}`, data: `good ${index}` })),
    );
    await settle();

    const poison = sent.filter(({ partitionKey }) => partitionKey === 'poison');
    const [hydrated, captured] = [await consumed(HYDRATE), await consumed(S3)];
    expect(numbersOf(captured)).toEqual(numbers(poison));
    expect(new Set(captured.map(({ status }) => status))).toEqual(new Set(['COMPLETE']));
    for (const record of captured.flatMap(({ event }) => event.Records)) expect(received()).toContainEqual(record);

    expect(hydrated.map(({ status }) => status)).toContain('SUPERSET');
    expect(new Set(numbersOf(hydrated)).size).toBeGreaterThan(poison.length);
    expect(numbersOf(hydrated)).toEqual(expect.arrayContaining(numbers(poison)));
    expect([...(await undeliverables(HYDRATE)), ...(await undeliverables(S3)), ...denials()]).toEqual([]);
  });

  it('has exactly what failed of a filtered batch, where hydrate has a superset', async () => {
    const filters = [lambda.FilterCriteria.filter({ data: { kind: lambda.FilterRule.isEqual('order') } })];
    const { publish, settle, undeliverables, denials } = bound(await start({ define: both({ filters, bisectBatchOnError: false }) }));
    const sent = await publish(
      Array.from({ length: 9 }, (_, index) => ({ key: 'a', data: JSON.stringify({ do: 'throw', kind: index % 2 === 0 ? 'order' : 'other' }) })),
    );
    await settle();

    const [[hydrated, ...more], captured] = [await consumed(HYDRATE), await consumed(S3)];
    expect(captured.map(({ status }) => status)).toEqual(['COMPLETE']);
    expect(numbersOf(captured)).toEqual(numbers(sent.filter((_, index) => index % 2 === 0)));
    expect(more).toEqual([]);
    expect(hydrated.status).toBe('SUPERSET');
    expect(numbersOf([hydrated])).toEqual(numbers(sent));
    expect([...(await undeliverables(HYDRATE)), ...(await undeliverables(S3)), ...denials()]).toEqual([]);
  });

  it.each(['string', 'object'] as const)('says the same of a failure as hydrate, inline and with the verdict: payload as %s', async (s3Payload) => {
    const { publish, settle, deadLetters, deadLetterMessages, received } = bound(await start({ define: both(), s3Payload }));
    await publish([{ key: 'schlüssel 🧡', data: new Uint8Array([...Buffer.from('throw'), 0x00, 0xff, 0xfe]) }]);
    await settle();

    const [[hydrated], [message]] = [await deadLetters(HYDRATE), await deadLetterMessages(S3)];
    const captured = JSON.parse(message.Body!);
    expect(Object.keys(captured).sort()).toEqual(Object.keys(hydrated).sort());
    expect(captured.hydration).toEqual({
      formatVersion: '0.1.0', status: 'COMPLETE', expectedRecords: 1, recoveredRecords: 1, deadLetterId: expect.stringMatching(/^[\da-f]{32}$/),
    });
    expect(received()).toContainEqual(recordsOf(captured)[0]);
    expect({ ...captured.KinesisBatchInfo }).toEqual({ ...hydrated.KinesisBatchInfo });
    const attributes = Object.fromEntries(Object.entries(message.MessageAttributes!).map(([name, { StringValue }]) => [name, StringValue]));
    expect(attributes).toEqual({
      status: 'COMPLETE',
      deadLetterId: captured.hydration.deadLetterId,
      functionArn: captured.requestContext.functionArn,
      streamArn: captured.KinesisBatchInfo.streamArn,
      shardId: captured.KinesisBatchInfo.shardId,
      condition: 'RetryAttemptsExhausted',
      expectedRecords: '1',
      recoveredRecords: '1',
    });
  });

  it.each([
    ['the reported record', true, 2],
    ['what is left of the batch, without bisect,', false, 3],
  ])('has %s after a partial response', async (_, bisectBatchOnError, end) => {
    const { publish, settle } = bound(await start({ define: both({ bisectBatchOnError }) }));
    const sent = await publish(['good 0', 'report 1', 'good 2'].map((data) => ({ key: 'a', data })));
    await settle();

    const captured = await consumed(S3);
    expect(captured.map(({ status }) => status)).toEqual(['COMPLETE']);
    expect(numbersOf(captured)).toEqual(numbers(sent.slice(1, end)));
  });

  it('keeps the window and the state of an event of a tumbling window', async () => {
    const define = (app: App) => [
      new KinesisStreamProcessor(new Stack(app, 'Test'), 'Captured', {
        capture: FailureCapture.s3(), processorProps: processorProps(), retryAttempts: 0, tumblingWindow: Duration.minutes(1),
      }),
    ];
    const { publish, settle, undeliverables, deadLetters } = bound(await start({ define }));
    const [{ sequenceNumber }] = await publish([{ key: 'a', data: 'throw' }]);
    await settle();

    const [letter] = await deadLetters();
    expect(letter.hydration.status).toBe('COMPLETE');
    expect(letter.payload).toMatchObject({
      Records: [{ kinesis: { sequenceNumber } }], window: { start: expect.any(String), end: expect.any(String) }, state: {},
      isFinalInvokeForWindow: false, isWindowTerminatedEarly: false,
    });
    expect(await undeliverables()).toEqual([]);
  });

  it('sends to a FIFO queue by shard, once for an object that is announced twice', async () => {
    const define = (app: App) => {
      const stack = new Stack(app, 'Test');
      const queue = new sqs.Queue(stack, 'Queue', { fifo: true });
      const capture = FailureCapture.s3();
      return [new KinesisStreamProcessor(stack, 'Captured', { processorProps: processorProps(), retryAttempts: 0, batchSize: 1, queue, capture })];
    };
    const { publish, settle, deadLetterMessages, cloud } = bound(await start({ define }));
    let announced = 0;
    cloud.account.events.use(async (_, next) => {
      announced += 2;
      await next();
      await next();
    });
    const [{ shardId }] = await publish([1, 2, 3].map((index) => ({ key: 'a', data: `throw ${index}` })));
    await settle();

    const messages = await deadLetterMessages();
    expect([messages.length, announced]).toEqual([3, 6]);
    for (const { Attributes, MessageAttributes } of messages) {
      expect(Attributes).toMatchObject({ MessageGroupId: shardId, MessageDeduplicationId: MessageAttributes!.deadLetterId.StringValue });
    }
  });
});

describe('a pipeline whose capture is being switched', () => {
  let pipeline: Pipeline | undefined;

  afterEach(async () => {
    await pipeline?.stop();
    pipeline = undefined;
  });

  it.each([
    ['S3', 'hydrate', FailureCapture.s3(), FailureCapture.hydrate(), 'AWS::SNS::Topic'],
    ['hydrate', 'S3', FailureCapture.hydrate(), FailureCapture.s3(), 'AWS::S3::Bucket'],
  ])('to %s makes dead letters of what comes by %s still', async (_, __, capture, keepCapture, oldDestination) => {
    pipeline = await Pipeline.start({
      define: (app) => {
        const stack = new Stack(app, 'Test');
        const props = { processorProps: processorProps(), retryAttempts: 0 };
        const changed = new KinesisStreamProcessor(stack, 'Changed', { ...props, capture, keepCapture });
        new KinesisStreamProcessor(stack, 'Unchanged', { ...props, stream: changed.stream, dlq: changed.dlq });
        return [changed];
      },
      edit: (template) => sendUnchangedTo(oldDestination, template),
    });
    const [bad] = await pipeline.publish([{ key: 'a', data: 'throw' }]);
    await pipeline.settle();

    const letters = await pipeline.deadLetters();
    expect(letters.map(({ hydration }) => hydration.status)).toEqual(['COMPLETE', 'COMPLETE']);
    for (const letter of letters) {
      const [record] = recordsOf(letter);
      expect(record.kinesis.sequenceNumber).toBe(bad.sequenceNumber);
      // What hydrate reads has no role.
      expect([...pipeline.received, ...pipeline.received.map(withoutRoles)]).toContainEqual(letter.payload);
    }
    expect(new Set(letters.map(({ requestContext }) => requestContext.functionArn)).size).toBe(2);
    expect(await pipeline.undeliverables()).toEqual([]);
    expect(pipeline.cloud.account.denials).toEqual([]);
  });
});

/** The change of a mapping has not reached all of Lambda: that of one processor still sends failures to where they were sent before. */
function sendUnchangedTo(destinationType: string, { Resources }: Template): void {
  const [id] = Object.entries(Resources).find(([, { Type }]) => Type === destinationType)!;
  const Destination = destinationType === 'AWS::SNS::Topic' ? { Ref: id } : { 'Fn::GetAtt': [id, 'Arn'] };
  const [, mapping] = Object.entries(Resources).find(([it, { Type }]) => Type === 'AWS::Lambda::EventSourceMapping' && it.includes('Unchanged'))!;
  Object.assign(mapping.Properties, { DestinationConfig: { OnFailure: { Destination } } });
}

/** A pipeline's parts as plain functions, for tests that read like sentences. */
function bound(pipeline: Pipeline) {
  return {
    cloud: pipeline.cloud,
    publish: pipeline.publish.bind(pipeline),
    settle: pipeline.settle.bind(pipeline),
    deadLetters: pipeline.deadLetters.bind(pipeline),
    deadLetterMessages: pipeline.deadLetterMessages.bind(pipeline),
    undeliverables: pipeline.undeliverables.bind(pipeline),
    received: () => pipeline.received.flatMap(({ Records }) => Records),
    denials: () => pipeline.cloud.account.denials,
  };
}
