import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { captureResult } from '../../lambda/shared/dead-letter/capture-result';
import { type DeadLetter, toDeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { HydrationStatus } from '../../src/contract';
import { failureRecord, FUNCTION_ARN, STREAM_ARN } from '../../test/support/records';
import * as discard from '../commands/discard/run';
import * as exportDeadLetters from '../commands/export/run';
import * as importFile from '../commands/import/run';
import * as ls from '../commands/ls/run';
import * as redrive from '../commands/redrive/run';
import * as rehydrate from '../commands/rehydrate/run';
import * as rescue from '../commands/rescue/run';
import * as show from '../commands/show/run';
import type { CommandModule } from '../context';
import { fakeStack, tagsOf } from './support/fake-stack';
import { eventRecords, HYDRATE_ARN, deadLetterOf, Operation, PARKING_QUEUE, QUEUE, REDRIVE_ARN, UNDELIVERABLE_QUEUE } from './support/operation';
import { lsOptions, showOptions } from './support/peek-options';
import { commandsIn, requestOf, shortCommandsIn } from './support/printed-commands';
import { tableDeadLetter } from './support/table-dead-letter';

type Commands = Readonly<Record<string, CommandModule<object>>>;
const COMMANDS = { show, ls, redrive, rehydrate, rescue, discard, export: exportDeadLetters, import: importFile } as unknown as Commands;
/** The queue of a StreamDlq on the same stream. */
const OTHER_QUEUE = QUEUE.replace('Orders', 'OrdersDlq');
const WITH_HYDRATE = { functions: [{ role: 'hydrate', functionArn: HYDRATE_ARN }], overflowBucket: 'overflow' } as const;

let it: Operation;
const folder = process.cwd();
beforeEach(() => {
  it = new Operation();
  it.sqs.createQueue(OTHER_QUEUE);
  process.chdir(it.folder);
});
afterEach(() => {
  process.chdir(folder);
  it.close();
});

/** Runs a command that was printed, by somebody who answers yes, with what is known of the queue that it names. */
async function runPrinted(line: string, known = QUEUE) {
  const { definition, args, options, globals } = await requestOf(line);
  const queueUrl = globals.queue ?? known;
  if (queueUrl === OTHER_QUEUE) it.dlq = WITH_HYDRATE;
  return it.run(COMMANDS[definition.name], { ...options, yes: true, auditLog: it.auditLog }, { args, queueUrl, globals });
}

const showIt = async (deadLetter: DeadLetter, globals = {}) => it.run(show, showOptions({}), { args: [deadLetter.hydration.deadLetterId], globals });

/** Has the hydrate function find all records. */
function readable(deadLetter: DeadLetter, queueUrl: string): void {
  it.lambda.functions.set(HYDRATE_ARN, async () => {
    await it.put(deadLetter, queueUrl);
    return captureResult([deadLetter], 0);
  });
}

describe('what show prints is done as it is printed', () => {
  test.each(Object.values(HydrationStatus))('%s', async (status) => {
    const deadLetter = deadLetterOf({ status });
    const missing = status === 'PARTIAL' || status === 'UNREADABLE' || status === 'EXPIRED';
    await it.put(deadLetter);
    const commands = commandsIn((await showIt(deadLetter)).out);
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      it.sqs.createQueue(QUEUE);
      await it.put(deadLetter);
      readable(deadLetterOf(), QUEUE);
      expect([command, await runPrinted(command)]).toMatchObject([command, { error: undefined, exitCode: 0 }]);
      // Nothing is left but what was read again.
      expect(it.deadLettersIn(QUEUE).map((each) => each.status)).toEqual(missing && command.startsWith('rehydrate') ? ['COMPLETE'] : []);
    }
  });

  describe("a failure record of Lambda's own, in the queue of an SqsDlq", () => {
    const plain = deadLetterOf({ status: 'UNREADABLE', records: [] });
    const GLOBALS = { queue: QUEUE };
    const STACK = fakeStack([{ name: 'hydrate', tags: tagsOf('hydrate', 'Orders'), environment: { QUEUE_URL: OTHER_QUEUE } }], {}, [
      { processor: 'others', streamArn: `${STREAM_ARN}-of-others`, writer: 'hydrate' }, { processor: 'orders', streamArn: STREAM_ARN, writer: 'hydrate' },
    ]);
    const ELSEWHERE = fakeStack([{ name: 'hydrate', tags: tagsOf('hydrate', 'Orders'), environment: { QUEUE_URL: OTHER_QUEUE } }], {}, [
      { processor: 'others', streamArn: `${STREAM_ARN}-of-others`, writer: 'hydrate' },
    ]);

    beforeEach(() => {
      it.dlq = { functions: [] };
      it.sqs.put(QUEUE, { messageId: 'of-lambda', body: JSON.stringify(failureRecord()) });
    });

    test('is read by the StreamDlq of its stream, in another queue, and goes from its own', async () => {
      it.more = { tagging: STACK.clients.tagging, lambda: STACK.clients.lambda };
      const { out, exitCode } = await showIt(plain, GLOBALS);
      expect(exitCode).toBe(0);
      expect(out).toContain("UNREADABLE: Lambda's failure record alone, as an SqsDlq leaves it: its records were not read yet");
      expect(out).not.toContain('fix the reason');
      const id = plain.hydration.deadLetterId.slice(0, 8);
      const commands = commandsIn(out);
      expect(commands).toEqual([
        `rescue --to-queue ${OTHER_QUEUE} --delete --queue ${QUEUE}`,
        `discard ${id} --reason "restored from the source" --queue ${QUEUE}`,
      ]);
      // The stream is not there to be read: what could not be rescued stays.
      expect(await runPrinted(commands[0])).toMatchObject({ error: undefined, exitCode: 1 });
      expect(it.sqs.messages(QUEUE)).toHaveLength(1);
    });

    test.each<[string, () => void]>([
      ['there is one on another stream alone', () => (it.more = { tagging: ELSEWHERE.clients.tagging, lambda: ELSEWHERE.clients.lambda })],
      ['there is none', () => (it.more = { tagging: fakeStack([], {}).clients.tagging })],
      ['that may not be looked for', () => (it.more = { tagging: async () => ({ send: () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDenied', $fault: 'client' })) }) as never })],
    ])('is rescued into a file where %s, and no command is printed that is refused', async (_, make) => {
      make();
      const { out } = await showIt(plain, GLOBALS);
      expect(out.replaceAll(/\s+/g, ' ')).toContain('where a StreamDlq fills this queue, look with --stack NAME instead of --queue');
      expect(commandsIn(out)).toEqual([`rescue --queue ${QUEUE}`, expect.stringMatching(/^discard /)]);
      expect(await runPrinted(commandsIn(out)[1])).toMatchObject({ error: undefined, exitCode: 0 });
    });

    test('is not rehydrated where it is, which names what can be done', async () => {
      const { error } = await it.run(rehydrate, {
        filter: [], include: [], undeliverables: false, parked: false, dryRun: false, concurrency: 1, yes: true,
        visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog,
      }, { globals: GLOBALS });
      expect(error?.message).toContain('If a StreamDlq fills it, give --stack NAME instead of --queue');
      expect(error?.message).toContain('"show ID" says how a StreamDlq on their stream reads the records');
    });

    test('is said to be read by "show", not by "rehydrate", where ls lists it', async () => {
      it.sqs.createQueue(QUEUE);
      await it.put(tableDeadLetter({ status: 'UNREADABLE', firstAge: 2 }));
      const { out } = await it.run(ls, lsOptions({}), { globals: GLOBALS });
      expect(commandsIn(out)).toEqual([]);
      expect(out).toContain('"show ID" says how to have it read');
    });
  });
});

/** Runs a command line as an operator gives it, without a question. */
const type = async (line: string) => runPrinted(`${line} --stack Orders`);

describe('what other commands print is done as it is printed', () => {
  test.each<[string, string]>([['', QUEUE], [' --undeliverables', UNDELIVERABLE_QUEUE], [' --parked', PARKING_QUEUE]])(
    'discard%s: the import puts back what was discarded', async (option, queueUrl) => {
      await it.put(deadLetterOf(), queueUrl);
      const { out } = await runPrinted(`discard --all --reason "a test"${option} --stack Orders --profile ops`, queueUrl);
      expect(it.sqs.messages(queueUrl)).toEqual([]);
      expect(commandsIn(out)).toEqual([expect.stringMatching(new RegExp(`^import discarded-\\S+${option} --stack Orders --profile ops$`))]);
      expect(await runPrinted(commandsIn(out)[0], queueUrl)).toMatchObject({ error: undefined, exitCode: 0 });
      expect(it.deadLettersIn(queueUrl).map(({ status }) => status)).toEqual(['COMPLETE']);
    },
  );

  test('ls: the rehydration reads what is missing', async () => {
    await it.put(tableDeadLetter({ status: 'UNREADABLE', firstAge: 2 }));
    readable(deadLetterOf(), QUEUE);
    const { out } = await type('ls');
    expect(commandsIn(out)).toEqual(['rehydrate --stack Orders']);
    expect(await runPrinted(commandsIn(out)[0])).toMatchObject({ error: undefined, exitCode: 0 });
  });

  test.each(['SUPERSET', 'PARTIAL', 'UNREADABLE'] as const)('redrive: what keeps %s back names the option that sends it', async (status) => {
    await it.put(deadLetterOf({ status }));
    const { out } = await type('redrive --dry-run');
    expect(out).toContain(`--include ${status} sends it`);
    expect(await type(`redrive --include ${status}`)).toMatchObject({ error: undefined, exitCode: 0 });
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });

  test.each(['PARTIAL', 'UNREADABLE'] as const)('redrive: "rehydrate" makes %s whole', async (status) => {
    await it.put(deadLetterOf({ status }));
    readable(deadLetterOf(), QUEUE);
    expect(shortCommandsIn((await type('redrive --dry-run')).out)).toEqual(expect.arrayContaining(['rehydrate']));
    expect(await type('rehydrate')).toMatchObject({ error: undefined, exitCode: 0 });
    expect(await type('redrive')).toMatchObject({ error: undefined, exitCode: 0 });
  });

  describe('redrive --remote', () => {
    beforeEach(() => {
      it.lambda.mappings.push({ UUID: 'u-1', FunctionArn: REDRIVE_ARN, EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:Orders', State: 'Disabled' });
    });

    test('start: stop turns it off', async () => {
      const { err } = await type('redrive --remote start');
      expect(it.lambda.mappings[0].State).toBe('Enabled');
      expect(commandsIn(err)).toEqual(['redrive --remote stop --stack Orders']);
      expect(await runPrinted(commandsIn(err)[0])).toMatchObject({ error: undefined, exitCode: 0 });
      expect(it.lambda.mappings[0].State).toBe('Disabled');
    });

    test('status: ls lists what is parked, and redrive sends it', async () => {
      await it.put(deadLetterOf({ status: 'SUPERSET' }), PARKING_QUEUE);
      const { out } = await type('redrive --remote status');
      expect(commandsIn(out)).toEqual(['ls --parked --stack Orders']);
      expect((await runPrinted(commandsIn(out)[0], PARKING_QUEUE)).out).toContain('1 parked message in OrdersParking');
      expect(await runPrinted('redrive --parked --include SUPERSET --stack Orders', PARKING_QUEUE)).toMatchObject({ error: undefined, exitCode: 0 });
      expect(it.sqs.messages(PARKING_QUEUE)).toEqual([]);
    });
  });

  test('discard: what keeps a message whose body is gone names the option that discards it', async () => {
    await it.put(deadLetterOf(), QUEUE, 500);
    it.objects.clear();
    const { out } = await type('discard --all --reason "a test"');
    expect(out).toContain('--no-export discards it all the same');
    expect(await type('discard --all --reason "a test" --no-export --yes-for-good')).toMatchObject({ error: undefined, exitCode: 0 });
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });

  test.each(['ls', 'show 3f2a', 'export', 'redrive', 'rehydrate', 'discard --all --reason "a test"'])(
    '%s on a queue that counts receives: --count-receives goes on', async (line) => {
      await it.put(deadLetterOf());
      it.dlq = { ...it.dlq, redrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:Last', maxReceiveCount: 3 } };
      expect((await type(line)).error?.message).toContain('Add --count-receives');
      expect((await type(`${line} --count-receives`)).error?.message ?? '').not.toContain('--count-receives');
    },
  );
});

/** A log of a processor, as the AWS CLI gives it. */
const REQUEST = failureRecord().requestContext.requestId;
const OTHER_REQUEST = '00000000-0000-4000-8000-000000000000';
const start = (id: string) => `START RequestId: ${id} Version: $LATEST\n`;
const end = (id: string) => `END RequestId: ${id}\nREPORT RequestId: ${id}\tDuration: 2 ms\n`;
const LOGS: Record<string, { Runtime: string; LogFormat: 'Text' | 'JSON'; lines: string[]; error: string }> = {
  'Python, text': {
    Runtime: 'python3.14', LogFormat: 'Text', error: '[ERROR] ValueError: poison',
    lines: [start(OTHER_REQUEST), '[ERROR] KeyError: another\n', end(OTHER_REQUEST), start(REQUEST),
      '[ERROR] ValueError: poison\nTraceback (most recent call last):\n', end(REQUEST)],
  },
  'Python, JSON': {
    Runtime: 'python3.14', LogFormat: 'JSON', error: 'ValueError',
    lines: [`{"level":"ERROR","errorType":"KeyError","requestId":"${OTHER_REQUEST}"}`, `{"level":"ERROR","errorType":"ValueError","requestId":"${REQUEST}"}`],
  },
  'Node.js, text': {
    Runtime: 'nodejs24.x', LogFormat: 'Text', error: 'Invoke Error',
    lines: [`2026-11-21T08:00:09.000Z\t${OTHER_REQUEST}\tERROR\tKeyError`, start(REQUEST),
      `2026-11-21T08:00:09.000Z\t${REQUEST}\tERROR\tInvoke Error`, end(REQUEST)],
  },
};

/** Filters and reads the lines beside it, and answers as `--output text` does: rows on lines of their own. */
const AWS = `#!${process.execPath}
const lines = JSON.parse(require('fs').readFileSync(__dirname + '/log.json', 'utf8'));
const args = process.argv.slice(2);
const value = (name) => args[args.indexOf(name) + 1];
if (value('--log-group-name') !== ${JSON.stringify('/orders/log')}) throw new Error('no such log group');
const STREAM = '2026/11/21/[$LATEST]0a1b';
if (args[1] === 'get-log-events' && value('--log-stream-name') !== STREAM) throw new Error('no such log stream: ' + value('--log-stream-name'));
const found = args[1] === 'filter-log-events' ? lines.filter((line) => line.includes(JSON.parse(value('--filter-pattern')))) : lines;
const row = { 'events[].[logStreamName]': () => STREAM, 'events[].[message]': (line) => line }[value('--query')];
for (const line of found) process.stdout.write(row(line) + '\\n');
`;

describe('the log command of show finds the error of the request, and no other', () => {
  test.each(Object.keys(LOGS).flatMap((name) => [[name, true], [name, false]] as const))('%s, by its configuration: %p', async (name, mayLook) => {
    const { Runtime, LogFormat, lines, error } = LOGS[name];
    const deadLetter = toDeadLetter(failureRecord(), { records: eventRecords(), hasStart: true, hasEnd: true });
    await it.put(deadLetter);
    if (mayLook) it.lambda.configurations.set(FUNCTION_ARN, { Runtime: Runtime as never, LoggingConfig: { LogGroup: '/orders/log', LogFormat } });
    const { out } = await showIt(deadLetter);
    const [command] = /^ {4}(aws logs .*)$/m.exec(out)!.slice(1);
    expect(out).toContain(mayLook ? 'its log      read it with:\n' : 'read it with this command, unless the function logs elsewhere:');
    writeFileSync(join(it.folder, 'log.json'), JSON.stringify(lines));
    writeFileSync(join(it.folder, 'aws'), AWS);
    chmodSync(join(it.folder, 'aws'), 0o755);
    const runnable = command.replaceAll('/aws/lambda/orders', '/orders/log');
    const found = execFileSync('bash', ['-ec', runnable], { env: { ...process.env, PATH: `${it.folder}:${process.env.PATH}` }, encoding: 'utf8' });
    expect(found).toContain(error);
    expect(found).not.toContain('KeyError');
    expect(readFileSync(join(it.folder, 'log.json'), 'utf8')).toContain('KeyError');
  });
});
