import { FunctionThrottledError, InvokeResult } from '../../../local/functions/lambda-function';
import { BatchProcessor } from '../../../local/mapping/batch-processor';
import { ConsolidateFailures } from '../../../local/mapping/consolidation';
import { GivenUp } from '../../../local/mapping/failure-record';
import { BatchEvent, BisectEvent, newCounters } from '../../../local/mapping/mapping-events';
import { MappingSpec } from '../../../local/mapping/mapping-spec';
import { StreamRecord } from '../../../local/mapping/stream-reader';
import { answer, ERROR, failed, mappingSpec, NOW, numbersIn, OK, record, VirtualClock } from './fixture';

interface Setup {
  readonly spec?: Partial<MappingSpec>;
  readonly consolidateFailures?: ConsolidateFailures;
  /** The function: sees the sequence numbers of its event. */
  readonly handler: (numbers: number[], call: number) => InvokeResult | Error;
  readonly records?: readonly StreamRecord[];
  readonly abort?: AbortController;
}

/** Processes one batch (records 1 to 8 unless told) and tells what came of it. */
async function run({ spec, consolidateFailures = 'none', handler, records, abort = new AbortController() }: Setup) {
  const clock = new VirtualClock();
  const counters = newCounters();
  const calls: number[][] = [];
  const requestIds: string[] = [];
  /** How many calls there had been when each failure record was published. */
  const publishedAfter: number[] = [];
  const batches: BatchEvent[] = [];
  const bisects: BisectEvent[] = [];
  const givenUp: GivenUp[] = [];
  const processor = new BatchProcessor({ spec: mappingSpec(spec) }, 'shardId-000000000000', {
    clock,
    consolidateFailures,
    counters,
    async invoke(event, requestId) {
      const numbers = numbersIn(event);
      requestIds.push(requestId);
      const result = handler(numbers, calls.push(numbers));
      if (result instanceof Error) throw result;
      return result;
    },
    onBatch: (event) => batches.push(event),
    onBisect: (event) => bisects.push(event),
    async publish(piece) {
      givenUp.push(piece);
      publishedAfter.push(calls.length);
    },
  });
  const done = await processor.process(records ?? eight(), abort.signal);
  const told = givenUp.map(({ records: lost, condition, approximateInvokeCount, responseContext }) => ({
    lost: lost.map(({ sequenceNumber }) => Number(sequenceNumber)),
    condition,
    count: approximateInvokeCount,
    functionError: responseContext && responseContext.functionError,
  }));
  return { done, clock, counters, calls, requestIds, publishedAfter, batches, bisects, givenUp: told, raw: givenUp };
}

const eight = () => [1, 2, 3, 4, 5, 6, 7, 8].map((number) => record(number));
const poison = (...bad: number[]) => (numbers: number[]) => numbers.some((number) => bad.includes(number)) ? ERROR : OK;
/** A function that reports the poison records of its event. */
const reports = (...bad: number[]) => (numbers: number[]) => failed(...numbers.filter((number) => bad.includes(number)).map(String));
const exhausted = (lost: number[], count: number, functionError: string | null = 'Unhandled') =>
  ({ lost, condition: 'RetryAttemptsExhausted', count, functionError });
const expired = (lost: number[], count: number) => ({ lost, condition: 'RecordAgeExceeded', count, functionError: undefined });

describe('retries', () => {
  it('are none for a batch that succeeds', async () => {
    const { calls, givenUp, counters, done } = await run({ handler: () => OK });
    expect(done).toBe(true);
    expect(calls).toEqual([[1, 2, 3, 4, 5, 6, 7, 8]]);
    expect(givenUp).toEqual([]);
    expect(counters).toMatchObject({ batches: 1, invocations: 1, retries: 0, recordsProcessed: 8, recordsGivenUp: 0 });
  });

  it.each([0, 1, 3, 7])('of %i are one call more, and that is the count in the failure record', async (maximumRetryAttempts) => {
    const { calls, givenUp, counters } = await run({ spec: { maximumRetryAttempts }, handler: () => ERROR });
    expect(calls).toHaveLength(maximumRetryAttempts + 1);
    expect(givenUp).toEqual([exhausted([1, 2, 3, 4, 5, 6, 7, 8], maximumRetryAttempts + 1)]);
    expect(counters).toMatchObject({ invocations: maximumRetryAttempts + 1, retries: maximumRetryAttempts, recordsGivenUp: 8 });
  });

  it('end when the function succeeds', async () => {
    const { calls, givenUp } = await run({ spec: { maximumRetryAttempts: 5 }, handler: (_, call) => call < 3 ? ERROR : OK });
    expect(calls).toHaveLength(3);
    expect(givenUp).toEqual([]);
  });

  it('without a limit go on', async () => {
    const { calls, givenUp } = await run({ spec: { maximumRetryAttempts: -1 }, handler: (_, call) => call < 500 ? ERROR : OK });
    expect(calls).toHaveLength(500);
    expect(givenUp).toEqual([]);
  });

  it('wait longer each time, up to a minute', async () => {
    const { clock } = await run({ spec: { maximumRetryAttempts: 10 }, handler: () => ERROR });
    expect(clock.slept).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 60_000]);
  });

  it('carry the status and the version of the last answer', async () => {
    const { raw } = await run({ spec: { maximumRetryAttempts: 0 }, handler: () => ({ ...ERROR, executedVersion: '7' }) });
    expect(raw[0].responseContext).toEqual({ statusCode: 200, executedVersion: '7', functionError: 'Unhandled' });
  });

  it('end with the signal, and the batch is not done', async () => {
    const abort = new AbortController();
    const { done, calls, givenUp } = await run({
      abort,
      handler: (_, call) => {
        if (call === 2) abort.abort();
        return ERROR;
      },
    });
    expect({ done, calls: calls.length, givenUp }).toEqual({ done: false, calls: 2, givenUp: [] });
  });

  it('do not hide an error that is not the function\'s', async () => {
    await expect(run({ handler: () => new Error('the harness is broken') })).rejects.toThrow('the harness is broken');
  });
});

describe('throttling', () => {
  const throttle = new FunctionThrottledError('orders', 1);

  it('uses no retry and waits longer each time', async () => {
    const { calls, clock, batches, counters, givenUp } = await run({
      spec: { maximumRetryAttempts: 0 }, handler: (_, call) => call <= 4 ? throttle : OK,
    });
    expect(calls).toHaveLength(5);
    expect(clock.slept).toEqual([200, 400, 800, 1_600]);
    expect(batches.map(({ outcome, attempt }) => [outcome, attempt])).toEqual([
      ['throttled', 1], ['throttled', 1], ['throttled', 1], ['throttled', 1], ['ok', 1],
    ]);
    expect(counters).toMatchObject({ invocations: 1, retries: 0 });
    expect(givenUp).toEqual([]);
  });

  it('is ended by the record age, without an answer and with a count of 1', async () => {
    const { givenUp } = await run({ spec: { maximumRetryAttempts: 0, maximumRecordAgeSeconds: 60 }, handler: () => throttle });
    expect(givenUp).toEqual([expired([1, 2, 3, 4, 5, 6, 7, 8], 1)]);
  });
});

describe('bisect', () => {
  const spec = { bisectBatchOnFunctionError: true, maximumRetryAttempts: 3 };

  it('isolates the poison record, first half first, and splitting uses no retry', async () => {
    const { calls, givenUp, counters, bisects } = await run({ spec, handler: poison(3) });
    expect(calls).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [1, 2, 3, 4], [1, 2],
      [3, 4], [3], [3], [3], [3], [4],
      [5, 6, 7, 8],
    ]);
    expect(givenUp).toEqual([exhausted([3], 4)]);
    expect(bisects.map(({ pieces }) => pieces)).toEqual([[4, 4], [2, 2], [1, 1]]);
    expect(counters).toMatchObject({ batches: 1, invocations: 10, splits: 3, retries: 3, recordsProcessed: 7, recordsGivenUp: 1 });
  });

  it('splits an odd number with the smaller half first', async () => {
    const { calls } = await run({ spec: { ...spec, maximumRetryAttempts: 0 }, records: eight().slice(0, 5), handler: poison(5) });
    expect(calls).toEqual([[1, 2, 3, 4, 5], [1, 2], [3, 4, 5], [3], [4, 5], [4], [5]]);
  });

  it('splits without any retries, too', async () => {
    const { calls, givenUp } = await run({
      spec: { ...spec, maximumRetryAttempts: 0 }, records: eight().slice(0, 2), handler: () => ERROR,
    });
    expect(calls).toEqual([[1, 2], [1], [2]]);
    expect(givenUp).toEqual([exhausted([1], 1), exhausted([2], 1)]);
  });

  it('brings a batch through when the pieces succeed', async () => {
    const { givenUp, counters } = await run({ spec, handler: (numbers) => numbers.length > 2 ? ERROR : OK });
    expect(givenUp).toEqual([]);
    expect(counters).toMatchObject({ recordsProcessed: 8, splits: 3 });
  });

  it('retries a single record without end when there is no limit', async () => {
    const { calls } = await run({
      spec: { ...spec, maximumRetryAttempts: -1 },
      records: eight().slice(0, 2),
      handler: (numbers, call) => numbers.includes(2) && call < 100 ? ERROR : OK,
    });
    expect(calls).toHaveLength(100);
    expect(calls.slice(2).every((numbers) => numbers.length === 1 && numbers[0] === 2)).toBe(true);
  });

  it.each<[ConsolidateFailures, ReturnType<typeof exhausted>[]]>([
    ['none', [exhausted([2], 4), exhausted([3], 4), exhausted([6], 4)]],
    ['adjacent', [exhausted([2, 3], 4), exhausted([6], 4)]],
    ['all', [exhausted([2, 3, 6], 4)]],
  ])('with failures consolidated: %s', async (consolidateFailures, expected) => {
    const { givenUp } = await run({ spec, consolidateFailures, handler: poison(2, 3, 6) });
    expect(givenUp).toEqual(expected);
  });

  it('joins a whole failed batch into one failure record, as a capture shows', async () => {
    const { givenUp } = await run({ spec, consolidateFailures: 'adjacent', records: eight().slice(0, 3), handler: () => ERROR });
    expect(givenUp).toEqual([exhausted([1, 2, 3], 4)]);
  });

  it('never joins records that are too old with records that failed', async () => {
    const records = [record(1, { arrivedAt: NOW - 61_000 }), record(2), record(3)];
    const { givenUp } = await run({
      spec: { ...spec, maximumRecordAgeSeconds: 60, maximumRetryAttempts: 0 }, consolidateFailures: 'all', records, handler: () => ERROR,
    });
    expect(givenUp).toEqual([expired([1], 1), exhausted([2, 3], 1)]);
  });
});

describe('item failures', () => {
  const spec = { reportBatchItemFailures: true, maximumRetryAttempts: 3 };

  it.each([
    ['an empty string', ''],
    ['an empty list', []],
    ['null', null],
    ['an empty object', {}],
    ['an empty list of failures', { batchItemFailures: [] }],
    ['failures that are null', { batchItemFailures: null }],
    ['an object of another kind', { ok: true }],
    ['a string', 'done'],
  ])('are none for %s', async (_, payload) => {
    const { calls, givenUp, counters } = await run({ spec, handler: () => answer(payload) });
    expect(calls).toHaveLength(1);
    expect(givenUp).toEqual([]);
    expect(counters.recordsProcessed).toBe(8);
  });

  it.each([
    ['an empty identifier', failed('')],
    ['an identifier that is null', failed(null)],
    ['a wrong key', answer({ batchItemFailures: [{ id: '3' }] })],
    ['a wrong key with null', answer({ batchItemFailures: [{ id: null }] })],
    ['an item that is null', answer({ batchItemFailures: [null] })],
    ['an identifier that is a number', failed(3)],
    ['an identifier that is not in the batch', failed('99')],
    ['an identifier that is not in the batch, beside one that is', failed('3', '99')],
    ['failures that are no list', answer({ batchItemFailures: '3' })],
  ])('are the whole batch for %s', async (_, response) => {
    const { calls, givenUp, batches } = await run({ spec, handler: () => response });
    expect(calls).toEqual(Array.from({ length: 4 }, () => [1, 2, 3, 4, 5, 6, 7, 8]));
    expect(givenUp).toEqual([exhausted([1, 2, 3, 4, 5, 6, 7, 8], 4, null)]);
    expect(batches[0].outcome).toBe('partial');
  });

  it('are the whole batch for an error', async () => {
    const { givenUp } = await run({ spec, handler: () => ERROR });
    expect(givenUp).toEqual([exhausted([1, 2, 3, 4, 5, 6, 7, 8], 4)]);
  });

  it('are not looked at when the mapping does not listen', async () => {
    const { calls } = await run({ spec: { ...spec, reportBatchItemFailures: false }, handler: () => failed('3') });
    expect(calls).toHaveLength(1);
  });

  it('begin at the lowest sequence number, whatever the order of the identifiers', async () => {
    const { calls } = await run({ spec, handler: (_, call) => call === 1 ? failed('7', '4', '5') : OK });
    expect(calls).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], [4, 5, 6, 7, 8]]);
  });

  it('compare sequence numbers as numbers', async () => {
    const { calls } = await run({
      spec, records: [record(8), record(9), record(10), record(11)], handler: (_, call) => call === 1 ? failed('10', '9') : OK,
    });
    expect(calls[1]).toEqual([9, 10, 11]);
  });

  it('reset the retries with progress: five deliveries with three retries, and a count of 4', async () => {
    const { calls, givenUp } = await run({
      spec, records: [record(4), record(5), record(6)], handler: (numbers) => numbers.includes(6) ? failed('6') : OK,
    });
    expect(calls).toEqual([[4, 5, 6], [6], [6], [6], [6]]);
    expect(givenUp).toEqual([exhausted([6], 4, null)]);
  });

  it('keep the retries that progress gave, however many came before', async () => {
    const { calls, givenUp, counters } = await run({
      spec: { ...spec, maximumRetryAttempts: 1 },
      // No progress, then two steps on, then none any more.
      handler: (_, call) => failed(['1', '3', '3', '3'][call - 1]),
    });
    expect(calls.map((numbers) => numbers[0])).toEqual([1, 1, 3, 3]);
    expect(givenUp).toEqual([exhausted([3, 4, 5, 6, 7, 8], 2, null)]);
    expect(counters).toMatchObject({ recordsProcessed: 2, recordsGivenUp: 6, retries: 2 });
  });

  it('give up the whole rest when the retries run out, good records included', async () => {
    const { givenUp, counters } = await run({ spec, handler: () => failed('3') });
    expect(givenUp).toEqual([exhausted([3, 4, 5, 6, 7, 8], 4, null)]);
    expect(counters.recordsProcessed).toBe(2);
  });

  describe('with bisect', () => {
    const both = { ...spec, bisectBatchOnFunctionError: true };

    it('are split where the first record of a piece is the one reported, and isolate the poison record as an error does', async () => {
      const { calls, bisects, givenUp, counters } = await run({ spec: { ...both, maximumRetryAttempts: 1 }, handler: reports(3) });
      expect(calls).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], [3, 4, 5, 6, 7, 8], [3, 4, 5], [3], [3], [4, 5], [6, 7, 8]]);
      expect(bisects.map(({ pieces }) => pieces)).toEqual([[3, 3], [1, 2]]);
      expect(givenUp).toEqual([exhausted([3], 2, null)]);
      expect(counters).toMatchObject({ recordsProcessed: 7, recordsGivenUp: 1, retries: 1 });
    });

    it('isolate every one of several poison records', async () => {
      const { givenUp, counters } = await run({ spec: { ...both, maximumRetryAttempts: 0 }, handler: reports(1, 4, 8) });
      expect(givenUp).toEqual([exhausted([1], 1, null), exhausted([4], 1, null), exhausted([8], 1, null)]);
      expect(counters.recordsProcessed).toBe(5);
    });

    it('leave an error to the halves', async () => {
      const { calls } = await run({ spec: { ...both, maximumRetryAttempts: 0 }, records: eight().slice(0, 4), handler: poison(4) });
      expect(calls).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]]);
    });

    it('leave an answer that names no record of the batch to the halves, too', async () => {
      const { calls, givenUp } = await run({
        spec: { ...both, maximumRetryAttempts: 0 },
        records: eight().slice(0, 2),
        handler: (numbers) => numbers.includes(2) ? failed('') : OK,
      });
      expect(calls).toEqual([[1, 2], [1], [2]]);
      expect(givenUp).toEqual([exhausted([2], 1, null)]);
    });

    it('split the rest in halves when it fails with an error', async () => {
      const { calls, givenUp } = await run({
        spec: { ...both, maximumRetryAttempts: 0 }, handler: (numbers, call) => call === 1 ? failed('5') : poison(6)(numbers),
      });
      expect(calls).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], [5, 6, 7, 8], [5, 6], [5], [6], [7, 8]]);
      expect(givenUp).toEqual([exhausted([6], 1)]);
    });
  });
});

describe('record age', () => {
  const spec = { maximumRecordAgeSeconds: 60 };
  const old = () => ({ arrivedAt: NOW - 61_000 });

  it('gives up an expired prefix before the first call, with a count of 1, and delivers the rest', async () => {
    const records = [record(1, old()), record(2), record(3), record(4)];
    const { calls, givenUp } = await run({ spec, records, handler: () => OK });
    expect(calls).toEqual([[2, 3, 4]]);
    expect(givenUp).toEqual([expired([1], 1)]);
  });

  it('trims a prefix only: an old record behind a young one is delivered', async () => {
    const { calls, givenUp } = await run({ spec, records: [record(1), record(2, old()), record(3)], handler: () => OK });
    expect(calls).toEqual([[1, 2, 3]]);
    expect(givenUp).toEqual([]);
  });

  it('gives up a whole batch without a call', async () => {
    const { calls, givenUp } = await run({ spec, records: [record(1, old()), record(2, old())], handler: () => OK });
    expect(calls).toEqual([]);
    expect(givenUp).toEqual([expired([1, 2], 1)]);
  });

  it('ends endless retries', async () => {
    const { calls, givenUp } = await run({ spec: { ...spec, maximumRetryAttempts: -1 }, handler: () => ERROR });
    expect(calls).toHaveLength(9);
    expect(givenUp).toEqual([expired([1, 2, 3, 4, 5, 6, 7, 8], 9)]);
  });

  it('is looked at before each attempt, and the younger rest is retried', async () => {
    const records = [record(1, { arrivedAt: NOW - 59_900 }), record(2)];
    const { calls, givenUp } = await run({ spec, records, handler: (numbers) => numbers.includes(1) ? ERROR : OK });
    expect(calls).toEqual([[1, 2], [2]]);
    expect(givenUp).toEqual([expired([1], 1)]);
  });

  it('is no limit at -1', async () => {
    const { givenUp } = await run({ records: [record(1, { arrivedAt: 0 })], handler: () => OK });
    expect(givenUp).toEqual([]);
  });
});

describe('an event over 6 MB', () => {
  const huge = () => record(1, { data: 'x'.repeat(6_291_456) });

  it('uses up the retries without a call, and its failure record has no answer', async () => {
    const { calls, givenUp, batches, counters } = await run({
      spec: { maximumRetryAttempts: 2 }, records: [huge()], handler: () => OK,
    });
    expect(calls).toEqual([]);
    expect(givenUp).toEqual([{ ...exhausted([1], 3), functionError: undefined }]);
    expect(batches.map(({ outcome, attempt }) => [outcome, attempt])).toEqual([['oversized', 1], ['oversized', 2], ['oversized', 3]]);
    expect(counters).toMatchObject({ invocations: 0, recordsGivenUp: 1 });
  });

  it('waits as retries do', async () => {
    const { clock } = await run({ spec: { maximumRetryAttempts: 2 }, records: [huge()], handler: () => OK });
    expect(clock.slept).toEqual([200, 400]);
  });
});
