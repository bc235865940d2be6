import fc from 'fast-check';
import { propertyRuns } from '../../../test/support/property-runs';
import { errorInLog, type LogLine, needsWholeAttempt } from '../../reason/error-in-log';
import { fingerprintOf } from '../../reason/fingerprint';
import { DOTNET } from './corpus/dotnet';
import { JAVA } from './corpus/java';
import { LAMBDA } from './corpus/lambda';
import { END, REQUEST_ID, START } from './corpus/log-case';
import { NODE } from './corpus/node';
import { POWERTOOLS } from './corpus/powertools';
import { PYTHON } from './corpus/python';
import { RUBY } from './corpus/ruby';

const MESSAGES = [NODE, PYTHON, JAVA, DOTNET, RUBY, LAMBDA, POWERTOOLS].flat().flatMap(({ log }) => log);

/** Parts of log lines, which random text alone would never have. */
const PART = fc.constantFrom(
  '[ERROR] ', 'ERROR\t', '\tERROR\t', '{', '}', '{"errorMessage":', '"level":"ERROR"', '\r', '\n', '    at ', '\tat ', 'Caused by: ', ' ---> ', 'Traceback (most recent call last):',
  '  File "/var/task/a.py", line 1, in b', 'java.lang.Error', ': ', 'TypeError', 'RequestId: ', REQUEST_ID, 'Task timed out after 3.00 seconds', 'Status: error\tError Type: ', 'panic: ',
  '\u0000', '\u001b[31m', '\ud800', '\u202e', '__proto__', 'constructor',
);
const TEXT = fc.array(fc.oneof(PART, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 30 }).map((parts) => parts.join(''));
const KEY = fc.constantFrom(
  'level', 'log_level', 'message', 'errorType', 'errorMessage', 'stackTrace', 'stack', 'error', 'exception', 'exception_name', 'stack_trace', 'cause', 'requestId', 'type', 'record', 'name', 'frames', '__proto__',
);
const VALUE = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.constantFrom('ERROR', 'platform.report', REQUEST_ID, 'timeout', 50, null, true), TEXT, fc.integer(), fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(KEY, tie('value'), { maxKeys: 6 })),
})).value;
const JSON_LINE = fc.dictionary(KEY, VALUE, { maxKeys: 8 }).map((it) => JSON.stringify(it));
const MESSAGE = fc.oneof(TEXT, JSON_LINE, fc.constantFrom(...MESSAGES), fc.constantFrom(START, END));

function logLines(messages: readonly string[]): LogLine[] {
  return messages.map((message, index) => ({ time: new Date(index), message }));
}

function expectBounded(messages: readonly string[]): void {
  const found = errorInLog(logLines(messages), REQUEST_ID);
  expect([true, false]).toContain(needsWholeAttempt(logLines(messages), REQUEST_ID));
  if (!found) return;
  const { type, message, stack } = found;
  expect([type, message, ...stack].every((it) => typeof it === 'string')).toBe(true);
  expect(Object.keys(found).sort()).toEqual(['message', 'stack', 'type']);
  expect(type.length).toBeGreaterThan(0);
  expect(type.length).toBeLessThanOrEqual(200);
  expect(message.length).toBeLessThanOrEqual(4_000);
  expect(stack.length).toBeLessThanOrEqual(100);
  expect(Math.max(0, ...stack.map((it) => it.length))).toBeLessThanOrEqual(500);
  expect(fingerprintOf(found)).toMatch(/^[\da-f]{12}$/);
}

describe('whatever a log has', () => {
  test('an error of bounded size, or none, is found', () => {
    fc.assert(fc.property(fc.array(MESSAGE, { maxLength: 12 }), expectBounded), propertyRuns(10_000));
  });

  test('the same error is found where each line of an error is an event of its own, or all events have carriage returns', () => {
    const logs = [JAVA, RUBY].flat().filter(({ what, error }) => what.startsWith('text: ') && error && !what.includes('several lines'));
    for (const { log, error } of logs) {
      const split = log.flatMap((message) => message.split('\n').filter((line) => line.trim() !== '').map((line) => `${line}\n`));
      expect(errorInLog(logLines(split), REQUEST_ID)).toMatchObject({ message: error!.message });
      const returns = log.map((message) => `${message.trimEnd().replaceAll('\n', '\r')}\n`);
      expect(errorInLog(logLines(returns), REQUEST_ID)).toMatchObject(error!);
    }
  });
});

/** Texts that patterns with nested repetitions would take hours for. */
const MIB = 1_048_576;
const HOSTILE: readonly (readonly [string, string])[] = [
  ['letters', 'a'.repeat(MIB)],
  ['digits', '1'.repeat(MIB)],
  ['spaces', ' '.repeat(MIB)],
  ['tabs', '\t'.repeat(MIB)],
  ['line breaks', '\n'.repeat(MIB)],
  ['quotation marks', '"'.repeat(MIB)],
  ['quoted letters', '"a" '.repeat(MIB / 4)],
  ['dots', 'a.'.repeat(MIB / 2)],
  ['colons', 'a: '.repeat(MIB / 3)],
  ['types', 'a.b.CError: '.repeat(MIB / 12)],
  ['stars', '* { ('.repeat(MIB / 5)],
  ['lists', '*,'.repeat(MIB / 2)],
  ['brackets', '{'.repeat(MIB)],
  ['nested JSON', `${'{"error":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['nested lists', `{"stack":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['frames', '    at a (b:1:1)\n'.repeat(MIB / 17)],
  ['frames that are none', `    at ${'a '.repeat(MIB / 2)}`],
  ['parentheses', `    at a(${'('.repeat(MIB)}`],
  ['tracebacks', 'Traceback (most recent call last):\n'.repeat(MIB / 35)],
  ['files', '  File "a", line 1, in b\n'.repeat(MIB / 24)],
  ['causes', 'Caused by: a: b\n'.repeat(MIB / 16)],
  ['email addresses', 'a@a.'.repeat(MIB / 4)],
  ['addresses', 'https://'.repeat(MIB / 8)],
  ['ARNs', 'arn:aws:'.repeat(MIB / 8)],
  ['times', '2026-11-29T'.repeat(MIB / 11)],
];
const PREFIXES = ['', '[ERROR] ', `2026-11-29T10:15:30.123Z\t${REQUEST_ID}\tERROR\t`, 'x ERROR y ', 'panic: ', 'Error: x\n', `RequestId: ${REQUEST_ID} Error: `];

describe('a text of 1 MiB', () => {
  test.each(HOSTILE)('of %s is read in linear time', (_what, text) => {
    for (const prefix of PREFIXES) expectBounded([START, prefix + text, JSON.stringify({ level: 'ERROR', message: text, error: { name: text, message: text, stack: text } }), END]);
  }, 20_000);

  test('in many events is read in linear time', () => {
    const text = 'Traceback (most recent call last):\n';
    expectBounded([START, 'panic: x', ...Array<string>(20_000).fill(` ${text}`), ...Array<string>(20_000).fill('{'), END]);
  }, 20_000);
});
