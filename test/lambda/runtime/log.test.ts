import { log, type LogLevel } from '../../../lambda/runtime/log';

const LEVELS: readonly LogLevel[] = ['INFO', 'WARN', 'ERROR'];

afterEach(() => {
  delete process.env.LOG_LEVEL;
  jest.restoreAllMocks();
});

/** The levels of the lines that are logged when each level is logged once. */
function logged(): string[] {
  const print = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  for (const level of LEVELS) log(level, 'a notice', { detail: 1 });
  return print.mock.calls.map(([line]) => (JSON.parse(line as string) as { level: string }).level);
}

test.each([
  [undefined, ['INFO', 'WARN', 'ERROR']],
  ['INFO', ['INFO', 'WARN', 'ERROR']],
  ['WARN', ['WARN', 'ERROR']],
  ['ERROR', ['ERROR']],
])('LOG_LEVEL %s logs %p', (level, expected) => {
  if (level) process.env.LOG_LEVEL = level;
  expect(logged()).toEqual(expected);
});

test('a line is JSON with its level, what happened, and the details', () => {
  const print = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  log('WARN', 'dead letter parked', { messageId: 'm-1' });
  expect(print.mock.calls).toEqual([['{"level":"WARN","notice":"dead letter parked","messageId":"m-1"}']]);
});
