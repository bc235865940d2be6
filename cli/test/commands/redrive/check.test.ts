import type { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { toEventRecord } from '../../../../lambda/shared/stream/dynamo-event-record';
import { dynamoFailureRecord, dynamoRecord, TABLE_STREAM_ARN } from '../../../../test/support/dynamo-records';
import { FUNCTION_ARN } from '../../../../test/support/records';
import { redrive as definition } from '../../../commands/redrive/command';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import { deadLetterOf, eventRecords, Operation, QUEUE, type RunHow } from '../../support/operation';
import { redriveOptions } from '../../support/redrive-options';

type Item = Record<string, { S?: string; N?: string }>;

let it: Operation;
/** Items of the table by their id. */
let table: Map<string, Item>;
let reads: number;
beforeEach(() => {
  it = new Operation();
  table = new Map();
  reads = 0;
  it.more = {
    dynamodb: async () => ({
      send: async ({ input }: BatchGetItemCommand) => {
        reads++;
        const { Keys = [] } = input.RequestItems!.orders;
        return { Responses: { orders: Keys.flatMap(({ id }) => table.get(id.S!) ?? []) } };
      },
    }) as never,
  };
});
afterEach(() => it.close());

const optionsOf = (more: Partial<RedriveOptions>): RedriveOptions => redriveOptions(it, { pick: false, check: true, skip: [], ...more });
const run = (more: Partial<RedriveOptions> = {}, how: RunHow = {}) => it.run(redrive, optionsOf(more), how);

/** A dead letter of inserts of a table: each has its number as total. */
const tableDeadLetter = (from: number, to: number) => {
  const records = Array.from({ length: to - from + 1 }, (_, place) => toEventRecord(dynamoRecord(from + place), TABLE_STREAM_ARN));
  return toDeadLetter(dynamoFailureRecord({ from, to }), { records, hasStart: true, hasEnd: true });
};
const setItem = (number: number, total = number) =>
  void table.set(`order-${number}`, { id: { S: `order-${number}` }, total: { N: String(total) } });
const recordsOf = (event: unknown) => (event as { Records: { dynamodb: { Keys: Item } }[] }).Records;
const idsSent = () => it.lambda.events.map(({ event }) => recordsOf(event).map(({ dynamodb }) => dynamodb.Keys.id.S));

describe('redrive --check of a table', () => {
  beforeEach(async () => {
    it.lambda.functions.set(FUNCTION_ARN, () => null);
    await it.put(tableDeadLetter(0, 2));
    await it.put(tableDeadLetter(3, 4));
    // 0 and 3 untouched, 1 overwritten, 2 and 4 deleted.
    for (const [number, total] of [[0, 0], [1, 9], [3, 3]]) setItem(number, total);
  });

  test('says in the plan and of each dead letter what its records are', async () => {
    const { out } = await run({ dryRun: true });
    expect(out).toContain('  --check: 2 matches-new, 2 matches-old, 1 differs\n');
    expect(out).toMatch(/COMPLETE, 3 records {2}to orders {2}\(1 matches-new, 1 matches-old, 1 differs\)/);
    const { document } = await run({ dryRun: true }, { json: true });
    expect(document).toMatchObject({
      plan: { verdicts: { 'matches-new': 2, 'matches-old': 2, differs: 1 } },
      messages: [{ verdicts: { 'matches-new': 1, 'matches-old': 1, differs: 1 } }, { verdicts: { 'matches-new': 1, 'matches-old': 1 } }],
    });
    expect(it.lambda.events).toEqual([]);
  });

  test('sends all records, and reads the items again right before', async () => {
    const { exitCode, document } = await run({ concurrency: 1 }, { json: true });
    expect(exitCode).toBe(0);
    expect(idsSent().flat()).toHaveLength(5);
    expect(reads).toBe(4);
    expect(document).toMatchObject({
      checked: { 'matches-new': 2, 'matches-old': 2, differs: 1 },
      results: [{ result: 'sent', verdicts: { differs: 1 } }, { result: 'sent', verdicts: { 'matches-new': 1, 'matches-old': 1 } }],
    });
  });

  test('keeps the records that --skip names, as a smaller dead letter', async () => {
    const { exitCode, out } = await run({ check: false, skip: ['differs', 'matches-new'], concurrency: 1 });
    expect(exitCode).toBe(0);
    expect(idsSent()).toEqual([['order-2'], ['order-4']]);
    expect(it.sqs.messages(QUEUE).map(({ body }) => JSON.parse(body) as object)).toMatchObject([
      { payload: { Records: { length: 2 } }, redrive: { reason: { name: 'Skipped', message: '--skip matches-new,differs' } } },
      { payload: { Records: { length: 1 } }, redrive: { reason: { name: 'Skipped', message: '--skip matches-new' } } },
    ]);
    expect(out).toContain('2 messages sent in part, as chosen: a smaller dead letter holds the other records.');
    expect(out).toContain('Checked before they were sent: 2 matches-new, 2 matches-old, 1 differs.');
  });

  test('leaves a dead letter whose records are all skipped', async () => {
    const { exitCode, err } = await run({ skip: ['matches-new', 'matches-old', 'differs'] });
    expect(exitCode).toBe(1);
    expect(it.lambda.events).toEqual([]);
    expect(it.sqs.visible(QUEUE)).toHaveLength(2);
    expect(err).toContain('left: --skip matches-new,matches-old,differs');
  });

  test('goes by the items right before the send, not by those of the plan', async () => {
    it.answers = [true];
    // What is written while the question is asked.
    jest.spyOn(it.questions, 'push').mockImplementation((question) => {
      expect(question).toBe('Send 3 records of 2 dead letters to the processor?');
      for (const number of [0, 1, 2, 3, 4]) setItem(number);
      return 1;
    });
    const { exitCode } = await run({ yes: false, skip: ['matches-new'] });
    expect(exitCode).toBe(1);
    expect(it.questions.push).toHaveBeenCalledTimes(1);
    expect(it.lambda.events).toEqual([]);
  });

  test('checks only what --pick takes', async () => {
    const { document } = await run({ pick: true, where: "keys.id == 'order-1' || keys.id == 'order-0'" }, { json: true });
    expect(document).toMatchObject({ checked: { 'matches-new': 1, differs: 1 }, counts: { picked: 1 }, recordsSent: 2 });
  });

  test('ends before anything is sent where the items may not be read', async () => {
    const message = 'User: arn:aws:iam::123456789012:user/mia is not authorized to perform: dynamodb:BatchGetItem on resource: orders';
    it.more = { dynamodb: async () => ({ send: () => Promise.reject(Object.assign(new Error(message), { name: 'AccessDeniedException', $fault: 'client' })) }) as never };
    expect((await run()).error).toMatchObject({ name: 'AccessDeniedException', message });
    expect(it.lambda.events).toEqual([]);
    expect(it.sqs.visible(QUEUE)).toHaveLength(2);
  });

  test('leaves what it cannot check, such as records of a table that is gone', async () => {
    const error = Object.assign(new Error('Requested resource not found'), { name: 'ResourceNotFoundException', $fault: 'client' });
    it.more = { dynamodb: async () => ({ send: () => Promise.reject(error) }) as never };
    const { exitCode, err } = await run();
    expect(exitCode).toBe(1);
    expect(err).toContain('its items could not be read (ResourceNotFoundException: Requested resource not found); without --check it is sent');
    expect(it.lambda.events).toEqual([]);
  });
});

describe('redrive --check of a Kinesis stream', () => {
  const withKeys = (from: number, ...keys: string[]) => {
    const records = eventRecords({ from, to: from + keys.length - 1 }).map((record, place) => {
      const { kinesis, ...rest } = record as { kinesis: object };
      return { ...rest, kinesis: { ...kinesis, partitionKey: keys[place] } };
    });
    return deadLetterOf({ from, to: from + keys.length - 1, records });
  };
  beforeEach(async () => {
    await it.put(withKeys(0, 'a', 'b'));
    await it.put(withKeys(10, 'a', 'c'));
    await it.put(withKeys(20, 'a'));
  });

  test('says how many newer dead letters with the same key wait, whether they are chosen or not', async () => {
    const { hydration: { deadLetterId } } = withKeys(0, 'a', 'b');
    const { document, out } = await run({ dryRun: true }, { json: true, args: [deadLetterId] });
    expect(document).toMatchObject({ plan: { verdicts: { newest: 1, 'newer-waits': 1 } }, messages: [{ newerWaiting: 2 }] });
    expect(out).toContain('"newerWaiting": 2');
    const text = (await run({ dryRun: true }, { args: [deadLetterId] })).out;
    expect(text).toMatch(/\(1 newest, 1 newer-waits; 2 newer dead letters wait with the same key\)/);
    expect(reads).toBe(0);
  });

  test('warns of a verdict that records of a Kinesis stream cannot have', async () => {
    const { err } = await run({ skip: ['matches-old', 'newer-waits'], dryRun: true });
    expect(err).toContain('--skip matches-old skips nothing: no record of these dead letters can have that verdict');
    expect((await run({ skip: ['newer-waits'], dryRun: true })).err).not.toContain('skips nothing');
  });

  test('sends only the newest of each key with --skip newer-waits', async () => {
    expect(await run({ skip: ['newer-waits'], concurrency: 1 })).toMatchObject({ exitCode: 0 });
    expect(it.processor.processed).toEqual([1, 11, 20]);
    expect(it.deadLettersIn().map(({ records }) => records)).toEqual([[0], [10]]);
  });
});

test('--remote takes neither --check nor --skip', () => {
  const given = (more: Partial<RedriveOptions>) => () => definition.check!([], optionsOf({ check: false, remote: 'start', ...more }));
  expect(given({ check: true })).toThrow('--remote start cannot be used with --check');
  expect(given({ skip: ['differs'] })).toThrow('--remote start cannot be used with --skip');
});
