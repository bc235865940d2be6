import { logGroupNameOf } from '../../../local/functions/function-spec';
import type { FunctionSpec } from '../../../local/functions/lambda-function';
import { TEST_PYTHON } from '../../support/test-python';
import { Functions } from './fixture';

let functions: Functions;
let python: string | undefined;

beforeEach(() => {
  functions = new Functions();
  python = process.env.LOCAL_PYTHON;
  process.env.LOCAL_PYTHON = TEST_PYTHON;
});

afterEach(async () => {
  await functions.clean();
  process.env.LOCAL_PYTHON = python;
  if (python === undefined) delete process.env.LOCAL_PYTHON;
});

const create = (source: string, spec: Partial<FunctionSpec> = {}) =>
  functions.create({ 'index.py': source }, { runtime: 'python3.13', ...spec });

/** What the function wrote, without the lines of the platform and the times. */
function linesOf({ spec }: { readonly spec: FunctionSpec }): string[] {
  const { applicationMessages } = functions.account.logGroups.get(logGroupNameOf(spec))!;
  return applicationMessages.map((it) => it.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, '<time>').trimEnd());
}

describe('functions in Python', () => {
  it('get the event, the context and the environment, and keep their state', async () => {
    const orders = create(`
import os
handled = 0
def handler(event, context):
    global handled
    handled += 1
    return {"event": event, "handled": handled, "name": context.function_name, "id": context.aws_request_id, "of": os.environ["OF"],
            "remaining": 0 < context.get_remaining_time_in_millis() <= 30000, "region": os.environ["AWS_REGION"]}
`, { environment: { OF: 'é' } });
    const expected = { event: { n: 'ü' }, name: 'orders', of: 'é', remaining: true, region: 'us-east-1' };
    for (const [handled, id] of [[1, 'a'], [2, 'b']] as const) {
      const { payload, functionError } = await orders.invoke({ n: 'ü' }, id);
      expect([JSON.parse(payload), functionError]).toEqual([{ ...expected, handled, id }, undefined]);
    }
    expect(orders.instanceCount).toBe(1);
  });

  it('take events of megabytes', async () => {
    const { payload } = await create('def handler(event, context):\n    return len(event)\n').invoke('x'.repeat(5_000_000));
    expect(payload).toBe('5000000');
  });

  it('answer with an error that they raise, and go on', async () => {
    const orders = create('def handler(event, context):\n    return 1 / event\n');
    const { payload, functionError } = await orders.invoke(0, 'id');
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(payload)).toEqual({
      errorMessage: 'division by zero', errorType: 'ZeroDivisionError', requestId: 'id',
      stackTrace: [expect.stringMatching(/^ {2}File ".*index\.py", line 2, in handler\n {4}return 1 \/ event/)],
    });
    const logged = /^\[ERROR\] ZeroDivisionError: division by zero\nTraceback \(most recent call last\):\n {2}File /;
    expect(linesOf(orders)).toEqual([expect.stringMatching(logged)]);
    expect((await orders.invoke(2)).payload).toBe('0.5');
    expect(orders.instanceCount).toBe(1);
  });

  it('log as Lambda does: with the level and the request id by `logging`, and as it is by `print`', async () => {
    const orders = create('import logging\ndef handler(event, context):\n    print("plain")\n    logging.getLogger().warning("of %s\\nlines", 2)\n');
    await orders.invoke({}, 'id');
    expect(linesOf(orders)).toEqual(['plain', '[WARNING]\t<time>\tid\tof 2\nlines']);
  });

  it('log JSON where the log format is JSON', async () => {
    const orders = create('import logging\ndef handler(event, context):\n    logging.getLogger().info("hello")\n    raise KeyError("quantity")\n', { logFormat: 'JSON' });
    await orders.invoke({}, 'id');
    const [logged, failed] = linesOf(orders).map((it) => JSON.parse(it)).filter(({ type }) => !type);
    expect(logged).toEqual({ timestamp: '<time>', level: 'INFO', message: 'hello', logger: 'root', requestId: 'id' });
    expect(failed).toMatchObject({ log_level: 'ERROR', errorType: 'KeyError', errorMessage: "'quantity'" });
  });

  it.each([
    ['a module that is missing', 'other.handler', { errorType: 'Runtime.ImportModuleError', errorMessage: "Unable to import module 'other': No module named 'other'" }],
    ['a function that is missing', 'index.other', { errorType: 'Runtime.HandlerNotFound', errorMessage: "Handler 'other' missing on module 'index'" }],
    ['no function', 'index', { errorType: 'Runtime.MalformedHandlerName', errorMessage: expect.stringContaining("Bad handler 'index'") }],
  ])('fail with a handler that names %s', async (_, handler, error) => {
    const { payload, functionError } = await create('def handler(event, context):\n    pass\n', { handler }).invoke({});
    expect([JSON.parse(payload), functionError]).toEqual([error, 'Unhandled']);
  });

  it('fail when their answer is no JSON', async () => {
    const { payload } = await create('def handler(event, context):\n    return {1, 2}\n').invoke({});
    expect(JSON.parse(payload)).toMatchObject({ errorType: 'Runtime.MarshalError' });
  });

  it('time out, and end when their process does', async () => {
    const slow = create('import time\ndef handler(event, context):\n    time.sleep(600)\n', { timeoutSeconds: 1 });
    expect(JSON.parse((await slow.invoke({}, 'id')).payload).errorMessage).toMatch(/ id Task timed out after 1\.00 seconds$/);
    const gone = create('import os\ndef handler(event, context):\n    os._exit(3)\n');
    expect(JSON.parse((await gone.invoke({}, 'id')).payload)).toEqual({
      errorType: 'Runtime.ExitError', errorMessage: 'RequestId: id Error: Runtime exited with error: exit status 3',
    });
  });
});
