import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { attributesOf } from '../../../lambda/shared/dead-letter/dead-letter-queue';
import { HydrationStatus, UNDELIVERABLE_REASON } from '../../../src/contract';
import { propertyRuns } from '../../../test/support/property-runs';
import { failureRecord, notificationText } from '../../../test/support/records';
import * as exporting from '../../commands/export/run';
import type { LsOptions } from '../../commands/ls/run';
import * as ls from '../../commands/ls/run';
import type { RedriveOptions } from '../../commands/redrive/run';
import * as redrive from '../../commands/redrive/run';
import type { ShowOptions } from '../../commands/show/run';
import * as show from '../../commands/show/run';
import { type ExportedMessage, exportedMessage } from '../../file/exported-message';
import { putFailed } from '../support/failed-batches';
import { deadLetterOf, Operation, QUEUE, UNDELIVERABLE_QUEUE } from '../support/operation';
import { exportOptions, lsOptions, showOptions } from '../support/peek-options';
import { commandsIn, requestOf } from '../support/printed-commands';
import { skipWaits } from '../support/skip-waits';

skipWaits();
let it: Operation;
let file: string;
beforeEach(() => {
  it = new Operation();
  file = join(it.folder, 'rescued.jsonl');
});
afterEach(() => it.close());

const refused = () => Promise.reject(new Error('nothing of AWS is to be asked'));
/** Nothing of the queue and its stack is known or asked, and nothing else but what is given. */
const offline = (allowed: Partial<Operation['clients']> = {}): void => {
  const { clients } = it;
  it.more = { ...Object.fromEntries(Object.keys(clients).map((name) => [name, refused])), ...allowed };
};
const list = (given: Partial<LsOptions> = {}, json = false) => it.run(ls, lsOptions({ from: file, ...given }), { json });
const showIt = (id: string, given: Partial<ShowOptions> = {}, json = false) =>
  it.run(show, showOptions({ from: file, ...given }), { args: [id], json });
const send = (given: Partial<RedriveOptions> = {}, args: readonly string[] = [], json = false) => it.run(redrive, {
  filter: [], include: [], onlyFailedRecords: false, toStream: false, parked: false, dryRun: false, concurrency: 1, stopAfterFailures: 10,
  yes: true, visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog, from: file, ...given,
}, { args, json });

const lineOf = (deadLetter = deadLetterOf()): ExportedMessage => exportedMessage(
  { MessageId: deadLetter.hydration.deadLetterId, Attributes: { SentTimestamp: String(Date.now()) }, MessageAttributes: attributesOf(deadLetter) },
  QUEUE, JSON.stringify(deadLetter),
);
const textOf = (lines: readonly ExportedMessage[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const write = (...deadLetters: readonly ReturnType<typeof deadLetterOf>[]): void => writeFileSync(file, textOf(deadLetters.map(lineOf)));
const idsIn = (document: unknown): string[] =>
  (document as { messages: { deadLetterId: string }[] }).messages.map(({ deadLetterId }) => deadLetterId);

/** A file of dead letters of two errors in turn, which are in no queue. Their ids, in order. */
async function writeTwoErrors(count: number): Promise<string[]> {
  const failed = [];
  for (let place = 0; place < count; place++) {
    const isFirst = place % 2 === 0;
    const error = isFirst ? { type: 'OrderError', message: `order ${place} has no quantity` } : { type: 'TypeError', message: 'x is not a function' };
    failed.push((await putFailed(it, { from: place * 10, ...error })).deadLetter);
  }
  await it.run(exporting, exportOptions(), { args: [file] });
  it.sqs.createQueue(QUEUE);
  it.sqs.calls.length = 0;
  return failed.map(({ hydration }) => hydration.deadLetterId);
}

describe('ls --from', () => {
  test('lists and counts the dead letters of a file as of a queue, and asks nothing of AWS', async () => {
    write(...Object.values(HydrationStatus).map((status, place) => deadLetterOf({ from: place * 10, to: place * 10 + 2, status })));
    offline();
    const { exitCode, out, err } = await list();
    expect([exitCode, err]).toEqual([0, '']);
    expect(out.split('\n')[0]).toMatch(/^ID +STATUS +RECORDS +FUNCTION +CONDITION +SHARD +FAILED +SENT +SIZE$/);
    expect(out).toContain(`5 dead letters in ${file}, 10 records, failed `);
    expect(out).toContain('  status     COMPLETE 1   EXPIRED 1   PARTIAL 1   SUPERSET 1   UNREADABLE 1\n');
    const { document } = await list({}, true);
    expect(document).toMatchObject({ from: file, content: 'dead letters', looked: 5, exhausted: true, matched: 5 });
    expect(document).not.toHaveProperty('queueUrl');
    expect(document!.messages[0]).not.toHaveProperty('receives');
  });

  test.each<[string, Partial<LsOptions>, number]>([
    ['--filter', { filter: ['status=PARTIAL'] }, 1],
    ['--where', { where: 'ends_with(key, \'1\')' }, 3],
    ['both', { filter: ['status=PARTIAL'], where: 'ends_with(key, \'-1\')' }, 0],
  ])('takes %s', async (_, given, matched) => {
    write(deadLetterOf(), deadLetterOf({ from: 10, to: 12, status: 'SUPERSET' }), deadLetterOf({ from: 20, to: 22, status: 'PARTIAL' }));
    offline();
    expect((await list(given, true)).document).toMatchObject({ looked: 3, matched });
  });

  test.each(['function', 'shard', 'hour', 'key'] as const)('groups by %s', async (by) => {
    write(deadLetterOf(), deadLetterOf({ from: 20, to: 22 }));
    offline();
    const { document } = await list({ by }, true);
    expect(document).toMatchObject({ by, matched: 2 });
    expect((document!.groups as unknown as { deadLetters: number }[])[0].deadLetters).toBe(by === 'key' ? 1 : 2);
  });

  test('says which records --where sees where none matches, by a command for the file', async () => {
    file = join(it.folder, 'dead letters.jsonl');
    write(deadLetterOf());
    const { out } = await list({ where: 'data == `7`' });
    const { hydration: { deadLetterId } } = deadLetterOf();
    expect(commandsIn(out)).toEqual([`show ${deadLetterId.slice(0, 8)} --json --from '${file}'`]);
  });

  test('looks at all of a file, and lists 1,000', async () => {
    write(...Array.from({ length: 1_002 }, (_, place) => deadLetterOf({ from: place, to: place })));
    const { out } = await list();
    expect(out).toContain('\nand 2 more: --limit with a number lists them\n');
    expect(out).toContain('1,002 dead letters in ');
    const { document } = await list({}, true);
    expect([idsIn(document).length, document!.omitted]).toEqual([1_000, 2]);
    expect(idsIn((await list({ limit: 1_002 }, true)).document)).toHaveLength(1_002);
  });

  test('looks at no more than its limit, and says so', async () => {
    write(...Array.from({ length: 5 }, (_, place) => deadLetterOf({ from: place, to: place })));
    expect((await list({ limit: 2 })).out).toContain(`the first 2 dead letters of ${file}, 2 records, failed `);
    expect((await list({ limit: 2 }, true)).document).toMatchObject({ looked: 2, exhausted: false });
    expect((await list({ limit: 5 }, true)).document).toMatchObject({ looked: 5, exhausted: true });
  });

  test('reads a compressed file, and a message once that is in it twice', async () => {
    write(deadLetterOf(), deadLetterOf());
    const compressed = `${file}.gz`;
    writeFileSync(compressed, gzipSync(readFileSync(file)));
    expect((await list({ from: compressed }, true)).document).toMatchObject({ matched: 1, repeats: 0 });
  });

  test.each<[string, () => void, RegExp]>([
    ['is no line of an export', () => appendFileSync(file, '{"requestContext":{}}\n'), /rescued\.jsonl:2: version must be 0\.1\.0, got: nothing\. Lines must be as "export" writes them\.$/],
    ['is cut off', () => appendFileSync(file, textOf([lineOf()]).slice(0, 200)), /rescued\.jsonl:2: must be JSON: /],
    ['is of a newer format', () => appendFileSync(file, textOf([{ ...lineOf(), version: '99.0.0' }])), /rescued\.jsonl:2: .*99\.0\.0/],
  ])('names a line that %s', async (_, spoil, message) => {
    write(deadLetterOf());
    spoil();
    const { error, out } = await list();
    expect([error, out]).toMatchObject([{ exitCode: 2, message: expect.stringMatching(message) }, '']);
  });

  test('says that there is no such file', async () => {
    expect((await list()).error).toMatchObject({ exitCode: 2, message: `cannot read ${file}: no such file or directory` });
  });

  test('lists undeliverables of a file with the option of their queue', async () => {
    it.sqs.put(UNDELIVERABLE_QUEUE, { body: notificationText(failureRecord()), attributes: { [UNDELIVERABLE_REASON]: { DataType: 'String', StringValue: 'no stream' } } });
    await it.run(exporting, exportOptions({ undeliverables: true }), { args: [file] });
    offline();
    expect((await list({ undeliverables: true })).out).toMatch(/^MESSAGE +FROM +SENT +SIZE +REASON\n\S+ +hydrate function .*no stream\n/);
    const [{ messageId }] = it.sqs.messages(UNDELIVERABLE_QUEUE);
    expect((await showIt(messageId, { undeliverables: true })).out).toMatch(/^from +hydrate function\nreason +no stream\n/);
  });

  test('leaves out what was sent from the file, lists what is left of the others, and says so', async () => {
    write(deadLetterOf(), deadLetterOf({ from: 20, to: 22 }), deadLetterOf({ from: 30, to: 32 }));
    it.processor.poison.add(21);
    it.processor.reports = true;
    await send({ limit: 2 });
    const { err, out } = await list();
    expect(err).toContain(`1 message was sent before, as ${file}.redriven says, and is not listed\n`);
    expect(out).toContain('2 dead letters in ');
    expect(out.match(/ \d\/\d /g)).toEqual([' 2/2 ', ' 3/3 ']);
  });

  test('stops at Ctrl-C, and prints what it has', async () => {
    write(...Array.from({ length: 100 }, (_, place) => deadLetterOf({ from: place, to: place })));
    const { aborted } = it.stop.signal;
    expect(aborted).toBe(false);
    it.stop.abort();
    expect((await list({}, true))).toMatchObject({ exitCode: 130, document: { exhausted: false } });
  });
});

describe('reasons of the dead letters of a file', () => {
  test('ls --by error finds them in logs, and its commands work on the file', async () => {
    // One more of the first error: its group comes first.
    const ids = await writeTwoErrors(7);
    const { out, exitCode } = await list({ by: 'error' });
    expect([exitCode, it.sqs.calls]).toEqual([0, []]);
    // Any of the group stands for it.
    expect(out).toMatch(/OrderError: order \d has no quantity/);
    const [command] = commandsIn(out);
    expect(command).toMatch(new RegExp(`^redrive --group [\\da-f]{12} --from ${file}$`));
    const { options, globals } = await requestOf(command);
    expect([options, globals]).toMatchObject([{ from: file }, { queue: undefined, stack: undefined }]);
    const { group } = options as { group: string };
    expect(idsIn((await list({ group }, true)).document)).toEqual([ids[0], ids[2], ids[4], ids[6]]);
    await send({ group });
    expect([...it.processor.processed].sort((a, b) => a - b)).toEqual([0, 1, 2, 20, 21, 22, 40, 41, 42, 60, 61, 62]);
    expect(idsIn((await list({}, true)).document)).toEqual([ids[1], ids[3], ids[5]]);
  });

  test('ls --by error reads the logs of the newest 100, and with --limit of all', async () => {
    const old = await putFailed(it, { from: 0, failedAt: new Date(Date.now() - 7_200_000) });
    await writeTwoErrors(3);
    appendFileSync(file, textOf(Array.from({ length: 240 }, (_, place) => {
      const { deadLetter } = old;
      const other = deadLetterOf({ from: 100 + place, to: 100 + place });
      return lineOf({ ...other, timestamp: deadLetter.timestamp });
    })));
    const { document } = await list({ by: 'error' }, true);
    expect(document).toMatchObject({ matched: 244, notLookedUp: 144 });
    const groups = document!.groups as unknown as { error?: { type: string }; deadLetters: number }[];
    expect(groups.filter(({ error }) => error).map(({ deadLetters }) => deadLetters)).toEqual(expect.arrayContaining([1]));
    expect((await list({ by: 'error', limit: 1_000 }, true)).document).toMatchObject({ matched: 244, notLookedUp: 0 });
    offline();
    expect((await list({ by: 'error', logs: false }, true)).document).toMatchObject({ matched: 244, logCalls: { calls: 0 } });
  });

  test('show says why it failed, and what to do with the file', async () => {
    const [id] = await writeTwoErrors(2);
    const { out, exitCode } = await showIt(id.slice(0, 8));
    expect([exitCode, it.sqs.calls]).toEqual([0, []]);
    expect(out).toMatch(/^reason +OrderError: order 0 has no quantity\n/);
    expect(commandsIn(out)).toEqual([`redrive ${id.slice(0, 8)} --from ${file}`]);
    expect(out).not.toMatch(/^(receives|expires)/m);
  });

  test('show asks nothing of AWS with --no-logs', async () => {
    const [id] = await writeTwoErrors(1);
    offline();
    const { out, exitCode } = await showIt(id, { logs: false });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^dead letter/);
    expect(out).toContain('read it with this command, unless the function logs elsewhere:');
  });

  test('show goes without a reason where there are no credentials, and says so', async () => {
    const [id] = await writeTwoErrors(1);
    const none = Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' });
    offline({ lambda: async () => ({ config: { region: async () => 'us-east-1', credentials: async () => Promise.reject(none) } }) as never });
    const { out, exitCode } = await showIt(id);
    expect(exitCode).toBe(0);
    expect(out.replaceAll(/\n {2,}/g, ' ')).toMatch(/^reason +not found: no AWS credentials: set AWS_PROFILE/);
    expect(out).toContain('record 3 of 3');
    expect((await showIt(id, {}, true)).document).toMatchObject({ from: file, reasonNotFound: { name: 'NotAsked' } });
  });
});

describe('show --from', () => {
  test.each(Object.values(HydrationStatus))('prints only commands for the file: %s', async (status) => {
    const deadLetter = deadLetterOf({ status });
    write(deadLetter);
    const { out } = await showIt(deadLetter.hydration.deadLetterId, { logs: false });
    const id = deadLetter.hydration.deadLetterId.slice(0, 8);
    const include = status === 'COMPLETE' ? '' : ` --include ${status}`;
    expect(commandsIn(out)).toEqual(status === 'EXPIRED' ? [] : [`redrive ${id}${include} --from ${file}`]);
    for (const command of commandsIn(out)) {
      const { options, args } = await requestOf(command);
      expect((await it.run(redrive, { ...options, yes: true, auditLog: it.auditLog } as RedriveOptions, { args })).exitCode).toBe(0);
      expect(it.processor.processed.length).toBeGreaterThan(0);
    }
  });

  test('says of a failure record that was exported from an SqsDlq how to read its records', async () => {
    writeFileSync(file, textOf([exportedMessage({ MessageId: 'plain-one', Attributes: { SentTimestamp: '0' } }, QUEUE, JSON.stringify(failureRecord()))]));
    expect(commandsIn((await showIt('plain-one', { logs: false })).out)).toEqual([`rescue --from ${file}`]);
  });

  test('finds what was sent as well, and says that there is nothing to do', async () => {
    write(deadLetterOf());
    await send();
    const { out } = await showIt(deadLetterOf().hydration.deadLetterId, { logs: false });
    expect(out.replaceAll(/\n {2,}/g, ' ')).toContain(`to do        nothing: it was sent before, as ${file}.redriven says; to send it again, delete that file`);
    expect(commandsIn(out)).toEqual([]);
  });

  test('prints the body as it is with --raw, and the records that --where matches', async () => {
    const deadLetter = deadLetterOf();
    const { hydration: { deadLetterId } } = deadLetter;
    write(deadLetter);
    offline();
    expect((await showIt(deadLetterId, { raw: true })).out).toBe(`${JSON.stringify(deadLetter)}\n`);
    expect((await showIt(deadLetterId, { logs: false, where: 'number == `2`' })).out).toContain('1 record of 3 matching --where');
    expect((await showIt(deadLetterId, { logs: false, records: { first: 2, last: 2 } })).out).toContain('record 2 of 3');
  });

  test('says that an id names nothing, or several', async () => {
    write(deadLetterOf(), deadLetterOf({ from: 20, to: 22 }));
    expect((await showIt('ffff0000', { logs: false })).error).toMatchObject({ exitCode: 1, message: `ffff0000 names none of the dead letters in ${file}: looked at 2 messages. "ls --from ${file}" lists them.` });
    const lines = [{ ...lineOf(), messageId: 'same-1', attributes: {} }, { ...lineOf(deadLetterOf({ from: 50, to: 50 })), messageId: 'same-2', attributes: {} }];
    writeFileSync(file, textOf(lines));
    expect((await showIt('same', { logs: false })).error?.message).toMatch(/^same is the beginning of several ids: /);
  });
});

describe('redrive --from', () => {
  const ids = [0, 20, 30].map((from) => deadLetterOf({ from, to: from + 2 }).hydration.deadLetterId);
  beforeEach(() => write(deadLetterOf(), deadLetterOf({ from: 20, to: 22 }), deadLetterOf({ from: 30, to: 32 })));

  test.each<[string, Partial<RedriveOptions>, readonly string[], readonly number[]]>([
    ['an id', {}, [ids[1].slice(0, 8)], [20, 21, 22]],
    ['--where', { where: "key == 'customer-31'" }, [], [30, 31, 32]],
    ['--filter', { filter: [`id=${ids[0]}`] }, [], [0, 1, 2]],
    ['--limit', { limit: 1 }, [], [0, 1, 2]],
    ['--where and --pick', { where: "key == 'customer-31'", pick: true }, [], [31]],
    ['--check', { check: true }, [], [0, 1, 2, 20, 21, 22, 30, 31, 32]],
    ['--skip', { skip: ['newest'] }, [], []],
  ])('takes %s', async (_, given, args, processed) => {
    await send(given, args);
    expect(it.processor.processed).toEqual(processed);
    expect(it.sqs.calls).toEqual([]);
  });

  test('sends the records that --pick left over the next time', async () => {
    await send({ where: "key == 'customer-31'", pick: true });
    expect(readFileSync(`${file}.redriven`, 'utf8')).toContain('"remainder"');
    await send();
    expect([...it.processor.processed].sort((a, b) => a - b)).toEqual([0, 1, 2, 20, 21, 22, 30, 31, 32]);
  });

  test('finds a dead letter behind more than a plan looks at, and says where to look for one that is not there', async () => {
    const many = Array.from({ length: 1_100 }, (_, place) => deadLetterOf({ from: place * 2 + 100, to: place * 2 + 100 }));
    write(...many);
    const last = many.at(-1)!.hydration.deadLetterId;
    const { document } = await send({ dryRun: true }, [last.slice(0, 8)], true);
    expect(document).toMatchObject({ plan: { lookedAt: 1_100, isAll: true, chosen: 1 } });
    expect((await send({ dryRun: true }, ['ffff0000'])).err).toContain(`"ffff0000" names nothing in ${file}: "ls --from ${file}" lists what is there`);
    expect(existsSync(`${file}.redriven`)).toBe(false);
    it.answers = [false];
    await send({ yes: false });
    expect(it.questions).toEqual(['Send 1,000 dead letters, and what matches of the rest of the file, to the processor?']);
  });
});

test('ls counts whatever a file holds as it counts the same messages of a queue', async () => {
  const status = fc.constantFrom(...Object.values(HydrationStatus));
  const statuses = fc.array(status, { minLength: 1, maxLength: 12 });
  const sorts = fc.constantFrom('age', 'status', 'records', 'shard');
  await fc.assert(fc.asyncProperty(statuses, sorts, fc.option(status), async (all, sort, filter) => {
    it.sqs.createQueue(QUEUE);
    for (const [place, each] of all.entries()) await it.put(deadLetterOf({ from: place * 10, to: place * 10 + 2, status: each }));
    await it.run(exporting, exportOptions({ force: true }), { args: [file] });
    const options = { sort, filter: filter ? [`status=${filter}`] : [] } as Partial<LsOptions>;
    const { document: ofQueue } = await it.run(ls, lsOptions(options), { json: true });
    const { document: ofFile } = await list(options, true);
    for (const field of ['matched', 'looked', 'repeats', 'summary'] as const) expect(ofFile![field]).toEqual(ofQueue![field]);
    expect(idsIn(ofFile).sort()).toEqual(idsIn(ofQueue).sort());
  }), propertyRuns(40));
});
