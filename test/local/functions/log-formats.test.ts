import type { FunctionSpec } from '../../../local/functions/lambda-function';
import { Functions } from './fixture';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ID = '11111111-2222-4333-8444-555555555555';

let functions: Functions;

beforeEach(() => {
  functions = new Functions();
});
afterEach(async () => functions.clean());

/** The messages of one invocation, in order. */
async function logOf(handler: string, spec: Partial<FunctionSpec> = {}): Promise<string[]> {
  await functions.create(`exports.handler = async () => { ${handler} };`, spec).invoke({}, ID);
  return functions.account.logGroups.get('/aws/lambda/orders')!.events.map(({ message }) => message);
}

const objects = (messages: readonly string[]) => messages.map((message) => JSON.parse(message) as Record<string, unknown>);

describe('text', () => {
  it('has the time, the request id and the level before a message, between the lines of Lambda', async () => {
    const [start, info, warn, end, report, ...others] = await logOf('console.log("order %d", 7, { a: 1 }); console.warn("two\\nlines");');
    expect(start).toBe(`START RequestId: ${ID} Version: $LATEST`);
    expect(info.split('\t')).toEqual([expect.stringMatching(TIME), ID, 'INFO', 'order 7 { a: 1 }']);
    expect(warn.split('\t').slice(1)).toEqual([ID, 'WARN', 'two\nlines']);
    expect(end).toBe(`END RequestId: ${ID}`);
    expect(report).toMatch(new RegExp(`^REPORT RequestId: ${ID}\\tDuration: [\\d.]+ ms\\tBilled Duration: \\d+ ms\\tMemory Size: 128 MB$`));
    expect(others).toEqual([]);
  });

  it('has what is written past the console as it is', async () => {
    expect(await logOf('process.stdout.write("{}\\n");')).toContain('{}');
  });

  it('has the error that ended the invocation, with its stack, in one message', async () => {
    const [, error, , report] = await logOf('throw new TypeError("no quantity");');
    const [, id, level, label, json] = error.split('\t');
    expect([id, level, label]).toEqual([ID, 'ERROR', 'Invoke Error ']);
    expect(JSON.parse(json)).toEqual({ errorType: 'TypeError', errorMessage: 'no quantity', stack: expect.arrayContaining(['TypeError: no quantity']) });
    expect(report).toMatch(/\tStatus: error\tError Type: TypeError$/);
  });

  it('says that time ran out, and that the process ended', async () => {
    expect(await logOf('await new Promise(() => setTimeout(() => {}, 60_000));', { timeoutSeconds: 1 })).toEqual([
      expect.stringMatching(/^START /), expect.stringMatching(new RegExp(`^\\S+ ${ID} Task timed out after 1.00 seconds$`)),
      expect.stringMatching(/^END /), expect.stringMatching(/\tStatus: timeout$/),
    ]);
    expect((await logOf('process.exit(3);')).slice(-3)).toEqual([
      `RequestId: ${ID} Error: Runtime exited with error: exit status 3\nRuntime.ExitError`,
      expect.stringMatching(/^END /), expect.stringMatching(/\tStatus: error\tError Type: Runtime.ExitError$/),
    ]);
  });
});

describe('JSON', () => {
  const logFormat = 'JSON';

  it('has an object for each call of the console, and for the start and the end', async () => {
    const [start, text, object, several, report, ...others] = objects(await logOf(
      'console.log("plain"); console.warn({ order: 7 }); console.error("failed", new RangeError("big"));', { logFormat },
    ));
    expect(start).toEqual({ time: expect.stringMatching(TIME), type: 'platform.start', record: { requestId: ID, version: '$LATEST' } });
    expect(text).toEqual({ timestamp: expect.stringMatching(TIME), level: 'INFO', requestId: ID, message: 'plain' });
    expect(object).toMatchObject({ level: 'WARN', message: { order: 7 } });
    expect(several).toMatchObject({ level: 'ERROR', errorType: 'RangeError', errorMessage: 'big', message: expect.stringMatching(/^failed RangeError: big/) });
    expect(report).toMatchObject({ type: 'platform.report', record: { requestId: ID, status: 'success', metrics: { memorySizeMB: 128 } } });
    expect(others).toEqual([]);
  });

  it('has the error that ended the invocation as a message', async () => {
    const [, error, report] = objects(await logOf('throw new TypeError("no quantity");', { logFormat }));
    expect(error).toMatchObject({
      level: 'ERROR', requestId: ID, message: { errorType: 'TypeError', errorMessage: 'no quantity', stackTrace: expect.any(Array) },
    });
    expect(report).toMatchObject({ record: { status: 'error', errorType: 'TypeError' } });
  });

  it('says in the report alone that time ran out', async () => {
    const [start, report, ...others] = objects(await logOf('await new Promise(() => setTimeout(() => {}, 60_000));', { logFormat, timeoutSeconds: 1 }));
    expect([start.type, report.type, (report.record as { status: string }).status, others]).toEqual(['platform.start', 'platform.report', 'timeout', []]);
  });

  it('leaves out debug messages by default', async () => {
    const messages = await logOf('console.debug(1); console.trace(2); console.info(3);', { logFormat });
    expect(objects(messages).flatMap(({ message }) => message ?? [])).toEqual([3]);
  });

  it('leaves out what is less severe than the level of the function', async () => {
    const messages = await logOf('console.debug(1); console.log(2); console.warn(3); console.error(4);', { logFormat, logLevel: 'WARN' });
    expect(objects(messages).flatMap(({ message }) => message ?? [])).toEqual([3, 4]);
  });
});

test('each instance has its own log stream', async () => {
  const orders = functions.create('exports.handler = async () => new Promise((resolve) => setTimeout(resolve, 50));');
  await Promise.all([orders.invoke({}), orders.invoke({})]);
  const group = functions.account.logGroups.get('/aws/lambda/orders')!;
  expect(group.streams.size).toBe(2);
  expect(new Set(group.events.map(({ logStreamName }) => logStreamName))).toEqual(new Set(group.streams.keys()));
});
