import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FUNCTION_ARN } from '../../../../test/support/records';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import { exportedMessage } from '../../../file/exported-message';
import { TerminalOutput } from '../../../output/terminal-output';
import { deadLetterOf, Operation, QUEUE } from '../../support/operation';

let it: Operation;
let file: string;
beforeEach(() => {
  it = new Operation();
  file = join(it.folder, 'letters.jsonl');
});
afterEach(() => it.close());

const run = (more: Partial<RedriveOptions> = {}) =>
  it.run(redrive, {
    filter: [], include: [], onlyFailedRecords: false, toStream: false, parked: false, dryRun: false, concurrency: 1, stopAfterFailures: 10,
    yes: true, visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog, from: file, ...more,
  });

/** A file of dead letters of three records each. */
function write(count: number): void {
  const lines = Array.from({ length: count }, (_, place) => {
    const body = JSON.stringify(deadLetterOf({ from: place * 10, to: place * 10 + 2 }));
    return JSON.stringify(exportedMessage({ MessageId: `m-${place}`, Attributes: { SentTimestamp: '0' } }, QUEUE, body));
  });
  writeFileSync(file, `${lines.join('\n')}\n`);
}

const journal = () => readFileSync(`${file}.redriven`, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, string>);

describe('redrive --from a file', () => {
  test('sends what is in it, touches no queue, and notes what was sent', async () => {
    write(3);
    const { exitCode, out } = await run();
    expect(exitCode).toBe(0);
    expect(it.processor.processed).toEqual([0, 1, 2, 10, 11, 12, 20, 21, 22]);
    expect(it.sqs.calls).toEqual([]);
    expect(out).toContain('3 messages sent.');
    expect(journal()).toEqual(['m-0', 'm-1', 'm-2'].map((messageId) => ({ time: expect.any(String), to: 'processor', messageId })));
    expect(it.audit[1]).toMatchObject({ queue: file, messageId: 'm-0', result: 'sent', to: FUNCTION_ARN });
  });

  test('says that what was exported is in its queue still', async () => {
    write(3);
    const { err } = await run({ limit: 1 });
    expect(err).toContain('What "export" wrote is in its queue still, and a plain "redrive" would send it once more; what "discard" or "rescue" wrote is not.\n');
    expect(err).toContain('Looked at the first 2 messages of ');
    expect((await run({ limit: 1 })).err).toContain('1 message of it was sent before, as ');
  });

  test('warns before it sends that a queue has the same, as after "rescue --to-queue"', async () => {
    write(2);
    expect((await run({ limit: 1 })).err).not.toContain('in a queue as well');
    appendFileSync(`${file}.imported`, `${JSON.stringify({ to: QUEUE, messageId: 'm-1' })}\n`);
    const { err } = await run();
    expect(err).toContain(`Warning: 1 message of it is in a queue as well, as ${file}.imported says: a "redrive" of that queue and one of the file send the same.`);
  });

  test('goes on where it stopped', async () => {
    write(3);
    await run({ limit: 2 });
    const { exitCode, err } = await run();
    expect(exitCode).toBe(0);
    expect(it.processor.processed).toEqual([0, 1, 2, 10, 11, 12, 20, 21, 22]);
    expect(err).toContain(`2 messages of it were sent before, as ${file}.redriven says: delete that file to send them again.`);
  });

  test('goes on after a line of the journal that was cut off', async () => {
    write(2);
    await run({ limit: 1 });
    appendFileSync(`${file}.redriven`, '{"to":"proc');
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect(it.processor.processed).toEqual([0, 1, 2, 10, 11, 12]);
    expect(await run()).toMatchObject({ exitCode: 0, out: 'Nothing to send.\n' });
  });

  test.each(['test', 'processor', 'stream'])('sends to another function what went to one before, and says so: %s', async (name) => {
    write(1);
    it.lambda.functions.set(name, it.processor.handler);
    await run({ function: name });
    const { err } = await run();
    expect(err).toContain(`Note: 1 message of it went to another destination before, as ${file}.redriven says, and would go to this one as well.`);
    expect(it.lambda.events.map(({ functionName }) => functionName)).toEqual([name, FUNCTION_ARN]);
    expect((await run()).err).not.toContain('Beware');
  });

  test('sends only what a partial response left over, the next time', async () => {
    write(1);
    it.processor.poison.add(1);
    it.processor.reports = true;
    expect(await run()).toMatchObject({ exitCode: 1 });
    it.processor.poison.clear();
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect(it.processor.processed).toEqual([0, 1, 2]);
    expect(await run()).toMatchObject({ exitCode: 0, out: 'Nothing to send.\n' });
  });

  test('leaves what fails for the next time', async () => {
    write(2);
    it.processor.poison.add(1);
    expect(await run()).toMatchObject({ exitCode: 1 });
    it.processor.poison.clear();
    await run();
    expect(it.processor.processed).toEqual([10, 11, 12, 0, 1, 2]);
  });

  test('sends a message once that is in it twice', async () => {
    write(1);
    appendFileSync(file, readFileSync(file));
    await run();
    expect(it.processor.processed).toEqual([0, 1, 2]);
  });

  test('makes no journal for a dry run', async () => {
    write(1);
    expect(await run({ dryRun: true })).toMatchObject({ exitCode: 0 });
    expect(existsSync(`${file}.redriven`)).toBe(false);
  });

  test('sends nothing where the journal cannot be kept', async () => {
    write(1);
    mkdirSync(`${file}.redriven`);
    expect((await run()).error?.message).toBe(
      `${file}.redriven cannot be read (EISDIR), and without it a rerun would not know what was done: put the file where its folder can be written.`,
    );
    expect(it.lambda.events).toEqual([]);
  });

  describe('while another run goes on with the same journal', () => {
    test('sends nothing, and says whose turn it is', async () => {
      write(6);
      const [one, other] = await Promise.all([run(), run()]);
      expect(it.processor.processed).toEqual([0, 10, 20, 30, 40, 50].flatMap((first) => [first, first + 1, first + 2]));
      const refused = [one, other].filter(({ error }) => error);
      expect(refused.map(({ error }) => error!.message)).toEqual([
        expect.stringContaining(`${file}.redriven is in use by another run (process ${process.pid} on ${hostname()})`),
      ]);
      expect(await run()).toMatchObject({ exitCode: 0, out: 'Nothing to send.\n' });
    });

    test('does not send again what that one has sent while this one asked', async () => {
      write(2);
      const asking = jest.spyOn(TerminalOutput.prototype, 'note');
      let other: Promise<unknown> | undefined;
      asking.mockImplementation(() => void (other ??= run()));
      // The one that looked first comes to the sending last.
      const first = run();
      await first;
      await other;
      asking.mockRestore();
      expect([...it.processor.processed].sort((a, b) => a - b)).toEqual([0, 1, 2, 10, 11, 12]);
    });

    test('goes on where that one was killed', async () => {
      write(1);
      writeFileSync(`${file}.redriven.lock`, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
      expect(await run()).toMatchObject({ exitCode: 0 });
      expect(existsSync(`${file}.redriven.lock`)).toBe(false);
    });
  });

  test('names the line that is none', async () => {
    write(1);
    appendFileSync(file, 'hello\n');
    expect((await run()).error?.message).toMatch(/letters\.jsonl:2: must be JSON/);
    expect(it.lambda.events).toEqual([]);
  });
});
