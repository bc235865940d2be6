import { Account } from '../../../local/account';
import { Clock } from '../../../local/clock';
import type { MetricId, Metrics } from '../../../local/cloudwatch/metrics';
import { functionMetric, mappingMetric } from '../../../local/cloudwatch/service-metrics';
import { FunctionThrottledError, InvokeResult } from '../../../local/functions/lambda-function';
import { workerIndex } from '../../../local/mapping/batch-worker';
import { EventSourceMapping, FailureRecord, MappingDeps, MappingSpec } from '../../../local/mapping/event-source-mapping';
import { FakeAuthorizer, NOWHERE } from '../functions/fixture';
import {
  account as sharedAccount, answer, ERROR, failed, FakeStream, functionArn, IteratorExpiredError, mappingSpec, numbersIn, OK, roleArn, streamArn,
  StreamBusyError,
} from './fixture';

type Handler = (numbers: number[]) => InvokeResult | Promise<InvokeResult>;

let mappings: EventSourceMapping[];
let sent: FailureRecord[];

beforeEach(() => {
  mappings = [];
  sent = [];
});

afterEach(async () => {
  for (const mapping of mappings) await mapping.stop();
});

function create(stream: FakeStream, handler: Handler, spec: Partial<MappingSpec> = {}, deps: Partial<MappingDeps> = {}) {
  const account = new Account();
  const calls: number[][] = [];
  const requestIds: (string | undefined)[] = [];
  account.functions.set(functionArn, {
    functionArn,
    roleArn,
    async invoke(event, requestId) {
      const numbers = numbersIn(event);
      calls.push(numbers);
      requestIds.push(requestId);
      return handler(numbers);
    },
    invokeAsync() {
      throw new Error('a mapping does not invoke asynchronously');
    },
  });
  const mapping = new EventSourceMapping(mappingSpec({ onFailureArn: sharedAccount.arn('sns', 'failures'), ...spec }), {
    account,
    authorizer: new FakeAuthorizer(),
    clock: new Clock(1_000),
    endpoints: { kinesis: NOWHERE, sqs: NOWHERE, sns: NOWHERE, s3: NOWHERE, dynamodb: NOWHERE },
    stream,
    destination: {
      async send(failureRecord) {
        sent.push(failureRecord);
      },
      close() {},
    },
    ...deps,
  });
  mappings.push(mapping);
  return { mapping, calls, requestIds, account };
}

const valuesOf = (metrics: Metrics, metric: MetricId) => metrics.of(metric).map(({ value }) => value);

const denial = () => Object.assign(new Error('not authorized to perform: kinesis:GetRecords'), { name: 'AccessDeniedException' });

const A = 'shardId-000000000000';
const B = 'shardId-000000000001';
const C = 'shardId-000000000002';

describe('batches', () => {
  it('hold up to the batch size, in order', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 7);
    const { mapping, calls } = create(stream, () => OK, { batchSize: 3 });
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
    expect(mapping.counters).toMatchObject({ batches: 3, invocations: 3, recordsProcessed: 7, failureRecords: 0 });
  });

  it('hold no more than an event can carry, and a record that is too large is alone', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 3, { data: 'x'.repeat(2_500_000) });
    stream.put(A, 1, { data: 'x'.repeat(6_500_000) });
    stream.put(A, 1);
    const { mapping, calls } = create(stream, () => OK, { maximumRetryAttempts: 0 });
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([[1, 2], [3], [5]]);
    expect(sent.map(({ KinesisBatchInfo }) => KinesisBatchInfo!.startSequenceNumber)).toEqual(['4']);
  });

  it('are gathered over pages while the window is open, and end early when full', async () => {
    const stream = new FakeStream(A);
    stream.pageSize = 2;
    stream.put(A, 9);
    // At this speed the window of 300 s is open for 3 s: only a full batch ends it before.
    const { mapping, calls } = create(stream, () => OK, { batchSize: 9, maximumBatchingWindowSeconds: 300 }, { clock: new Clock(100) });
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9]]);
  });

  it('are delivered when the window ends, full or not', async () => {
    const stream = new FakeStream(A);
    stream.pageSize = 1;
    stream.put(A, 4);
    const { mapping, calls } = create(stream, () => OK, { maximumBatchingWindowSeconds: 200 }, { clock: new Clock(100) });
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([[1, 2, 3, 4]]);
  });

  it('block the shard while they fail, and no other shard', async () => {
    const stream = new FakeStream(A, B);
    stream.put(A, 2);
    stream.put(B, 2);
    let broken = true;
    const { mapping, calls } = create(stream, (numbers) => broken && numbers.includes(1) ? ERROR : OK, { batchSize: 1 });
    const untilOther = new Promise<void>((resolve) => mapping.on('batch', ({ startSequenceNumber }) => {
      if (startSequenceNumber === '4') resolve();
    }));
    await mapping.start();
    await untilOther;
    expect(calls.flat()).not.toContain(2);
    broken = false;
    await mapping.idle();
    expect(calls.flat()).toContain(2);
  });
});

describe('idle', () => {
  it('waits for what was in the stream at the call', async () => {
    const stream = new FakeStream(A);
    const { mapping, calls } = create(stream, () => OK);
    await mapping.start();
    await mapping.idle();
    for (let round = 1; round <= 3; round++) {
      stream.put(A, 5);
      await mapping.idle();
      expect(calls.flat()).toHaveLength(round * 5);
    }
  });

  it('waits for the failure record, too', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const { mapping } = create(stream, () => ERROR, { maximumRetryAttempts: 2 });
    await mapping.start();
    await mapping.idle();
    expect(sent).toHaveLength(1);
  });

  it('does not wait for a mapping that is not running', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const { mapping, calls } = create(stream, () => OK);
    await mapping.idle();
    expect(calls).toEqual([]);
  });

  it('is released by stop while a batch is retried without end', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const { mapping } = create(stream, () => ERROR);
    const tried = new Promise((resolve) => mapping.once('batch', resolve));
    await mapping.start();
    const idle = mapping.idle();
    await tried;
    await mapping.stop();
    await idle;
    expect(sent).toEqual([]);
  });
});

describe('the failure record', () => {
  it('is exactly what Lambda sends', async () => {
    const stream = new FakeStream(A);
    const arrivedAt = Date.parse('2026-11-20T10:00:00.123Z');
    stream.put(A, 2, { arrivedAt });
    stream.put(A, 1, { arrivedAt: arrivedAt + 59 });
    const { mapping } = create(stream, () => ({ ...ERROR, executedVersion: '7' }), { maximumRetryAttempts: 1 });
    const given: FailureRecord[] = [];
    mapping.on('giveUp', ({ failureRecord }) => given.push(failureRecord));
    await mapping.start();
    await mapping.idle();

    expect(sent).toEqual([{
      requestContext: {
        requestId: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
        functionArn,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
      },
      responseContext: { statusCode: 200, executedVersion: '7', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      KinesisBatchInfo: {
        shardId: A,
        startSequenceNumber: '1',
        endSequenceNumber: '3',
        approximateArrivalOfFirstRecord: '2026-11-20T10:00:00.123Z',
        approximateArrivalOfLastRecord: '2026-11-20T10:00:00.182Z',
        batchSize: 3,
        streamArn,
      },
    }]);
    expect(Object.keys(sent[0])).toEqual(['requestContext', 'responseContext', 'version', 'timestamp', 'KinesisBatchInfo']);
    expect(given).toEqual(sent);
    expect(mapping.counters).toMatchObject({ recordsGivenUp: 3, failureRecords: 1 });
  });

  it('names the request id that all calls with its records had', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const { mapping, requestIds } = create(stream, () => ERROR, { maximumRetryAttempts: 2 });
    await mapping.start();
    await mapping.idle();
    const { requestId } = sent[0].requestContext;
    expect(requestIds).toEqual([requestId, requestId, requestId]);
  });

  it('holds null for the function error after item failures', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const { mapping } = create(stream, () => failed('1'), { maximumRetryAttempts: 0, reportBatchItemFailures: true });
    await mapping.start();
    await mapping.idle();
    expect(sent[0].responseContext).toEqual({ statusCode: 200, executedVersion: '$LATEST', functionError: null });
  });

  it('has no answer for records that were too old', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 2, { arrivedAt: Date.now() - 3_600_000 });
    const { mapping, calls } = create(stream, () => OK, { maximumRecordAgeSeconds: 60 }, { clock: new Clock() });
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([]);
    expect(sent).toMatchObject([{ requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 1 }, KinesisBatchInfo: { batchSize: 2 } }]);
    expect(sent[0]).not.toHaveProperty('responseContext');
  });

  it('comes after the record age for a function that is throttled, on a clock that is fast', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const throttle = () => Promise.reject(new FunctionThrottledError('orders', 0));
    const { mapping } = create(stream, throttle, { maximumRetryAttempts: 0, maximumRecordAgeSeconds: 60 });
    await mapping.start();
    await mapping.idle();
    expect(sent[0].requestContext.condition).toBe('RecordAgeExceeded');
    expect(mapping.counters.invocations).toBe(0);
  });

  it('names the consumer with enhanced fan-out', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const eventSourceArn = `${streamArn}/consumer/fast:1700000000`;
    const { mapping } = create(stream, () => ERROR, { maximumRetryAttempts: 0, eventSourceArn });
    await mapping.start();
    await mapping.idle();
    expect(sent[0].KinesisBatchInfo!.streamArn).toBe(eventSourceArn);
  });

  it('keeps the alias that the mapping names', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const { mapping, account } = create(stream, () => ERROR, { maximumRetryAttempts: 0, functionArn: `${functionArn}:live` });
    account.functions.set(`${functionArn}:live`, account.functions.get(functionArn)!);
    await mapping.start();
    await mapping.idle();
    expect(sent[0].requestContext.functionArn).toBe(`${functionArn}:live`);
  });

  it.each([
    ['none', [['2', '2', 1], ['3', '3', 1], ['7', '7', 1]]],
    ['adjacent', [['2', '3', 2], ['7', '7', 1]]],
    ['all', [['2', '7', 3]]],
    [undefined, [['2', '3', 2], ['7', '7', 1]]],
  ] as const)('holds the failed pieces of a batch together: %s', async (consolidateFailures, expected) => {
    const stream = new FakeStream(A);
    stream.put(A, 8);
    const { mapping } = create(
      stream,
      (numbers) => numbers.some((number) => [2, 3, 7].includes(number)) ? ERROR : OK,
      { maximumRetryAttempts: 0, bisectBatchOnFunctionError: true },
      { consolidateFailures },
    );
    await mapping.start();
    await mapping.idle();
    expect(sent.map(({ KinesisBatchInfo: info }) => [info!.startSequenceNumber, info!.endSequenceNumber, info!.batchSize])).toEqual(expected);
  });

  it('is lost, counted and told of when the destination refuses it, and the shard goes on', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 2);
    const refusal = new Error('not authorized to perform: SNS:Publish');
    const { mapping, account: { metrics } } = create(stream, () => ERROR, { maximumRetryAttempts: 0, batchSize: 1 }, {
      destination: { send: () => Promise.reject(refusal), close() {} },
    });
    const told = jest.fn();
    mapping.on('destinationFailed', told);
    await mapping.start();
    await mapping.idle();
    expect(told.mock.calls.map(([{ error }]) => error)).toEqual([refusal, refusal]);
    expect(mapping.counters).toMatchObject({ failedDeliveries: 2, failureRecords: 0, recordsGivenUp: 2 });
    expect(valuesOf(metrics, functionMetric('DestinationDeliveryFailures', functionArn))).toEqual([1, 1]);
    expect(valuesOf(metrics, mappingMetric('DroppedEventCount', mapping.spec.uuid))).toEqual([]);
  });

  it.each<[string, Partial<MappingSpec>, Partial<MappingDeps>, number[]]>([
    ['that its destination refuses', {}, { destination: { send: () => Promise.reject(new Error('refused')), close() {} } }, [2]],
    ['without a destination', { onFailureArn: undefined }, {}, [2]],
    ['that its destination has', {}, {}, []],
  ])('%s counts as dropped events where the mapping has EventCount', async (_, spec, deps, dropped) => {
    const stream = new FakeStream(A);
    stream.put(A, 2);
    const { mapping, account: { metrics } } = create(stream, () => ERROR, { maximumRetryAttempts: 0, countsEvents: true, ...spec }, deps);
    await mapping.start();
    await mapping.idle();
    expect(valuesOf(metrics, mappingMetric('DroppedEventCount', mapping.spec.uuid))).toEqual(dropped);
  });

  it('is told of without a destination, too', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const { mapping } = create(stream, () => ERROR, { maximumRetryAttempts: 0, onFailureArn: undefined });
    const told = jest.fn();
    mapping.on('giveUp', told);
    await mapping.start();
    await mapping.idle();
    expect(told).toHaveBeenCalledTimes(1);
    expect(sent).toEqual([]);
  });
});

// github.com/radkawar/stackd at 9dc356f, testdata/aws/lambda/dynamodb_windows.json: final_failure.
test('the iterator age is that of the last record, whenever the function is invoked', async () => {
  const stream = new FakeStream(A);
  stream.put(A, 3);
  const answers = [ERROR, OK, OK];
  const { mapping, account: { metrics } } = create(stream, () => answers.shift()!, { batchSize: 2 });
  await mapping.start();
  await mapping.idle();
  const ages = valuesOf(metrics, functionMetric('IteratorAge', functionArn));
  expect(ages).toHaveLength(3);
  // The retry comes 200 milliseconds of simulated time after the first call.
  expect(ages[1]).toBeGreaterThanOrEqual(ages[0]);
});

describe('the final call of a tumbling window that fails', () => {
  it('has a failure record with the shard, the stream and the window, and an event without records', async () => {
    const stream = new FakeStream(A);
    const first = Date.parse('2026-09-17T14:11:14Z');
    stream.put(A, 2, { arrivedAt: first });
    stream.put(A, 1, { arrivedAt: first + 120_000 });
    const events: unknown[] = [];
    const state = { count: 2 };
    const { mapping } = create(
      stream, (numbers) => (numbers.length ? answer({ state }) : ERROR), { maximumRetryAttempts: 0, tumblingWindowSeconds: 10 },
      {
        clock: new Clock(),
        destination: {
          async send(failureRecord, event) {
            sent.push(failureRecord);
            events.push(event);
          },
          close() {},
        },
      },
    );
    await mapping.start();
    await mapping.idle();
    const window = { start: '2026-09-17T14:11:10Z', end: '2026-09-17T14:11:20Z' };
    expect(sent).toMatchObject([{ requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 1 } }]);
    expect(sent[0].KinesisBatchInfo).toEqual({ shardId: A, streamArn });
    expect(sent[0].timeWindowInfo).toEqual({ window, isFinalInvokeForWindow: true, isWindowTerminatedEarly: false });
    expect(Object.keys(sent[0])).toEqual(['requestContext', 'responseContext', 'version', 'timestamp', 'KinesisBatchInfo', 'timeWindowInfo']);
    const event = { Records: [], shardId: A, eventSourceARN: streamArn, window, state, isFinalInvokeForWindow: true, isWindowTerminatedEarly: false };
    expect(events).toEqual([event]);
    expect(Object.keys(events[0] as object)).toEqual(Object.keys(event));
    expect(mapping.counters).toMatchObject({ batches: 2, recordsProcessed: 3, recordsGivenUp: 0, failureRecords: 1 });
  });
});

describe('parallelization', () => {
  it('keeps the order of each key, whatever fails on the way', async () => {
    const stream = new FakeStream(A);
    const expected = new Map<string, number[]>();
    for (let n = 0; n < 60; n++) {
      const key = `key-${n % 7}`;
      const [{ sequenceNumber }] = stream.put(A, 1, { key });
      expected.set(key, [...expected.get(key) ?? [], Number(sequenceNumber)]);
    }
    const tries = new Map<number, number>();
    const processed: number[] = [];
    const { mapping } = create(stream, async (numbers) => {
      // Calls take their time, each another one, and every third batch fails at first.
      await new Promise((resolve) => setTimeout(resolve, numbers[0] % 5));
      tries.set(numbers[0], (tries.get(numbers[0]) ?? 0) + 1);
      if (numbers[0] % 3 === 0 && tries.get(numbers[0])! < 3) return ERROR;
      processed.push(...numbers);
      return OK;
    }, { parallelizationFactor: 4, batchSize: 3 });
    await mapping.start();
    await mapping.idle();
    expect(processed).toHaveLength(60);
    for (const numbers of expected.values()) expect(processed.filter((number) => numbers.includes(number))).toEqual(numbers);
  });

  it('runs workers at the same time, one batch per worker', async () => {
    const stream = new FakeStream(A);
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const key of keys) stream.put(A, 2, { key });
    const workers = new Set(keys.map((key) => workerIndex(key, 3)));
    let running = 0;
    let most = 0;
    let release!: () => void;
    const all = new Promise<void>((resolve) => (release = resolve));
    const { mapping } = create(stream, async () => {
      most = Math.max(most, ++running);
      // Nobody returns before every worker has begun.
      if (running === workers.size) release();
      await all;
      running--;
      return OK;
    }, { parallelizationFactor: 3, batchSize: 1 });
    await mapping.start();
    await mapping.idle();
    expect(workers.size).toBe(3);
    expect(most).toBe(3);
  });

  it('gives up the records of one key only, in a range that spans those of others', async () => {
    const stream = new FakeStream(A);
    const [bad, good] = ['a', 'b', 'c', 'd', 'e', 'f'].reduce<string[]>((picked, key) =>
      !picked.length || (picked.length === 1 && workerIndex(key, 2) !== workerIndex(picked[0], 2)) ? [...picked, key] : picked, []);
    stream.put(A, 1, { key: bad });
    stream.put(A, 2, { key: good });
    stream.put(A, 1, { key: bad });
    const { mapping } = create(stream, (numbers) => numbers.includes(1) ? ERROR : OK, { parallelizationFactor: 2, maximumRetryAttempts: 0 });
    await mapping.start();
    await mapping.idle();
    expect(sent[0].KinesisBatchInfo).toMatchObject({ startSequenceNumber: '1', endSequenceNumber: '4', batchSize: 2 });
    expect(mapping.counters.recordsProcessed).toBe(2);
  });

  it('of ten gives up exactly the records of a poison key, in ranges that span those of other workers', async () => {
    const stream = new FakeStream(A);
    const keys = Array.from({ length: 200 }, (_, n) => n % 5 ? `key-${(n * 7919) % 41}` : 'poison');
    for (const key of keys) stream.put(A, 1, { key });
    const poison = keys.flatMap((key, index) => key === 'poison' ? [index + 1] : []);
    const given: number[][] = [];
    const { mapping } = create(stream, (numbers) => numbers.some((number) => poison.includes(number)) ? ERROR : OK, {
      parallelizationFactor: 10, maximumRetryAttempts: 0, bisectBatchOnFunctionError: true,
    }, {
      destination: {
        async send(failureRecord, event) {
          sent.push(failureRecord);
          given.push(numbersIn(event));
        },
        close() {},
      },
    });
    await mapping.start();
    await mapping.idle();
    expect(given.flat().sort((a, b) => a - b)).toEqual(poison);
    expect(mapping.counters).toMatchObject({ recordsGivenUp: poison.length, recordsProcessed: 200 - poison.length });
    const spans = sent.map(({ KinesisBatchInfo: info }) => Number(info!.endSequenceNumber) - Number(info!.startSequenceNumber) + 1);
    expect(sent.some(({ KinesisBatchInfo: info }, index) => spans[index] > info!.batchSize)).toBe(true);
  });

  it('is one worker with a factor of 1', () => {
    expect(['a', 'b', 'c', 'd'].map((key) => workerIndex(key, 1))).toEqual([0, 0, 0, 0]);
  });
});

describe('filters', () => {
  const poison = (numbers: number[]) => numbers.some((number) => number % 10 === 4) ? ERROR : OK;

  it('skip records before there is a batch, and the failure record describes the batch that is left', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 10);
    const filters = ['{"sequenceNumber":["1","3","5","7","9"]}', '{"sequenceNumber":["4","6"]}'];
    const { mapping, calls } = create(stream, poison, { filters, batchSize: 4, maximumRetryAttempts: 0 });
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([[1, 3, 4, 5], [6, 7, 9]]);
    expect(sent.map(({ KinesisBatchInfo }) => KinesisBatchInfo)).toMatchObject([{ startSequenceNumber: '1', endSequenceNumber: '5', batchSize: 4 }]);
    expect(mapping.counters).toMatchObject({ recordsFiltered: 3, recordsProcessed: 3, recordsGivenUp: 4 });
  });

  it('that match nothing leave the mapping idle, and nothing is read again after a stop', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 5);
    const { mapping, calls } = create(stream, () => OK, { filters: ['{"sequenceNumber":["6"]}'] });
    await mapping.start();
    await mapping.idle();
    await mapping.stop();
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([]);
    expect(mapping.counters.recordsFiltered).toBe(5);
  });
});

describe('shards', () => {
  it('are read once their parents are drained, the failed records included', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 4);
    stream.shards.get(A)!.closed = true;
    stream.addShard(B, A);
    stream.addShard(C, A);
    stream.put(B, 2);
    stream.put(C, 2);
    const { mapping, calls } = create(stream, (numbers) => numbers.includes(4) ? ERROR : OK, { batchSize: 1, maximumRetryAttempts: 3 });
    await mapping.start();
    await mapping.idle();
    const order = calls.flat();
    expect(order.slice(0, 7)).toEqual([1, 2, 3, 4, 4, 4, 4]);
    expect(order.slice(7).sort()).toEqual([5, 6, 7, 8]);
    expect(sent).toHaveLength(1);
  });

  it('that come of a reshard while it runs are found and read from their start', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const { mapping, calls } = create(stream, () => OK, { startingPosition: 'LATEST' });
    await mapping.start();
    stream.put(A, 1);
    stream.addShard(B, A);
    stream.put(B, 2);
    stream.shards.get(A)!.closed = true;
    await mapping.idle();
    expect(calls).toEqual([[2], [3, 4]]);
    expect(stream.opened).toEqual([
      { shardId: A, position: { type: 'LATEST' } },
      { shardId: B, position: { type: 'TRIM_HORIZON' } },
    ]);
  });

  it('whose parents have left the stream are read at once', async () => {
    const stream = new FakeStream();
    stream.addShard(B, A);
    stream.put(B, 1);
    const { mapping, calls } = create(stream, () => OK);
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([[1]]);
  });
});

describe('the starting position', () => {
  it('LATEST skips what was there and misses nothing that is written after start', async () => {
    const stream = new FakeStream(A, B);
    stream.put(A, 2);
    stream.shards.get(B)!.closed = true;
    const { mapping, calls } = create(stream, () => OK, { startingPosition: 'LATEST' });
    await mapping.start();
    stream.put(A, 1);
    await mapping.idle();
    expect(calls).toEqual([[3]]);
  });

  it('LATEST never reads a shard that was closed at the start, whatever is found later', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 2);
    stream.shards.get(A)!.closed = true;
    stream.addShard(B, A);
    stream.put(B, 1);
    const { mapping, calls } = create(stream, () => OK, { startingPosition: 'LATEST' });
    await mapping.start();
    stream.put(B, 1);
    stream.shards.get(B)!.closed = true;
    stream.addShard(C, B);
    stream.put(C, 1);
    await mapping.idle();
    expect(calls).toEqual([[4], [5]]);
  });

  it('AT_TIMESTAMP begins with the first record from then on', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1, { arrivedAt: 1_000 });
    stream.put(A, 1, { arrivedAt: 2_000 });
    const { mapping, calls } = create(stream, () => OK, { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: new Date(1_500) });
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([[2]]);
  });

  it('is where it stopped when it is started again', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 2);
    const { mapping, calls } = create(stream, () => OK);
    await mapping.start();
    await mapping.idle();
    await mapping.stop();
    stream.put(A, 1);
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([[1, 2], [3]]);
  });

  it('is before the batch that was under way when it stopped', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 2);
    let broken = true;
    const { mapping, calls } = create(stream, () => broken ? ERROR : OK);
    const tried = new Promise((resolve) => mapping.once('batch', resolve));
    await mapping.start();
    await tried;
    await mapping.stop();
    broken = false;
    const before = calls.length;
    await mapping.start();
    await mapping.idle();
    expect(calls.slice(before)).toEqual([[1, 2]]);
  });
});

describe('trouble with the stream', () => {
  it('that may pass is waited for', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    stream.readErrors.push(new StreamBusyError('ProvisionedThroughputExceededException'), new IteratorExpiredError('old'));
    const { mapping, calls } = create(stream, () => OK);
    const busy = jest.fn();
    mapping.on('busy', busy);
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([[1]]);
    expect(busy).toHaveBeenCalledTimes(1);
  });

  it('that may pass is waited for at the start, too', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const listShards = stream.listShards.bind(stream);
    const answers = [() => Promise.reject(new StreamBusyError('LimitExceededException')), listShards];
    stream.listShards = async () => (answers.shift() ?? listShards)();
    const { mapping, calls } = create(stream, () => OK);
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([[1]]);
  });

  it('an iterator that expired is taken anew behind the last record', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 2);
    const { mapping, calls } = create(stream, () => OK);
    await mapping.start();
    await mapping.idle();
    stream.readErrors.push(new IteratorExpiredError('old'));
    stream.put(A, 1);
    await mapping.idle();
    expect(calls).toEqual([[1, 2], [3]]);
    expect(stream.opened[1].position).toEqual({ type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: '2' });
  });

  it('that does not pass ends the mapping and is what idle says', async () => {
    const stream = new FakeStream(A, B);
    stream.readErrors.push(new Error('not authorized to perform: kinesis:GetRecords'));
    const { mapping } = create(stream, () => OK);
    const told = jest.fn();
    mapping.on('failed', told);
    await mapping.start();
    await expect(mapping.idle()).rejects.toThrow('not authorized to perform: kinesis:GetRecords');
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('of the role is what idle says, and the mapping goes on once the role may read', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    stream.readErrors.push(denial());
    const { mapping, calls } = create(stream, () => OK);
    const told = jest.fn();
    mapping.on('failed', told);
    await mapping.start();
    await expect(mapping.idle()).rejects.toThrow('not authorized to perform: kinesis:GetRecords');
    expect(mapping.lastProcessingResult).toBe('PROBLEM: not authorized to perform: kinesis:GetRecords');
    await mapping.idle();
    expect({ calls, told: told.mock.calls, result: mapping.lastProcessingResult }).toEqual({ calls: [[1]], told: [], result: 'OK' });
  });

  it('of the role to list the children of a shard is waited for', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const { mapping, calls } = create(stream, () => OK);
    await mapping.start();
    await mapping.idle();
    stream.addShard(B, A);
    stream.put(B, 1);
    const listShards = stream.listShards.bind(stream);
    stream.listShards = async () => {
      stream.listShards = listShards;
      throw denial();
    };
    stream.shards.get(A)!.closed = true;
    await expect(mapping.idle()).rejects.toThrow('not authorized');
    await mapping.idle();
    expect(calls).toEqual([[1], [2]]);
  });

  it('of the role is a warning when no listener is registered', async () => {
    const stream = new FakeStream(A);
    stream.readErrors.push(denial(), denial());
    const { mapping } = create(stream, () => OK);
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await mapping.start();
    while (stream.reads < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(warn.mock.calls).toEqual([['mapping a0b1c2d3 cannot read: not authorized to perform: kinesis:GetRecords']]);
    warn.mockRestore();
  });

  it('of the role does not keep a mapping that has run before from starting again', async () => {
    const stream = new FakeStream(A);
    const { mapping, calls } = create(stream, () => OK);
    await mapping.start();
    await mapping.idle();
    await mapping.stop();
    stream.put(A, 1);
    const listShards = stream.listShards.bind(stream);
    stream.listShards = () => Promise.reject(denial());
    mapping.on('denied', () => undefined);
    await mapping.start();
    stream.listShards = listShards;
    await mapping.idle();
    expect(calls).toEqual([[1]]);
  });

  it('that shows at the start is what start says', async () => {
    const stream = new FakeStream(A);
    stream.listShards = () => Promise.reject(denial());
    await expect(create(stream, () => OK).mapping.start()).rejects.toThrow('not authorized to perform');
  });
});

describe('a mapping', () => {
  it('needs a function', async () => {
    const { mapping, account } = create(new FakeStream(A), () => OK);
    account.functions.clear();
    await expect(mapping.start()).rejects.toThrow(`mapping a0b1c2d3: function ${functionArn} does not exist`);
  });

  it('cannot be started twice', async () => {
    const { mapping } = create(new FakeStream(A), () => OK);
    await mapping.start();
    await expect(mapping.start()).rejects.toThrow('mapping a0b1c2d3 already runs');
  });

  it.each<[Partial<MappingSpec>, string]>([
    [{ batchSize: 0 }, 'batchSize must be 1 to 10000, got: 0'],
    [{ batchSize: 10_001 }, 'batchSize must be 1 to 10000, got: 10001'],
    [{ maximumBatchingWindowSeconds: 301 }, 'maximumBatchingWindowSeconds must be 0 to 300, got: 301'],
    [{ parallelizationFactor: 11 }, 'parallelizationFactor must be 1 to 10, got: 11'],
    [{ maximumRetryAttempts: -2 }, 'maximumRetryAttempts must be -1 to 10000, got: -2'],
    [{ maximumRecordAgeSeconds: 59 }, 'maximumRecordAgeSeconds must be -1 or 60 to 604800, got: 59'],
    [{ startingPosition: 'AT_TIMESTAMP' }, 'startingPositionTimestamp goes with startingPosition AT_TIMESTAMP'],
    [{ startingPositionTimestamp: new Date() }, 'startingPositionTimestamp goes with startingPosition AT_TIMESTAMP'],
    [{ tumblingWindowSeconds: 901 }, 'tumblingWindowSeconds must be 0 to 900, got: 901'],
    [{ tumblingWindowSeconds: 60, parallelizationFactor: 2 }, 'Parallelization factor must be equal to 1 when tumbling window period is configured'],
    [{ tumblingWindowSeconds: 60, filters: ['{"a":[1]}'] }, 'filters must be empty with a tumbling window, got: 1'],
    [{ filters: ['{}'] }, 'an event pattern must be an object with at least one key, got: {}'],
  ])('refuses %j', (spec, message) => {
    expect(() => create(new FakeStream(A), () => OK, spec)).toThrow(`mapping a0b1c2d3: ${message}`);
  });

  it('on a stream consumer needs the endpoint of the emulator', () => {
    const spec = { eventSourceArn: `${streamArn}/consumer/fast:1700000000` };
    expect(() => create(new FakeStream(A), () => OK, spec, { stream: undefined })).toThrow('pass it as admin.kinesis');
  });
});
