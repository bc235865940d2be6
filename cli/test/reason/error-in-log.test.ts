import { attemptsIn, errorInLog, type LogLine, needsWholeAttempt } from '../../reason/error-in-log';
import { CUSTOM } from './corpus/custom';
import { DOTNET } from './corpus/dotnet';
import { JAVA } from './corpus/java';
import { LAMBDA } from './corpus/lambda';
import { END, invocation, type LogCase, OTHER_ID, REQUEST_ID, START, TIME } from './corpus/log-case';
import { NODE } from './corpus/node';
import { POWERTOOLS } from './corpus/powertools';
import { PYTHON } from './corpus/python';
import { RUBY } from './corpus/ruby';

const CORPUS: readonly (readonly [string, readonly LogCase[]])[] = [
  ['Node.js', NODE], ['Python', PYTHON], ['Java', JAVA], ['.NET', DOTNET], ['Ruby', RUBY], ['custom runtimes and loggers', CUSTOM],
  ['Lambda itself', LAMBDA], ['Powertools', POWERTOOLS],
];

function logLines(messages: readonly string[]): LogLine[] {
  return messages.map((message, index) => ({ time: new Date(Date.parse(TIME) + index), message }));
}

describe.each(CORPUS)('the log of %s', (_runtime, cases) => {
  test.each(cases)('$what', ({ log, error, needsWholeAttempt: isNeeded }) => {
    const found = errorInLog(logLines(log), REQUEST_ID);
    if (error) expect(found).toMatchObject(error);
    else expect(found).toBeUndefined();
    if (isNeeded !== undefined) expect(needsWholeAttempt(logLines(log), REQUEST_ID)).toBe(isNeeded);
  });
});

describe('the attempts of an invocation', () => {
  test('are as many as its START lines', () => {
    const log = logLines([...invocation('first'), ...invocation('second', 'third')]);
    const attempts = attemptsIn(log, REQUEST_ID);
    expect(attempts.map(({ lines }) => lines.map(({ message }) => message.trim()))).toEqual([
      [START.trim(), 'first', END.trim(), expect.stringContaining('REPORT')],
      [START.trim(), 'second', 'third', END.trim(), expect.stringContaining('REPORT')],
    ]);
    expect(attempts.map(({ startedAt, endedAt }) => [startedAt, endedAt])).toEqual([[log[0].time, log[3].time], [log[4].time, log[8].time]]);
  });

  test('have the lines of the initialization before them, and none of other invocations', () => {
    const other = [`START RequestId: ${OTHER_ID} Version: 1\n`, 'of another', `END RequestId: ${OTHER_ID}\n`, `REPORT RequestId: ${OTHER_ID}\tDuration: 1 ms\n`];
    const [attempt] = attemptsIn(logLines([...other, 'as it is loaded', ...invocation('own'), ...other]), REQUEST_ID);
    expect(attempt.lines.map(({ message }) => message.trim())).toEqual([
      'as it is loaded', START.trim(), 'own', END.trim(), expect.stringContaining('REPORT'),
    ]);
  });

  test('are lines without an id where no line has one', () => {
    expect(attemptsIn(logLines(['one', 'two']), REQUEST_ID)).toMatchObject([{ lines: [{ message: 'one' }, { message: 'two' }] }]);
    expect(attemptsIn([], REQUEST_ID)).toEqual([]);
    expect(attemptsIn(logLines([`START RequestId: ${OTHER_ID} Version: 1\n`, 'of another']), REQUEST_ID)).toEqual([]);
  });
});
