import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { run as exportMessages } from '../../../commands/export/run';
import { run as ls } from '../../../commands/ls/run';
import { run as show } from '../../../commands/show/run';
import { ExitCode } from '../../../exit-code';
import { sqsError } from '../../support/fake-sqs';
import { arnOf, DLQ, FIFO_DLQ, FIFO_ORDERS, NativeOperation, ORDERS, REFUNDS } from '../../support/native-operation';
import { deadLetterOf, QUEUE } from '../../support/operation';
import { exportOptions, lsOptions, showOptions } from '../../support/peek-options';

let it: NativeOperation;
let file: string;
beforeEach(() => {
  it = new NativeOperation();
  file = join(it.folder, 'messages.jsonl');
});
afterEach(() => it.close());

/** Exports a queue, and takes from it what was exported. */
async function exported(queueUrl = DLQ): Promise<void> {
  await it.run({ run: exportMessages }, exportOptions({ force: true }), { queueUrl, args: [file] });
  it.sqs.createQueue(queueUrl, queueUrl.endsWith('.fifo') ? { FifoQueue: 'true' } : {});
  it.sqs.calls.length = 0;
}

const redrive: NativeOperation['redrive'] = async (options = {}, how = {}) => it.redrive({ from: file, ...options }, how);
const sent = () => it.sqs.callsOf<SendMessageCommandInput>('SendMessage');
const journal = () => readFileSync(`${file}.redriven`, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, string>);

describe('redrive --from a file of native dead letters', () => {
  test('sends each to the queue that it comes from, as it was, and touches no dead-letter queue', async () => {
    const attributes = { kind: { DataType: 'String', StringValue: 'refund' }, raw: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) } };
    const first = it.move('{"amount":10}', { attributes });
    it.move('second', { from: REFUNDS });
    await exported();
    const { exitCode, out, err } = await redrive();
    expect(exitCode).toBe(ExitCode.DONE);
    expect(err).toContain('1 to SourceOrders');
    expect(err).toContain('The tool sends them message by message.');
    expect(err).toContain('each has a new message ID, a new sent time, a receive count of 0');
    expect(err).toContain('What "export" wrote is in its queue still');
    expect(out).toContain('2 messages sent.');
    expect(sent().find(({ QueueUrl }) => QueueUrl === ORDERS)).toEqual({ QueueUrl: ORDERS, MessageBody: '{"amount":10}', MessageAttributes: attributes });
    expect([it.bodies(ORDERS), it.bodies(REFUNDS)]).toEqual([['{"amount":10}'], ['second']]);
    expect(it.sqs.calls.filter(({ name }) => !['SendMessage', 'GetQueueAttributes'].includes(name))).toEqual([]);
    expect(journal().filter(({ messageId }) => messageId === first)).toMatchObject([{ to: 'source queue' }]);
    expect(it.audit.map(({ result, to, queue }) => [result, to, queue])).toContainEqual(['sent', arnOf(ORDERS), file]);
  });

  test('sends nothing in a dry run, and says where each would go', async () => {
    const id = it.move('first');
    await exported();
    const { exitCode, out } = await redrive({ dryRun: true });
    expect([exitCode, out]).toEqual([ExitCode.DONE, expect.stringMatching(new RegExp(`${id.slice(0, 8)} +message +to SourceOrders`))]);
    expect(sent()).toEqual([]);
  });

  test('asks first, and sends nothing to a no', async () => {
    it.move('first');
    await exported();
    it.answers = [false];
    expect(await redrive({ yes: false })).toMatchObject({ exitCode: ExitCode.LEFT, out: expect.stringContaining('Nothing was sent.') });
    expect(it.questions).toEqual(['Send 1 message to the queues that they come from?']);
  });

  test('sends those that are chosen, and the next run sends the rest once', async () => {
    it.move('{"amount":10}');
    it.move('{"amount":2}');
    const id = it.move('text');
    await exported();
    expect(await redrive({ where: 'body.amount > `5`' })).toMatchObject({ exitCode: ExitCode.DONE });
    expect(await redrive({}, { args: [id.slice(0, 8)] })).toMatchObject({ exitCode: ExitCode.DONE });
    expect(it.bodies(ORDERS)).toEqual(['{"amount":10}', 'text']);
    const { err } = await redrive();
    expect(err).toContain('2 messages of it were sent before');
    expect(it.bodies(ORDERS)).toEqual(['{"amount":10}', 'text', '{"amount":2}']);
    expect(await redrive()).toMatchObject({ exitCode: ExitCode.DONE, out: 'Nothing to send.\n' });
  });

  test('sends all of them to the queue of --to-queue, also those that name no queue', async () => {
    it.move('first');
    it.sqs.put(DLQ, { body: 'from nowhere' });
    await exported();
    const { exitCode, out } = await redrive();
    expect([exitCode, out]).toEqual([ExitCode.LEFT, expect.stringContaining('NoSource: it does not name the queue that it comes from: --to-queue NAME says where it goes')]);
    expect(await redrive({ toQueue: 'SourceRefunds' })).toMatchObject({ exitCode: ExitCode.DONE, err: expect.stringContaining('1 message of it went to another destination before') });
    expect([it.bodies(ORDERS), it.bodies(REFUNDS)]).toEqual([['first'], ['first', 'from nowhere']]);
  });

  test('leaves what its queue does not accept in the file, for the next run', async () => {
    it.move('first');
    await exported();
    it.sqs.failNext('SendMessage', sqsError('InvalidMessageContents', 'no'));
    expect(await redrive()).toMatchObject({ exitCode: ExitCode.LEFT, out: expect.stringContaining('not accepted: left in place') });
    expect(await redrive()).toMatchObject({ exitCode: ExitCode.DONE });
    expect(it.bodies(ORDERS)).toEqual(['first']);
  });

  test('names the Region to give for messages of another one', async () => {
    it.move('first', { system: { DeadLetterQueueSourceArn: arnOf(ORDERS).replace('us-east-1', 'eu-west-1') } });
    await exported();
    const { exitCode, err } = await redrive();
    expect([exitCode, err]).toEqual([ExitCode.LEFT, expect.stringContaining('its source queue SourceOrders must be in us-east-1, got: eu-west-1; give --region eu-west-1')]);
  });

  test.each([
    [{ function: 'orders' }, '--function'], [{ toStream: true }, '--to-stream'], [{ pick: true, where: 'body' }, '--pick'], [{ check: true }, '--check'],
  ])('refuses %j, which is for dead letters of a stream', async (options, name) => {
    it.move('first');
    await exported();
    expect((await redrive(options)).error?.message).toBe(`${name} is for dead letters of a stream, got: ${file}, whose messages go back to a queue as they are; leave ${name} out.`);
    expect((await redrive({ filter: ['status=COMPLETE'] })).error?.message).toContain('--filter status= is for dead letters');
  });
});

describe('a file of FIFO messages', () => {
  const put = (body: string, groupId: string) =>
    it.move(body, { to: FIFO_DLQ, from: FIFO_ORDERS, groupId, system: { MessageDeduplicationId: body } });

  test('keeps group and order, and gives each a deduplication id of the work: what a run that was killed has sent is not sent twice', async () => {
    for (const body of ['a1', 'b1', 'c1']) put(body, body[0]);
    await exported(FIFO_DLQ);
    // What follows in a group has been exported later.
    writeFileSync(file, `${readFileSync(file, 'utf8')}${readFileSync(file, 'utf8').split('\n')[0].replace('"a1"', '"a2"').replace(/"messageId":"[^"]+"/, '"messageId":"second"')}\n`);
    const { exitCode, err } = await redrive();
    expect([exitCode, err]).toEqual([ExitCode.DONE, expect.stringContaining('each message gets a new deduplication ID')]);
    expect(it.sqs.messages(FIFO_ORDERS).filter(({ groupId }) => groupId === 'a').map(({ body }) => body)).toEqual(['a1', 'a2']);
    const before = sent().map(({ MessageDeduplicationId }) => MessageDeduplicationId).sort();
    const [{ work }] = journal().filter((entry) => entry.work !== undefined);
    expect(before.every((id) => id!.endsWith(`-${work}`))).toBe(true);
    // A kill between the send and the note.
    writeFileSync(`${file}.redriven`, `${JSON.stringify(journal().find((entry) => entry.work !== undefined))}\n`);
    await redrive();
    expect(sent().slice(before.length).map(({ MessageDeduplicationId }) => MessageDeduplicationId).sort()).toEqual(before);
    rmSync(`${file}.redriven`);
    await redrive();
    expect(new Set(sent().map(({ MessageDeduplicationId }) => MessageDeduplicationId)).size).toBe(2 * before.length);
  });

  test('leaves those behind one that is not accepted', async () => {
    put('a1', 'a');
    await exported(FIFO_DLQ);
    const [line] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, [line, line.replace('"a1"', '"a2"').replace(/"messageId":"[^"]+"/, '"messageId":"second"'), ''].join('\n'));
    it.sqs.failNext('SendMessage', sqsError('InvalidMessageContents', 'no'));
    expect((await redrive()).out).toContain('Behind: an earlier message of the same group was not sent');
    expect(it.bodies(FIFO_ORDERS)).toEqual([]);
  });

  test('goes to no standard queue', async () => {
    put('a1', 'a');
    await exported(FIFO_DLQ);
    expect((await redrive({ toQueue: 'SourceOrders' })).err).toContain('a message of a FIFO queue must go to a FIFO queue, got: SourceOrders; give --to-queue NAME');
    expect(sent()).toEqual([]);
  });
});

describe('a native dead letter of a file', () => {
  test('is shown with the command that sends it, and is not listed once it is sent', async () => {
    const id = it.move('first');
    await exported();
    const shown = await it.run({ run: show }, showOptions({ from: file, logs: false }), { args: [id] });
    expect(shown.out).toContain(`npx stream-dlq redrive ${id.slice(0, 8)} --from ${file}`);
    await redrive();
    const { out, err } = await it.run({ run: ls }, lsOptions({ from: file }));
    expect(out).toContain('no dead letters in ');
    expect(err).toContain('1 message was sent before');
  });

  test('among dead letters of a stream is left, with the command that sends it', async () => {
    const id = it.move('native');
    await exported();
    const native = readFileSync(file, 'utf8');
    await it.put(deadLetterOf(), QUEUE);
    await it.run({ run: exportMessages }, exportOptions({ force: true }), { queueUrl: QUEUE, args: [file] });
    writeFileSync(file, `${native}${readFileSync(file, 'utf8')}`);
    const { exitCode, out } = await redrive({ concurrency: 1 });
    expect(exitCode).toBe(ExitCode.LEFT);
    expect(out).toContain('"redrive ID --from FILE --to-queue NAME" sends it to a queue');
    expect([it.processor.processed, it.bodies(ORDERS)]).toEqual([[0, 1, 2], []]);
    expect(await redrive({ toQueue: 'SourceOrders' }, { args: [id] })).toMatchObject({ exitCode: ExitCode.DONE });
    expect(it.bodies(ORDERS)).toEqual(['native']);
  });
});
