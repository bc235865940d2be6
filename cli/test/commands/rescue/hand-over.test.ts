import { appendFileSync, copyFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SendMessageCommandInput } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { deadLetterId } from '../../../../lambda/shared/dead-letter/dead-letter-id';
import { failureRecord } from '../../../../test/support/records';
import * as importing from '../../../commands/import/run';
import { run, type RescueOptions } from '../../../commands/rescue/run';
import { exportedMessage } from '../../../file/exported-message';
import { sqsError } from '../../support/fake-sqs';
import { CALLER, deadLetterOf, eventRecords, FIFO_QUEUE, Operation, PARKING_QUEUE, QUEUE, UNDELIVERABLE_QUEUE } from '../../support/operation';
import { skipWaits } from '../../support/skip-waits';

skipWaits();

const OLD = 'https://sqs.us-east-1.amazonaws.com/123456789012/orders-on-failure';

let it: Operation;
let file: string;
beforeEach(() => {
  it = new Operation();
  it.sqs.createQueue(OLD);
  file = join(it.folder, 'rescued.jsonl');
});
afterEach(() => it.close());

const OPTIONS: Omit<RescueOptions, 'toFile'> = {
  dryRun: false, concurrency: 4, countReceives: false, undeliverables: false, delete: false, yes: true,
};

const rescue = (more: Partial<RescueOptions> = {}, source: string | undefined = OLD) => {
  const options = { ...OPTIONS, toFile: file, auditLog: it.auditLog, ...more };
  return it.run({ run }, options, { globals: more.from === undefined ? { queue: source } : {} });
};

const rangeOf = (index: number) => ({ from: 10 * index, to: 10 * index + 2 });
/** With the records, as Lambda writes it to S3: no stream is read. */
const failureOf = (index: number) => ({ ...failureRecord(rangeOf(index)), payload: JSON.stringify({ Records: eventRecords(rangeOf(index)) }) });
const idOf = (index: number) => deadLetterId(failureRecord(rangeOf(index)));

function put(...indices: readonly number[]): void {
  for (const index of indices) it.sqs.put(OLD, { body: JSON.stringify(failureOf(index)) });
}

/** A failure record whose stream cannot be read: no Kinesis is there. */
const putUnreadable = (index: number) => it.sqs.put(OLD, { body: JSON.stringify(failureRecord(rangeOf(index))) });

const idsIn = (queueUrl: string) => it.deadLettersIn(queueUrl).map(({ body }) => body.hydration.deadLetterId).sort();
const idsOf = (...indices: readonly number[]) => indices.map(idOf).sort();
const left = () => it.sqs.messages(OLD).length;

describe('rescue --to-queue', () => {
  test('sends the dead letters of its file as import does, and leaves the old queue', async () => {
    put(0, 1);
    const { exitCode, out } = await rescue({ toQueue: QUEUE });
    expect([exitCode, idsIn(QUEUE), left()]).toEqual([0, idsOf(0, 1), 2]);
    expect(out).toContain('2 messages sent.');
    expect(out).toContain(`    npx stream-dlq ls --queue ${QUEUE}`);
    expect(readFileSync(`${file}.imported`, 'utf8')).toContain(idOf(0));
    expect(it.audit).toMatchObject([
      { command: 'rescue', caller: CALLER, queue: QUEUE, result: 'begun', reason: file },
      { result: 'imported', to: QUEUE }, { result: 'imported', to: QUEUE },
    ]);
  });

  test('a run that goes on sends nothing that the journal knows, and what an earlier one did not send', async () => {
    put(0, 1, 2);
    it.sqs.failNext('SendMessage', sqsError('InternalError', 'broken', 'server'));
    const first = await rescue({ toQueue: QUEUE, delete: true, concurrency: 1 });
    expect([first.exitCode, idsIn(QUEUE).length, left()]).toEqual([1, 2, 1]);
    const second = await rescue({ toQueue: QUEUE, delete: true });
    expect([second.exitCode, idsIn(QUEUE), left()]).toEqual([0, idsOf(0, 1, 2), 0]);
    expect((await rescue({ toQueue: QUEUE, delete: true })).exitCode).toBe(0);
    expect(idsIn(QUEUE)).toEqual(idsOf(0, 1, 2));
  });

  test('asks once, and says what is incomplete', async () => {
    put(0);
    const gone = failureRecord(rangeOf(1));
    it.sqs.put(OLD, { body: JSON.stringify({ ...gone, payload: JSON.stringify({ Records: eventRecords({ from: 11, to: 12 }) }) }) });
    it.answers = [true];
    const { exitCode } = await rescue({ toQueue: QUEUE, delete: true, yes: false });
    expect(it.questions).toEqual([`Send 2 dead letters of ${file} (1 PARTIAL) to Orders, then delete 2 messages from orders-on-failure?`]);
    expect([exitCode, idsIn(QUEUE), left()]).toEqual([1, idsOf(0, 1), 0]);
  });

  test('a no sends nothing and deletes nothing, and the file stays', async () => {
    put(0);
    it.answers = [false];
    const { exitCode, out } = await rescue({ toQueue: QUEUE, delete: true, yes: false });
    expect([exitCode, idsIn(QUEUE), left()]).toEqual([1, [], 1]);
    expect(out).toContain('Nothing was sent or deleted.');
    expect(readFileSync(file, 'utf8')).toContain(idOf(0));
  });

  test.each<[string, Partial<RescueOptions>, string, string]>([
    ['the source itself', { toQueue: OLD }, OLD, '--to-queue must be another queue than the source, got: '],
    ['an undeliverable queue', { toQueue: UNDELIVERABLE_QUEUE }, OLD, 'which is the undeliverable queue of a StreamDlq; name its dead-letter queue'],
    ['a parking queue', { toStack: PARKING_QUEUE }, OLD, '--to-stack must be a dead-letter queue, got: '],
  ])('refuses %s before it reads anything', async (_, options, source, message) => {
    put(0);
    const { error } = await rescue(options, source);
    expect(error?.message).toContain(message);
    expect(it.sqs.callsOf('ReceiveMessage')).toEqual([]);
  });

  test('sends only what came from this source, and what went to no processor', async () => {
    put(0, 1, 2);
    const elsewhere = deadLetterOf(rangeOf(7));
    const message = { MessageId: idOf(7), MessageAttributes: { status: { DataType: 'String', StringValue: 'COMPLETE' } } };
    writeFileSync(file, `${JSON.stringify(exportedMessage(message, `${QUEUE}Other`, JSON.stringify(elsewhere)))}\n`);
    const to = 'processor';
    for (const entry of [{ messageId: idOf(0) }, { messageId: idOf(1), remainder: '{}' }]) {
      appendFileSync(`${file}.redriven`, `${JSON.stringify({ to, ...entry })}\n`);
    }
    const { exitCode, err } = await rescue({ toQueue: QUEUE, delete: true });
    expect([exitCode, idsIn(QUEUE)]).toEqual([1, idsOf(2)]);
    expect(it.sqs.messages(OLD).map(({ body }) => deadLetterId(JSON.parse(body)))).toEqual([idOf(1)]);
    expect(err).toContain('1 dead letter went to a processor before');
    expect(err).toContain('1 dead letter went to a processor in part');
    expect(err.replace(/\s+/g, ' ')).toContain('were not rescued from orders-on-failure: not sent');
  });

  test('sends what went to another function only, as for a test, before it deletes the message', async () => {
    put(0, 1);
    // Of the second, the processor has taken a part, and another function all of it.
    for (const entry of [{ messageId: idOf(0), to: 'function:orders-test' }, { messageId: idOf(1), to: 'processor', remainder: '{}' },
      { messageId: idOf(1), to: 'function:orders-test' }]) appendFileSync(`${file}.redriven`, `${JSON.stringify(entry)}\n`);
    const { exitCode, err } = await rescue({ toQueue: QUEUE, delete: true });
    expect([exitCode, idsIn(QUEUE), left()]).toEqual([1, idsOf(0), 1]);
    expect(err).toContain('1 dead letter went to a processor in part');
    expect(err.replace(/\s+/g, ' ')).toContain('2 dead letters went to another function before, as ');
  });

  test('does not send failure records that "export" has written to the same file', async () => {
    put(0);
    const message = { MessageId: 'exported' };
    writeFileSync(file, `${JSON.stringify(exportedMessage(message, OLD, JSON.stringify(failureRecord(rangeOf(0)))))}\n`);
    const { exitCode, err } = await rescue({ toQueue: QUEUE, delete: true });
    expect([exitCode, it.sqs.messages(QUEUE).length, idsIn(QUEUE), left()]).toEqual([0, 1, idsOf(0), 0]);
    expect(err.replace(/\s+/g, ' ')).toContain('1 message of');
  });

  test('says that another queue has the same dead letters', async () => {
    put(0);
    await rescue({ toQueue: FIFO_QUEUE });
    const { err } = await rescue({ toQueue: QUEUE });
    expect(err.replace(/\s+/g, ' ')).toContain(`1 dead letter went to another queue before, as ${file}.imported says: both queues will have it`);
    expect(idsIn(QUEUE)).toEqual(idsOf(0));
  });

  test('on a FIFO queue keeps the group of the shard', async () => {
    put(0, 1);
    await rescue({ toQueue: FIFO_QUEUE });
    const sent = it.sqs.callsOf<SendMessageCommandInput>('SendMessage');
    expect(new Set(sent.map(({ MessageGroupId }) => MessageGroupId)).size).toBe(1);
    const [one, other] = sent.map(({ MessageDeduplicationId }) => MessageDeduplicationId);
    expect([one, other, one === other]).toEqual([expect.stringMatching(/^import-/), expect.stringMatching(/^import-/), false]);
  });

  test('puts what is over the limit of the queue into the overflow bucket', async () => {
    put(0);
    it.dlq = { ...it.dlq, maxMessageBytes: 1_024 };
    expect((await rescue({ toQueue: QUEUE, delete: true })).exitCode).toBe(0);
    expect([it.objects.size, left(), idsIn(QUEUE)]).toEqual([1, 0, idsOf(0)]);
  });

  test('sends what an earlier run has left in the file, though the old queue is empty', async () => {
    put(0);
    await rescue({ delete: true });
    expect([left(), idsIn(QUEUE)]).toEqual([0, []]);
    const { exitCode, out } = await rescue({ toQueue: QUEUE });
    expect([exitCode, idsIn(QUEUE)]).toEqual([0, idsOf(0)]);
    expect(out).toContain('Nothing to rescue: orders-on-failure has no failure record.');
  });

  test('without a terminal and --yes, fails before it looks', async () => {
    put(0);
    const { error } = await rescue({ toQueue: QUEUE, yes: false });
    expect(error?.message).toContain('nobody is there to be asked');
    expect(it.sqs.callsOf('ReceiveMessage')).toEqual([]);
  });

  test('a dry run says what would be sent and deleted, and changes nothing', async () => {
    put(0, 0, 1);
    const { exitCode, out } = await rescue({ toQueue: QUEUE, delete: true, dryRun: true, yes: false });
    expect(exitCode).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toContain('then send them to Orders, then delete up to 3 messages from orders-on-failure.');
    expect([left(), idsIn(QUEUE)]).toEqual([3, []]);
  });

  test('undeliverables of a StreamDlq go to its dead-letter queue, with rescue and with import', async () => {
    const event = (index: number) => ({ Records: [{ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(failureOf(index)) } }] });
    it.sqs.put(UNDELIVERABLE_QUEUE, { body: JSON.stringify(event(0)) });
    it.sqs.put(UNDELIVERABLE_QUEUE, { body: JSON.stringify({ requestPayload: event(1), responsePayload: null }) });
    it.sqs.put(UNDELIVERABLE_QUEUE, { body: JSON.stringify({ Records: [] }) });
    const options = { ...OPTIONS, toFile: file, auditLog: it.auditLog, undeliverables: true, toQueue: QUEUE, delete: true };
    const { exitCode } = await it.run({ run }, options, { globals: { stack: 'Orders' } });
    expect([exitCode, idsIn(QUEUE)]).toEqual([0, idsOf(0, 1)]);
    expect(it.sqs.messages(UNDELIVERABLE_QUEUE).map(({ body }) => body)).toEqual(['{"Records":[]}']);

    it.sqs.createQueue(QUEUE);
    const imported = await it.run(importing, { undeliverables: false, parked: false, dryRun: true, concurrency: 1, yes: true }, { args: [file] });
    expect(imported.error).toBeUndefined();
  });
});

describe('rescue --delete', () => {
  test('of an empty queue is done, says so, and writes nothing', async () => {
    it.sqs.put(OLD, { body: '{"order":1}' });
    const { exitCode, out } = await rescue({ delete: true });
    expect([exitCode, out, left(), existsSync(file)]).toEqual([0, 'Nothing to rescue: orders-on-failure has no failure record.\n', 1, false]);
  });

  test('deletes only failure records whose dead letter is in the file, each time that they came', async () => {
    put(0, 0, 1);
    putUnreadable(2);
    it.sqs.put(OLD, { body: '{"order":1}' });
    await it.put(deadLetterOf(rangeOf(3)), OLD);
    const { exitCode, out } = await rescue({ delete: true });
    expect(exitCode).toBe(1);
    expect(out).toContain('3 messages deleted from the old queue.');
    expect(it.sqs.messages(OLD).map(({ body }) => body)).toEqual([
      JSON.stringify(failureRecord(rangeOf(2))), '{"order":1}', expect.stringContaining('"hydration"'),
    ]);
    expect(it.sqs.visible(OLD)).toHaveLength(3);
    const lines = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(JSON.parse(line).body) as DeadLetter);
    expect(lines.map(({ hydration }) => hydration.deadLetterId).sort()).toEqual(idsOf(0, 1));
    expect(it.audit.map(({ result }) => result)).toEqual(['begun', 'rescued', 'rescued', 'rescued']);
    expect(it.audit[1]).toMatchObject({ command: 'rescue', queue: OLD, to: file });
  });

  test('asks first', async () => {
    put(0);
    it.answers = [true];
    expect((await rescue({ delete: true, yes: false })).exitCode).toBe(0);
    expect([it.questions, left()]).toEqual([[`Delete 1 message from orders-on-failure? Their dead letters are in ${file}.`], 0]);
  });

  test.each<[string, () => void]>([
    ['removed', () => rmSync(file)],
    ['replaced', () => {
      copyFileSync(file, `${file}~`);
      renameSync(`${file}~`, file);
    }],
    ['cut', () => truncateSync(file, 10)],
  ])('deletes nothing where the file was %s since', async (_, change) => {
    put(0);
    // After the answer: the target accepts the dead letter.
    it.sqs.on('SendMessage', change);
    const { error } = await rescue({ toQueue: QUEUE, delete: true });
    expect(error?.message).toContain(`${file} must stay as it is while rescue runs, got: `);
    expect(left()).toBe(1);
  });

  test('never deletes anything without the option', async () => {
    put(0, 1);
    await rescue({ toQueue: QUEUE });
    expect(it.sqs.callsOf('DeleteMessageBatch')).toEqual([]);
  });

  test('says which messages did not come again', async () => {
    put(0, 1);
    it.sqs.on('SendMessage', () => it.sqs.arrange(OLD, (messages) => messages.slice(0, 1)));
    const { exitCode, out, err } = await rescue({ toQueue: QUEUE, delete: true });
    expect([exitCode, left()]).toEqual([1, 0]);
    expect(`${out}${err}`.replace(/\s+/g, ' ')).toContain('1 message not deleted: hidden, because another consumer has them, or gone from the old queue');
  });

  test('a message that cannot be deleted is said, stays, and is in the audit log', async () => {
    put(0, 1);
    let deletes = 0;
    it.sqs.on('DeleteMessage', () => {
      if (deletes++ === 0) throw sqsError('InternalError', 'broken', 'server');
    });
    const { exitCode } = await rescue({ delete: true });
    expect([exitCode, left(), it.sqs.visible(OLD).length]).toEqual([1, 1, 1]);
    expect(it.audit.map(({ result }) => result)).toContain('not deleted');
  });

  test('without permission, what is safe stays, and nothing is hidden', async () => {
    put(0, 1);
    const denial = Object.assign(sqsError('AccessDenied', `User: ${CALLER} is not authorized to perform: sqs:deletemessage`), {});
    it.sqs.failAlways('DeleteMessageBatch', denial);
    const { error } = await rescue({ delete: true });
    expect([error?.name, left(), it.sqs.visible(OLD).length]).toEqual(['AccessDenied', 2, 2]);
  });

  test('on a FIFO queue goes on with what was behind the deleted messages, until nothing new comes', async () => {
    const old = `${OLD}.fifo`;
    it.sqs.createQueue(old, { FifoQueue: 'true' });
    for (let index = 0; index < 35; index++) {
      it.sqs.put(old, { body: JSON.stringify(failureOf(index)), groupId: index < 30 ? 'a' : 'b', deduplicationId: String(index) });
    }
    const looked = await rescue({ dryRun: true }, old);
    expect(looked.err).toMatch(/about \d+ messages could not be looked at: a FIFO queue gives them when those before them/);
    const { exitCode } = await rescue({ toQueue: QUEUE, delete: true }, old);
    expect([exitCode, it.sqs.messages(old).length, idsIn(QUEUE)]).toEqual([0, 0, idsOf(...Array.from({ length: 35 }, (_, index) => index))]);
    expect(it.questions).toEqual([]);
  });

  test('on a FIFO queue ends where a message that must stay keeps others back, and says so', async () => {
    const old = `${OLD}.fifo`;
    it.sqs.createQueue(old, { FifoQueue: 'true' });
    const putInto = (body: string, place: number) => it.sqs.put(old, { body, groupId: 'a', deduplicationId: String(place) });
    for (let index = 0; index < 13; index++) putInto(index < 10 ? `{"order":${index}}` : JSON.stringify(failureOf(index)), index);
    const { exitCode, document } = await it.run(
      { run }, { ...OPTIONS, toFile: file, auditLog: it.auditLog, delete: true }, { globals: { queue: old }, json: true },
    );
    expect([exitCode, document!.unseen, it.sqs.messages(old).length]).toEqual([1, 3, 13]);
  });
});
