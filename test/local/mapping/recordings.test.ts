import { BatchProcessor } from '../../../local/mapping/batch-processor';
import type { GivenUp } from '../../../local/mapping/failure-record';
import { newCounters } from '../../../local/mapping/mapping-events';
import type { MappingSpec } from '../../../local/mapping/mapping-spec';
import type { StreamRecord } from '../../../local/mapping/stream-reader';
import { answer, ERROR, failed, mappingSpec, NOW, numbersIn, OK, record, VirtualClock } from './fixture';

/*
 * What AWS did, recorded by others and public. Each test names the recording:
 * - stackd: github.com/radkawar/stackd at 9dc356f, calls of AWS in us-east-1, September 2026
 * - localstack: github.com/localstack/localstack at 8b9a79f, snapshots of tests that are validated against AWS
 * - hydrate-kinesis-dlq: github.com/theburningmonk/hydrate-kinesis-dlq at 447ac95, a message of a real pipeline
 */
const STACKD = 'stackd, testdata/aws/lambda/dynamodb_source.json';
const WINDOWS = 'stackd, testdata/aws/lambda/dynamodb_windows.json';
const LOCALSTACK = 'localstack, tests/aws/services/lambda_/event_source_mapping/test_lambda_integration_kinesis.snapshot.json';
const HYDRATE_KINESIS_DLQ = 'hydrate-kinesis-dlq, examples/kinesis-sns-message.json';

type Handler = (numbers: number[], event: WindowEvent) => typeof OK | typeof ERROR;

const raises = (bad: number): Handler => (numbers) => numbers.includes(bad) ? ERROR : OK;
const reports = (bad: number): Handler => (numbers) => numbers.includes(bad) ? failed(String(bad)) : OK;
const records = (count: number, arrivedAt = NOW) => Array.from({ length: count }, (_, index) => record(index + 1, { arrivedAt }));

interface WindowEvent {
  readonly window: { readonly start: string; readonly end: string };
  readonly state: object;
  readonly isFinalInvokeForWindow: boolean;
  readonly isWindowTerminatedEarly: boolean;
}

async function play(spec: Partial<MappingSpec>, batches: readonly (readonly StreamRecord[])[], handler: Handler) {
  const clock = new VirtualClock();
  const calls: { readonly numbers: number[]; readonly requestId: string; readonly waited: number }[] = [];
  const events: WindowEvent[] = [];
  const published: { readonly givenUp: GivenUp; readonly afterCalls: number }[] = [];
  const processor = new BatchProcessor({ spec: mappingSpec(spec) }, 'shardId-000000000000', {
    clock,
    consolidateFailures: 'adjacent',
    counters: newCounters(),
    async invoke(event, requestId) {
      const numbers = numbersIn(event);
      events.push(event as WindowEvent);
      calls.push({ numbers, requestId, waited: clock.slept.splice(0).reduce((sum, millis) => sum + millis, 0) });
      return handler(numbers, event as WindowEvent);
    },
    onBatch: () => undefined,
    onBisect: () => undefined,
    async publish(givenUp) {
      published.push({ givenUp, afterCalls: calls.length });
    },
  });
  for (const batch of batches) await processor.process(batch, new AbortController().signal);
  return { calls, events, published, delivered: calls.map(({ numbers }) => numbers.join('')), waits: calls.map(({ waited }) => waited) };
}

const told = ({ givenUp }: { readonly givenUp: GivenUp }) => ({
  lost: givenUp.records.map(({ sequenceNumber }) => Number(sequenceNumber)),
  condition: givenUp.condition,
  count: givenUp.approximateInvokeCount,
  functionError: givenUp.responseContext && givenUp.responseContext.functionError,
});

describe(STACKD, () => {
  it('partial_enabled: the rest from the reported record on is called twice with one retry, and given up whole', async () => {
    const { delivered, published } = await play({ reportBatchItemFailures: true, maximumRetryAttempts: 1 }, [records(4)], reports(2));
    expect(delivered).toEqual(['1234', '234', '234']);
    expect(published.map(told)).toEqual([{ lost: [2, 3, 4], condition: 'RetryAttemptsExhausted', count: 2, functionError: null }]);
  });

  // The same on Kinesis: testdata/aws/lambda/kinesis_followup.json.
  it('partial_bisect: a piece whose first record is reported is split, 1 + 2 of three, and the poison record is given up alone', async () => {
    const spec = { reportBatchItemFailures: true, bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 };
    const { delivered, published } = await play(spec, [records(4)], reports(2));
    expect(delivered).toEqual(['1234', '234', '2', '2', '34']);
    expect(published.map(told)).toEqual([{ lost: [2], condition: 'RetryAttemptsExhausted', count: 2, functionError: null }]);
  });

  it('raise_bisect: splitting uses up no retry', async () => {
    const { delivered, published } = await play({ bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 }, [records(4)], raises(2));
    expect(delivered).toEqual(['1234', '12', '1', '2', '2', '34']);
    expect(published.map(told)).toEqual([{ lost: [2], condition: 'RetryAttemptsExhausted', count: 2, functionError: 'Unhandled' }]);
  });

  it('raise_retry: two retries are three calls, the first after about 200 ms and the second after about 400 ms', async () => {
    const { delivered, waits } = await play({ maximumRetryAttempts: 2 }, [records(4)], raises(2));
    expect(delivered).toEqual(['1234', '1234', '1234']);
    expect(waits).toEqual([0, 200, 400]);
  });

  it('invalid_partial: an empty identifier without retries gives up the whole batch after one call', async () => {
    const spec = { reportBatchItemFailures: true, maximumRetryAttempts: 0 };
    const { delivered, published } = await play(spec, [records(4)], () => failed(''));
    expect(delivered).toEqual(['1234']);
    expect(published.map(told)).toEqual([{ lost: [1, 2, 3, 4], condition: 'RetryAttemptsExhausted', count: 1, functionError: null }]);
  });

  it('waits before a retry, not after progress and not after a split', async () => {
    const spec = { reportBatchItemFailures: true, bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 };
    const { delivered, waits } = await play(spec, [records(4)], reports(2));
    expect(delivered).toEqual(['1234', '234', '2', '2', '34']);
    expect(waits).toEqual([0, 0, 0, 200, 0]);
  });

  it('calls again with the request id of the call before, which is the one in the failure record', async () => {
    const spec = { reportBatchItemFailures: true, bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 };
    const { calls, published } = await play(spec, [records(4)], reports(2));
    const ids = calls.map(({ requestId }) => requestId);
    expect(ids[3]).toBe(ids[2]);
    expect(new Set(ids).size).toBe(4);
    expect(published[0].givenUp.requestId).toBe(ids[2]);
  });

  it('sends a failure record after the last call of the whole batch, though its piece failed before', async () => {
    const { calls, published } = await play({ bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 }, [records(4)], raises(2));
    expect(calls.at(-1)!.numbers).toEqual([3, 4]);
    expect(published.map(({ afterCalls }) => afterCalls)).toEqual([calls.length]);
  });
});

describe(WINDOWS, () => {
  const spec = { tumblingWindowSeconds: 10, batchSize: 1, maximumRetryAttempts: 0 };
  const at = (number: number, time: string) => [record(number, { arrivedAt: Date.parse(`2026-09-17T${time}Z`) })];
  const counted: Handler = (numbers, { state }) => answer({ state: { count: ((state as { count?: number }).count ?? 0) + numbers.length } });
  const window = (start: string, end: string) => ({ start: `2026-09-17T${start}Z`, end: `2026-09-17T${end}Z` });

  it('a window adds up its state, and is finished without records when a record of a later window comes', async () => {
    const { delivered, events } = await play(spec, [at(1, '14:13:11'), at(2, '14:13:19'), at(3, '14:14:08')], counted);
    expect(delivered).toEqual(['1', '2', '', '3']);
    expect(events.map(({ state }) => state)).toEqual([{}, { count: 1 }, { count: 2 }, {}]);
    expect(events.map(({ isFinalInvokeForWindow }) => isFinalInvokeForWindow)).toEqual([false, false, true, false]);
    expect(events.map((event) => event.window)).toEqual([
      window('14:13:10', '14:13:20'), window('14:13:10', '14:13:20'), window('14:13:10', '14:13:20'), window('14:14:00', '14:14:10'),
    ]);
  });

  it('final_failure: the next window begins with an empty state after a final call that failed', async () => {
    const handler: Handler = (numbers, event) => (event.isFinalInvokeForWindow ? ERROR : counted(numbers, event));
    const { delivered, events, published } = await play(spec, [at(1, '14:11:14'), at(2, '14:13:11')], handler);
    expect(delivered).toEqual(['1', '', '2']);
    expect(events.map(({ state }) => state)).toEqual([{}, { count: 1 }, {}]);
    expect(published.map(told)).toEqual([{ lost: [], condition: 'RetryAttemptsExhausted', count: 1, functionError: 'Unhandled' }]);
  });

  it('oversized: a state over 1 MB ends the window at once, early, with that state', async () => {
    const state = { large: 'X'.repeat(1024 * 1024 + 64) };
    const { delivered, events } = await play(spec, [at(1, '14:14:57')], () => answer({ state }));
    expect(delivered).toEqual(['1', '']);
    expect(events[1]).toMatchObject({ state, isFinalInvokeForWindow: true, isWindowTerminatedEarly: true });
  });
});

describe('a tumbling window, beyond the recordings', () => {
  const spec = { tumblingWindowSeconds: 10, maximumRetryAttempts: 0 };

  it('takes only its own records out of a batch', async () => {
    const start = Math.floor(NOW / 10_000) * 10_000;
    const batch = [0, 9_999, 10_000].map((millis, index) => record(index + 1, { arrivedAt: start + millis }));
    const { delivered } = await play(spec, [batch], () => answer({ state: {} }));
    expect(delivered).toEqual(['12', '', '3']);
  });

  // AWS's guide, services-ddb-windows: the response must have the state.
  it.each([['nothing', OK], ['no state', answer({ batchItemFailures: [] })]])('has failed where the function answers %s', async (_, result) => {
    const { published } = await play(spec, [records(1)], () => result);
    expect(published.map(told)).toEqual([{ lost: [1], condition: 'RetryAttemptsExhausted', count: 1, functionError: 'Unhandled' }]);
  });
});

describe(LOCALSTACK, () => {
  it('test_kinesis_report_batch_item_failures: progress gives back the retries, so that the record is delivered five times and counted four', async () => {
    const six = records(6);
    const spec = { reportBatchItemFailures: true, maximumRetryAttempts: 3, batchSize: 3 };
    const { delivered, published } = await play(spec, [six.slice(0, 3), six.slice(3)], reports(6));
    expect(delivered).toEqual(['123', '456', '6', '6', '6', '6']);
    expect(published.map(told)).toEqual([{ lost: [6], condition: 'RetryAttemptsExhausted', count: 4, functionError: null }]);
  });

  it('test_kinesis_maximum_record_age_exceeded[expire-while-retrying]: 8 calls of a record put before the mapping, until it is 60 s old', async () => {
    // The recording creates the function and the mapping in between; anything from 10 to 34 s fits.
    const spec = { maximumRetryAttempts: -1, maximumRecordAgeSeconds: 60, batchSize: 1 };
    const { calls, published } = await play(spec, [records(1, NOW - 20_000)], () => ERROR);
    expect(calls).toHaveLength(8);
    expect(published.map(told)).toEqual([{ lost: [1], condition: 'RecordAgeExceeded', count: 8, functionError: undefined }]);
  });

  it('test_kinesis_maximum_record_age_exceeded[expire-before-ingestion]: a count of 1 and no answer', async () => {
    const spec = { maximumRetryAttempts: 0, maximumRecordAgeSeconds: 60, batchSize: 1 };
    const { calls, published } = await play(spec, [records(1, NOW - 61_000)], () => ERROR);
    expect(calls).toEqual([]);
    expect(published.map(told)).toEqual([{ lost: [1], condition: 'RecordAgeExceeded', count: 1, functionError: undefined }]);
  });

  it('test_kinesis_maximum_record_age_exceeded_discard_records: the old first record is given up, the five behind it are delivered', async () => {
    const spec = { maximumRetryAttempts: 0, maximumRecordAgeSeconds: 60, batchSize: 10 };
    const six = [record(1, { arrivedAt: NOW - 80_000 }), ...records(6).slice(1)];
    const { delivered, published } = await play(spec, [six], () => OK);
    expect(delivered).toEqual(['23456']);
    expect(published.map(told)).toEqual([{ lost: [1], condition: 'RecordAgeExceeded', count: 1, functionError: undefined }]);
  });
});

describe(HYDRATE_KINESIS_DLQ, () => {
  it('a batch of three whose records all fail is one failure record with batchSize 3 and a count of 4, after 4.2 s of waits', async () => {
    const { calls, published, waits } = await play({ bisectBatchOnFunctionError: true, maximumRetryAttempts: 3 }, [records(3)], () => ERROR);
    expect(calls).toHaveLength(14);
    expect(waits.reduce((sum, millis) => sum + millis, 0)).toBe(4_200);
    expect(published.map(told)).toEqual([{ lost: [1, 2, 3], condition: 'RetryAttemptsExhausted', count: 4, functionError: 'Unhandled' }]);
  });
});
