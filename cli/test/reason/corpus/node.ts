import { invocation, jsonInvocation, type LogCase, OTHER_ID, report, REQUEST_ID, TIME } from './log-case';

const STACK = ['at check (file:///var/task/index.mjs:15:11)', 'at handler (file:///var/task/index.mjs:8:5)', 'at Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:1205:29)'];
const LOGGED_STACK = ['Error: order 7 has no quantity', ...STACK.map((frame) => `    ${frame}`)];
const QUANTITY = { type: 'Error', message: 'order 7 has no quantity', stack: STACK };

function text(level: string, message: string, id: string = REQUEST_ID): string {
  return `${TIME}\t${id}\t${level}\t${message}\n`;
}

function json(level: string, message: unknown, more: object = {}): object {
  return { timestamp: TIME, level, requestId: REQUEST_ID, message, ...more };
}

function invokeError(error: object, label = 'Invoke Error'): string {
  return text('ERROR', `${label} \t${JSON.stringify(error)}`);
}

export const NODE: readonly LogCase[] = [
  {
    what: 'text: an error that the handler throws',
    log: invocation(text('INFO', 'batch of 3'), invokeError({ errorType: 'Error', errorMessage: QUANTITY.message, stack: LOGGED_STACK })),
    error: QUANTITY,
    needsWholeAttempt: false,
  },
  {
    what: 'text: an error with further properties and a message of several lines',
    log: invocation(invokeError({ errorType: 'ValidationError', errorMessage: 'two fields:\n- a\n- b', code: 'E_VALID', details: { at: 1 }, stack: ['ValidationError: two fields:', '- a', '- b', '    at parse (/var/task/parse.js:3:9)'] })),
    error: { type: 'ValidationError', message: 'two fields:\n- a\n- b', stack: ['at parse (/var/task/parse.js:3:9)'] },
    needsWholeAttempt: false,
  },
  {
    what: 'text: an exception that nothing caught',
    log: invocation(invokeError({ errorType: 'TypeError', errorMessage: "Cannot read properties of undefined (reading 'id')", stack: ["TypeError: Cannot read properties of undefined (reading 'id')", '    at Timeout._onTimeout (/var/task/timer.js:9:13)'] }, 'Uncaught Exception')),
    error: { type: 'TypeError', message: "Cannot read properties of undefined (reading 'id')", stack: ['at Timeout._onTimeout (/var/task/timer.js:9:13)'] },
    needsWholeAttempt: false,
  },
  {
    what: 'text: a rejected promise that nothing handled',
    log: invocation(invokeError({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Error: connection lost', reason: { errorType: 'Error' }, promise: {}, stack: ['Runtime.UnhandledPromiseRejection: Error: connection lost', '    at process.<anonymous> (file:///var/runtime/index.mjs:1448:17)'] }, 'Unhandled Promise Rejection')),
    error: { type: 'Runtime.UnhandledPromiseRejection', message: 'Error: connection lost' },
    needsWholeAttempt: false,
  },
  {
    what: 'text: an error that the function logs does not hide the one that it throws later',
    log: invocation(
      text('ERROR', 'Error: first try\r    at call (/var/task/call.js:4:7)'),
      invokeError({ errorType: 'Error', errorMessage: QUANTITY.message, stack: LOGGED_STACK }),
    ),
    error: QUANTITY,
    needsWholeAttempt: false,
  },
  {
    what: 'text: an error that the function logs, where it throws none',
    log: invocation(text('ERROR', `${LOGGED_STACK.join('\r')} {\r  code: 'E_ORDER'\r}`)),
    error: { ...QUANTITY, stack: STACK },
    needsWholeAttempt: true,
  },
  {
    what: 'text: words in front of an error that the function logs',
    log: invocation(text('ERROR', 'record 2 failed: RangeError: offset out of range\r    at seek (/var/task/seek.js:2:3)')),
    error: { type: 'RangeError', message: 'offset out of range', stack: ['at seek (/var/task/seek.js:2:3)'] },
    needsWholeAttempt: true,
  },
  {
    what: 'text: plain text at the level ERROR',
    log: invocation(text('WARN', 'slow'), text('ERROR', 'record 2 is rejected'), text('INFO', 'done')),
    error: { type: 'Error', message: 'record 2 is rejected', stack: [] },
    needsWholeAttempt: true,
  },
  {
    what: 'text: an object at the level ERROR',
    log: invocation(text('ERROR', `failed ${JSON.stringify({ error: { name: 'ConditionalCheckFailedException', message: 'The conditional request failed', stack: 'ConditionalCheckFailedException: The conditional request failed\n    at put (/var/task/put.js:1:1)' } })}`)),
    error: { type: 'ConditionalCheckFailedException', message: 'The conditional request failed', stack: ['at put (/var/task/put.js:1:1)'] },
    needsWholeAttempt: true,
  },
  { what: 'text: no error at all', log: invocation(text('INFO', 'all is well: Error handling is on')), error: undefined, needsWholeAttempt: true },
  {
    what: 'text: a module that is missing, found as the function is loaded',
    log: [
      'INIT_START Runtime Version: nodejs:24.v10\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:0000\n',
      `${TIME}\tundefined\tERROR\tUncaught Exception \t${JSON.stringify({ errorType: 'Runtime.ImportModuleError', errorMessage: "Error: Cannot find module 'left-pad'\nRequire stack:\n- /var/task/index.js", stack: ['Runtime.ImportModuleError: Error: Cannot find module \'left-pad\'', 'Require stack:', '- /var/task/index.js', '    at loadFunction (file:///var/runtime/index.mjs:1005:15)'] })}\n`,
      'INIT_REPORT Init Duration: 210.12 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError\n',
      ...invocation().slice(0, 2),
      report('Status: error\tError Type: Runtime.ImportModuleError'),
    ],
    error: { type: 'Runtime.ImportModuleError', message: "Error: Cannot find module 'left-pad'\nRequire stack:\n- /var/task/index.js", stack: ['at loadFunction (file:///var/runtime/index.mjs:1005:15)'] },
  },
  {
    what: 'text: an open promise at the end of the process',
    log: invocation(invokeError({ errorType: 'Runtime.NodeJsExit', errorMessage: 'The Lambda runtime client detected an unexpected Node.js exit code.', stack: ['Runtime.NodeJsExit: The Lambda runtime client detected an unexpected Node.js exit code.'] })),
    error: { type: 'Runtime.NodeJsExit', message: 'The Lambda runtime client detected an unexpected Node.js exit code.', stack: [] },
    needsWholeAttempt: false,
  },
  {
    what: 'text: the heap is full',
    log: [...invocation(
      '<--- Last few GCs --->\n', '\n', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n', '----- Native stack trace -----\n',
    ).slice(0, -1), report('Status: error\tError Type: Runtime.ExitError')],
    error: { type: 'FATAL ERROR', message: 'Reached heap limit Allocation failed - JavaScript heap out of memory' },
  },
  {
    what: 'JSON: an error that the handler throws',
    log: jsonInvocation(json('INFO', 'batch of 3'), json('ERROR', { errorType: 'Error', errorMessage: QUANTITY.message, stackTrace: LOGGED_STACK })),
    error: QUANTITY,
    needsWholeAttempt: false,
  },
  {
    what: 'JSON: an error that the function logs with words',
    log: jsonInvocation(json('ERROR', `record 2: ${LOGGED_STACK.join('\n')}`, { errorType: 'Error', errorMessage: QUANTITY.message, stackTrace: LOGGED_STACK })),
    error: QUANTITY,
    needsWholeAttempt: true,
  },
  {
    what: 'JSON: plain text at the level ERROR',
    log: jsonInvocation(json('ERROR', 'record 2 is rejected'), json('INFO', { errorType: 'Error', errorMessage: 'not this one' })),
    error: { type: 'Error', message: 'record 2 is rejected' },
    needsWholeAttempt: true,
  },
  {
    what: 'JSON: lines of other invocations between those of this one',
    log: [
      ...jsonInvocation(json('ERROR', { errorType: 'Error', errorMessage: QUANTITY.message, stackTrace: LOGGED_STACK })).slice(0, 2),
      JSON.stringify({ timestamp: TIME, level: 'ERROR', requestId: OTHER_ID, message: { errorType: 'Error', errorMessage: 'of another' } }),
    ],
    error: QUANTITY,
  },
  {
    what: 'text: lines of other invocations before and after',
    log: [
      `START RequestId: ${OTHER_ID} Version: $LATEST\n`, text('ERROR', 'before', OTHER_ID), '[ERROR] KeyError: \'before\'\rTraceback (most recent call last):\n', `END RequestId: ${OTHER_ID}\n`, report('', OTHER_ID),
      ...invocation(invokeError({ errorType: 'Error', errorMessage: QUANTITY.message, stack: LOGGED_STACK })),
      `START RequestId: ${OTHER_ID} Version: $LATEST\n`, text('ERROR', 'after', OTHER_ID), 'Error: after\n    at x (/var/task/x.js:1:1)\n',
    ],
    error: QUANTITY,
  },
  {
    what: 'text: two attempts with one request id, of which the last one counts',
    log: [
      ...invocation(invokeError({ errorType: 'Error', errorMessage: 'throttled', stack: [] })),
      ...invocation(invokeError({ errorType: 'Error', errorMessage: QUANTITY.message, stack: LOGGED_STACK })),
    ],
    error: QUANTITY,
    needsWholeAttempt: false,
  },
  {
    what: 'text: lines with the request id alone, as a search for it finds them, without START',
    log: [invokeError({ errorType: 'Error', errorMessage: QUANTITY.message, stack: LOGGED_STACK })],
    error: QUANTITY,
    needsWholeAttempt: false,
  },
];
