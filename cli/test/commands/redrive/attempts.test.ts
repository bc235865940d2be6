import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FailedRedrives } from '../../../../lambda/shared/dead-letter/dead-letter';
import { parseDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { UNDELIVERABLE_REASON } from '../../../../src/contract';
import { FUNCTION_ARN } from '../../../../test/support/records';
import * as ls from '../../../commands/ls/run';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import * as show from '../../../commands/show/run';
import { exportedMessage } from '../../../file/exported-message';
import { lambdaError } from '../../support/fake-lambda';
import { sqsError } from '../../support/fake-sqs';
import { deadLetterOf, FIFO_QUEUE, Operation, PARKING_QUEUE, QUEUE, type RunHow } from '../../support/operation';
import { redriveOptions } from '../../support/redrive-options';

let it: Operation;
beforeEach(() => {
  it = new Operation();
  it.processor.poison.add(1);
});
afterEach(() => it.close());

const run = (more: Partial<RedriveOptions> = {}, how: RunHow = {}) => it.run(redrive, redriveOptions(it, more), how);
const look = { undeliverables: false, parked: false, countReceives: false, logs: false };
const list = (how: RunHow = {}) => it.run(ls, { ...look, limit: 100, filter: [], sort: 'age' as const }, how);

const showIt = () =>
  it.run(show, { ...look, all: false, raw: false } as show.ShowOptions, { args: [deadLetterOf().hydration.deadLetterId] });

const bodies = (queueUrl = QUEUE) => it.deadLettersIn(queueUrl).map(({ body }) => body);
const changes = () => it.sqs.calls.map(({ name }) => name).filter((name) => /Send|Delete/.test(name));
const poison = { name: 'PoisonError', message: 'poison', at: expect.any(String), to: FUNCTION_ARN };

describe('a dead letter that fails again', () => {
  test('goes back with the number of its attempts and the last error, before the old message is deleted', async () => {
    const deadLetter = deadLetterOf();
    const old = await it.put(deadLetter);
    expect(await run()).toMatchObject({ exitCode: 1 });
    expect(changes()).toEqual(['SendMessage', 'DeleteMessageBatch']);
    const [message] = it.sqs.messages(QUEUE);
    expect(message.messageId).not.toBe(old);
    expect(JSON.parse(message.body)).toEqual({ ...deadLetter, redrive: { attempts: 1, lastError: poison } });
    expect(message.body.startsWith(JSON.stringify(deadLetter).slice(0, -1))).toBe(true);
    expect(it.sqs.visible(QUEUE)).toHaveLength(1);
    // It is the same dead letter, by its attributes and by its body.
    expect(parseDeadLetter(message.body, 'the message', message.attributes).deadLetterId).toBe(deadLetter.hydration.deadLetterId);
  });

  test('counts each attempt once, and is not tried twice in one run', async () => {
    await it.put(deadLetterOf());
    for (const attempts of [1, 2, 3]) {
      await run();
      expect(it.lambda.events).toHaveLength(attempts);
      expect(bodies()).toMatchObject([{ redrive: { attempts } }]);
    }
    expect(it.lambda.events.every(({ event }) => JSON.stringify(event) === JSON.stringify(deadLetterOf().payload))).toBe(true);
  });

  test('keeps attributes of its message, such as why it was parked', async () => {
    await it.put(deadLetterOf(), PARKING_QUEUE);
    const [{ attributes }] = it.sqs.messages(PARKING_QUEUE);
    Object.assign(attributes, { [UNDELIVERABLE_REASON]: { DataType: 'String', StringValue: 'why' } });
    await run({ parked: true });
    expect(it.sqs.messages(PARKING_QUEUE).map((message) => message.attributes)).toEqual([attributes]);
    expect(bodies(PARKING_QUEUE)).toMatchObject([{ redrive: { attempts: 1 } }]);
  });

  test('keeps the reported error of a partial response to its first record', async () => {
    it.processor.poison.add(0);
    it.processor.reports = true;
    await it.put(deadLetterOf());
    await run();
    expect(bodies()).toMatchObject([{ redrive: { attempts: 1, lastError: { name: 'BatchItemFailures' } } }]);
  });

  test('in part has all attempts in what remains', async () => {
    await it.put(deadLetterOf());
    await run();
    it.processor.reports = true;
    await run();
    expect(bodies()).toMatchObject([{
      payload: { Records: { length: 2 } },
      redrive: { attempts: 2, lastError: { name: 'BatchItemFailures', to: FUNCTION_ARN }, of: deadLetterOf().hydration.deadLetterId },
    }]);
    await run();
    expect(bodies()).toMatchObject([{ redrive: { attempts: 3, of: deadLetterOf().hydration.deadLetterId, batch: { batchSize: 3 } } }]);
  });

  test.each([
    ['a throttled function', lambdaError('TooManyRequestsException', 'Rate Exceeded.', 429)],
    ['a missing function', lambdaError('ResourceNotFoundException', 'no', 404)],
    ['an answer that did not come', Object.assign(new Error('no'), { name: 'TimeoutError' })],
  ])('because of %s stays as it is', async (_, error) => {
    const old = await it.put(deadLetterOf());
    it.lambda.failNext('Invoke', error);
    await run();
    expect(it.sqs.messages(QUEUE).map(({ messageId, body }) => [messageId, body])).toEqual([[old, JSON.stringify(deadLetterOf())]]);
  });

  test('over the limit of its queue has its new body in an object of its own', async () => {
    it.dlq = { ...it.dlq, maxMessageBytes: 1_000 };
    const old = await it.put(deadLetterOf(), QUEUE, 1_000);
    const [[key, text]] = [...it.objects];
    await run();
    expect([...it.objects.keys()]).toEqual([key, `dead-letters/redriven/${old}.json`]);
    expect(it.objects.get(key)).toBe(text);
    expect(bodies()).toMatchObject([{ redrive: { attempts: 1 } }]);
    expect(it.sqs.messages(QUEUE)[0].attributes.ExtendedPayloadSize.StringValue).toBe(String(Buffer.byteLength([...it.objects.values()][1])));
    it.processor.poison.clear();
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect(it.processor.processed).toEqual([0, 1, 2]);
  });
});

describe('what cannot be noted', () => {
  test('leaves the message as it is, and is said once', async () => {
    for (const from of [0, 10, 20]) await it.put(deadLetterOf({ from, to: from + 2 }));
    for (const index of [11, 21]) it.processor.poison.add(index);
    it.sqs.failAlways('SendMessage', sqsError('AccessDenied', 'no'));
    const { exitCode, err } = await run();
    expect(exitCode).toBe(1);
    expect(bodies().every((body) => body.redrive === undefined)).toBe(true);
    expect(it.sqs.visible(QUEUE)).toHaveLength(3);
    expect(err.replaceAll(/\s+/g, ' ').match(/attempts and last error are not noted in what failed again: the message could not be written again \(AccessDenied: no\)/g)).toHaveLength(1);
  });

  test('is said to be there twice, perhaps, where SQS did not answer', async () => {
    const id = await it.put(deadLetterOf());
    it.sqs.failNext('SendMessage', Object.assign(new Error('no'), { name: 'TimeoutError' }));
    const { err } = await run();
    expect(err.replaceAll(/\s+/g, ' ')).toContain(`not known whether message ${id} was written again (TimeoutError: no): where it was, the queue has it twice, and the next run sends both`);
  });

  test('keeps the order of a FIFO queue', async () => {
    it.dlq = { ...it.dlq, isFifo: true };
    await it.put(deadLetterOf(), FIFO_QUEUE);
    const { err } = await run({}, { queueUrl: FIFO_QUEUE });
    expect(changes()).toEqual([]);
    expect(bodies(FIFO_QUEUE)).toEqual([deadLetterOf()]);
    expect(err.replaceAll(/\s+/g, ' ')).toContain('not noted in what failed again: the queue is FIFO, and new messages would come after all others');
  });

  test('does not make a second message of one that others may have', async () => {
    const id = await it.put(deadLetterOf());
    it.lambda.functions.set(FUNCTION_ARN, () => {
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
      throw new Error('poison');
    });
    await run().finally(() => jest.restoreAllMocks());
    expect(it.sqs.messages(QUEUE).map(({ messageId }) => messageId)).toEqual([id]);
  });

  test('is said where the old message is there still', async () => {
    const id = await it.put(deadLetterOf());
    it.sqs.failAlways('DeleteMessageBatch', sqsError('AccessDenied', 'no'));
    const { error, err } = await run();
    expect(error).toMatchObject({ name: 'AccessDenied' });
    expect(err.replaceAll(/\s+/g, ' ')).toContain(
      `is in ${QUEUE} twice, as it was and with its last error, because the old message could not be deleted (AccessDenied: no): the next run would send both. ` +
      `Delete message ${id} with "discard"`,
    );
    expect(it.audit.at(-1)).toMatchObject({ messageId: id, result: 'not deleted' });
    expect(bodies().map(({ redrive: noted }) => noted?.attempts)).toEqual([undefined, 1]);
    expect((await list({ json: true })).document).toMatchObject({ matched: 2, repeats: 1 });
  });
});

describe('a run that is killed after it has written the new message', () => {
  test('loses nothing: both are there, "ls" says that they are one failure, and a rerun sends them', async () => {
    await it.put(deadLetterOf());
    const dead = new Promise<never>(() => undefined);
    let killed = () => undefined as void;
    const kill = new Promise<void>((resolve) => (killed = resolve));
    const { client } = it.sqs;
    const send = async (command: object, how: object) => {
      if (command.constructor.name !== 'DeleteMessageBatchCommand') return (client as unknown as { send(...args: unknown[]): Promise<unknown> }).send(command, how);
      killed();
      return dead;
    };
    it.more = { sqs: async () => ({ ...client, send }) as never };
    await Promise.race([kill, run()]);
    it.more = {};
    it.sqs.advance(121_000);
    expect((await list({ json: true })).document).toMatchObject({ matched: 2, repeats: 1 });
    it.processor.poison.clear();
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect(new Set(it.processor.processed)).toEqual(new Set([0, 1, 2]));
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });
});

describe('a file', () => {
  test('stays as it is: its journal has the attempts, and a rerun counts on', async () => {
    const file = join(it.folder, 'letters.jsonl');
    const message = { MessageId: 'm-0', Attributes: { SentTimestamp: '0' } };
    const text = `${JSON.stringify(exportedMessage(message, QUEUE, JSON.stringify(deadLetterOf())))}\n`;
    writeFileSync(file, text);
    const journal = () => readFileSync(`${file}.redriven`, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { failed?: FailedRedrives });
    await run({ from: file });
    await run({ from: file });
    expect(journal().map(({ failed }) => failed)).toEqual([1, 2].map((attempts) => ({ attempts, lastError: poison })));
    it.processor.reports = true;
    await run({ from: file });
    expect(JSON.parse((journal().at(-1) as { remainder: string }).remainder)).toMatchObject({ redrive: { attempts: 3 } });
    await run({ from: file });
    expect(journal().at(-1)).toMatchObject({ failed: { attempts: 4 } });
    it.processor.poison.clear();
    expect(await run({ from: file })).toMatchObject({ exitCode: 0 });
    expect(it.processor.processed).toEqual([0, 1, 2]);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(it.sqs.calls).toEqual([]);
  });
});

describe('what is shown of attempts', () => {
  test('is a column of ls where a message has one', async () => {
    await it.put(deadLetterOf());
    await it.put(deadLetterOf({ from: 10, to: 12 }));
    expect((await list()).out).not.toContain('attempts');
    await run();
    await it.put(deadLetterOf({ from: 20, to: 22 }));
    expect((await list()).out).toMatch(/FAILED +ATTEMPTS/);
    const { document } = await list({ json: true });
    expect((document as unknown as { messages: object[] }).messages).toContainEqual(expect.objectContaining({ attempts: 1, lastError: poison }));
  });

  test('is a line of show', async () => {
    await it.put(deadLetterOf());
    await run();
    await run();
    const shown = await showIt();
    expect(shown.out).toMatch(/^redriven +2 times, last \d+s ago to orders: PoisonError: poison$/m);
    expect(shown.out).not.toContain('left of');
  });

  test.each([null, 'x', { attempts: 'many' }, { attempts: 2, lastError: 7 }])('is nothing where the body holds something else: %j', async (noted) => {
    await it.put({ ...deadLetterOf(), redrive: noted } as never);
    const shown = await showIt();
    expect(shown).toMatchObject({ exitCode: 0 });
    expect(shown.out).not.toContain('redriven');
    await run();
    expect(bodies()).toMatchObject([{ redrive: { attempts: 1 } }]);
  });
});
