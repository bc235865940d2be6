import { invocation, jsonInvocation, type LogCase, REQUEST_ID, TIME } from './log-case';

const CONTEXT = { timestamp: TIME, service: 'orders', cold_start: false, function_name: 'orders', function_request_id: REQUEST_ID, xray_trace_id: '1-6-7' };
const NODE_STACK = 'OrderError: no quantity\n    at total (/var/task/index.js:3:9)\n    at handler (/var/task/index.js:1:1)';
const NODE_FRAMES = ['at total (/var/task/index.js:3:9)', 'at handler (/var/task/index.js:1:1)'];
const PYTHON_FRAMES = ['File "/var/task/app.py", line 12, in handler'];
const PYTHON_TRACE = `Traceback (most recent call last):\n  ${PYTHON_FRAMES[0]}\n    total(record)\nKeyError: 'quantity'`;

export const POWERTOOLS: readonly LogCase[] = [
  {
    what: 'TypeScript: an error and its cause',
    log: jsonInvocation({ level: 'ERROR', message: 'record 2 failed', ...CONTEXT, error: { name: 'OrderError', location: '/var/task/index.js:3', message: 'no quantity', stack: NODE_STACK, cause: { name: 'TypeError', message: 'not a number', stack: '' } } }),
    error: { type: 'OrderError', message: 'no quantity', stack: [...NODE_FRAMES, 'Caused by: TypeError: not a number'] },
    needsWholeAttempt: true,
  },
  {
    what: 'TypeScript: an error under a key of one\'s own, with the stack as a list',
    log: jsonInvocation({ level: 'CRITICAL', message: 'failed', ...CONTEXT, reason: { name: 'OrderError', location: '', message: 'no quantity', stack: NODE_STACK.split('\n') } }),
    error: { type: 'OrderError', message: 'no quantity', stack: NODE_FRAMES },
    needsWholeAttempt: true,
  },
  {
    what: 'TypeScript: a line of Powertools in a text log, and then the error of the runtime',
    log: invocation(
      JSON.stringify({ level: 'ERROR', message: 'record 2 failed', ...CONTEXT, error: { name: 'OrderError', message: 'no quantity', stack: NODE_STACK } }),
      `${TIME}\t${REQUEST_ID}\tERROR\tInvoke Error \t${JSON.stringify({ errorType: 'FullBatchFailureError', errorMessage: 'All records failed processing. See individual errors below.', stack: [] })}\n`,
    ),
    error: { type: 'FullBatchFailureError', message: 'All records failed processing. See individual errors below.' },
    needsWholeAttempt: false,
  },
  {
    what: 'TypeScript: a text alone, and an error at the level WARN',
    log: jsonInvocation({ level: 'ERROR', message: 'record 2 is rejected', ...CONTEXT }, { level: 'WARN', message: 'slow', ...CONTEXT, error: { name: 'X', message: 'y' } }),
    error: { type: 'Error', message: 'record 2 is rejected' },
    needsWholeAttempt: true,
  },
  {
    what: 'Python: an exception',
    log: jsonInvocation({ level: 'ERROR', location: 'handler:14', message: 'record 2 failed', ...CONTEXT, exception: PYTHON_TRACE, exception_name: 'KeyError', stack_trace: { type: 'KeyError', value: "'quantity'", module: 'builtins', frames: [{ file: '/var/task/app.py', line: 12, function: 'handler', statement: 'total(record)' }] } }),
    error: { type: 'KeyError', message: "'quantity'", stack: PYTHON_FRAMES },
    needsWholeAttempt: true,
  },
  {
    what: 'Python: an exception without the stack trace as an object',
    log: jsonInvocation({ level: 'ERROR', message: 'record 2 failed', ...CONTEXT, exception: PYTHON_TRACE, exception_name: 'KeyError' }),
    error: { type: 'KeyError', message: "'quantity'", stack: PYTHON_FRAMES },
    needsWholeAttempt: true,
  },
  {
    what: 'Java: an exception',
    log: jsonInvocation({ level: 'ERROR', message: 'record 2 failed', ...CONTEXT, error: { message: 'no quantity', name: 'com.example.OrderException', stack: 'com.example.OrderException: no quantity\n\tat com.example.Handler.handle(Handler.java:12)\nCaused by: java.io.IOException: refused\n\t... 1 more\n' } }),
    error: { type: 'com.example.OrderException', message: 'no quantity', stack: ['at com.example.Handler.handle(Handler.java:12)', 'Caused by: java.io.IOException: refused'] },
    needsWholeAttempt: true,
  },
  {
    what: 'Java: the Elastic Common Schema',
    log: jsonInvocation({ '@timestamp': TIME, 'log.level': 'ERROR', 'message': 'record 2 failed', 'error.type': 'com.example.OrderException', 'error.message': 'no quantity', 'error.stack_trace': 'com.example.OrderException: no quantity\n\tat com.example.Handler.handle(Handler.java:12)', 'faas.execution': REQUEST_ID }),
    error: { type: 'com.example.OrderException', message: 'no quantity', stack: ['at com.example.Handler.handle(Handler.java:12)'] },
  },
  {
    what: '.NET: an exception and its inner one, in snake case',
    log: jsonInvocation({ level: 'Error', message: 'record 2 failed', ...CONTEXT, exception: { type: 'Example.OrderException', message: 'no quantity', source: 'Orders', stack_trace: '   at Example.Orders.Total(Order order) in /src/Orders.cs:line 31', inner_exception: { type: 'System.IO.IOException', message: 'refused' } } }),
    error: { type: 'Example.OrderException', message: 'no quantity', stack: ['at Example.Orders.Total(Order order) in /src/Orders.cs:line 31', 'Caused by: System.IO.IOException: refused'] },
    needsWholeAttempt: true,
  },
  {
    what: '.NET: an exception in Pascal case',
    log: jsonInvocation({ Level: 'Error', Message: 'record 2 failed', FunctionRequestId: REQUEST_ID, Exception: { Type: 'Example.OrderException', Message: 'no quantity', StackTrace: '   at Example.Orders.Total(Order order)' } }),
    error: { type: 'Example.OrderException', message: 'no quantity', stack: ['at Example.Orders.Total(Order order)'] },
    needsWholeAttempt: true,
  },
];
