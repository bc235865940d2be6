import { invocation, jsonInvocation, type LogCase, REQUEST_ID, report, TIME } from './log-case';

const FRAMES = ['at com.example.Orders.total(Orders.java:31)', 'at com.example.Handler.handleRequest(Handler.java:12)', 'at java.base/java.util.ArrayList.forEach(Unknown Source)'];
const TRACE = ['java.lang.IllegalStateException: no quantity', ...FRAMES.map((frame) => `\t${frame}`)];
const ILLEGAL = { type: 'java.lang.IllegalStateException', message: 'no quantity', stack: FRAMES };
const REPORTED = ['no quantity: java.lang.IllegalStateException', ...TRACE, ''];

export const JAVA: readonly LogCase[] = [
  { what: 'text: an exception that the handler throws', log: invocation(`${REPORTED.join('\n')}\n`), error: ILLEGAL },
  { what: 'text: the same, one event a line', log: invocation(...REPORTED.map((line) => `${line}\n`)), error: ILLEGAL },
  {
    what: 'text: causes',
    log: invocation(['java.io.IOException: refused: java.lang.RuntimeException', 'java.lang.RuntimeException: java.io.IOException: refused', `\t${FRAMES[0]}`, 'Caused by: java.io.IOException: refused', '\tat com.example.Client.call(Client.java:9)', '\t... 4 more', ''].join('\n')),
    error: { type: 'java.lang.RuntimeException', message: 'java.io.IOException: refused', stack: [FRAMES[0], 'Caused by: java.io.IOException: refused', 'at com.example.Client.call(Client.java:9)'] },
  },
  {
    what: 'text: an exception without a message',
    log: invocation(`java.lang.NullPointerException: java.lang.NullPointerException\njava.lang.NullPointerException\n\t${FRAMES[0]}\n\n`),
    error: { type: 'java.lang.NullPointerException', message: 'java.lang.NullPointerException', stack: [FRAMES[0]] },
  },
  {
    what: 'text: a message of several lines',
    log: invocation(`first\nsecond: com.example.OrderError\ncom.example.OrderError: first\nsecond\n\t${FRAMES[0]}\n`),
    error: { type: 'com.example.OrderError', message: 'first\nsecond', stack: [FRAMES[0]] },
  },
  {
    what: 'text: a class that is missing',
    log: invocation('Class not found: com.example.Handlr: java.lang.ClassNotFoundException\njava.lang.ClassNotFoundException: com.example.Handlr. Current classpath: file:/var/task/\n\tat java.base/java.net.URLClassLoader.findClass(Unknown Source)\n'),
    error: { type: 'java.lang.ClassNotFoundException', message: 'Class not found: com.example.Handlr' },
  },
  {
    what: 'text: the heap is full',
    log: [...invocation(`Java heap space: java.lang.OutOfMemoryError\njava.lang.OutOfMemoryError: Java heap space\n\t${FRAMES[0]}\n`).slice(0, -1), report('Status: error\tError Type: java.lang.OutOfMemoryError')],
    error: { type: 'java.lang.OutOfMemoryError', message: 'Java heap space' },
  },
  {
    what: 'text: an exception that Log4j logs with the request id',
    log: invocation(`2026-11-29 10:15:30 ${REQUEST_ID} ERROR Handler - record 2 failed\n${TRACE.join('\n')}\n`),
    error: ILLEGAL,
    needsWholeAttempt: true,
  },
  { what: 'text: a stack trace that the function prints', log: invocation(`${TRACE.join('\n')}\n`), error: ILLEGAL },
  { what: 'text: the logger of the context', log: invocation('[INFO] java.lang.Error: not this\n', '[ERROR] record 2 is rejected\n'), error: { type: 'Error', message: 'record 2 is rejected' } },
  {
    what: 'JSON: an exception that the handler throws',
    log: jsonInvocation({ timestamp: TIME, message: `${REPORTED.join('\n')}\n`, level: 'ERROR', AWSRequestId: REQUEST_ID }),
    error: ILLEGAL,
    needsWholeAttempt: false,
  },
  {
    what: 'JSON: text that the function logs',
    log: jsonInvocation({ timestamp: TIME, message: 'record 2 is rejected', level: 'ERROR', AWSRequestId: REQUEST_ID }),
    error: { type: 'Error', message: 'record 2 is rejected' },
    needsWholeAttempt: true,
  },
];
