import { END, invocation, jsonInvocation, type LogCase, platform, report, REQUEST_ID, START, TIME } from './log-case';

const EXITED = 'Runtime exited with error: exit status 1';

export const LAMBDA: readonly LogCase[] = [
  {
    what: 'text: out of time, with a line of its own',
    log: [START, `${TIME} ${REQUEST_ID} Task timed out after 3.01 seconds\n\n`, END, report()],
    error: { type: 'Sandbox.Timedout', message: 'Task timed out after 3.01 seconds', stack: [] },
    needsWholeAttempt: false,
  },
  {
    what: 'text: out of time, in the REPORT line',
    log: [START, END, report('Status: timeout')],
    error: { type: 'Sandbox.Timedout', message: 'Task timed out after 3.00 seconds', stack: [] },
    needsWholeAttempt: false,
  },
  {
    what: 'text: out of time, whatever the function logged before',
    log: [START, `${TIME}\t${REQUEST_ID}\tERROR\tError: slow\r    at x (/var/task/x.js:1:1)\n`, END, report('Status: timeout')],
    error: { type: 'Sandbox.Timedout', message: 'Task timed out after 3.00 seconds' },
    needsWholeAttempt: false,
  },
  {
    what: 'JSON: out of time',
    log: [
      platform('platform.start', { requestId: REQUEST_ID, version: '$LATEST' }),
      platform('platform.report', { requestId: REQUEST_ID, metrics: { durationMs: 3000, memorySizeMB: 128 }, status: 'timeout' }),
    ],
    error: { type: 'Sandbox.Timedout', message: 'Task timed out after 3.00 seconds' },
    needsWholeAttempt: false,
  },
  {
    what: 'text: out of memory',
    log: [START, END, report('Status: error\tError Type: Runtime.OutOfMemory')],
    error: { type: 'Runtime.OutOfMemory', message: 'the function ran out of memory: 128 MB' },
    needsWholeAttempt: false,
  },
  {
    what: 'JSON: out of memory, after an error that the function logged',
    log: [
      ...jsonInvocation({ timestamp: TIME, level: 'ERROR', requestId: REQUEST_ID, message: { errorType: 'Error', errorMessage: 'first' } }).slice(0, -1),
      platform('platform.report', { requestId: REQUEST_ID, metrics: { memorySizeMB: 512 }, status: 'error', errorType: 'Runtime.OutOfMemory' }),
    ],
    error: { type: 'Runtime.OutOfMemory', message: 'the function ran out of memory: 512 MB' },
    needsWholeAttempt: false,
  },
  {
    what: 'text: the kernel ended the process',
    log: [START, `RequestId: ${REQUEST_ID} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n`, END, report()],
    error: { type: 'Runtime.ExitError', message: 'Runtime exited with error: signal: killed' },
    needsWholeAttempt: false,
  },
  {
    what: 'text: the process ended itself',
    log: [START, `RequestId: ${REQUEST_ID} Error: ${EXITED}\nRuntime.ExitError\n`, END, report()],
    error: { type: 'Runtime.ExitError', message: EXITED },
    needsWholeAttempt: true,
  },
  {
    what: 'text: the process ended itself, and the line comes after REPORT',
    log: [START, END, report(), `RequestId: ${REQUEST_ID} Error: Runtime exited without providing a reason\nRuntime.ExitError\n`],
    error: { type: 'Runtime.ExitError', message: 'Runtime exited without providing a reason' },
    needsWholeAttempt: true,
  },
  {
    what: 'text: the process ended itself after it logged why',
    log: [START, `${TIME}\t${REQUEST_ID}\tERROR\tno table\n`, END, report('Status: error\tError Type: Runtime.ExitError')],
    error: { type: 'Error', message: 'no table' },
    needsWholeAttempt: true,
  },
  {
    what: 'text: the process ended, in the REPORT line alone',
    log: [START, END, report('Status: error\tError Type: Runtime.ExitError')],
    error: { type: 'Runtime.ExitError', message: 'the runtime exited' },
    needsWholeAttempt: true,
  },
  {
    what: 'text: the oldest form of an ended process',
    log: [START, END, report(), `RequestId: ${REQUEST_ID} Process exited before completing request\n`],
    error: { type: 'Runtime.ExitError', message: 'Process exited before completing request' },
    needsWholeAttempt: true,
  },
  {
    what: 'JSON: the process ended itself, as a fault',
    log: [
      platform('platform.start', { requestId: REQUEST_ID }), platform('platform.fault', `RequestId: ${REQUEST_ID} Error: ${EXITED}\nRuntime.ExitError`),
      platform('platform.report', { requestId: REQUEST_ID, metrics: {}, status: 'error', errorType: 'Runtime.ExitError' }),
    ],
    error: { type: 'Runtime.ExitError', message: EXITED },
    needsWholeAttempt: true,
  },
  {
    what: 'text: no entry point',
    log: [
      'INIT_REPORT Init Duration: 0.79 ms\tPhase: init\tStatus: error\tError Type: Runtime.InvalidEntrypoint\n',
      START, `RequestId: ${REQUEST_ID} Error: fork/exec /var/task/bootstrap: no such file or directory\nRuntime.InvalidEntrypoint\n`, END,
      report('Status: error\tError Type: Runtime.InvalidEntrypoint'),
    ],
    error: { type: 'Runtime.InvalidEntrypoint', message: 'fork/exec /var/task/bootstrap: no such file or directory' },
  },
  {
    what: 'text: an extension crashed',
    log: [START, END, report('Status: error\tError Type: Extension.Crash')],
    error: { type: 'Extension.Crash', message: 'an extension crashed' },
    needsWholeAttempt: false,
  },
  {
    what: 'text: an initialization that took too long, and worked with the invocation',
    log: ['INIT_REPORT Init Duration: 9999.05 ms\tPhase: init\tStatus: timeout\n', ...invocation(`${TIME}\t${REQUEST_ID}\tERROR\tno table\n`)],
    error: { type: 'Error', message: 'no table' },
  },
  { what: 'text: a trace of X-Ray behind REPORT', log: [START, END, `${report().trimEnd()}\nXRAY TraceId: 1-6\tSegmentId: 5\tSampled: true\n`], error: undefined, needsWholeAttempt: true },
];
