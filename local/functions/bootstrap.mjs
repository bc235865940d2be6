// Runs inside a function's child process, in the place of Lambda's Node runtime. Plain JavaScript for the Node binary
// that runs functions. Events and answers travel over the IPC channel; stdout and stderr belong to the function.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { patchConsole } from './console.mjs';

const require = createRequire(import.meta.url);
const root = process.env.LAMBDA_TASK_ROOT;
const channel = process.channel;
const sendMessage = process.send.bind(process);
// Not `disconnect`: Node itself calls it when the parent is gone.
delete process.send;

// As on Lambda, a line is written by the time `console.log` returns: however long it is, no answer and no exit overtakes it.
for (const { _handle: pipe } of [process.stdout, process.stderr]) pipe?.setBlocking(true);

const send = (message) => new Promise((resolve) => sendMessage(message, resolve));

function named(name, message, stack) {
  const error = new Error(message);
  error.name = name;
  if (stack) error.stack = stack;
  return error;
}

/** An error as Lambda reports it. */
function report(error) {
  try {
    if (error instanceof Error) {
      return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    };
  }
}

function isModule(file) {
  if (file.endsWith('.mjs')) return true;
  if (file.endsWith('.cjs')) return false;
  for (let folder = path.dirname(file); folder.startsWith(root); folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (fs.existsSync(manifest)) return JSON.parse(fs.readFileSync(manifest, 'utf8')).type === 'module';
  }
  return false;
}

async function load(folder, name) {
  const base = path.resolve(root, folder, name);
  for (const extension of ['', '.js', '.mjs', '.cjs']) {
    const file = base + extension;
    if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
      return isModule(file) ? import(pathToFileURL(file).href) : require(file);
    }
  }
  return require(require.resolve(name, { paths: [root, path.join(root, folder)] }));
}

async function loadHandler(handlerString) {
  if (handlerString.includes('..')) {
    throw named('Runtime.MalformedHandlerName', `'${handlerString}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const base = path.basename(handlerString);
  const folder = handlerString.slice(0, handlerString.indexOf(base)).replace(/\/$/, '');
  const [, file, exported] = /^([^.]*)\.(.*)$/.exec(base) ?? [];
  if (file === undefined) throw named('Runtime.MalformedHandlerName', 'Bad handler');

  let loaded;
  try {
    loaded = await load(folder, file);
  } catch (error) {
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', String(error), error.stack);
    if (['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error?.code)) throw named('Runtime.ImportModuleError', String(error));
    throw error;
  }
  const find = (from) => exported.split('.').reduce((value, key) => value?.[key], from);
  const handler = find(loaded) ?? find(loaded?.default);
  if (!handler) throw named('Runtime.HandlerNotFound', `${handlerString} is undefined or not exported`);
  if (typeof handler !== 'function') throw named('Runtime.HandlerNotFound', `${handlerString} is not a function`);
  if (handler.length >= 3) {
    throw named(
      'Runtime.CallbackHandlerDeprecated',
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    );
  }
  return handler;
}

/** Id of the invocation under way. */
let current;
const logError = patchConsole(() => current);

async function fail(error, label, fatal = false) {
  const id = current;
  logError(label, report(error));
  current = undefined;
  channel.ref();
  await send({ type: 'error', id, fatal, payload: JSON.stringify(report(error)) });
}

async function invoke(handler, { id, traceId, payload, context, deadline }) {
  current = id;
  process.env._X_AMZN_TRACE_ID = traceId;
  // The channel must not keep the event loop alive: an empty loop with an open promise is an error, not a timeout.
  channel.unref();
  try {
    const result = await handler(JSON.parse(payload), {
      ...context,
      awsRequestId: id,
      getRemainingTimeInMillis: () => deadline - Date.now(),
    });
    let answer;
    try {
      answer = JSON.stringify(result === undefined ? null : result) ?? 'null';
    } catch {
      throw named('Runtime.JSONStringifyError', 'Unable to stringify response body');
    }
    await new Promise((resolve) => setImmediate(resolve));
    if (current !== id) return;
    current = undefined;
    channel.ref();
    await send({ type: 'result', id, payload: answer });
  } catch (error) {
    if (current === id) await fail(error, 'Invoke Error');
  }
}

async function die(error, label, code) {
  await fail(error, label, true);
  process.exit(code);
}

process.on('disconnect', () => process.exit(1));
process.on('uncaughtException', (error) => die(error, 'Uncaught Exception', 129));
process.on('unhandledRejection', (reason) =>
  die(named('Runtime.UnhandledPromiseRejection', String(reason), reason?.stack), 'Unhandled Promise Rejection', 128));
process.on('beforeExit', () => {
  if (current === undefined) return;
  die(
    named('Runtime.NodeJsExit', 'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled.'),
    'Invoke Error',
    13,
  );
});

try {
  const handler = await loadHandler(process.env._HANDLER);
  process.on('message', (message) => invoke(handler, message));
  await send({ type: 'ready' });
} catch (error) {
  await die(error, 'Init Error', 1);
}
