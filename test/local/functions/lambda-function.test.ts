import { existsSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { LogGroup } from '../../../local/cloudwatch-logs/log-group';
import { FunctionThrottledError, PayloadTooLargeError } from '../../../local/functions/lambda-function';
import { requestIdOf } from '../../../local/functions/trace-id';
import { ENDPOINTS, Functions } from './fixture';

let functions: Functions;

beforeEach(() => {
  functions = new Functions();
});

afterEach(async () => {
  await functions.clean();
});

const failure = (payload: string) => JSON.parse(payload) as { errorType?: string; errorMessage: string; trace?: string[] };

describe('the handler', () => {
  it.each([
    ['a CommonJS file', { 'index.js': 'exports.handler = async (event) => event.n + 1;' }, 'index.handler'],
    ['an .mjs file', { 'index.mjs': 'export const handler = async (event) => event.n + 1;' }, 'index.handler'],
    ['a .cjs file', { 'index.cjs': 'exports.handler = async (event) => event.n + 1;' }, 'index.handler'],
    ['a module by its package.json', {
      'package.json': '{"type":"module"}', 'index.js': 'await null; export const handler = async (event) => event.n + 1;',
    }, 'index.handler'],
    ['a file in a folder', { 'a/b/main.js': 'exports.run = async (event) => event.n + 1;' }, 'a/b/main.run'],
    ['a nested export', { 'index.js': 'exports.on = { stream: async (event) => event.n + 1 };' }, 'index.on.stream'],
    ['a default export', { 'index.mjs': 'export default { handler: async (event) => event.n + 1 };' }, 'index.handler'],
    ['a synchronous function', { 'index.js': 'exports.handler = (event) => event.n + 1;' }, 'index.handler'],
  ])('is found in %s', async (_, files, handler) => {
    const orders = functions.create(files, { handler });
    expect(await orders.invoke({ n: 41 })).toEqual({ statusCode: 200, executedVersion: '$LATEST', payload: '42' });
  });

  it.each([
    ['a missing file', 'exports.handler = 1;', 'other.handler', 'Runtime.ImportModuleError', /Cannot find module 'other'/],
    ['a missing dependency', 'require("left-out");', 'index.handler', 'Runtime.ImportModuleError', /Cannot find module 'left-out'/],
    ['a missing export', 'exports.run = async () => 1;', 'index.handler', 'Runtime.HandlerNotFound', /undefined or not exported/],
    ['an export that is no function', 'exports.handler = 1;', 'index.handler', 'Runtime.HandlerNotFound', /is not a function/],
    ['a syntax error', 'exports.handler = async ( => 1;', 'index.handler', 'Runtime.UserCodeSyntaxError', /SyntaxError/],
    ['a name without a dot', '', 'index', 'Runtime.MalformedHandlerName', /Bad handler/],
    ['a callback-style handler', 'exports.handler = (event, context, callback) => callback(null, 1);', 'index.handler',
      'Runtime.CallbackHandlerDeprecated', /removed support for callback-based function handlers/],
    ['an error while loading', 'throw new TypeError("no table");', 'index.handler', 'TypeError', /^no table$/],
  ])('fails every invocation for %s', async (_, source, handler, errorType, errorMessage) => {
    const orders = functions.create(source, { handler });
    for (let attempt = 0; attempt < 2; attempt++) {
      const result = await orders.invoke({});
      expect(result.functionError).toBe('Unhandled');
      expect(failure(result.payload)).toMatchObject({ errorType, errorMessage: expect.stringMatching(errorMessage) });
    }
  });
});

describe('other code', () => {
  const says = (word: string) => `exports.handler = async ({ millis = 0 }) => {
    await new Promise((resolve) => setTimeout(resolve, millis));
    return '${word}';
  };`;

  it('is run from the next event on, and not by what is under way', async () => {
    const orders = functions.create(says('old'));
    expect(await orders.invoke({})).toMatchObject({ payload: '"old"' });
    const underWay = orders.invoke({ millis: 300 });
    await orders.update({ ...orders.spec, codeDirectory: functions.directory({ 'index.js': says('new') }) });
    expect(await orders.invoke({})).toMatchObject({ payload: '"new"' });
    expect(await underWay).toMatchObject({ payload: '"old"' });
    expect(orders.instanceCount).toBe(1);
    expect(await orders.invoke({})).toMatchObject({ payload: '"new"' });
  });

  it('takes the place of instances that wait', async () => {
    const orders = functions.create(says('old'));
    await orders.invoke({});
    const [before] = orders.processIds;
    await orders.update({ ...orders.spec, codeDirectory: functions.directory({ 'index.js': says('new') }) });
    expect(orders.instanceCount).toBe(0);
    expect(() => process.kill(before, 0)).toThrow('ESRCH');
  });

  it('comes with other configuration, for new invocations only', async () => {
    const orders = functions.create('exports.handler = async () => process.env.WORD;', { environment: { WORD: 'old' } });
    expect(await orders.invoke({})).toMatchObject({ payload: '"old"' });
    await orders.update({ ...orders.spec, environment: { WORD: 'new' }, reservedConcurrency: 1 });
    const [underWay, throttled] = await Promise.allSettled([orders.invoke({}), orders.invoke({})]);
    expect(underWay).toMatchObject({ value: { payload: '"new"' } });
    expect(throttled).toMatchObject({ reason: { name: 'TooManyRequestsException' } });
  });

  it('must be a directory', async () => {
    const orders = functions.create(says('old'));
    await expect(orders.update({ ...orders.spec, codeDirectory: '/nowhere' }))
      .rejects.toThrow('function orders: its code must be a directory, got: /nowhere');
    expect(await orders.invoke({})).toMatchObject({ payload: '"old"' });
  });
});

describe('the answer', () => {
  it.each([
    ['undefined', 'undefined', 'null'],
    ['null', 'null', 'null'],
    ['an empty string', '""', '""'],
    ['an object', '({ batchItemFailures: [] })', '{"batchItemFailures":[]}'],
  ])('of %s is JSON', async (_, expression, payload) => {
    const orders = functions.create(`exports.handler = async () => ${expression};`);
    expect((await orders.invoke({})).payload).toBe(payload);
  });

  it('names the version of the function', async () => {
    const orders = functions.create('exports.handler = async (e, context) => context.functionVersion;', { version: '7' });
    expect(await orders.invoke({})).toEqual({ statusCode: 200, executedVersion: '7', payload: '"7"' });
  });

  it.each([
    ['an error', 'throw new RangeError("too far");', { errorType: 'RangeError', errorMessage: 'too far' }],
    ['a string', 'throw "plain";', { errorType: 'string', errorMessage: 'plain', trace: [] }],
    ['nothing', 'throw undefined;', { errorType: 'undefined', errorMessage: 'undefined', trace: [] }],
    ['a rejected promise', 'return Promise.reject(new Error("later"));', { errorType: 'Error', errorMessage: 'later' }],
    ['an unserialisable answer', 'const a = {}; a.a = a; return a;', { errorType: 'Runtime.JSONStringifyError' }],
  ])('to %s is a function error, and the instance stays', async (_, body, expected) => {
    const orders = functions.create(`let calls = 0; exports.handler = async (event) => { calls++; if (event.calls) return calls; ${body} };`);
    const result = await orders.invoke({});
    expect(result).toMatchObject({ statusCode: 200, functionError: 'Unhandled' });
    expect(failure(result.payload)).toMatchObject(expected);
    expect(await orders.invoke({ calls: true })).toMatchObject({ payload: '2' });
  });

  it('carries the stack as the trace', async () => {
    const orders = functions.create('exports.handler = async () => { throw new Error("boom"); };');
    const { trace } = failure((await orders.invoke({})).payload);
    expect(trace?.[0]).toBe('Error: boom');
    expect(trace?.[1]).toContain('index.js');
  });

  it.each([
    ['an uncaught exception', 'setTimeout(() => { throw new Error("late"); }, 5); await new Promise((r) => setTimeout(r, 10_000));',
      { errorType: 'Error', errorMessage: 'late' }],
    ['an unhandled rejection', 'Promise.reject(new Error("lost")); await new Promise((r) => setTimeout(r, 10_000));',
      { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Error: lost' }],
    ['process.exit(3)', 'process.exit(3);',
      { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/^RequestId: \S{36} Error: Runtime exited with error: exit status 3$/) }],
    ['process.exit(0)', 'process.exit(0);',
      { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('Runtime exited without providing a reason') }],
    ['a promise that nothing will settle', 'await new Promise(() => {});', { errorType: 'Runtime.NodeJsExit' }],
  ])('to %s is a function error, and the instance is replaced', async (_, body, expected) => {
    const orders = functions.create(`let calls = 0; exports.handler = async (event) => { calls++; if (event.calls) return calls; ${body} };`);
    const result = await orders.invoke({});
    expect(result.functionError).toBe('Unhandled');
    expect(failure(result.payload)).toMatchObject(expected);
    expect(await orders.invoke({ calls: true })).toMatchObject({ payload: '1' });
    expect(orders.instanceCount).toBe(1);
  });

  it('is a function error when it is over 6 MB', async () => {
    const orders = functions.create('exports.handler = async (event) => "x".repeat(event.n);', { memorySize: 512 });
    expect((await orders.invoke({ n: 6_291_454 })).functionError).toBeUndefined();
    const result = await orders.invoke({ n: 6_291_455 });
    expect(result.functionError).toBe('Unhandled');
    expect(failure(result.payload).errorType).toBe('Function.ResponseSizeTooLarge');
  });
});

describe('limits', () => {
  it('end a function at its timeout, with the words that Lambda uses', async () => {
    const orders = functions.create('exports.handler = async () => { await new Promise((r) => setTimeout(r, 60_000)); };', { timeoutSeconds: 1 });
    const result = await orders.invoke({});
    expect(result.functionError).toBe('Unhandled');
    expect(JSON.parse(result.payload)).toEqual({
      errorMessage: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z \S{36} Task timed out after 1\.00 seconds$/),
    });
    expect(orders.instanceCount).toBe(0);
  });

  it('end a function that blocks its event loop, too', async () => {
    const orders = functions.create('exports.handler = async () => { for (;;); };', { timeoutSeconds: 1 });
    expect((await orders.invoke({})).payload).toContain('Task timed out after 1.00 seconds');
    expect(orders.instanceCount).toBe(0);
  });

  it('end a function whose heap outgrows its memory', async () => {
    const orders = functions.create('exports.handler = async () => { const kept = []; for (;;) kept.push({ at: Math.random() }); };');
    const result = await orders.invoke({});
    expect(failure(result.payload)).toMatchObject({
      errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/Runtime exited with error: signal: (aborted|killed)$/),
    });
  });

  it('end a function whose buffers outgrow its memory', async () => {
    const orders = functions.create(`
      exports.handler = async () => {
        const kept = [];
        for (let n = 0; n < 40; n++) kept.push(Buffer.alloc(8 << 20, 1));
        await new Promise((r) => setTimeout(r, 25_000));
        return kept.length;
      };`);
    expect(failure((await orders.invoke({})).payload)).toMatchObject({
      errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/Runtime exited with error: signal: killed$/),
    });
  });

  it('refuse an event over 6 MB and do not run the function', async () => {
    const orders = functions.create('exports.handler = async (event) => event.length;');
    expect((await orders.invoke('x'.repeat(6_291_454))).payload).toBe('6291454');
    await expect(orders.invoke('x'.repeat(6_291_455))).rejects.toThrow(PayloadTooLargeError);
  });

  it.each([
    ['another runtime', { runtime: 'java21' }, 'function orders: its runtime must be a Node.js or Python runtime, such as nodejs24.x or python3.13, got: java21'],
    ['code that is no directory', { codeDirectory: '/nowhere' }, 'function orders: its code must be a directory, got: /nowhere'],
  ])('refuse %s', (_, spec, message) => {
    expect(() => functions.create('', spec)).toThrow(message);
  });
});

describe('instances', () => {
  /** Holds every event until a file appears, so that events overlap for certain. */
  const GATED = `
    const { existsSync } = require('node:fs');
    let handled = 0;
    exports.handler = async (event) => {
      handled++;
      while (event.gate && !existsSync(event.gate)) await new Promise((r) => setTimeout(r, 10));
      return { pid: process.pid, handled };
    };`;

  it('handle one event at a time and stay for the next', async () => {
    const orders = functions.create(GATED);
    const first = JSON.parse((await orders.invoke({})).payload);
    const second = JSON.parse((await orders.invoke({})).payload);
    expect(second).toEqual({ pid: first.pid, handled: 2 });
  });

  it('grow in number with the events under way', async () => {
    const orders = functions.create(GATED);
    const gate = path.join(functions.directory({}), 'open');
    const running = [orders.invoke({ gate }), orders.invoke({ gate }), orders.invoke({ gate })];
    writeFileSync(gate, '');
    const pids = (await Promise.all(running)).map(({ payload }) => JSON.parse(payload).pid);
    expect(new Set(pids).size).toBe(3);
    expect(orders.instanceCount).toBe(3);
  });

  it('are as many as the reserved concurrency allows, further events are throttled', async () => {
    const orders = functions.create(GATED, { reservedConcurrency: 1 });
    const gate = path.join(functions.directory({}), 'open');
    const running = orders.invoke({ gate });
    await expect(orders.invoke({})).rejects.toThrow(FunctionThrottledError);
    writeFileSync(gate, '');
    await running;
    expect((await orders.invoke({})).functionError).toBeUndefined();
  });

  it('are none with a reserved concurrency of 0', async () => {
    const orders = functions.create(GATED, { reservedConcurrency: 0 });
    await expect(orders.invoke({})).rejects.toThrow('function orders: rate exceeded, reserved concurrency is 0');
  });

  it('are gone after close, those under way included', async () => {
    const orders = functions.create(`
      require('node:fs').writeFileSync(process.env.PID_FILE, String(process.pid));
      exports.handler = async () => { await new Promise((r) => setTimeout(r, 60_000)); };`,
    { environment: { PID_FILE: path.join(functions.directory({}), 'pid') } });
    const running = orders.invoke({});
    await until(() => existsSync(orders.spec.environment.PID_FILE));
    await orders.close();
    expect((await running).functionError).toBe('Unhandled');
    expect(orders.instanceCount).toBe(0);
    await expect(orders.invoke({})).rejects.toThrow('function orders is closed');
  });
});

describe('what a function sees', () => {
  it('is the request id that the caller gives, as a mapping does for its retries', async () => {
    const orders = functions.create('exports.handler = async (event, context) => context.awsRequestId;');
    const requestId = '6a7a7d45-3d0d-4d1d-a172-5e7a8e00d19e';
    for (let call = 0; call < 2; call++) expect((await orders.invoke({}, requestId)).payload).toBe(JSON.stringify(requestId));
  });

  it('is the context of Lambda', async () => {
    const orders = functions.create(`exports.handler = async (event, context) => ({
      ...context, remaining: context.getRemainingTimeInMillis(),
    });`, { memorySize: 256, timeoutSeconds: 20 });
    const context = JSON.parse((await orders.invoke({})).payload);
    expect(context).toEqual({
      functionName: 'orders',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:orders',
      memoryLimitInMB: '256',
      awsRequestId: expect.stringMatching(/^[\da-f-]{36}$/),
      logGroupName: '/aws/lambda/orders',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][\da-f]{32}$/),
      remaining: expect.any(Number),
    });
    expect(context.remaining).toBeLessThanOrEqual(20_000);
    expect(context.remaining).toBeGreaterThan(0);
  });

  it('is an environment with nothing of this process in it', async () => {
    process.env.LEAKED_SECRET = 'yes';
    try {
      const orders = functions.create('exports.handler = async () => process.env;', {
        environment: { TABLE: 'orders', AWS_REGION: 'eu-nowhere-1' }, logGroupName: 'own-group',
      });
      const credentials = functions.account.credentialsFor(orders.roleArn);
      expect(JSON.parse((await orders.invoke({})).payload)).toEqual({
        TABLE: 'orders',
        LANG: 'en_US.UTF-8',
        PATH: '/usr/local/bin:/usr/bin/:/bin',
        TZ: ':UTC',
        _X_AMZN_TRACE_ID: expect.stringMatching(/^Root=1-/),
        AWS_REGION: 'us-east-1',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        AWS_LAMBDA_FUNCTION_NAME: 'orders',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_LOG_FORMAT: 'Text',
        AWS_LAMBDA_LOG_GROUP_NAME: 'own-group',
        AWS_LAMBDA_LOG_STREAM_NAME: expect.any(String),
        AWS_ENDPOINT_URL_KINESIS: ENDPOINTS.kinesis,
        AWS_ENDPOINT_URL_SQS: ENDPOINTS.sqs,
        AWS_ENDPOINT_URL_SNS: ENDPOINTS.sns,
        AWS_ENDPOINT_URL_S3: ENDPOINTS.s3,
        AWS_ENDPOINT_URL_DYNAMODB: ENDPOINTS.dynamodb,
        AWS_ENDPOINT_URL_DYNAMODB_STREAMS: ENDPOINTS.dynamodb,
        LAMBDA_TASK_ROOT: orders.spec.codeDirectory,
        _HANDLER: 'index.handler',
      });
    } finally {
      delete process.env.LEAKED_SECRET;
    }
  });

  it('is the Node version of its runtime', async () => {
    const orders = functions.create('exports.handler = async () => process.version;');
    expect((await orders.invoke({})).payload).toMatch(/^"v24\./);
  });

  it('is no way to the harness', async () => {
    const orders = functions.create('exports.handler = async () => [typeof process.send, process.env.NODE_CHANNEL_FD];');
    expect((await orders.invoke({})).payload).toBe('["undefined",null]');
  });
});

describe('logs', () => {
  const LOGGING = 'exports.handler = async () => { console.log("out"); console.error("err"); return "a\\nb"; };';
  const stream = expect.stringMatching(/^arn:aws:logs:us-east-1:123456789012:log-group:\/aws\/lambda\/orders:log-stream:\d{4}\//);

  it('hold each line that the function wrote, by the time it has answered', async () => {
    functions.account.logGroups.set('/aws/lambda/orders', new LogGroup());
    const orders = functions.create(LOGGING);
    await orders.invoke({});
    await orders.invoke({});
    const { applicationMessages } = functions.account.logGroups.get('/aws/lambda/orders')!;
    expect(applicationMessages.sort()).toEqual(['err', 'err', 'out', 'out']);
  });

  it.each([
    ['answers', ''],
    ['ends itself', 'process.exit(1);'],
  ])('hold lines that are longer than a pipe, by the time the function %s', async (_, end) => {
    const length = 3_000_000;
    const orders = functions.create(`exports.handler = async () => { console.log("x".repeat(${length})); ${end} };`);
    await orders.invoke({});
    const lengths = functions.account.logGroups.get('/aws/lambda/orders')?.applicationMessages.map((message) => message.length);
    expect(lengths).toContain(length);
  });

  it('are written with the role of the function, the stream created once', async () => {
    functions.account.logGroups.set('/aws/lambda/orders', new LogGroup());
    const orders = functions.create('exports.handler = async () => console.log("out");');
    await orders.invoke({});
    await orders.invoke({});
    const principal = { roleArn: orders.roleArn };
    const [first, ...others] = functions.authorizer.asked;
    expect(first).toEqual({ principal, action: 'logs:CreateLogStream', resource: stream });
    expect(others.length).toBeGreaterThan(0);
    for (const asked of others) expect(asked).toEqual({ principal, action: 'logs:PutLogEvents', resource: stream });
  });

  it('are dropped when the role may not write them', async () => {
    functions.account.logGroups.set('/aws/lambda/orders', new LogGroup());
    functions.authorizer.allow = (action) => action !== 'logs:PutLogEvents';
    expect((await functions.create(LOGGING).invoke({})).functionError).toBeUndefined();
    expect(functions.account.logGroups.get('/aws/lambda/orders')!.events).toEqual([]);
  });

  it('get a group of their own when the role may create it', async () => {
    await functions.create(LOGGING).invoke({});
    expect(functions.account.logGroups.get('/aws/lambda/orders')!.applicationMessages).toHaveLength(2);
  });

  it('are dropped when there is no group and the role may not create it', async () => {
    functions.authorizer.allow = (action) => action !== 'logs:CreateLogGroup';
    await functions.create(LOGGING).invoke({});
    expect(functions.account.logGroups.size).toBe(0);
  });

  it('tell of an error that the function threw', async () => {
    await functions.create('exports.handler = async () => { throw new Error("boom"); };').invoke({});
    const [, { message }] = functions.account.logGroups.get('/aws/lambda/orders')!.events;
    expect(message).toMatch(/^[\dT:.-]+Z\t[\da-f-]{36}\tERROR\tInvoke Error \t\{"errorType":"Error","errorMessage":"boom","stack":\[/);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('an event under way', () => {
  const SOURCE = 'exports.handler = async (event, context) => { console.log(context.awsRequestId); await new Promise((r) => setTimeout(r, event.ms)); };';

  /** The request id, as soon as the handler runs. */
  async function started(): Promise<string> {
    for (;;) {
      const id = UUID.exec([...functions.account.logGroups.values()].flatMap(({ applicationMessages }) => applicationMessages).join(' '));
      if (id) return id[0];
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  const UUID = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/;

  it.each([
    ['SIGKILL', 30, /signal: killed/],
    ['SIGSTOP', 4, /Task timed out after 4.00 seconds/],
  ] as const)('ends by %s as Lambda tells it', async (signal, timeoutSeconds, errorMessage) => {
    const orders = functions.create(SOURCE, { timeoutSeconds });
    const answer = orders.invoke({ ms: 60_000 });
    expect(orders.signal(await started(), signal)).toBe(true);
    const result = await answer;
    expect(result.functionError).toBe('Unhandled');
    expect(failure(result.payload).errorMessage).toMatch(errorMessage);
    expect(orders.instanceCount).toBe(0);
  });

  it('is the only one that a signal reaches', async () => {
    const orders = functions.create(SOURCE);
    await orders.invoke({ ms: 0 });
    expect(orders.signal(await started(), 'SIGKILL')).toBe(false);
    expect(orders.instanceCount).toBe(1);
    expect(orders.processIds).toHaveLength(1);
  });
});

describe('the trace of an invocation', () => {
  it('tells its request id, and changes with it', async () => {
    const orders = functions.create('exports.handler = async (e, context) => [process.env._X_AMZN_TRACE_ID, context.awsRequestId];');
    const traces = [];
    for (let attempt = 0; attempt < 2; attempt++) {
      const [trace, requestId] = JSON.parse((await orders.invoke({})).payload) as [string, string];
      expect(requestIdOf(trace)).toBe(requestId);
      traces.push(trace);
    }
    expect(traces[0]).not.toBe(traces[1]);
  });

  it('of something else is nobody\'s', () => {
    expect(requestIdOf('Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8')).toBeDefined();
    expect(requestIdOf('Self=1')).toBeUndefined();
  });
});
