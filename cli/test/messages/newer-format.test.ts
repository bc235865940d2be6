import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiscardOptions } from '../../commands/discard/run';
import * as discard from '../../commands/discard/run';
import * as exporting from '../../commands/export/run';
import * as importing from '../../commands/import/run';
import * as ls from '../../commands/ls/run';
import type { RedriveOptions } from '../../commands/redrive/run';
import * as redrive from '../../commands/redrive/run';
import * as rehydrate from '../../commands/rehydrate/run';
import * as show from '../../commands/show/run';
import { exportedMessage } from '../../file/exported-message';
import { deadLetterOf, Operation, PARKING_QUEUE, QUEUE, type RunHow } from '../support/operation';
import { exportOptions, lsOptions, showOptions } from '../support/peek-options';

const VERSION = '0.4.0';
const OF_ATTRIBUTE = 'attribute formatVersion must be at most 0.1.0, got: 0.4.0; run npx stream-dlq@0.4.0 or newer';
const OF_BODY = 'hydration.formatVersion must be at most 0.1.0, got: 0.4.0; run npx stream-dlq@0.4.0 or newer';

let it: Operation;
let file: string;
beforeEach(() => {
  it = new Operation();
  file = join(it.folder, 'letters.jsonl');
});
afterEach(() => it.close());

const taking = () => ({
  filter: [], include: [], parked: false, dryRun: false, concurrency: 1, yes: true,
  visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog,
});
const runRedrive = (more: Partial<RedriveOptions> = {}, how: RunHow = {}) =>
  it.run(redrive, { ...taking(), onlyFailedRecords: false, toStream: false, stopAfterFailures: 10, ...more }, how);
const runDiscard = (more: Partial<DiscardOptions> = {}, how: RunHow = {}) =>
  it.run(discard, { ...taking(), reason: 'test', undeliverables: false, all: true, yesForGood: false, export: file, ...more }, how);

const newer = (from: number) => {
  const deadLetter = deadLetterOf({ from, to: from + 2 });
  return { ...deadLetter, hydration: { ...deadLetter.hydration, formatVersion: VERSION } };
};

/** One that this version reads, and two that it does not: one of them has its body in S3, which nobody reads. */
async function putThree(queueUrl = QUEUE): Promise<{ readonly known: string; readonly ids: readonly string[] }> {
  const ids = [await it.put(newer(10), queueUrl), await it.put(newer(20), queueUrl, 1_024)];
  const known = await it.put(deadLetterOf(), queueUrl);
  it.objects.clear();
  return { known, ids };
}

const idsIn = (queueUrl = QUEUE) => it.sqs.messages(queueUrl).map(({ messageId }) => messageId);

/** All are where they were, and visible. */
const areLeft = (ids: readonly string[], queueUrl = QUEUE) => {
  expect(idsIn(queueUrl)).toEqual(ids);
  expect(it.sqs.visible(queueUrl)).toHaveLength(ids.length);
};

describe('with dead letters of a newer format in the queue', () => {
  test('ls shows the others, and says which are newer and what to install', async () => {
    const { ids } = await putThree();
    const { exitCode, out, err } = await it.run(ls, lsOptions());
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^\w{8} +COMPLETE +3\/3 /m);
    for (const id of ids) expect(out).toMatch(new RegExp(`^${id.slice(0, 8)} +newer `, 'm'));
    expect(err).toContain(`2 messages in a newer format (${ids.map((id) => id.slice(0, 8)).join(', ')}): ${OF_ATTRIBUTE}`);
  });

  test('ls says so whatever it filters by, and as JSON', async () => {
    const { ids } = await putThree();
    expect((await it.run(ls, lsOptions({ filter: ['status=COMPLETE'] }))).err).toContain('2 messages in a newer format');
    const { document } = await it.run(ls, lsOptions(), { json: true });
    const newerFormat = { formatVersion: VERSION, install: 'stream-dlq@0.4.0', message: OF_ATTRIBUTE };
    expect(document).toMatchObject({ matched: 3, newerFormats: [{ ...newerFormat, messageIds: ids }] });
    const messages = (document!.messages as { messageId: string }[]).filter(({ messageId }) => ids.includes(messageId));
    expect(messages).toEqual(ids.map((messageId) => expect.objectContaining({ messageId, newerFormat })));
  });

  test.each(['in the message', 'in S3'])('show of one ends with 2 and says what to install: %s', async (place) => {
    const { known, ids } = await putThree();
    const id = ids[place === 'in S3' ? 1 : 0];
    const { exitCode, out, err } = await it.run(show, showOptions(), { args: [id] });
    expect([exitCode, out.includes(id)]).toEqual([2, true]);
    expect(err).toContain(OF_ATTRIBUTE);
    const { document } = await it.run(show, showOptions(), { args: [id], json: true });
    expect(document).toMatchObject({ message: { messageId: id, newerFormat: { formatVersion: VERSION, install: 'stream-dlq@0.4.0' } } });
    expect((await it.run(show, showOptions(), { args: [known] })).exitCode).toBe(0);
    areLeft([...ids, known]);
  });

  test('show says it of one whose body in S3 alone does', async () => {
    const id = await it.put(deadLetterOf(), QUEUE, 1_024);
    for (const key of it.objects.keys()) it.objects.set(key, JSON.stringify(newer(0)));
    const { exitCode, err } = await it.run(show, showOptions(), { args: [id] });
    expect([exitCode, err.includes(OF_BODY)]).toEqual([2, true]);
  });

  test('redrive sends the others, leaves the newer ones and says so', async () => {
    const { ids } = await putThree();
    const { exitCode, out, err } = await runRedrive();
    expect(exitCode).toBe(1);
    expect(it.processor.processed).toEqual([0, 1, 2]);
    expect(err).toContain(`NEWER FORMAT: 2 messages, 0 records, left: ${OF_ATTRIBUTE}`);
    expect(out).toContain('1 message sent.');
    areLeft(ids);
  });

  test('redrive tells it as a field, and is not done where nothing else is there', async () => {
    const { known, ids } = await putThree();
    const { document } = await runRedrive({ dryRun: true }, { json: true });
    const reason = { name: 'NewerFormat', message: OF_ATTRIBUTE };
    expect(document).toMatchObject({ plan: { lines: expect.arrayContaining([expect.objectContaining({ status: 'NEWER FORMAT', reason })]) } });
    areLeft([...ids, known]);
    await runRedrive();
    const again = await runRedrive({}, { json: true });
    expect([again.exitCode, again.document]).toEqual([1, expect.objectContaining({ plan: expect.objectContaining({ toDo: 0, toLeave: 2 }) })]);
  });

  test('redrive leaves one that its body in S3 alone calls newer, and counts it for no failure', async () => {
    const id = await it.put(deadLetterOf(), QUEUE, 1_024);
    for (const key of it.objects.keys()) it.objects.set(key, JSON.stringify(newer(0)));
    const { document, exitCode } = await runRedrive({ stopAfterFailures: 1 }, { json: true });
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({ counts: { left: 1, failed: 0 }, reasons: [{ reason: { name: 'NewerFormat', message: OF_BODY } }] });
    expect(it.lambda.events).toEqual([]);
    areLeft([id]);
  });

  test.each([QUEUE, PARKING_QUEUE])('rehydrate leaves them, and is not done: %s', async (queueUrl) => {
    const { known, ids } = await putThree(queueUrl);
    const { exitCode, err } = await it.run(rehydrate, { ...taking(), parked: queueUrl === PARKING_QUEUE, undeliverables: false });
    expect([exitCode, err.includes(`NEWER FORMAT: 2 messages, 0 records, left: ${OF_ATTRIBUTE}`)]).toEqual([1, true]);
    expect(it.lambda.events).toEqual([]);
    areLeft([...ids, known], queueUrl);
  });

  test.each<[string, false | undefined]>([['after an export', undefined], ['for good', false]])('discard deletes the others, %s, and leaves the newer ones', async (_, kept) => {
    const { known, ids } = await putThree();
    const { exitCode, out } = await runDiscard({ export: kept ?? file, yesForGood: true });
    expect(exitCode).toBe(1);
    expect(out).toContain(`2 messages not discarded: left in place.\n  2 × NewerFormat: ${OF_ATTRIBUTE}`);
    if (kept === undefined) expect(readFileSync(file, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { messageId: string }).messageId)).toEqual([known]);
    areLeft(ids);
    expect((await runDiscard({ export: kept ?? `${file}.2`, yesForGood: true })).exitCode).toBe(1);
    areLeft(ids);
  });

  test('export writes the others, and says which are not in the file', async () => {
    const { known, ids } = await putThree();
    const { exitCode, err, document } = await it.run(exporting, exportOptions(), { args: [file], json: true });
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({ written: 1, newerFormats: [{ formatVersion: VERSION, messageIds: ids }] });
    expect(err).toContain('not in the export: 2 messages in a newer format');
    expect(readFileSync(file, 'utf8').trim().split('\n')).toEqual([expect.stringContaining(known)]);
    areLeft([...ids, known]);
  });
});

describe('a file with a dead letter of a newer format', () => {
  beforeEach(() => {
    const lines = [deadLetterOf(), newer(10)].map((deadLetter, place) =>
      JSON.stringify(exportedMessage({ MessageId: `m-${place}`, Attributes: { SentTimestamp: '0' } }, QUEUE, JSON.stringify(deadLetter))));
    writeFileSync(file, `${lines.join('\n')}\n`);
  });

  test('is not imported: nothing is sent', async () => {
    const options = { undeliverables: false, parked: false, dryRun: false, concurrency: 1, yes: true, auditLog: it.auditLog };
    const { error } = await it.run(importing, options, { args: [file] });
    const newerFormat = { formatVersion: VERSION, install: 'stream-dlq@0.4.0' };
    expect(error).toMatchObject({ message: `${file}:2: nothing was sent: ${OF_BODY}`, exitCode: 2, newerFormat });
    expect([idsIn(), existsSync(`${file}.imported`)]).toEqual([[], false]);
  });

  test('is redriven but for that one', async () => {
    const { exitCode, err } = await runRedrive({ from: file });
    expect([exitCode, it.processor.processed]).toEqual([1, [0, 1, 2]]);
    expect(err).toContain(`NEWER FORMAT: 1 message, 0 records, left: ${OF_BODY}`);
    expect(readFileSync(`${file}.redriven`, 'utf8')).not.toContain('m-1');
  });
});

test('a dead letter that comes from a file keeps its format version, and one that is taken in part gets its own', async () => {
  const deadLetter = deadLetterOf();
  const { formatVersion: _, ...hydration } = deadLetter.hydration;
  const line = exportedMessage({ MessageId: 'm-0', Attributes: { SentTimestamp: '0' } }, QUEUE, JSON.stringify({ ...deadLetter, hydration }));
  writeFileSync(file, `${JSON.stringify(line)}\n`);
  const options = { undeliverables: false, parked: false, dryRun: false, concurrency: 1, yes: true, auditLog: it.auditLog };
  await it.run(importing, options, { args: [file] });
  expect(JSON.parse(it.sqs.messages(QUEUE)[0].body)).toEqual({ ...deadLetter, hydration });
  it.processor.poison.add(1);
  it.processor.reports = true;
  await runRedrive();
  expect(JSON.parse(it.sqs.messages(QUEUE)[0].body)).toMatchObject({ hydration: { formatVersion: '0.1.0', recoveredRecords: 2 } });
});
