import fc from 'fast-check';
import { toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { FUNCTION_ARN, failureRecord } from '../../../../test/support/records';
import { show } from '../../../commands/show/command';
import { printFields } from '../../../commands/show/fields';
import { reasonFields } from '../../../commands/show/reason-fields';
import { run, type ShowOptions } from '../../../commands/show/run';
import { TerminalOutput } from '../../../output/terminal-output';
import { parse } from '../../../program';
import { withFingerprint } from '../../../reason/known-reason';
import { logsError } from '../../support/fake-logs';
import { memoryStreams } from '../../support/memory-streams';
import { deadLetterOf, eventRecords, Operation } from '../../support/operation';
import { showOptions } from '../../support/peek-options';

const GROUP = '/aws/lambda/orders';
const { requestContext: { requestId }, timestamp } = failureRecord();
const FAILED_AT = new Date(timestamp);

let operation: Operation;
let id: string;
beforeEach(async () => {
  operation = new Operation();
  const deadLetter = deadLetterOf();
  id = deadLetter.hydration.deadLetterId;
  await operation.put(deadLetter);
});
afterEach(() => operation.close());

const showIt = (given: Partial<ShowOptions> = {}, json = false) => operation.run({ run }, showOptions(given), { args: [id], json });

/** An error as Node.js logs it. */
function log(message: string, frames: readonly string[], errorType = 'OrderError'): void {
  const error = { errorType, errorMessage: message, stack: [`${errorType}: ${message}`, ...frames.map((frame) => `    ${frame}`)] };
  operation.logs.log(GROUP, 'one', FAILED_AT, `${timestamp}\t${requestId}\tERROR\tInvoke Error \t${JSON.stringify(error)}`);
}

const OWN = 'at check (/var/task/index.js:3:9)';
const LIBRARY = 'at parse (/var/task/node_modules/zod/index.js:1:1)';

/** The lines of the fields, without their names. */
const fieldLines = (out: string): string[] => out.split('\n\n')[0].split('\n').map((line) => line.slice(11).trim());

test('the reason comes first: the error, its own frames, when it was logged, and the group', async () => {
  log('order 7 has no quantity', [LIBRARY, OWN]);
  const { out } = await showIt();
  const lines = out.split('\n');
  expect(lines.slice(0, 5)).toEqual([
    'reason       OrderError: order 7 has no quantity',
    '               at check (/var/task/index.js:3:9)',
    expect.stringMatching(/^logged at {4}2026-11-21T08:00:09\.671Z \(\w+ ago\)$/),
    expect.stringMatching(/^group {8}[\da-f]{12}$/),
    `dead letter  ${id}`,
  ]);
  expect(out).not.toContain('zod');
});

test('with --all, the whole stack is shown', async () => {
  log('no quantity', [LIBRARY, ...Array.from({ length: 9 }, () => OWN)]);
  expect((await showIt({ all: true })).out.match(/ at (check|parse) /g)).toHaveLength(10);
  const { out } = await showIt();
  expect(out.match(/ at (check|parse) /g)).toHaveLength(5);
  expect(out).toContain('… (--all)');
});

test('a message of several lines is shown as such', async () => {
  log('first\nsecond\r\n\tthird', []);
  expect(fieldLines((await showIt()).out).slice(0, 3)).toEqual(['OrderError: first', 'second', 'third'].map((line) => expect.stringContaining(line)));
});

test('nothing of a log does anything to the terminal', async () => {
  const evil = '\u001b[31mred\u001b]0;title\u0007 \u202e \u009b \u0000';
  log(evil, [`at ${evil} (/var/task/index.js:3:9)`], evil);
  for (const given of [{}, { all: true }]) {
    const { out } = await showIt(given);
    // eslint-disable-next-line no-control-regex
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(out).toContain(String.raw`\u001b[31mred`);
  }
});

test('whatever an error says, only printable characters reach the terminal', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 });
  fc.assert(fc.property(text, text, fc.array(text, { maxLength: 8 }), fc.boolean(), (type, message, stack, isWhole) => {
    const streams = memoryStreams();
    const output = new TerminalOutput(streams, { command: 'show', json: false, color: false, env: {}, stopped: new AbortController().signal });
    printFields(reasonFields({ reason: withFingerprint({ type, message, stack }, FAILED_AT) }, isWhole, new Date()), output);
    // eslint-disable-next-line no-control-regex
    expect(streams.out()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
  }));
});

test('where it is not found, it says why, and the command that reads the log is there', async () => {
  operation.logs.failNext('FilterLogEvents', logsError('AccessDeniedException', 'is not authorized to perform: logs:FilterLogEvents'));
  const { exitCode, out } = await showIt();
  expect(exitCode).toBe(0);
  expect(out.replaceAll(/\n +/g, ' ')).toContain(`reason       not found: not allowed: logs:FilterLogEvents on ${GROUP}: `);
  expect(out).toContain('npx stream-dlq policy --read --logs');
  expect(out).toContain('aws logs filter-log-events');
});

test('--json has the reason, or why there is none', async () => {
  log('no quantity', [LIBRARY, OWN]);
  expect((await showIt({}, true)).document).toMatchObject({
    reason: {
      type: 'OrderError', message: 'no quantity', stack: [LIBRARY, OWN], loggedAt: '2026-11-21T08:00:09.671Z', fingerprint: expect.any(String),
    },
  });
  operation.logs.groups.clear();
  await operation.put(deadLetterOf({ from: 7, to: 9 }));
  const { document } = await operation.run({ run }, showOptions(), { args: [deadLetterOf({ from: 7, to: 9 }).hydration.deadLetterId], json: true });
  expect(document).toMatchObject({ reasonNotFound: { name: 'NoLogGroup', message: expect.any(String) } });
  expect(document).not.toHaveProperty('reason');
});

test('--no-logs reads no log and leaves the reason out', async () => {
  log('no quantity', [OWN]);
  const { out } = await showIt({ logs: false });
  expect(out).not.toContain('reason ');
  expect(operation.logs.calls).toEqual([]);
  const host = { version: '0', width: 100, writeOut: () => true, writeErr: () => true };
  const parsed = await parse(['show', '3f2a', '--no-logs', '--stack', 'Orders'], host, [show as never]);
  expect(parsed).toMatchObject({ options: { logs: false } });
});

test.each([
  [{ responseContext: undefined }, 'RetryAttemptsExhausted: the processor failed on it as often as retryAttempts allows'],
  [{ responseContext: { statusCode: 200, executedVersion: '7', functionError: null } }, 'ReportedByProcessor: the processor reported records as failed'],
])('the failure record itself has the reason: %j', async (fields, text) => {
  const range = { from: 4, to: 6 };
  const deadLetter = toDeadLetter(failureRecord(range, fields), { records: eventRecords(range), hasStart: true, hasEnd: true });
  await operation.put(deadLetter);
  id = deadLetter.hydration.deadLetterId;
  expect((await showIt()).out).toMatch(new RegExp(`^reason +${text}`));
});

test('the configuration of the processor is asked for once', async () => {
  operation.lambda.configurations.set(FUNCTION_ARN, { LoggingConfig: { LogGroup: GROUP } });
  await showIt();
  expect(operation.lambda.calls.filter((name) => name === 'GetFunctionConfiguration')).toHaveLength(1);
});
