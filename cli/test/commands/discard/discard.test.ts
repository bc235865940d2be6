import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DeleteMessageCommandInput } from '@aws-sdk/client-sqs';
import { discard as definition } from '../../../commands/discard/command';
import type { DiscardOptions } from '../../../commands/discard/run';
import * as discard from '../../../commands/discard/run';
import type { ImportOptions } from '../../../commands/import/run';
import * as importing from '../../../commands/import/run';
import { ExportFile } from '../../../file/export-file';
import type { ExportedMessage } from '../../../file/exported-message';
import { Journal } from '../../../file/journal';
import { InFlightMessages } from '../../../queue/in-flight-messages';
import { sqsError } from '../../support/fake-sqs';
import { CALLER, FIFO_QUEUE, deadLetterOf, Operation, PARKING_QUEUE, QUEUE, type RunHow, UNDELIVERABLE_QUEUE } from '../../support/operation';
import { skipWaits } from '../../support/skip-waits';

const waits = skipWaits();
let it: Operation;
let file: string;
beforeEach(() => {
  it = new Operation();
  file = join(it.folder, 'discarded.jsonl');
});
afterEach(() => it.close());

const options = (more: Partial<DiscardOptions> = {}): DiscardOptions => ({
  reason: 'ticket 4711', filter: [], undeliverables: false, parked: false, all: false, yes: true, yesForGood: false, export: file,
  visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog, ...more,
});
const importOptions = (more: Partial<ImportOptions>): ImportOptions =>
  ({ undeliverables: false, parked: false, dryRun: false, concurrency: 1, yes: true, auditLog: it.auditLog, ...more });
const run = (more: Partial<DiscardOptions> = {}, how: RunHow = {}) => it.run(discard, options({ all: true, ...more }), how);

async function put(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let place = 0; place < count; place++) ids.push(await it.put(deadLetterOf({ from: place * 10, to: place * 10 + 2 })));
  return ids;
}

const kept = (path = file): ExportedMessage[] =>
  (path.endsWith('.gz') ? gunzipSync(readFileSync(path)).toString() : readFileSync(path, 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as ExportedMessage);

describe('discard', () => {
  test('deletes what is in the file, whole, by then', async () => {
    const ids = await put(12);
    const bodies = it.sqs.messages(QUEUE).map(({ body }) => body);
    it.sqs.on('DeleteMessageBatch', () => expect(kept().map(({ messageId }) => messageId)).toEqual(ids));
    const { exitCode, out } = await run();
    expect(exitCode).toBe(0);
    expect(kept().map(({ body }) => body)).toEqual(bodies);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
    expect(out).toContain(`12 messages discarded.\nThey are in ${file}, and are put back by:\n    npx stream-dlq import ${file}\n`);
  });

  test('notes each with the reason before it is deleted', async () => {
    const [messageId] = await put(1);
    let audited = 0;
    it.sqs.on('DeleteMessageBatch', () => void (audited = it.audit.length));
    await run();
    expect(audited).toBe(2);
    expect(it.audit).toEqual([
      { time: expect.any(String), caller: CALLER, command: 'discard', queue: QUEUE, result: 'begun', reason: 'ticket 4711' },
      {
        time: expect.any(String), caller: CALLER, command: 'discard', queue: QUEUE, messageId, deadLetterId: deadLetterOf().hydration.deadLetterId,
        records: 3, to: file, result: 'discarded', reason: 'ticket 4711',
      },
    ]);
  });

  test('keeps bodies that are in S3', async () => {
    await it.put(deadLetterOf(), QUEUE, 1_000);
    await run();
    expect(JSON.parse(kept()[0].body)).toEqual(deadLetterOf());
    expect(kept()[0].pointer).toEqual({ bucket: 'overflow', key: expect.stringContaining('dead-letters/') });
  });

  test.each([true, false])('leaves what it cannot keep, and nothing else: may list %p', async (mayList) => {
    it.mayList = mayList;
    const lost = await it.put(deadLetterOf({ from: 50, to: 52 }), QUEUE, 1_000);
    const ids = await put(2);
    it.objects.clear();
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(it.sqs.visible(QUEUE).map(({ messageId }) => messageId)).toEqual([lost]);
    expect(kept().map(({ messageId }) => messageId)).toEqual(ids);
    expect(out).toContain('--no-export discards it all the same');
    expect(await run({ export: false, yesForGood: true })).toMatchObject({ exitCode: 0 });
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });

  test('deletes those that are named, and gives the others back', async () => {
    const ids = await put(3);
    expect(await run({ all: false }, { args: [ids[1]] })).toMatchObject({ exitCode: 0 });
    expect(it.sqs.visible(QUEUE).map(({ messageId }) => messageId)).toEqual([ids[0], ids[2]]);
  });

  test('deletes no more than --limit', async () => {
    await put(5);
    await run({ limit: 2 });
    expect(it.sqs.visible(QUEUE)).toHaveLength(3);
    expect(kept()).toHaveLength(2);
  });

  test('says what was not found', async () => {
    await put(1);
    expect(await run({ all: false }, { args: ['00000000'] })).toMatchObject({ exitCode: 1, out: 'Nothing to discard.\n', err: expect.stringContaining('names nothing') });
    expect(existsSync(file)).toBe(false);
  });

  test('asks, with the counts by status', async () => {
    await put(1);
    await it.put(deadLetterOf({ from: 50, to: 52, status: 'EXPIRED' }));
    it.answers = [false];
    const { exitCode, err } = await run({ yes: false });
    expect(exitCode).toBe(1);
    expect(it.questions).toEqual([`Delete 2 messages from ${QUEUE}?`]);
    expect(err).toContain('  COMPLETE: 1 dead letter, 3 records, to be deleted\n  EXPIRED: 1 dead letter, 0 records, to be deleted\n');
    expect(it.sqs.visible(QUEUE)).toHaveLength(2);
    expect(existsSync(file)).toBe(false);
  });

  test('keeps nothing with --no-export, which has a question of its own', async () => {
    await put(1);
    it.answers = [false];
    expect(await run({ export: false })).toMatchObject({ exitCode: 1 });
    expect(it.questions).toEqual(['Nothing of them will be kept (--no-export). Delete them for good?']);
    expect(it.sqs.visible(QUEUE)).toHaveLength(1);
    it.answers = [true];
    expect(await run({ export: false })).toMatchObject({ exitCode: 0 });
    expect(it.sqs.messages(QUEUE)).toEqual([]);
    expect(readdirSync(it.folder)).toEqual(['audit.jsonl']);
  });

  test('never writes over a file', async () => {
    await put(2);
    await run({ limit: 1 });
    expect((await run()).error?.message).toContain(`${file} exists already`);
    expect(it.sqs.visible(QUEUE)).toHaveLength(1);
  });

  test('names the file by the time where none is named', async () => {
    await put(1);
    const before = process.cwd();
    process.chdir(it.folder);
    try {
      const { out } = await run({ export: undefined });
      const [, path] = /It is in (discarded-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z\.jsonl\.gz),/.exec(out)!;
      expect(kept(join(it.folder, path))).toHaveLength(1);
    } finally {
      process.chdir(before);
    }
  });

  test('deletes nothing after Ctrl-C while it gathers', async () => {
    await put(15);
    let receives = 0;
    it.sqs.on('ReceiveMessage', () => void (++receives === 15 && it.stop.abort()));
    expect(await run()).toMatchObject({ exitCode: 130 });
    expect(it.sqs.visible(QUEUE)).toHaveLength(15);
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(dirname(file)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('leaves what was not deleted by then after Ctrl-C, in the queue and in the file', async () => {
    await put(40);
    it.sqs.on('DeleteMessageBatch', () => it.stop.abort());
    expect(await run()).toMatchObject({ exitCode: 130, out: expect.stringContaining('Interrupted') });
    expect(it.sqs.visible(QUEUE).length).toBeGreaterThan(20);
    expect(kept()).toHaveLength(40);
  });

  test('says what of the file is in the queue still, and keeps import from sending that once more', async () => {
    const ids = await put(40);
    it.sqs.on('DeleteMessageBatch', () => it.stop.abort());
    const { out } = await run();
    const left = it.sqs.visible(QUEUE).map(({ messageId }) => messageId);
    expect(out).toContain(
      `${file} holds 40 messages, ${left.length} of which are in the queue still. The other ${40 - left.length} are put back, as ${file}.imported says, by:\n` +
        `    npx stream-dlq import ${file}\n`,
    );
    const journal = await Journal.open(`${file}.imported`, QUEUE);
    expect(ids.filter((id) => journal.isFinished(id))).toEqual(left);
  });

  test('does not count what SQS did not answer for as what is in the queue', async () => {
    const [unknown, refused] = await put(2);
    const handleOf = (id: string) => it.sqs.messages(QUEUE).find(({ messageId }) => messageId === id)!.receiptHandle;
    it.sqs.on<DeleteMessageCommandInput>('DeleteMessage', ({ ReceiptHandle }) => {
      throw ReceiptHandle === handleOf(refused) ? sqsError('InvalidAddress', 'no') : sqsError('InternalError', 'no', 'server');
    });
    const { out, exitCode } = await run();
    expect(exitCode).toBe(1);
    expect(out).toContain(`${file} holds 2 messages, 1 of which is in the queue still. The other one is put back, as ${file}.imported says, by:\n`);
    const journal = await Journal.open(`${file}.imported`, QUEUE);
    expect([unknown, refused].map((id) => journal.isFinished(id))).toEqual([false, true]);
  });

  test('deletes nothing, and leaves no file, where what is to be kept cannot be read for now', async () => {
    await put(1);
    await it.put(deadLetterOf({ from: 50, to: 52 }), QUEUE, 1_000);
    it.more = { s3: () => Promise.reject(new Error('no connection')) };
    expect((await run()).error?.message).toBe('no connection');
    expect(it.sqs.visible(QUEUE)).toHaveLength(2);
    expect(readdirSync(it.folder)).toEqual(['audit.jsonl']);
  });

  test('does not delete what is hidden no longer: somebody else may have it', async () => {
    const [lost] = await put(2);
    jest.spyOn(ExportFile.prototype, 'commit').mockImplementationOnce(async function (this: ExportFile) {
      jest.spyOn(InFlightMessages.prototype, 'has').mockImplementation((messageId) => messageId !== lost);
      await this.discard();
    });
    const { exitCode, out } = await run();
    jest.restoreAllMocks();
    expect(exitCode).toBe(1);
    expect(out).toContain('1 message not deleted.\n  1 × Lost: it became visible again');
    expect(it.sqs.visible(QUEUE).map(({ messageId }) => messageId)).toEqual([lost]);
  });

  test('ends at once where it may not delete', async () => {
    await put(40);
    it.sqs.failAlways('DeleteMessageBatch', sqsError('AccessDenied', 'no'));
    const { error, out } = await run();
    expect(error).toMatchObject({ name: 'AccessDenied' });
    expect(out).toContain('not deleted.\n');
    expect(it.sqs.visible(QUEUE)).toHaveLength(40);
    expect(out).toContain(`${file} holds 40 messages, all of which are in the queue still: there is nothing to put back.`);
  });

  test('says that a FIFO queue has more, once those before them are gone', async () => {
    it.dlq = { ...it.dlq, isFifo: true };
    for (let place = 0; place < 12; place++) await it.put(deadLetterOf({ from: place * 10, to: place * 10 + 2 }), FIFO_QUEUE);
    expect(await run({}, { queueUrl: FIFO_QUEUE })).toMatchObject({ exitCode: 1, err: expect.stringContaining('About 2 messages were not reached: a FIFO queue') });
    expect(await run({ export: `${file}.2` }, { queueUrl: FIFO_QUEUE })).toMatchObject({ exitCode: 0 });
    expect(it.sqs.messages(FIFO_QUEUE)).toEqual([]);
  });

  test('says what could not be deleted', async () => {
    const [bad] = await put(2);
    it.sqs.on<DeleteMessageCommandInput>('DeleteMessage', ({ ReceiptHandle }) => {
      if (ReceiptHandle === it.sqs.messages(QUEUE).find(({ messageId }) => messageId === bad)?.receiptHandle) throw sqsError('InvalidAddress', 'no');
    });
    const { exitCode, document } = await run({}, { json: true });
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({ file, counts: { discarded: 1, failed: 1, left: 0 }, interrupted: false });
    expect(waits).toEqual([1_000, 3_000]);
  });

  test.each([['undeliverables', UNDELIVERABLE_QUEUE], ['parked', PARKING_QUEUE]] as const)('works on the queue of --%s', async (name, url) => {
    it.sqs.put(url, { body: 'not a dead letter' });
    await put(1);
    expect(await run({ [name]: true })).toMatchObject({ exitCode: 0 });
    expect(it.sqs.messages(url)).toEqual([]);
    expect(it.sqs.visible(QUEUE)).toHaveLength(1);
    expect(kept()).toMatchObject([{ queueUrl: url, body: 'not a dead letter' }]);
    expect(it.audit[0].queue).toBe(url);
  });

  test.each([['undeliverables', UNDELIVERABLE_QUEUE], ['parked', PARKING_QUEUE]] as const)('says how to put back what was of --%s, and that is the way', async (name, url) => {
    it.sqs.put(url, { body: 'not a dead letter', attributes: { reason: { DataType: 'String', StringValue: 'why' } } });
    const { out } = await run({ [name]: true }, { globals: { stack: 'Orders', region: 'eu-west-1' } });
    expect(out).toContain(`It is in ${file}, and is put back by:\n    npx stream-dlq import ${file} --${name} --stack Orders --region eu-west-1\n`);
    await it.run(importing, importOptions({ [name]: true }), { args: [file] });
    expect(it.sqs.messages(url)).toMatchObject([{ body: 'not a dead letter', attributes: { reason: { StringValue: 'why' } } }]);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });

  test('keeps import from sending once more what of --parked is there still', async () => {
    for (let place = 0; place < 20; place++) await it.put(deadLetterOf({ from: place * 10, to: place * 10 + 2 }), PARKING_QUEUE);
    it.sqs.on('DeleteMessageBatch', () => it.stop.abort());
    await run({ parked: true });
    const left = it.sqs.messages(PARKING_QUEUE).length;
    expect(left).toBeGreaterThan(0);
    Object.assign(it, { stop: new AbortController() });
    await it.run(importing, importOptions({ parked: true }), { args: [file] });
    expect(it.sqs.messages(PARKING_QUEUE)).toHaveLength(20);
  });
});

test.each<[string[], Partial<DiscardOptions>, string]>([
  [[], {}, 'discard must know which messages to delete: give ids, --filter, --where, --group, or --all for all messages of the queue.'],
  [['3f2a'], { all: true }, '--all cannot be used with ids: it means all messages of the queue. Leave one of them out.'],
  [[], { all: true, filter: ['status=EXPIRED'] }, '--all cannot be used with --filter: it means all messages of the queue. Leave one of them out.'],
  [[], { all: true, undeliverables: true, parked: true }, '--undeliverables cannot be used with --parked: run the command once for each of the two queues.'],
  [[], { all: true, reason: ' ' }, '--reason must say why, got: an empty text.'],
])('discard refuses %j with %j', (ids, more, message) => {
  expect(() => definition.check!(ids, options(more))).toThrow(message);
});

test('discard takes ids, a filter, or everything', () => {
  expect(() => definition.check!(['3f2a'], options())).not.toThrow();
  expect(() => definition.check!([], options({ filter: ['status=EXPIRED'] }))).not.toThrow();
  expect(() => definition.check!([], options({ all: true }))).not.toThrow();
});
