import { invocation, type LogCase, REQUEST_ID, report } from './log-case';

const FRAMES = ["/var/task/function.rb:3:in 'Integer#fdiv'", "/var/task/function.rb:9:in 'handler'"];
const ERROR = { errorMessage: 'divided by 0', errorType: 'Function<ZeroDivisionError>', stackTrace: FRAMES };
const DIVISION = { type: 'Function<ZeroDivisionError>', message: 'divided by 0', stack: FRAMES };

export const RUBY: readonly LogCase[] = [
  { what: 'text: an exception that the handler raises', log: invocation('Error raised from handler method\n', `${JSON.stringify(ERROR, null, 2)}\n`), error: DIVISION },
  { what: 'text: the same in one event', log: invocation(`Error raised from handler method\n${JSON.stringify(ERROR, null, 2)}\n`), error: DIVISION },
  { what: 'text: the same, one event a line', log: invocation('Error raised from handler method\n', ...JSON.stringify(ERROR, null, 2).split('\n').map((line) => `${line}\n`)), error: DIVISION },
  {
    what: 'text: an exception that ends the process',
    log: invocation('Critical exception from handler\n', `${JSON.stringify({ ...ERROR, errorType: 'Function<NoMethodError>', errorMessage: "undefined method 'total' for nil" }, null, 2)}\n`),
    error: { type: 'Function<NoMethodError>', message: "undefined method 'total' for nil", stack: FRAMES },
  },
  {
    what: 'text: a file that cannot be loaded',
    log: ['Init error when loading handler \n', `${JSON.stringify({ errorMessage: 'cannot load such file -- pg', errorType: 'Init<LoadError>', stackTrace: ['/var/lang/lib/ruby/3.4.0/bundled_gems.rb:82:in \'Kernel.require\''] }, null, 2)}\n`, ...invocation().slice(0, 2), report('Status: error\tError Type: Runtime.ExitError')],
    error: { type: 'Init<LoadError>', message: 'cannot load such file -- pg' },
  },
  {
    what: 'text: the logger, where the handler raises nothing',
    log: invocation(`I, [2026-11-29T10:15:30.000000 #8]  INFO ${REQUEST_ID} -- : batch\n`, `E, [2026-11-29T10:15:30.123456 #8] ERROR ${REQUEST_ID} -- : record 2 is rejected\n`),
    error: { type: 'Error', message: 'record 2 is rejected' },
    needsWholeAttempt: true,
  },
];
