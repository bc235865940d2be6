import { invocation, type LogCase, report, TIME } from './log-case';

export const CUSTOM: readonly LogCase[] = [
  {
    what: 'Go: an error that the handler returns',
    log: invocation('2026/11/29 10:15:30 {"errorMessage":"order 7: no quantity","errorType":"wrapError"}\n'),
    error: { type: 'wrapError', message: 'order 7: no quantity', stack: [] },
  },
  {
    what: 'Go: a panic that the library recovers',
    log: invocation(`2026/11/29 10:15:30 ${JSON.stringify({ errorMessage: 'runtime error: index out of range [3] with length 3', errorType: 'boundsError', stackTrace: [{ path: 'runtime/panic.go', line: 115, label: 'goPanicIndex' }, { path: 'example/orders/main.go', line: 22, label: 'total' }] })}\n`, '2026/11/29 10:15:30 calling the handler function resulted in a panic, the process should exit\n', 'exit status 1\n'),
    error: { type: 'boundsError', message: 'runtime error: index out of range [3] with length 3', stack: ['goPanicIndex (runtime/panic.go:115)', 'total (example/orders/main.go:22)'] },
  },
  {
    what: 'Go: a panic of another goroutine, one event a line',
    log: [...invocation('panic: assignment to entry in nil map\n', '\n', 'goroutine 23 [running]:\n', 'main.count(...)\n', '\t/build/main.go:41 +0x1d\n', 'created by main.handler\n').slice(0, -1), report('Status: error\tError Type: Runtime.ExitError')],
    error: { type: 'panic', message: 'assignment to entry in nil map', stack: ['main.count (/build/main.go:41)'] },
  },
  {
    what: 'Rust: a panic',
    log: [...invocation("thread 'main' panicked at src/main.rs:12:9:\n", 'no quantity\n', 'note: run with `RUST_BACKTRACE=1`\n').slice(0, -1), report('Status: error\tError Type: Runtime.ExitError')],
    error: { type: 'panic', message: 'no quantity' },
  },
  {
    what: 'Rust: tracing at the level ERROR',
    log: invocation(`${TIME}  INFO Lambda runtime invoke{requestId="x"}: orders: batch\n`, `${TIME} ERROR Lambda runtime invoke{requestId="x"}: orders: no quantity\n`),
    error: { type: 'Error', message: 'Lambda runtime invoke{requestId="x"}: orders: no quantity' },
  },
  {
    what: 'a runtime of one\'s own, which logs its answer',
    log: invocation('{"errorType":"Order.Invalid","errorMessage":"no quantity","stackTrace":["orders.sh: line 3"]}\n'),
    error: { type: 'Order.Invalid', message: 'no quantity', stack: ['orders.sh: line 3'] },
  },
  {
    what: 'pino, which numbers its levels',
    log: invocation('{"level":30,"msg":"batch"}\n', JSON.stringify({ level: 50, msg: 'failed', err: { type: 'OrderError', message: 'no quantity', stack: 'OrderError: no quantity\n    at total (/var/task/orders.js:3:1)' } })),
    error: { type: 'OrderError', message: 'no quantity', stack: ['at total (/var/task/orders.js:3:1)'] },
  },
];
