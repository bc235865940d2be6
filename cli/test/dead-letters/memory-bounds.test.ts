import { join } from 'node:path';
import type { DiscardOptions } from '../../commands/discard/run';
import * as discard from '../../commands/discard/run';
import * as exporting from '../../commands/export/run';
import type { RedriveOptions } from '../../commands/redrive/run';
import * as redrive from '../../commands/redrive/run';
import * as rehydrate from '../../commands/rehydrate/run';
import { sqsError } from '../support/fake-sqs';
import { FIFO_QUEUE, deadLetterOf, Operation, QUEUE, type RunHow } from '../support/operation';
import { skipWaits } from '../support/skip-waits';

const waits = skipWaits();
let it: Operation;
beforeEach(() => {
  it = new Operation();
});
afterEach(() => it.close());

const common = () => ({ filter: [], yes: true, visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog });
const send = (more: Partial<RedriveOptions> = {}, how: RunHow = {}) => it.run(redrive, {
  ...common(), include: [], onlyFailedRecords: false, toStream: false, dryRun: false, concurrency: 4, stopAfterFailures: 10, parked: false, ...more,
} as RedriveOptions, how);
const remove = (more: Partial<DiscardOptions> = {}, how: RunHow = {}) => it.run(discard, {
  ...common(), reason: 'test', undeliverables: false, parked: false, yesForGood: false, all: true, export: join(it.folder, 'out.jsonl'), ...more,
}, how);
const rehydrateAll = () => it.run(rehydrate, {
  ...common(), undeliverables: false, parked: false, include: [], dryRun: false, concurrency: 2,
} as never, {});

async function put(count: number, queueUrl = QUEUE, from = 0): Promise<string[]> {
  const ids: string[] = [];
  for (let place = from; place < from + count; place++) ids.push(await it.put(deadLetterOf({ from: place * 10, to: place * 10 + 2 }), queueUrl));
  return ids;
}

/** What happens while the operator thinks about the answer, which is yes. */
function meanwhile(what: () => void): void {
  it.answers = [true];
  const push = it.questions.push.bind(it.questions);
  it.questions.push = (question: string) => {
    what();
    return push(question);
  };
}

const newcomers = (count: number) => {
  const body = JSON.stringify(deadLetterOf({ from: 500, to: 502 }));
  for (let place = 0; place < count; place++) it.sqs.put(QUEUE, { body, sentAt: Date.now() + 1_500 });
};
const inFlight = () => it.sqs.messages(QUEUE).forEach((message) => (message.hiddenUntil = Date.now() + 100_000));

describe('what came after the plan was made', () => {
  test('is not discarded', async () => {
    await put(3);
    meanwhile(() => newcomers(5));
    const { out, exitCode } = await remove({ yes: false });
    expect([...it.questions]).toEqual([`Delete 3 messages from ${QUEUE}?`]);
    expect(out).toContain('3 messages discarded.');
    expect(exitCode).toBe(0);
    expect(it.sqs.visible(QUEUE)).toHaveLength(5);
  });

  test('is not sent', async () => {
    await put(2);
    meanwhile(() => newcomers(4));
    expect((await send({ yes: false })).out).toContain('2 messages sent.');
    expect(it.sqs.visible(QUEUE)).toHaveLength(4);
  });
});

describe('an id', () => {
  test('means in the run what it meant in the plan', async () => {
    it.sqs.put(QUEUE, { messageId: 'abcd1111-0000', body: 'wanted' });
    meanwhile(() => {
      it.sqs.put(QUEUE, { messageId: 'abcd2222-0000', body: 'other', sentAt: 0 });
      it.sqs.arrange(QUEUE, (messages) => messages.toReversed());
    });
    expect(await remove({ yes: false, all: false }, { args: ['abcd'] })).toMatchObject({ exitCode: 0 });
    expect(it.sqs.visible(QUEUE).map(({ body }) => body)).toEqual(['other']);
  });

  test('must be longer where not all messages were looked at', async () => {
    it.sqs.put(QUEUE, { messageId: 'abcd1111-0000', body: 'wanted', sentAt: 0 });
    for (let place = 0; place < 1_000; place++) it.sqs.put(QUEUE, { messageId: `f${place}`, body: 'x', sentAt: 0 });
    it.sqs.put(QUEUE, { messageId: 'abcd2222-0000', body: 'other', sentAt: 0 });
    const { error } = await remove({ all: false }, { args: ['abcd'] });
    expect(error?.message).toBe(
      '"abcd" must have at least 8 characters, since not all messages could be looked at and others may begin with it as well. ' +
        'The one that was found is abcd1111-0000.',
    );
    expect((await remove({ all: false }, { args: ['eeee'] })).error?.message).toMatch(/^"eeee" must have at least 8 [^.]*\.$/);
    expect(it.sqs.visible(QUEUE)).toHaveLength(1_002);
    expect(await remove({ all: false }, { args: ['abcd1111'] })).toMatchObject({ exitCode: 0 });
    expect(it.sqs.visible(QUEUE).filter(({ body }) => body !== 'x').map(({ body }) => body)).toEqual(['other']);
  });

  test('of a dead letter that has two messages means both', async () => {
    await it.put(deadLetterOf());
    await it.put(deadLetterOf());
    expect(await send({}, { args: [deadLetterOf().hydration.deadLetterId] })).toMatchObject({ exitCode: 0, out: expect.stringContaining('2 messages sent.') });
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });

  test('of one of those messages means that one', async () => {
    const ids = [await it.put(deadLetterOf()), await it.put(deadLetterOf())];
    await send({}, { args: [ids[1]] });
    expect(it.sqs.visible(QUEUE).map(({ messageId }) => messageId)).toEqual([ids[0]]);
  });

  test('must name one in a filter, too', async () => {
    for (const messageId of ['abcd1', 'abcd2']) it.sqs.put(QUEUE, { messageId });
    expect((await remove({ all: false, filter: [' id = abcd'] })).error?.message).toMatch(/^"abcd" must name one dead letter, got: abcd1 and abcd2/);
    expect((await remove({ all: false, filter: ['until=1s,id=ab'] })).error?.message).toMatch(/^--filter id= must be/);
    expect(it.sqs.visible(QUEUE)).toHaveLength(2);
  });
});

describe('a run that cannot reach all that was asked for does not end with 0', () => {
  test('where the look could not give back what it had', async () => {
    await put(5);
    it.sqs.failNext('ChangeMessageVisibilityBatch', sqsError('ServiceUnavailable', 'no', 'server'), 3);
    const { exitCode, document } = await send({}, { json: true });
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({ missed: 5, inFlight: 5, exhausted: true, counts: { sent: 0 } });
    expect(it.lambda.events).toEqual([]);
  });

  test('and says so', async () => {
    await put(1);
    it.sqs.failNext('ChangeMessageVisibilityBatch', sqsError('ServiceUnavailable', 'no', 'server'), 3);
    expect((await send()).out).toContain('1 message of the plan did not come: another consumer has them, or they are still hidden from the first look.');
  });

  test.each([['redrive', send], ['discard', remove], ['rehydrate', rehydrateAll]] as const)('where somebody else has it: %s', async (_, run) => {
    await put(2);
    inFlight();
    const { exitCode, err } = await run();
    expect(waits).toEqual([500, 1_000, 1_500]);
    expect(exitCode).toBe(1);
    expect(err).toContain('Beside these, about 2 messages are in flight: another consumer has them, or a run that was killed.');
  });

  test('where somebody else has it: export', async () => {
    await put(2);
    it.sqs.messages(QUEUE)[0].hiddenUntil = Infinity;
    const exportOptions = { filter: [], force: false, countReceives: false, undeliverables: false, parked: false };
    const { exitCode, err, document } = await it.run(exporting as never, exportOptions, { args: [join(it.folder, 'e.jsonl')], json: true });
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({ written: 1, inFlight: 1, behind: 0, exhausted: true });
    expect(err).toContain('warning: About 1 message in flight were not reached');
    expect(await it.run(exporting as never, { ...exportOptions, limit: 1 }, { args: [join(it.folder, 'f.jsonl')] })).toMatchObject({ exitCode: 0 });
  });

  test('unless those that are with others were not asked for', async () => {
    const ids = await put(2);
    it.sqs.messages(QUEUE)[0].hiddenUntil = Infinity;
    expect(await send({}, { args: [ids[1]] })).toMatchObject({ exitCode: 0 });
    await put(1, QUEUE, 7);
    expect(await send({ limit: 1 })).toMatchObject({ exitCode: 0 });
  });

  test('and asks again before it believes that somebody else has something', async () => {
    await put(1);
    it.sqs.messages(QUEUE)[0].hiddenUntil = Infinity;
    it.sqs.on('GetQueueAttributes', () => {
      if (it.sqs.callsOf('GetQueueAttributes').length === 2) it.sqs.arrange(QUEUE, (messages) => messages.slice(0, -1));
    });
    expect(await send()).toMatchObject({ exitCode: 0, out: 'Nothing to send.\n' });
    expect(waits).toEqual([500]);
  });

  test('says in its document what it could not give back', async () => {
    await put(1);
    it.processor.poison.add(1);
    it.sqs.failAlways('SendMessage', sqsError('InternalError', 'no'));
    let calls = 0;
    it.sqs.on('ChangeMessageVisibilityBatch', () => {
      if (++calls > 1) throw sqsError('ServiceUnavailable', 'no', 'server');
    });
    expect((await send({}, { json: true })).document).toMatchObject({ notReleased: expect.stringContaining('1 message could not be made visible again') });
  });
});

describe('of a FIFO queue', () => {
  beforeEach(() => (it.dlq = { ...it.dlq, isFifo: true }));
  const how = { queueUrl: FIFO_QUEUE };

  test('the question says that there are more than were looked at', async () => {
    await put(12, FIFO_QUEUE);
    it.answers = [true];
    const { exitCode, err } = await send({ yes: false }, how);
    expect(it.questions).toEqual(['Send 10 dead letters, and what matches of the rest of the queue, to the processor?']);
    expect(err).toContain('What is left of one that is taken in part is a new message, and comes after all that are in the queue now.');
    expect(exitCode).toBe(0);
    expect(it.sqs.messages(FIFO_QUEUE)).toEqual([]);
  });

  test('an export that lacks those behind others does not end with 0', async () => {
    await put(12, FIFO_QUEUE);
    const options = { filter: [], force: false, countReceives: false, undeliverables: false, parked: false };
    const { exitCode, err } = await it.run(exporting as never, options, { ...how, args: [join(it.folder, 'e.jsonl')] });
    expect(exitCode).toBe(1);
    expect(err).toContain('About 2 messages were not reached: a FIFO queue');
  });

  test('what is behind others is not taken for what is not there', async () => {
    await put(12, FIFO_QUEUE);
    it.sqs.messages(FIFO_QUEUE)[11].attributes.functionArn = { DataType: 'String', StringValue: 'arn:aws:lambda:us-east-1:123456789012:function:other' };
    const { exitCode, out, err } = await send({ filter: ['function=other'] }, how);
    expect([exitCode, out]).toEqual([1, 'Nothing to send.\n']);
    expect(err).toContain('About 2 messages come only after others of their group are gone: the queue is FIFO.');
  });
});

test('a message that was hidden no longer when it was deleted does not count as removed', async () => {
  await put(1);
  it.lambda.functions.set([...it.lambda.functions.keys()][0], () => {
    const now = Date.now();
    // As after a laptop slept: only the clock of the machine went on.
    jest.spyOn(Date, 'now').mockReturnValue(now + 500_000);
    Object.assign(it.sqs.messages(QUEUE)[0], { receiptHandle: 'of somebody else', hiddenUntil: Infinity });
    return null;
  });
  const { exitCode, err, out } = await send();
  jest.restoreAllMocks();
  expect(exitCode).toBe(1);
  expect(out).toContain('1 message TAKEN, BUT NOT REMOVED');
  expect(err).toContain('(Lost: it was visible again when it was deleted: it may still be in the queue, or another consumer may have it)');
  expect(it.audit.at(-1)).toMatchObject({ result: 'not deleted', reason: 'Lost' });
  expect(it.sqs.messages(QUEUE)).toHaveLength(1);
});

test('a message that became visible while its delete waited does not count as removed', async () => {
  await put(1);
  it.sqs.on('DeleteMessage', () => {
    const now = Date.now();
    // As after a laptop slept: only the clock of the machine went on.
    jest.spyOn(Date, 'now').mockReturnValue(now + 500_000);
    Object.assign(it.sqs.messages(QUEUE)[0], { receiptHandle: 'of somebody else', hiddenUntil: Infinity });
  });
  const { exitCode, out } = await send();
  jest.restoreAllMocks();
  expect(exitCode).toBe(1);
  expect(out).toContain('1 message TAKEN, BUT NOT REMOVED');
  expect(it.sqs.messages(QUEUE)).toHaveLength(1);
});
