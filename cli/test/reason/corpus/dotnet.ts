import { invocation, jsonInvocation, type LogCase, REQUEST_ID, TIME } from './log-case';

const FRAMES = ['at Example.Orders.Total(Order order) in /src/Orders.cs:line 31', 'at Example.Function.Handle(KinesisEvent input) in /src/Function.cs:line 12', 'at lambda_method1(Closure, Stream, ILambdaContext, Stream)'];
const TRACE = ['System.InvalidOperationException: no quantity', ...FRAMES.map((frame) => `   ${frame}`)];
const INVALID = { type: 'System.InvalidOperationException', message: 'no quantity', stack: FRAMES.slice(0, 2) };

function fail(message: string): string {
  return `${TIME}\t${REQUEST_ID}\tfail\t${message}\n`;
}

export const DOTNET: readonly LogCase[] = [
  { what: 'text: an exception that the handler throws', log: invocation(`${TIME}\t${REQUEST_ID}\tinfo\tbatch\n`, fail(TRACE.join('\n'))), error: INVALID, needsWholeAttempt: false },
  {
    what: 'text: an inner exception',
    log: invocation(fail(['System.AggregateException: One or more errors occurred. (refused)', ' ---> System.IO.IOException: refused', '   at Example.Client.Call() in /src/Client.cs:line 9', '   --- End of inner exception stack trace ---', `   ${FRAMES[0]}`].join('\n'))),
    error: { type: 'System.AggregateException', message: 'One or more errors occurred. (refused)', stack: ['---> System.IO.IOException: refused', 'at Example.Client.Call() in /src/Client.cs:line 9', FRAMES[0]] },
    needsWholeAttempt: false,
  },
  {
    what: 'text: an exception that the function logs with words',
    log: invocation(fail(`record 2 failed\n${TRACE.join('\n')}`)),
    error: INVALID,
    needsWholeAttempt: true,
  },
  { what: 'text: plain text', log: invocation(`${TIME}\t${REQUEST_ID}\twarn\tslow\n`, fail('record 2 is rejected')), error: { type: 'Error', message: 'record 2 is rejected' }, needsWholeAttempt: true },
  {
    what: 'text: the format of .NET Core 3.1',
    log: invocation(`no quantity: InvalidOperationException\n${FRAMES.slice(0, 2).map((frame) => `   ${frame}`).join('\n')}\n`),
    error: { ...INVALID, type: 'InvalidOperationException' },
  },
  {
    what: 'JSON: an exception that the handler throws',
    log: jsonInvocation({ timestamp: TIME, level: 'Error', requestId: REQUEST_ID, traceId: 'Root=1-6', message: '', errorType: 'System.InvalidOperationException', errorMessage: 'no quantity', stackTrace: TRACE.map((line) => line.trim()) }),
    error: INVALID,
    needsWholeAttempt: false,
  },
  {
    what: 'JSON: an exception that the function logs',
    log: jsonInvocation({ timestamp: TIME, level: 'Critical', requestId: REQUEST_ID, message: 'record 2 failed', record: 2, errorType: 'System.InvalidOperationException', errorMessage: 'no quantity', stackTrace: TRACE.map((line) => line.trim()) }),
    error: INVALID,
    needsWholeAttempt: true,
  },
];
