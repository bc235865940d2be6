import { FUNCTION_ARN } from '../../../../test/support/records';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import { lambdaError } from '../../support/fake-lambda';
import { sqsError } from '../../support/fake-sqs';
import { FIFO_QUEUE, Operation, QUEUE, type RunHow } from '../../support/operation';
import { redriveOptions } from '../../support/redrive-options';

let it: Operation;
beforeEach(() => {
  it = new Operation();
});
afterEach(() => it.close());

const run = (more: Partial<RedriveOptions> = {}, how: RunHow = {}) => it.run(redrive, redriveOptions(it, more), how);

const put = async (count: number, queueUrl = QUEUE) => it.putBatches(count, queueUrl);

const everythingIsBack = () => expect(it.sqs.visible(QUEUE)).toHaveLength(it.sqs.messages(QUEUE).length);

describe('what goes wrong', () => {
  test('--stop-after-failures begins nothing new', async () => {
    await put(9);
    for (let place = 0; place < 90; place++) it.processor.poison.add(place);
    const { exitCode, out } = await run({ stopAfterFailures: 3, concurrency: 1 });
    expect(exitCode).toBe(1);
    expect(it.lambda.events).toHaveLength(3);
    expect(out).toContain('Stopped after 3 failures (--stop-after-failures 3): 6 messages were not tried.\n');
    everythingIsBack();
  });

  test('--stop-after-failures 0 goes on', async () => {
    await put(12);
    for (let place = 0; place < 120; place++) it.processor.poison.add(place);
    await run({ stopAfterFailures: 0 });
    expect(it.lambda.events).toHaveLength(12);
  });

  test.each([
    ['a function that is not there', () => it.lambda.functions.clear(), 'ResourceNotFoundException'],
    ['a permission that is missing', () => it.lambda.failNext('Invoke', lambdaError('AccessDeniedException', 'not authorized', 403)), 'AccessDeniedException'],
  ])('%s ends it at once', async (_, arrange, name) => {
    await put(9);
    arrange();
    const { error, out } = await run({ concurrency: 1 });
    expect(error).toMatchObject({ name });
    expect(it.sqs.messages(QUEUE)).toHaveLength(9);
    expect(out).toContain('0 records processed.');
    everythingIsBack();
  });

  test('a permission that is taken away half-way ends it, and what was done is said', async () => {
    await put(9);
    let calls = 0;
    it.lambda.functions.set(FUNCTION_ARN, (event) => {
      if (++calls > 4) throw lambdaError('AccessDeniedException', 'not authorized', 403);
      return it.processor.handler(event);
    });
    const { error, document } = await run({ concurrency: 1 }, { json: true });
    expect(error).toMatchObject({ name: 'AccessDeniedException' });
    expect(document).toMatchObject({ counts: { sent: 4, failed: 1 }, recordsSent: 12 });
    expect(it.sqs.messages(QUEUE)).toHaveLength(5);
    everythingIsBack();
  });

  test('a delete that fails is tried again', async () => {
    await put(1);
    it.sqs.failNext('DeleteMessageBatch', sqsError('InternalError', 'no', 'server'));
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect(it.lambda.events).toHaveLength(1);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });

  test('a delete that fails for good is said loudly, and ends it where it would fail for all', async () => {
    await put(5);
    it.sqs.failAlways('DeleteMessageBatch', sqsError('AccessDenied', 'not authorized to perform: sqs:DeleteMessage'));
    const { error, err, out } = await run({ concurrency: 1 });
    expect(error).toMatchObject({ name: 'AccessDenied' });
    expect(it.lambda.events).toHaveLength(1);
    expect(err).toMatch(/dead letter [0-9a-f]{32} was taken by arn:\S+, but could not be removed from https:\S+ \(AccessDenied: /);
    expect(err).toContain('the next run would send it again');
    expect(out).toContain('1 message TAKEN, BUT NOT REMOVED');
    expect(it.audit.map(({ result }) => result)).toEqual(['begun', 'sent', 'not deleted']);
    everythingIsBack();
  });

  test('two runs at once send every dead letter once', async () => {
    await put(30);
    const runs = await Promise.all([run(), run({ auditLog: `${it.auditLog}.2` })]);
    expect(it.processor.processed).toHaveLength(90);
    expect(new Set(it.processor.processed).size).toBe(90);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
    expect(runs.map(({ error }) => error)).toEqual([undefined, undefined]);
  });
});

describe('Ctrl-C', () => {
  test('lets what is under way come to its end, and gives the rest back', async () => {
    await put(9);
    it.lambda.functions.set(FUNCTION_ARN, (event) => {
      it.stop.abort();
      return it.processor.handler(event);
    });
    const { exitCode, out } = await run({ concurrency: 2 });
    expect(exitCode).toBe(130);
    expect(it.processor.processed).toHaveLength(6);
    expect(it.sqs.messages(QUEUE)).toHaveLength(7);
    expect(out).toContain('Interrupted: what is left can be sent by the same command.');
    everythingIsBack();
  });

  test('twice lets go of what is under way, and loses nothing', async () => {
    await put(3);
    it.lambda.functions.set(FUNCTION_ARN, async () => {
      it.stop.abort();
      it.abort.abort();
      throw Object.assign(new Error('Request aborted'), { name: 'AbortError', $metadata: {} });
    });
    const { exitCode, error } = await run({ concurrency: 1 });
    expect([exitCode, error]).toEqual([130, undefined]);
    expect(it.sqs.messages(QUEUE)).toHaveLength(3);
  });

  test('before anything is sent', async () => {
    await put(3);
    it.stop.abort();
    expect(await run()).toMatchObject({ exitCode: 130 });
    expect(it.lambda.events).toEqual([]);
    everythingIsBack();
  });
});

describe('a FIFO queue', () => {
  test('has dead letters of a shard sent in their order, one after another, though more than one may be sent at a time', async () => {
    it.dlq = { ...it.dlq, isFifo: true };
    await put(14, FIFO_QUEUE);
    let atATime = 0;
    it.lambda.functions.set(FUNCTION_ARN, async (event) => {
      expect(++atATime).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      atATime--;
      return it.processor.handler(event);
    });
    expect(await run({}, { queueUrl: FIFO_QUEUE })).toMatchObject({ exitCode: 0 });
    expect(it.processor.processed).toEqual([...it.processor.processed].sort((a, b) => a - b));
    expect(it.processor.processed).toHaveLength(42);
    expect(it.sqs.messages(FIFO_QUEUE)).toEqual([]);
  });

  test('has what comes after one that failed left behind it', async () => {
    it.dlq = { ...it.dlq, isFifo: true };
    await put(3, FIFO_QUEUE);
    it.processor.poison.add(11);
    const { exitCode, out } = await run({}, { queueUrl: FIFO_QUEUE });
    expect(exitCode).toBe(1);
    expect(it.lambda.events).toHaveLength(2);
    expect(it.deadLettersIn(FIFO_QUEUE).map(({ records }) => records[0])).toEqual([10, 20]);
    expect(out).toContain('Behind: an earlier message of the same group failed');
    expect(it.sqs.visible(FIFO_QUEUE)).toHaveLength(2);
  });
});
