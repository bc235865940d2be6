import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiscardOptions } from '../../commands/discard/run';
import * as discard from '../../commands/discard/run';
import * as exporting from '../../commands/export/run';
import * as ls from '../../commands/ls/run';
import { redrive as redriveCommand } from '../../commands/redrive/command';
import type { RedriveOptions } from '../../commands/redrive/run';
import * as redrive from '../../commands/redrive/run';
import { putFailed } from '../support/failed-batches';
import { FIFO_QUEUE, Operation, QUEUE, type RunHow } from '../support/operation';
import { exportOptions, lsOptions } from '../support/peek-options';
import { skipWaits } from '../support/skip-waits';

skipWaits();
let it: Operation;
beforeEach(() => {
  it = new Operation();
});
afterEach(() => it.close());

const take = () => ({ filter: [], yes: true, visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog });
const redriveOptions = (more: Partial<RedriveOptions>): RedriveOptions => ({
  ...take(), include: [], onlyFailedRecords: false, toStream: false, parked: false, dryRun: false, concurrency: 4, stopAfterFailures: 10, ...more,
});
const send = (more: Partial<RedriveOptions>, how: RunHow = {}) => it.run(redrive, redriveOptions(more), how);
const messagesOf = (queueUrl = QUEUE) => it.sqs.messages(queueUrl).map(({ messageId, body, attributes }) => ({ messageId, body, attributes }));
const processed = () => [...it.processor.processed].sort((a, b) => a - b);

/** Dead letters of two errors in turn. @returns ids of the messages, and of the group of the first error */
async function putTwoErrors(count: number, queueUrl = QUEUE): Promise<{ readonly ids: readonly string[]; readonly group: string }> {
  const ids: string[] = [];
  for (let place = 0; place < count; place++) {
    const isFirst = place % 2 === 0;
    const error = isFirst ? { type: 'OrderError', message: `order ${place} has no quantity` } : { type: 'TypeError', message: 'x is not a function' };
    ids.push((await putFailed(it, { from: place * 10, queueUrl, ...error })).messageId);
  }
  const { document } = await it.run(ls, lsOptions({ by: 'error', limit: 1_000 }), { json: true, queueUrl });
  const { groups } = document as unknown as { groups: readonly { group: string; error: { type: string } }[] };
  return { ids, group: groups.find(({ error }) => error.type === 'OrderError')!.group };
}

describe('--group', () => {
  test('sends a group, and leaves exactly the rest, byte for byte', async () => {
    const { ids, group } = await putTwoErrors(12);
    const before = messagesOf();
    const { exitCode, err } = await send({ group });
    expect(exitCode).toBe(0);
    expect(err).toContain(`Asked for --group ${group}: 6 messages.`);
    expect(messagesOf()).toEqual(before.filter(({ messageId }) => ids.indexOf(messageId) % 2 === 1));
    expect(processed()).toEqual([0, 2, 4, 6, 8, 10].flatMap((place) => [0, 1, 2].map((index) => place * 10 + index)));
    expect(it.sqs.visible(QUEUE)).toHaveLength(6);
  });

  test('looks reasons up where nobody has yet, several in one call', async () => {
    for (let place = 0; place < 40; place++) await putFailed(it, { from: place * 10 });
    it.logs.pageLines = 1_000;
    const { document } = await it.run(ls, lsOptions({ by: 'error' }), { json: true });
    const [first] = (document as unknown as { groups: { group: string }[] }).groups;
    expect(it.logs.calls.length).toBeLessThan(20);
    expect((await send({ group: first.group, dryRun: true }, { json: true })).document).toMatchObject({ plan: { chosen: 40 } });
  });

  test('takes the beginning of an id, if it names one group', async () => {
    const { group } = await putTwoErrors(4);
    expect((await send({ group: group.slice(0, 4).toUpperCase(), dryRun: true }, { json: true })).document).toMatchObject({ plan: { chosen: 2 } });
    expect((await send({ group: 'abc' })).error?.message).toBe(
      '--group must be the id of a group, or at least its first 4 characters, got: "abc". "ls --by error" lists them.',
    );
    expect((await send({ group: 'not hex!' })).error?.message).toMatch(/^--group must be the id/);
  });

  test('of something that is not there chooses nothing', async () => {
    await putTwoErrors(2);
    const { out, err } = await send({ group: '000000000000' });
    expect([out, messagesOf().length]).toEqual([expect.stringContaining('Nothing to send.'), 2]);
    expect(err).toContain('Asked for --group 000000000000: 0 messages. "ls --by error" lists the groups.');
  });

  test('leaves what has no known reason, and says so', async () => {
    const { group } = await putTwoErrors(2);
    await putFailed(it, { from: 90, isUnlogged: true });
    const { err, exitCode } = await send({ group });
    expect(err).toContain('1 dead letter without a known reason, and so in no group: NoLogLine: ');
    expect([exitCode, messagesOf().length]).toEqual([0, 2]);
  });

  test('keeps a dead letter in its group between the plan and the run, whatever happens to the log', async () => {
    const { group } = await putTwoErrors(6);
    it.answers = [true];
    it.sqs.on('ReceiveMessage', () => it.logs.groups.clear());
    expect((await send({ group, yes: false })).exitCode).toBe(0);
    expect(messagesOf()).toHaveLength(3);
  });

  test('lists, discards and exports a group, and sends it from a file', async () => {
    const { ids, group } = await putTwoErrors(4);
    expect((await it.run(ls, lsOptions({ group }), { json: true })).document).toMatchObject({ group, matched: 2 });
    const [kept, thrown] = ['export', 'discard'].map((name) => join(it.folder, `${name}.jsonl`));
    await it.run(exporting, exportOptions({ group }), { args: [kept] });
    const options: DiscardOptions = { ...take(), reason: 'x', undeliverables: false, parked: false, all: false, yesForGood: false, export: thrown, group };
    expect((await it.run(discard, options)).exitCode).toBe(0);
    for (const file of [kept, thrown]) expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
    expect(messagesOf().map(({ messageId }) => messageId)).toEqual([ids[1], ids[3]]);
    await send({ from: thrown, group });
    expect(processed()).toEqual([0, 1, 2, 20, 21, 22]);
  });

  test('goes with ids, --filter and --where', async () => {
    const { ids, group } = await putTwoErrors(6);
    const plan = async (more: Partial<RedriveOptions>, args: string[] = []) =>
      (await send({ group, dryRun: true, ...more }, { args, json: true })).document?.plan as unknown as { chosen: number };
    expect((await plan({ where: 'data.order == `21`' })).chosen).toBe(1);
    expect((await plan({ where: 'data.order == `11`' })).chosen).toBe(0);
    expect((await plan({}, [ids[0], ids[2]])).chosen).toBe(2);
    expect((await plan({ filter: ['status=PARTIAL'] })).chosen).toBe(0);
  });

  test('reaches what is behind on a FIFO queue, though the logs take long', async () => {
    const { group } = await putTwoErrors(24, FIFO_QUEUE);
    await send({ group, concurrency: 1 }, { queueUrl: FIFO_QUEUE });
    const order = it.processor.processed;
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order.length).toBeGreaterThan(0);
  });

  test('is refused with --remote: the redrive function knows no reasons', () => {
    expect(() => redriveCommand.check!([], redriveOptions({ remote: 'start', group: 'abcd' }) as never)).toThrow(
      '--remote start cannot be used with --group: the redrive function sends the whole queue, with the settings in the stack.',
    );
    expect(() => redriveCommand.check!([], redriveOptions({ remote: 'start', where: 'data' }) as never)).toThrow('--remote start cannot be used with --where');
  });
});
