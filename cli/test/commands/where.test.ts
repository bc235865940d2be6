import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiscardOptions } from '../../commands/discard/run';
import * as discard from '../../commands/discard/run';
import * as exporting from '../../commands/export/run';
import * as ls from '../../commands/ls/run';
import type { RedriveOptions } from '../../commands/redrive/run';
import * as redrive from '../../commands/redrive/run';
import type { RehydrateOptions } from '../../commands/rehydrate/run';
import * as rehydrate from '../../commands/rehydrate/run';
import { putFailed } from '../support/failed-batches';
import { deadLetterOf, FIFO_QUEUE, HYDRATE_ARN, Operation, QUEUE, type RunHow, UNDELIVERABLE_QUEUE } from '../support/operation';
import { exportOptions, lsOptions } from '../support/peek-options';

let it: Operation;
beforeEach(() => {
  it = new Operation();
});
afterEach(() => it.close());

const take = () => ({ filter: [], yes: true, visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog });
const redriveOptions = (more: Partial<RedriveOptions>): RedriveOptions => ({
  ...take(), include: [], onlyFailedRecords: false, toStream: false, parked: false, dryRun: false, concurrency: 4, stopAfterFailures: 10, ...more,
});
const discardOptions = (more: Partial<DiscardOptions>): DiscardOptions => ({
  ...take(), reason: 'ticket 4711', undeliverables: false, parked: false, all: false, yesForGood: false, export: join(it.folder, 'out.jsonl'), ...more,
});
const send = (more: Partial<RedriveOptions>, how: RunHow = {}) => it.run(redrive, redriveOptions(more), how);
const list = (where: string, how: RunHow = {}) => it.run(ls, lsOptions({ where }), { json: true, ...how });

/** The messages of a queue, to the byte. */
const messagesOf = (queueUrl = QUEUE) => it.sqs.messages(queueUrl).map(({ messageId, body, attributes }) => ({ messageId, body, attributes }));

/** Dead letters of three records, of which the second is of a country. */
async function putOrders(countries: readonly string[], queueUrl = QUEUE, maxMessageBytes?: number): Promise<string[]> {
  const ids: string[] = [];
  for (const [place, country] of countries.entries()) {
    const data = [0, 1, 2].map((index) => (index === 1 ? { customer: { country }, total: place } : { other: true }));
    ids.push((await putFailed(it, { from: place * 10, data, queueUrl, maxMessageBytes })).messageId);
  }
  return ids;
}

const COUNTRIES = ['CH', 'DE', 'CH', 'AT', 'CH', 'DE'];
const SWISS = "data.customer.country == 'CH'";

describe('--where', () => {
  test('lists dead letters with a record that matches', async () => {
    const ids = await putOrders(COUNTRIES);
    const { document, exitCode } = await list(SWISS);
    expect(document).toMatchObject({ where: SWISS, looked: 6, matched: 3 });
    const listed = document?.messages as unknown as { messageId: string }[];
    expect(listed.map(({ messageId }) => messageId).sort()).toEqual([ids[0], ids[2], ids[4]].sort());
    expect(exitCode).toBe(0);
    expect((await list(SWISS, { json: false })).out).toContain(`3 dead letters in Orders, matching --where ${SWISS}`);
  });

  test('says how to see the records where none matches', async () => {
    await putOrders(['CH']);
    const { out } = await list('key == "CH"', { json: false });
    expect(out).toContain('\n--where has texts in \'…\', numbers in `…` and names in "…" or without quotes');
    expect(out).toMatch(/\n {4}npx stream-dlq show [\da-f]{8} --json\n/);
  });

  test('sends them, and leaves exactly the rest, byte for byte', async () => {
    const ids = await putOrders(COUNTRIES);
    const before = messagesOf();
    const { exitCode, err } = await send({ where: SWISS });
    expect(exitCode).toBe(0);
    expect(err).toContain(`Asked for --where ${SWISS}: 3 messages.`);
    expect(messagesOf()).toEqual(before.filter(({ messageId }) => ![ids[0], ids[2], ids[4]].includes(messageId)));
    expect([...it.processor.processed].sort((a, b) => a - b)).toEqual([0, 1, 2, 20, 21, 22, 40, 41, 42]);
    expect(it.sqs.visible(QUEUE)).toHaveLength(3);
  });

  test('discards them after an export of them alone', async () => {
    const ids = await putOrders(COUNTRIES);
    expect((await it.run(discard, discardOptions({ where: SWISS }))).exitCode).toBe(0);
    const exported = readFileSync(join(it.folder, 'out.jsonl'), 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { messageId: string }).messageId);
    expect(exported.sort()).toEqual([ids[0], ids[2], ids[4]].sort());
    expect(messagesOf().map(({ messageId }) => messageId)).toEqual([ids[1], ids[3], ids[5]]);
  });

  test('exports them, and sends of a file what matches there', async () => {
    const ids = await putOrders(COUNTRIES);
    const file = join(it.folder, 'export.jsonl');
    await it.run(exporting, exportOptions({ where: "data.customer.country != 'AT' && data.customer" }), { args: [file] });
    const lines = readFileSync(file, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { messageId: string }).messageId);
    expect(lines.sort()).toEqual(ids.filter((_, place) => place !== 3).sort());
    expect((await send({ from: file, where: 'data.total == `5`' })).exitCode).toBe(0);
    expect([...it.processor.processed].sort((a, b) => a - b)).toEqual([50, 51, 52]);
  });

  test('has incomplete ones read again', async () => {
    it.lambda.functions.set(HYDRATE_ARN, () => ({ deadLetters: [], undeliverables: 0 }));
    for (const from of [0, 10]) await it.put(deadLetterOf({ from, to: from + 2, status: 'PARTIAL' }));
    const options: RehydrateOptions = { ...take(), undeliverables: false, parked: false, include: [], dryRun: true, concurrency: 1, where: 'data.order == `12`' };
    expect((await it.run(rehydrate, options, { json: true })).document).toMatchObject({ plan: { chosen: 1, toDo: 1, lookedAt: 2 } });
  });

  test('matches together with ids and --filter', async () => {
    const ids = await putOrders(COUNTRIES);
    const { document } = await it.run(redrive, redriveOptions({ where: SWISS, dryRun: true, filter: ['status=COMPLETE'] }), { args: [ids[0], ids[2]], json: true });
    expect(document).toMatchObject({ plan: { chosen: 2, isFound: true } });
    expect((await send({ where: SWISS }, { args: [ids[1]] })).err).toContain(`"${ids[1]}" names nothing`);
    expect((await send({ where: SWISS, filter: ['status=PARTIAL'] })).out).toContain('Nothing to send.');
  });

  test('reads a body in S3 no more often than it takes, and none that --filter excludes', async () => {
    await putOrders(['CH', 'DE', 'CH'], QUEUE, 100);
    const gets: string[] = [];
    const { s3 } = it.clients;
    it.more = { s3: async () => {
      const { send: original } = (await s3()) as unknown as { send(command: { input: { Key: string } }): Promise<object> };
      return { send: async (command: { input: { Key: string } }) => {
        gets.push(command.input.Key);
        return original(command);
      } } as never;
    } };
    expect((await send({ where: SWISS, filter: ['status=PARTIAL'] })).exitCode).toBe(0);
    expect(gets).toEqual([]);
    expect((await send({ where: SWISS })).exitCode).toBe(0);
    // What the plan has read is there for the choice of the run.
    expect(gets).toHaveLength(5);
    expect(it.deadLettersIn().map(({ records }) => records)).toEqual([[10, 11, 12]]);
  });

  test('says what it could not search, which is not chosen, and ends with 1', async () => {
    await putOrders(['CH', 'CH'], QUEUE, 100);
    it.objects.delete([...it.objects.keys()][0]);
    const { exitCode, err, document } = await list(SWISS);
    expect(document).toMatchObject({ matched: 1 });
    expect(err).toMatch(/1 dead letter could not be searched \(as \w{8}\): the body of the dead letter cannot be read: s3:\/\/overflow\//);
    expect(exitCode).toBe(1);
    const sent = await send({ where: SWISS });
    expect([sent.exitCode, sent.out]).toEqual([1, expect.stringContaining('1 dead letter could not be searched')]);
    expect(messagesOf()).toHaveLength(1);
  });

  test('says once on how many records it failed', async () => {
    await putOrders(['CH', 'DE']);
    const { err, exitCode, document } = await list("contains(data.customer.country, 'C')");
    expect(err).toContain('--where failed on 3 records, which do not match: Invalid type: contains() expected argument 1 to be type (string | array) but received type null');
    expect([exitCode, document?.matched]).toEqual([0, 1]);
  });

  test.each([
    ['ls', async (where: string) => list(where)], ['redrive', async (where: string) => send({ where })],
    ['discard', async (where: string) => it.run(discard, discardOptions({ where }))], ['export', async (where: string) => it.run(exporting, exportOptions({ where }))],
  ])('of %s is checked before anything is called', async (_, run) => {
    const { error } = await run("data.x = 'a'");
    expect(error?.message).toBe("--where must be a JMESPath expression, got: data.x = 'a'; unexpected \"=\" at character 8.");
    expect(it.sqs.calls).toEqual([]);
  });

  test('is refused for messages that have no records', async () => {
    it.sqs.put(UNDELIVERABLE_QUEUE, { body: '{}' });
    const { error } = await it.run(ls, lsOptions({ where: 'data', undeliverables: true }));
    expect(error?.message).toBe('--where is for dead letters: undeliverables have no records, and can be chosen by --filter id, since, until.');
    expect((await it.run(discard, discardOptions({ where: 'data', undeliverables: true }))).error?.message).toMatch(/^--where is for dead letters/);
  });

  test('passes over what is no dead letter', async () => {
    it.sqs.put(QUEUE, { body: 'hello' });
    await putOrders(['CH']);
    expect((await list('@')).document).toMatchObject({ looked: 2, matched: 1 });
  });

  test('keeps the order of a FIFO queue, and reaches what is behind', async () => {
    await putOrders(['CH', 'CH', 'DE', 'CH'], FIFO_QUEUE);
    await send({ where: SWISS, concurrency: 8 }, { queueUrl: FIFO_QUEUE });
    expect(it.processor.processed).toEqual([0, 1, 2, 10, 11, 12, 30, 31, 32]);
    expect(it.deadLettersIn(FIFO_QUEUE).map(({ records }) => records)).toEqual([[20, 21, 22]]);
  });

  test('with --limit chooses as many as were asked for', async () => {
    await putOrders(['DE', 'CH', 'CH', 'CH']);
    await send({ where: SWISS, limit: 2, concurrency: 1 });
    expect(it.processor.processed).toHaveLength(6);
    expect(it.sqs.visible(QUEUE)).toHaveLength(2);
  });
});
