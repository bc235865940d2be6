import { CallPacer } from '../../reason/call-pacer';
import type { FailedBatch } from '../../reason/failure-reason';
import { LogReasons } from '../../reason/log-reasons';
import { logsError } from '../support/fake-logs';
import { Operation } from '../support/operation';
import { skipWaits } from '../support/skip-waits';

const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:orders';
const GROUP = '/aws/lambda/orders';
const HOUR = 3_600_000;

const waits = skipWaits();
let operation: Operation;
let failedAt: Date;
beforeEach(() => {
  operation = new Operation();
  failedAt = new Date(Date.now() - HOUR);
});
afterEach(() => operation.close());

const idOf = (place: number): string => `3b1c5b1e-5d36-4d7b-a0f0-${String(place).padStart(12, '0')}`;
const at = (seconds: number): Date => new Date(failedAt.getTime() + seconds * 1_000);

function batch(place: number, more: Partial<FailedBatch> = {}): FailedBatch {
  return { deadLetterId: `letter-${place}`, functionArn: FUNCTION, condition: 'RetryAttemptsExhausted', requestId: idOf(place), failedAt, functionError: 'Unhandled', ...more };
}

/** What Node.js logs of an invocation that throws, in the text format. */
function nodeLines(requestId: string, message: string, type = 'OrderError'): string[] {
  const error = { errorType: type, errorMessage: message, stack: [`${type}: ${message}`, '    at handler (/var/task/index.js:3:9)'] };
  return [
    `START RequestId: ${requestId} Version: $LATEST`,
    `2026-11-29T10:00:00.000Z\t${requestId}\tERROR\tInvoke Error \t${JSON.stringify(error)}`,
    `END RequestId: ${requestId}`,
    `REPORT RequestId: ${requestId}\tDuration: 3 ms`,
  ];
}

function pythonLines(requestId: string, message: string): string[] {
  return [
    `START RequestId: ${requestId} Version: $LATEST`, 'about to work', `[ERROR] KeyError: ${message}`, `END RequestId: ${requestId}`,
    `REPORT RequestId: ${requestId}\tDuration: 3 ms`,
  ];
}

function reasons({ logs = true, pacer = new CallPacer() } = {}): LogReasons {
  const { clients, stop, abort } = operation;
  const output = { note: (text: string) => notes.push(text) } as never;
  return new LogReasons({ clients, output, options: { json: false, stack: 'Orders' }, stopped: stop.signal, aborted: abort.signal }, { logs, pacer });
}
const notes: string[] = [];
beforeEach(() => (notes.length = 0));

const searches = () => operation.logs.calls.filter(({ name }) => name === 'FilterLogEvents');

describe('the reason', () => {
  test('is the error that the log has of the request, read in the Region of the function', async () => {
    operation.logs.pageLines = 10;
    operation.logs.log(GROUP, 'one', at(-0.1), ...nodeLines(idOf(1), 'order 7 has no quantity'));
    const { reason } = await reasons().reasonOf(batch(1));
    expect(reason).toMatchObject({ type: 'OrderError', message: 'order 7 has no quantity', stack: ['at handler (/var/task/index.js:3:9)'] });
    expect(reason!.loggedAt).toEqual(new Date(at(-0.1).getTime() + 3));
    expect(reason!.fingerprint).toMatch(/^[\da-f]{12}$/);
    // The first page is empty.
    expect(operation.logs.calls.map(({ name, region }) => [name, region])).toEqual([['FilterLogEvents', 'eu-west-1'], ['FilterLogEvents', 'eu-west-1']]);
    expect(searches()[0].input).toMatchObject({
      logGroupName: GROUP, startTime: at(-900).getTime(), endTime: at(60).getTime(), filterPattern: `"${idOf(1)}"`, startFromHead: false,
    });
  });

  test('is in the log group that the function is configured with', async () => {
    operation.lambda.configurations.set(FUNCTION, { LoggingConfig: { LogGroup: 'shop', LogFormat: 'JSON' } });
    operation.logs.log('shop', 'one', at(-0.1), JSON.stringify({
      timestamp: at(-0.1), level: 'ERROR', requestId: idOf(1), message: { errorType: 'OrderError', errorMessage: 'no', stackTrace: [] },
    }));
    expect(await reasons().reasonOf(batch(1))).toMatchObject({ reason: { type: 'OrderError', message: 'no' } });
  });

  test('of a log without request ids is between START and END of the attempt, read to the end of its pages', async () => {
    operation.logs.pageLines = 2;
    operation.logs.log(GROUP, 'one', at(-20), ...pythonLines(idOf(8), "'before'"), ...pythonLines(idOf(1), "'quantity'"), ...pythonLines(idOf(9), "'after'"));
    operation.logs.log(GROUP, 'two', at(-20), ...pythonLines(idOf(7), "'elsewhere'"));
    expect(await reasons().reasonOf(batch(1))).toMatchObject({ reason: { type: 'KeyError', message: "'quantity'" } });
    const gets = operation.logs.calls.filter(({ name }) => name === 'GetLogEvents');
    expect(new Set(gets.map(({ input }) => input.logStreamName))).toEqual(new Set(['one']));
    expect(gets.length).toBeGreaterThan(2);
  });

  test('is that of the last attempt, where retries share the request id', async () => {
    operation.logs.log(GROUP, 'one', at(-90), ...nodeLines(idOf(1), 'first'));
    operation.logs.log(GROUP, 'one', at(-60), ...nodeLines(idOf(1), 'second'));
    operation.logs.log(GROUP, 'two', at(-0.1), ...nodeLines(idOf(1), 'last'));
    operation.logs.log(GROUP, 'one', at(30), ...nodeLines(idOf(1), 'of a later invocation'));
    expect(await reasons().reasonOf(batch(1))).toMatchObject({ reason: { message: 'last' } });
  });

  test('of a log without request ids is that of the last attempt, too', async () => {
    operation.logs.log(GROUP, 'one', at(-90), ...pythonLines(idOf(1), "'first'"));
    operation.logs.log(GROUP, 'one', at(-1), ...pythonLines(idOf(1), "'last'"));
    expect(await reasons().reasonOf(batch(1))).toMatchObject({ reason: { message: "'last'" } });
  });

  test('of a failure whose lines may still come is found again by the next command', async () => {
    failedAt = new Date(Date.now() - 5_000);
    operation.logs.log(GROUP, 'one', at(-60), ...nodeLines(idOf(1), 'first'));
    expect(await reasons().reasonOf(batch(1))).toMatchObject({ reason: { message: 'first' } });
    operation.logs.log(GROUP, 'two', at(-0.1), ...nodeLines(idOf(1), 'last'));
    expect(await reasons().reasonOf(batch(1))).toMatchObject({ reason: { message: 'last' } });
  });

  test('stops at the beginning of the last attempt: what is older is not read', async () => {
    operation.logs.log(GROUP, 'one', at(-600), ...Array.from({ length: 60 }, () => `${idOf(1)} line`));
    operation.logs.log(GROUP, 'one', at(-0.1), ...nodeLines(idOf(1), 'last'));
    await reasons().reasonOf(batch(1));
    // Two pages with lines, each after an empty one.
    expect(operation.logs.calls).toHaveLength(4);
  });

  test('of a batch that the processor was not invoked with is in the failure record', async () => {
    const { functionError: _, ...uninvoked } = batch(1, { condition: 'RecordAgeExceeded' });
    expect(await reasons().reasonOf(uninvoked)).toEqual({
      reason: { type: 'RecordAgeExceeded', message: 'its records became older than maxRecordAge allows', stack: [], fingerprint: expect.any(String) },
    });
    expect(operation.logs.calls).toEqual([]);
  });

  test('of records that the processor reported is that, with the error that it logged', async () => {
    const reported = batch(1, { functionError: null });
    const text = 'the processor reported records as failed (partial batch response)';
    expect(await reasons().reasonOf(reported)).toMatchObject({ reason: { type: 'ReportedByProcessor', message: text } });
    operation.logs.log(GROUP, 'one', at(-0.1), ...pythonLines(idOf(1), "'nobody knows of which record'"));
    expect(await reasons().reasonOf(reported)).toMatchObject({ reason: { type: 'ReportedByProcessor', message: text } });
    operation.logs.log(GROUP, 'one', at(-0.01), ...nodeLines(idOf(1), 'no quantity').slice(1, 2));
    expect(await reasons().reasonOf(reported)).toMatchObject({ reason: { type: 'ReportedByProcessor', message: 'OrderError: no quantity', loggedAt: expect.any(Date) } });
  });
});

describe('many lookups', () => {
  test('of one time and group share a call', async () => {
    operation.logs.pageLines = 1_000;
    for (let place = 0; place < 60; place++) operation.logs.log(GROUP, `stream-${place % 7}`, at(-place), ...nodeLines(idOf(place), `error of ${place}`));
    const finder = reasons();
    const found = await Promise.all(Array.from({ length: 60 }, async (_, place) => finder.reasonOf(batch(place, { failedAt: at(-place + 0.1) }))));
    expect(found.map(({ reason }) => reason?.message)).toEqual(Array.from({ length: 60 }, (_, place) => `error of ${place}`));
    const patterns = searches().filter(({ input }) => input.nextToken === undefined).map(({ input }) => input.filterPattern!);
    expect(patterns.map((pattern) => pattern.split(' ').length)).toEqual([25, 25, 10]);
    expect(patterns[0]).toMatch(/^\?"[\w-]{36}" \?"/);
  });

  test('of other times, groups and Regions do not', async () => {
    const finder = reasons();
    await Promise.all([
      finder.reasonOf(batch(1)),
      finder.reasonOf(batch(2, { failedAt: at(-16 * 60) })),
      finder.reasonOf(batch(3, { functionArn: FUNCTION.replace('orders', 'invoices') })),
      finder.reasonOf(batch(4, { functionArn: FUNCTION.replace('eu-west-1', 'us-east-1') })),
    ]);
    for (const group of [GROUP, '/aws/lambda/invoices']) operation.logs.groups.set(group, []);
    operation.logs.calls.length = 0;
    const other = reasons();
    await Promise.all([
      other.reasonOf(batch(1)),
      other.reasonOf(batch(2, { failedAt: at(-16 * 60) })),
      other.reasonOf(batch(3, { functionArn: FUNCTION.replace('orders', 'invoices') })),
      other.reasonOf(batch(4, { functionArn: FUNCTION.replace('eu-west-1', 'us-east-1') })),
      other.reasonOf(batch(5)),
    ]);
    expect(searches().map(({ region, input }) => [region, input.logGroupName, input.filterPattern])).toEqual([
      ['eu-west-1', GROUP, `?"${idOf(1)}" ?"${idOf(5)}"`], ['eu-west-1', GROUP, `"${idOf(2)}"`], ['eu-west-1', '/aws/lambda/invoices', `"${idOf(3)}"`],
      ['us-east-1', GROUP, `"${idOf(4)}"`],
    ]);
  });

  test('ask for the configuration of each function once', async () => {
    operation.logs.groups.set(GROUP, []);
    const finder = reasons();
    await Promise.all([1, 2, 3].map(async (place) => finder.reasonOf(batch(place))));
    expect(operation.lambda.calls).toEqual(['GetFunctionConfiguration']);
  });

  test('make four calls a second, one after another', async () => {
    operation.logs.groups.set(GROUP, []);
    const finder = reasons();
    await Promise.all([1, 2, 3, 4].map(async (place) => finder.reasonOf(batch(place, { failedAt: at(-place * 3_600) }))));
    expect(finder.counts).toEqual({ calls: 4, throttles: 0 });
    for (const [place, expected] of [250, 500, 750].entries()) expect(Math.abs(waits[place] - expected)).toBeLessThan(100);
  });

  test('make a call again that was throttled, and go slower', async () => {
    operation.logs.log(GROUP, 'one', at(-0.1), ...nodeLines(idOf(1), 'no quantity'));
    for (let time = 0; time < 3; time++) operation.logs.failNext('FilterLogEvents', logsError('ThrottlingException', 'Rate exceeded'));
    const finder = reasons();
    expect(await finder.reasonOf(batch(1))).toMatchObject({ reason: { message: 'no quantity' } });
    expect(finder.counts).toEqual({ calls: 7, throttles: 3 });
    expect(Math.max(...waits)).toBeGreaterThan(1_900);
  });

  test('make a call again that failed on the way', async () => {
    operation.logs.log(GROUP, 'one', at(-0.1), ...nodeLines(idOf(1), 'no quantity'));
    operation.logs.failNext('FilterLogEvents', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    operation.logs.failNext('FilterLogEvents', Object.assign(new Error('broken'), { name: 'InternalFailure', $fault: 'server' }));
    expect(await reasons().reasonOf(batch(1))).toMatchObject({ reason: { message: 'no quantity' } });
  });

  test('of one dead letter are one', async () => {
    operation.logs.groups.set(GROUP, []);
    const finder = reasons();
    await Promise.all([finder.reasonOf(batch(1)), finder.reasonOf(batch(1))]);
    await finder.reasonOf(batch(1));
    expect(operation.logs.calls).toHaveLength(1);
  });
});

describe('where nothing is found, it says why', () => {
  const nameOf = async (failure: FailedBatch, finder = reasons()) => (await finder.reasonOf(failure)).notFound;

  test('the log lines are not there yet', async () => {
    failedAt = new Date(Date.now() - 20_000);
    operation.logs.groups.set(GROUP, []);
    expect(await nameOf(batch(1))).toEqual({ name: 'Late', message: expect.stringMatching(/try again in (39|40) s$/) });
    operation.logs.log(GROUP, 'one', at(-0.1), ...nodeLines(idOf(1), '').slice(0, 1));
    expect(await nameOf(batch(1))).toMatchObject({ name: 'Late' });
  });

  test('no line has the request id', async () => {
    operation.logs.groups.set(GROUP, []);
    expect(await nameOf(batch(1))).toEqual({ name: 'NoLogLine', message: expect.stringContaining('may write to the group; its log group is not known') });
    operation.lambda.configurations.set(FUNCTION, {});
    expect(await nameOf(batch(1))).toEqual({ name: 'NoLogLine', message: `${GROUP} has no line with the request id: check that the role of the function may write to the group` });
    expect(await nameOf(batch(1, { failedAt: at(-25 * 3_600) }))).toEqual({ name: 'Expired', message: expect.stringContaining('its retention may be over') });
  });

  test('the function logs no errors', async () => {
    operation.logs.log(GROUP, 'one', at(-0.1), `START RequestId: ${idOf(1)}`, `END RequestId: ${idOf(1)}`);
    expect(await nameOf(batch(1))).toMatchObject({ name: 'NoError' });
    operation.lambda.configurations.set(FUNCTION, { LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'FATAL' } });
    expect(await nameOf(batch(1))).toEqual({ name: 'LogLevel', message: expect.stringContaining('set it to ERROR or lower') });
  });

  test('the operator may not read the log, and no other lookup tries it again', async () => {
    const denial = 'User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: logs:FilterLogEvents on resource: x';
    for (let time = 0; time < 10; time++) operation.logs.failNext('FilterLogEvents', logsError('AccessDeniedException', denial));
    const finder = reasons();
    const found = await Promise.all([1, 2].map(async (place) => finder.reasonOf(batch(place, { failedAt: at(-place * 3_600) }))));
    expect(found.map(({ notFound }) => notFound)).toEqual(Array.from({ length: 2 }, () => ({
      name: 'Denied',
      message: `not allowed: logs:FilterLogEvents on ${GROUP}: \`npx stream-dlq policy --read --logs --stack Orders\`, run by an administrator, ` +
        'prints the policy that allows it; in a CDK app, `grantReadLogs()` allows it',
    })));
    operation.logs.calls.length = 0;
    expect(await nameOf(batch(3), finder)).toMatchObject({ name: 'Denied' });
    expect(operation.logs.calls).toEqual([]);
  });

  test('there is no log group', async () => {
    expect(await nameOf(batch(1))).toEqual({ name: 'NoLogGroup', message: expect.stringContaining(`there is no log group ${GROUP} in eu-west-1`) });
  });

  test('the log group is too busy', async () => {
    operation.logs.pageLines = 1;
    operation.logs.log(GROUP, 'one', at(-0.1), ...Array.from({ length: 100 }, () => `${idOf(1)} line`));
    expect(await nameOf(batch(1))).toEqual({ name: 'TooBusy', message: expect.stringContaining('has too many lines around the failure') });
    expect(operation.logs.calls).toHaveLength(60);
  });

  test('CloudWatch Logs throttles', async () => {
    for (let time = 0; time < 6; time++) operation.logs.failNext('FilterLogEvents', logsError('ThrottlingException', 'Rate exceeded'));
    expect(await nameOf(batch(1))).toEqual({ name: 'TooBusy', message: expect.stringContaining('takes no more requests now') });
  });

  test('AWS refuses for another reason', async () => {
    operation.logs.failNext('FilterLogEvents', logsError('ExpiredTokenException', 'expired'));
    expect(await nameOf(batch(1))).toEqual({ name: 'Failed', message: expect.stringContaining('the AWS credentials have expired') });
  });

  test.each([
    ['no request id', { requestId: undefined }], ['no time', { failedAt: undefined }], ['an id that is none', { requestId: '" OR "' }],
    ['a Region that is a host', { functionArn: 'arn:aws:lambda:example.com/:123456789012:function:orders' }],
  ])('the failure record has %s', async (_, fields) => {
    expect(await nameOf(batch(1, fields))).toMatchObject({ name: 'NoRequestId' });
    expect(operation.logs.calls).toEqual([]);
  });

  test('the logs are not to be read', async () => {
    expect(await nameOf(batch(1), reasons({ logs: false }))).toMatchObject({ name: 'NotLookedUp' });
    expect(operation.logs.calls).toEqual([]);
  });

  test('the search was stopped, and what was found until then stays', async () => {
    operation.logs.log(GROUP, 'one', at(-0.1), ...nodeLines(idOf(1), 'no quantity'));
    const finder = reasons();
    expect(await finder.reasonOf(batch(1))).toHaveProperty('reason');
    const others = [2, 3].map(async (place) => finder.reasonOf(batch(place, { failedAt: at(-place * 3_600) })));
    operation.stop.abort();
    expect(await Promise.all(others)).toMatchObject([{ notFound: { name: 'Stopped' } }, { notFound: { name: 'Stopped' } }]);
    expect(await nameOf(batch(4), finder)).toMatchObject({ name: 'Stopped' });
    expect(await finder.reasonOf(batch(1))).toHaveProperty('reason');
  });
});

test('rejects where everything is let go of', async () => {
  operation.logs.groups.set(GROUP, []);
  const lookup = reasons().reasonOf(batch(1));
  operation.stop.abort();
  operation.abort.abort();
  await expect(lookup).rejects.toMatchObject({ name: 'AbortError' });
});

test('a mistake of the tool is none of the log', async () => {
  operation.logs.failNext('FilterLogEvents', new RangeError('mistake'));
  await expect(reasons().reasonOf(batch(1))).rejects.toThrow('mistake');
});

test('what was found is kept for the next command, and what was not is looked up again', async () => {
  operation.logs.log(GROUP, 'one', at(-0.1), ...nodeLines(idOf(1), 'no quantity'));
  const first = await reasons().reasonOf(batch(1));
  await reasons().reasonOf(batch(2));
  operation.logs.calls.length = 0;
  expect(await reasons({ logs: false }).reasonOf(batch(1))).toEqual(first);
  expect(await reasons().reasonOf(batch(2))).toHaveProperty('notFound');
  expect(operation.logs.calls).toHaveLength(1);
});
