import { invocation, jsonInvocation, type LogCase, REQUEST_ID, report, TIME } from './log-case';

const NBSP = '\u00a0';
const FRAMES = ['File "/var/task/app.py", line 12, in handler', 'File "/var/task/app.py", line 30, in total'];
const TRACE = [
  'Traceback (most recent call last):',
  `${NBSP}${NBSP}${FRAMES[0]}`, `${NBSP.repeat(4)}total(record)`,
  `${NBSP}${NBSP}${FRAMES[1]}`, `${NBSP.repeat(4)}return record["quantity"] * record["price"]`, `${NBSP.repeat(11)}~~~~~~^^^^^^^^^^^^`,
];
const KEY_ERROR = { type: 'KeyError', message: "'quantity'", stack: FRAMES };

export const PYTHON: readonly LogCase[] = [
  { what: 'text: an exception that the handler raises, with carriage returns', log: invocation(`[ERROR] KeyError: 'quantity'\r${TRACE.join('\r')}\n`), error: KEY_ERROR },
  { what: 'text: an exception that the handler raises, with line breaks', log: invocation(`[ERROR] KeyError: 'quantity'\n${TRACE.join('\n')}`), error: KEY_ERROR },
  { what: 'text: an exception without a message', log: invocation(`[ERROR] AssertionError\r${TRACE.join('\r')}\n`), error: { type: 'AssertionError', message: '', stack: FRAMES } },
  {
    what: 'text: a message of several lines',
    log: invocation(`[ERROR] ValidationError: 2 errors\r  quantity: missing\r  price: missing\r${TRACE.join('\r')}\n`),
    error: { type: 'ValidationError', message: '2 errors\n  quantity: missing\n  price: missing', stack: FRAMES },
  },
  {
    what: 'text: a message that quotes a traceback',
    log: invocation(`[ERROR] RuntimeError: worker said:\nTraceback (most recent call last):\n  File "/var/task/w.py", line 1, in f\nOSError: gone\n${TRACE.join('\n')}`),
    error: { type: 'RuntimeError', stack: FRAMES, message: 'worker said:\nTraceback (most recent call last):\n  File "/var/task/w.py", line 1, in f\nOSError: gone' },
  },
  {
    what: 'text: the lines that name the request id say nothing of it',
    log: invocation(),
    error: undefined,
    needsWholeAttempt: true,
  },
  {
    what: 'text: a logged exception, where the handler raises none',
    log: invocation(`[ERROR]\t${TIME}\t${REQUEST_ID}\trecord 2 failed\nTraceback (most recent call last):\n  ${FRAMES[0]}\n    total(record)\n  ${FRAMES[1]}\n    return 1\nKeyError: 'quantity'\n`),
    error: KEY_ERROR,
    needsWholeAttempt: true,
  },
  {
    what: 'text: a logged chain of exceptions, of which the last one counts',
    log: invocation(`[ERROR]\t${TIME}\t${REQUEST_ID}\tfailed\nTraceback (most recent call last):\n  ${FRAMES[0]}\n    x\nValueError: first\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  ${FRAMES[1]}\n    y\nKeyError: 'quantity'\n`),
    error: { ...KEY_ERROR, stack: [FRAMES[1]] },
    needsWholeAttempt: true,
  },
  {
    what: 'text: a traceback that the function prints, one event a line, and then exits',
    log: [...invocation('Traceback (most recent call last):\n', `  ${FRAMES[0]}\n`, '    total(record)\n', "KeyError: 'quantity'\n").slice(0, -1), report('Status: error\tError Type: Runtime.ExitError')],
    error: { ...KEY_ERROR, stack: [FRAMES[0]] },
  },
  {
    what: 'text: logged text, and then the exception',
    log: invocation(`[ERROR]\t${TIME}\t${REQUEST_ID}\tgiving up\n`, `[ERROR] KeyError: 'quantity'\r${TRACE.join('\r')}\n`),
    error: KEY_ERROR,
  },
  {
    what: 'text: a module that is missing',
    log: [
      `[WARNING]\t${TIME}\t\tLAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code.\n`,
      "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'requests'\rTraceback (most recent call last):\n",
      'INIT_REPORT Init Duration: 137.69 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError\n',
      'INIT_REPORT Init Duration: 83.58 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError\n',
      invocation()[0], 'Unknown application error occurred\nRuntime.ImportModuleError\n', ...invocation().slice(1),
    ],
    error: { type: 'Runtime.ImportModuleError', message: "Unable to import module 'app': No module named 'requests'", stack: [] },
  },
  {
    what: 'text: a handler that the module does not have',
    log: invocation("[ERROR] Runtime.HandlerNotFound: Handler 'main' missing on module 'app'\n", 'Unknown application error occurred\nRuntime.HandlerNotFound\n'),
    error: { type: 'Runtime.HandlerNotFound', message: "Handler 'main' missing on module 'app'" },
  },
  {
    what: 'JSON: an exception that the handler raises',
    log: jsonInvocation({ timestamp: TIME, log_level: 'ERROR', errorMessage: "'quantity'", errorType: 'KeyError', requestId: REQUEST_ID, stackTrace: FRAMES.map((frame) => `  ${frame}\n    code\n`) }),
    error: KEY_ERROR,
    needsWholeAttempt: false,
  },
  {
    what: 'JSON: a logged exception, where the handler raises none',
    log: jsonInvocation({ timestamp: TIME, level: 'ERROR', message: 'record 2 failed', logger: 'root', stackTrace: FRAMES.map((frame) => `  ${frame}\n    code\n`), errorType: 'KeyError', errorMessage: "'quantity'", requestId: REQUEST_ID, location: '/var/task/app.py:handler:14' }),
    error: KEY_ERROR,
    needsWholeAttempt: true,
  },
  {
    what: 'JSON: a logged exception, and then the one that the handler raises',
    log: jsonInvocation(
      { timestamp: TIME, level: 'ERROR', message: 'retrying', errorType: 'TimeoutError', errorMessage: 'slow', stackTrace: [], requestId: REQUEST_ID },
      { timestamp: TIME, log_level: 'ERROR', errorMessage: "'quantity'", errorType: 'KeyError', requestId: REQUEST_ID, stackTrace: FRAMES.map((frame) => `  ${frame}\n    code\n`) },
      { timestamp: TIME, level: 'INFO', message: 'closed', requestId: REQUEST_ID },
    ),
    error: KEY_ERROR,
    needsWholeAttempt: false,
  },
  {
    what: 'JSON: text that the function logs',
    log: jsonInvocation({ timestamp: TIME, level: 'CRITICAL', message: 'no table', logger: 'root', requestId: REQUEST_ID }),
    error: { type: 'Error', message: 'no table' },
    needsWholeAttempt: true,
  },
];
