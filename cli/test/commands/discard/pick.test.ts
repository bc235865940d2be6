import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { discard as definition } from '../../../commands/discard/command';
import type { DiscardOptions } from '../../../commands/discard/run';
import * as discard from '../../../commands/discard/run';
import * as importing from '../../../commands/import/run';
import { type ExportedMessage, toMessage } from '../../../file/exported-message';
import { sqsError } from '../../support/fake-sqs';
import { killedAfter } from '../../support/killed-after';
import { deadLetterOf, Operation, QUEUE, type RunHow } from '../../support/operation';

let it: Operation;
let file: string;
beforeEach(() => {
  it = new Operation();
  file = join(it.folder, 'discarded.jsonl');
});
afterEach(() => it.close());

const optionsOf = (operation: Operation, more: Partial<DiscardOptions> = {}): DiscardOptions => ({
  reason: 'ticket 4711', filter: [], undeliverables: false, parked: false, all: false, yes: true, yesForGood: false, export: join(operation.folder, 'discarded.jsonl'),
  visibilityTimeout: 120, countReceives: false, auditLog: operation.auditLog, pick: true, ...more,
});
const run = (more: Partial<DiscardOptions> = {}, how: RunHow = {}) => it.run(discard, optionsOf(it, more), how);
const ORDERS = (...orders: readonly number[]) => `contains(\`[${orders.join()}]\`, data.order)`;
const lines = (path = file) => readFileSync(path, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as ExportedMessage);
const recordsIn = (line: ExportedMessage) => {
  const { Body, MessageAttributes } = toMessage(line);
  return parseDeadLetter(Body!, 'the line', MessageAttributes).event.Records;
};

describe('discard --pick', () => {
  test('deletes the matching records after an export, and keeps the others as a smaller dead letter', async () => {
    const whole = deadLetterOf({ to: 3 });
    const id = await it.put(whole);
    const { exitCode, out } = await run({ where: ORDERS(1, 2) });
    expect(exitCode).toBe(0);
    expect(it.sqs.calls.map(({ name }) => name).filter((name) => /Send|Delete/.test(name))).toEqual(['SendMessage', 'DeleteMessageBatch']);
    expect(it.deadLettersIn()).toMatchObject([{ status: 'COMPLETE', records: [0, 3], body: { redrive: { of: whole.hydration.deadLetterId } } }]);
    expect(lines().map(({ messageId }) => messageId)).toEqual([id]);
    expect(recordsIn(lines()[0])).toEqual([1, 2].map((place) => whole.payload.Records[place]));
    expect(out).toContain('1 message discarded in part: a smaller dead letter holds the other records.');
    expect(it.audit.at(-1)).toMatchObject({ result: 'discarded', records: 2, reason: 'ticket 4711' });
  });

  test('is undone by import: then all records are in the queue, each once', async () => {
    await it.put(deadLetterOf({ to: 3 }));
    await run({ where: ORDERS(1, 2) });
    const { exitCode } = await it.run(importing, {
      undeliverables: false, parked: false, dryRun: false, concurrency: 1, yes: true, auditLog: it.auditLog,
    }, { args: [file] });
    expect(exitCode).toBe(0);
    expect(it.deadLettersIn().map(({ records }) => records)).toEqual([[0, 3], [1, 2]]);
  });

  test('deletes a dead letter whole where all of its records match, as it is', async () => {
    await it.put(deadLetterOf());
    await run({ where: ORDERS(0, 1, 2) });
    expect(lines().map(({ body }) => body)).toEqual([JSON.stringify(deadLetterOf())]);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });

  test('says how many records it deletes before it does', async () => {
    await it.put(deadLetterOf());
    it.answers = [false];
    const { err } = await run({ where: ORDERS(0, 2), yes: false });
    expect(it.questions).toEqual([`Delete 2 records of 1 message from ${QUEUE}?`]);
    expect(err).toContain('COMPLETE: 1 dead letter, 2 of 3 records, to be deleted');
    expect(it.deadLettersIn().map(({ records }) => records)).toEqual([[0, 1, 2]]);
  });

  test('deletes nothing where the smaller dead letter cannot be written', async () => {
    await it.put(deadLetterOf());
    it.sqs.failAlways('SendMessage', sqsError('InvalidMessageContents', 'no'));
    const { exitCode, out } = await run({ where: ORDERS(1) });
    expect(exitCode).toBe(1);
    expect(it.sqs.messages(QUEUE).map(({ body }) => body)).toEqual([JSON.stringify(deadLetterOf())]);
    expect(out.replaceAll(/\s+/g, ' ')).toContain('the smaller dead letter could not be written (InvalidMessageContents: no): nothing of it is discarded');
    expect(out).toContain('is in the queue still: there is nothing to put back.');
  });

  test('says where both the whole and the smaller dead letter are in the queue', async () => {
    await it.put(deadLetterOf());
    it.sqs.failAlways('DeleteMessageBatch', sqsError('InternalError', 'no', 'server'));
    jest.spyOn(global, 'setTimeout').mockImplementation(((done: () => void) => setImmediate(done)) as never);
    const { exitCode, document } = await run({ where: ORDERS(1) }, { json: true }).finally(() => jest.restoreAllMocks());
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({
      results: [{ result: 'failed', reason: { message: 'no; the smaller dead letter of the records that are not discarded is in the queue beside it' } }],
    });
    expect(it.deadLettersIn().map(({ records }) => records)).toEqual([[0, 1, 2], [0, 2]]);
  });

  test('writes no file with --no-export, and keeps the others all the same', async () => {
    await it.put(deadLetterOf());
    expect(await run({ where: ORDERS(1), export: false, yesForGood: true })).toMatchObject({ exitCode: 0 });
    expect(existsSync(file)).toBe(false);
    expect(it.deadLettersIn().map(({ records }) => records)).toEqual([[0, 2]]);
  });

  test('needs to be told what to pick', () => {
    expect(() => definition.check!([], optionsOf(it, { all: true }))).toThrow('--pick needs --where: it picks the records that match. Add --where EXPRESSION.');
  });
});

test('a discard --pick that is killed loses nothing that is not in the file, whenever that is', async () => {
  const picked = [0, 1, 11, 21, 22, 30, 31, 32];
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 40 }), async (calls) => {
      const operation = new Operation();
      try {
        for (let place = 0; place < 4; place++) await operation.put(deadLetterOf({ from: place * 10, to: place * 10 + 2 }));
        const all = [0, 10, 20, 30].flatMap((from) => [from, from + 1, from + 2]);
        const { clients, killed } = killedAfter(calls, operation);
        operation.more = clients;
        const options = optionsOf(operation, { where: ORDERS(...picked) });
        await Promise.race([killed, operation.run(discard, options)]);
        const path = join(operation.folder, 'discarded.jsonl');
        const written = existsSync(path) ? lines(path).flatMap((line) => recordsIn(line)).map((record) => JSON.stringify(record)) : [];
        const left = operation.deadLettersIn().flatMap(({ body }) => body.payload.Records).map((record) => JSON.stringify(record));
        for (const index of all) {
          const record = JSON.stringify(deadLetterOf({ from: index, to: index }).payload.Records[0]);
          expect(left.includes(record) || (written.includes(record) && picked.includes(index))).toBe(true);
        }
      } finally {
        operation.close();
      }
    }),
    { numRuns: 30 },
  );
});
