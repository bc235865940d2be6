import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { summaryOf } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { SHARD_ID } from '../../../../test/support/records';
import * as exporting from '../../../commands/discard/run';
import { importFile as definition } from '../../../commands/import/command';
import type { ImportOptions } from '../../../commands/import/run';
import * as importing from '../../../commands/import/run';
import { exportedMessage } from '../../../file/exported-message';
import { sqsError } from '../../support/fake-sqs';
import { CALLER, FIFO_QUEUE, HYDRATE_ARN, deadLetterOf, Operation, PARKING_QUEUE, QUEUE, type RunHow, UNDELIVERABLE_QUEUE } from '../../support/operation';

let it: Operation;
let file: string;
beforeEach(() => {
  it = new Operation();
  file = join(it.folder, 'letters.jsonl');
});
afterEach(() => it.close());

const run = (more: Partial<ImportOptions> = {}, how: RunHow = {}) =>
  it.run(
    importing,
    { undeliverables: false, parked: false, dryRun: false, concurrency: 1, yes: true, auditLog: it.auditLog, ...more },
    { args: [file], ...how },
  );

/** Takes everything out of a queue, into the file. */
const discardAll = (queueUrl = QUEUE) =>
  it.run(exporting, {
    reason: 'test', filter: [], undeliverables: false, parked: false, all: true, yes: true, yesForGood: false, export: file,
    visibilityTimeout: 120, countReceives: false, auditLog: join(it.folder, 'discard.jsonl'),
  }, { queueUrl });

/** Key of an object that an import has put. */
const IMPORTED = /^dead-letters\/imported\/[\da-f-]{36}\.json$/;

const sends = () => it.sqs.callsOf<SendMessageCommandInput>('SendMessage');

async function put(count: number): Promise<void> {
  for (let place = 0; place < count; place++) await it.put(deadLetterOf({ from: place * 10, to: place * 10 + 2 }));
}

describe('import', () => {
  test('puts back what was discarded, with its attributes', async () => {
    await put(3);
    const before = it.sqs.messages(QUEUE).map(({ body, attributes }) => ({ body, attributes }));
    await discardAll();
    const { exitCode, out } = await run();
    expect(exitCode).toBe(0);
    expect(it.sqs.messages(QUEUE).map(({ body, attributes }) => ({ body, attributes }))).toEqual(before);
    expect(out).toContain('3 messages sent.');
  });

  test('notes each with its new message', async () => {
    await put(1);
    await discardAll();
    await run();
    const [{ messageId }] = it.sqs.messages(QUEUE);
    expect(it.audit).toMatchObject([
      { command: 'import', caller: CALLER, queue: QUEUE, result: 'begun', reason: file },
      { messageId, deadLetterId: deadLetterOf().hydration.deadLetterId, to: QUEUE, result: 'imported' },
    ]);
  });

  test('puts what is over the limit of the queue into the overflow bucket, and what fits again into the queue', async () => {
    await it.put(deadLetterOf(), QUEUE, 1_000);
    await discardAll();
    it.objects.clear();
    it.dlq = { ...it.dlq, maxMessageBytes: 1_000 };
    expect(await run()).toMatchObject({ exitCode: 0 });
    const [key, ...others] = it.objects.keys();
    expect([key, others]).toEqual([expect.stringMatching(IMPORTED), []]);
    const [{ body, attributes }] = it.sqs.messages(QUEUE);
    expect(attributes.ExtendedPayloadSize.StringValue).toBe(String(Buffer.byteLength(it.objects.get(key)!)));
    expect(summaryOf({ Body: body, MessageAttributes: attributes })).toMatchObject({ status: 'COMPLETE', pointer: { key } });

    it.dlq = { ...it.dlq, maxMessageBytes: 1_048_576 };
    await run({}, { queueUrl: PARKING_QUEUE });
    const [inline] = it.sqs.messages(PARKING_QUEUE);
    expect(JSON.parse(inline.body)).toEqual(deadLetterOf());
    expect(inline.attributes).not.toHaveProperty('ExtendedPayloadSize');
  });

  test('gives what is no dead letter a place of its own', async () => {
    const [message, body] = [{ MessageId: 'm-1', Attributes: { SentTimestamp: '0' } }, JSON.stringify({ text: 'x'.repeat(2_000) })];
    writeFileSync(file, `${JSON.stringify(exportedMessage(message, QUEUE, body))}\n`);
    it.dlq = { ...it.dlq, maxMessageBytes: 1_000 };
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect([...it.objects]).toEqual([[expect.stringMatching(IMPORTED), body]]);
  });

  test('keeps to the prefix of the StreamDlq', async () => {
    writeFileSync(file, `${JSON.stringify(exportedMessage({ MessageId: 'm-1', Attributes: { SentTimestamp: '0' } }, QUEUE, 'x'.repeat(2_000)))}\n`);
    it.dlq = { ...it.dlq, maxMessageBytes: 1_000, overflowPrefix: 'dead-letters/1a2b3c4d/' };
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect([...it.objects.keys()]).toEqual([expect.stringMatching(/^dead-letters\/1a2b3c4d\/imported\//)]);
  });

  test('leaves the object alone that the exported message points to, and that of an import before', async () => {
    await it.put(deadLetterOf(), QUEUE, 1_000);
    const [message] = it.sqs.messages(QUEUE);
    const [original] = it.objects.values();
    const text = original.replace('"sequenceNumber"', ' "sequenceNumber"');
    const exported = { MessageId: 'm-1', Attributes: { SentTimestamp: '0' }, MessageAttributes: message.attributes };
    writeFileSync(file, `${JSON.stringify(exportedMessage(exported, QUEUE, text))}\n`);
    it.dlq = { ...it.dlq, maxMessageBytes: 1_000 };
    for (const queueUrl of [QUEUE, PARKING_QUEUE]) expect(await run({}, { queueUrl })).toMatchObject({ exitCode: 0 });
    expect([...it.objects.values()]).toEqual([original, text, text]);
    expect(it.deadLettersIn()).toHaveLength(2);
  });

  test('says which ones it cannot send for want of a bucket', async () => {
    await put(1);
    await discardAll();
    it.dlq = { maxMessageBytes: 1_000 };
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(out).toContain('1 message not sent.\n  1 × NoOverflowBucket: ');
  });

  test('writes characters that SQS refuses as escapes', async () => {
    const body = JSON.stringify({ text: '\ufffe\uffff' });
    writeFileSync(file, `${JSON.stringify(exportedMessage({ MessageId: 'm-1', Attributes: { SentTimestamp: '0' } }, QUEUE, body))}\n`);
    await run();
    expect(it.sqs.messages(QUEUE)[0].body).toBe('{"text":"\\ufffe\\uffff"}');
  });

  test('changes nothing else of such a text: not its numbers, nor its white space', async () => {
    const body = '{"state": {"total": 12345678901234567890, "share": 1.0}, "text": "\uffff"}';
    writeFileSync(file, `${JSON.stringify(exportedMessage({ MessageId: 'm-1', Attributes: { SentTimestamp: '0' } }, QUEUE, body))}\n`);
    await run();
    expect(it.sqs.messages(QUEUE)[0].body).toBe(body.replace('\uffff', '\\uffff'));
  });

  test('goes on where it stopped', async () => {
    await put(3);
    await discardAll();
    it.sqs.on('SendMessage', () => void (sends().length === 2 && it.stop.abort()));
    expect(await run()).toMatchObject({ exitCode: 130, out: expect.stringContaining('Interrupted: run the same command again to continue.') });
    expect(it.sqs.messages(QUEUE)).toHaveLength(2);
    Object.assign(it, { stop: new AbortController() });
    const { exitCode, err } = await run();
    expect(exitCode).toBe(0);
    expect(it.deadLettersIn().map(({ records }) => records[0])).toEqual([0, 10, 20]);
    expect(err).toContain(`${file} has 3 messages, 2 of which went to ${QUEUE} before or never left it, as ${file}.imported says: delete that file to send all.`);
    expect(await run()).toMatchObject({
      exitCode: 0, out: 'Nothing to send.\n', err: expect.stringContaining(`${file} has 3 messages, all of which went to ${QUEUE} before`),
    });
  });

  test('says of a single message that it was sent', async () => {
    await put(1);
    await discardAll();
    await run();
    expect((await run()).err).toContain(`${file} has 1 message, which went to ${QUEUE} before or never left it, as `);
  });

  test('sends to another queue what went to one before', async () => {
    await put(1);
    await discardAll();
    await run();
    await run({}, { queueUrl: PARKING_QUEUE });
    expect(it.sqs.messages(PARKING_QUEUE)).toHaveLength(1);
  });

  test.each<[string, string, number]>([
    ['the same queue by another of its URLs', 'https://us-east-1.queue.amazonaws.com/123456789012/Orders', 0],
    ['the queue of that name in another region', 'https://sqs.eu-west-1.amazonaws.com/123456789012/Orders', 1],
  ])('knows what went where: %s', async (_, queueUrl, sent) => {
    await put(1);
    await discardAll();
    await run();
    it.sqs.createQueue(queueUrl);
    expect(await run({}, { queueUrl })).toMatchObject({ exitCode: 0 });
    expect(it.sqs.messages(queueUrl)).toHaveLength(sent);
  });

  describe('of a queue of the same stack', () => {
    const write = (...queueUrls: readonly string[]) => writeFileSync(file, queueUrls.map((url, place) =>
      `${JSON.stringify(exportedMessage({ MessageId: `m-${place}`, Attributes: { SentTimestamp: '0' } }, url, '{}'))}\n`).join(''));
    const functions = (environment: Record<string, string>) => [{ role: 'hydrate' as const, functionArn: HYDRATE_ARN, environment }];

    test.each([
      ['--undeliverables', { undeliverables: true }, UNDELIVERABLE_QUEUE],
      ['--parked', { parked: true }, PARKING_QUEUE],
    ])('sends to that of %s', async (_, options, url) => {
      write(url);
      expect(await run(options)).toMatchObject({ exitCode: 0 });
      expect([it.sqs.messages(url), it.sqs.messages(QUEUE)]).toMatchObject([[{ body: '{}' }], []]);
      expect(it.audit).toMatchObject([{ queue: url, result: 'begun' }, { queue: url, to: url, result: 'imported' }]);
    });

    test.each<[string, Partial<ImportOptions>, string, string]>([
      [UNDELIVERABLE_QUEUE, {}, 'the undeliverable queue', 'give --undeliverables'],
      [UNDELIVERABLE_QUEUE, { parked: true }, 'the undeliverable queue', 'give --undeliverables'],
      [PARKING_QUEUE, {}, 'the parking queue', 'give --parked'],
      [QUEUE, { parked: true }, 'the dead-letter queue', 'leave out --undeliverables and --parked'],
      [QUEUE, { undeliverables: true, dryRun: true }, 'the dead-letter queue', 'leave out --undeliverables and --parked'],
      // Streams that share a queue have an undeliverable queue each: no option says which.
      [`${UNDELIVERABLE_QUEUE}2`, {}, 'the undeliverable queue', `name its queue by --queue ${UNDELIVERABLE_QUEUE}2`],
    ])('refuses %s with %j, before anything is sent', async (url, options, name, way) => {
      it.dlq = { ...it.dlq, functions: functions({ UNDELIVERABLE_QUEUE_URL: `${UNDELIVERABLE_QUEUE}2` }) };
      const to = options.parked ? PARKING_QUEUE : options.undeliverables ? UNDELIVERABLE_QUEUE : QUEUE;
      write(to, url);
      expect((await run(options)).error).toMatchObject({
        exitCode: 2,
        message: `${file}:2 was written from ${url}, ${name}, and does not belong into ${to}: ${way}. Nothing was sent. A file of several queues has to be split.`,
      });
      expect(sends()).toEqual([]);
    });

    test('refuses a dead letter for another queue of the stack that --queue names', async () => {
      it.dlq = { ...it.dlq, functions: functions({ QUEUE_URL: QUEUE }) };
      write(QUEUE);
      expect((await run({}, { queueUrl: PARKING_QUEUE })).error?.message).toContain(
        `${QUEUE}, the dead-letter queue, and does not belong into ${PARKING_QUEUE}: name its queue by --queue ${QUEUE}.`,
      );
    });

    test('says nothing of a queue of another stack: it is evidence', async () => {
      write('https://sqs.us-east-1.amazonaws.com/999999999999/OrdersParking');
      expect(await run()).toMatchObject({ exitCode: 0 });
      expect(it.sqs.messages(QUEUE)).toHaveLength(1);
    });
  });

  test('keeps the order of a shard on a FIFO queue, and is taken for nothing that was there before', async () => {
    it.dlq = { ...it.dlq, isFifo: true };
    await it.put(deadLetterOf(), FIFO_QUEUE);
    await discardAll(FIFO_QUEUE);
    it.sqs.calls.length = 0;
    expect(await run({}, { queueUrl: FIFO_QUEUE })).toMatchObject({ exitCode: 0 });
    const [{ messageId }] = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { messageId: string });
    const id = expect.stringMatching(new RegExp(`^import-[\\da-f-]{36}-${messageId}$`));
    expect(sends()).toMatchObject([{ MessageGroupId: SHARD_ID, MessageDeduplicationId: id }]);
    expect(it.sqs.messages(FIFO_QUEUE)).toHaveLength(1);
  });

  test('keeps the order of a shard on a FIFO queue with many at a time', async () => {
    it.dlq = { ...it.dlq, isFifo: true };
    for (let place = 0; place < 6; place++) await it.put(deadLetterOf({ from: place * 10, to: place * 10 + 2 }), FIFO_QUEUE);
    await discardAll(FIFO_QUEUE);
    const slow = new Map([[2, 40], [4, 20]]);
    it.sqs.on('SendMessage', async () => setTimeout(slow.get(sends().length) ?? 0));
    expect(await run({ concurrency: 8 }, { queueUrl: FIFO_QUEUE })).toMatchObject({ exitCode: 0 });
    expect(it.deadLettersIn(FIFO_QUEUE).map(({ records }) => records[0])).toEqual([0, 10, 20, 30, 40, 50]);
  });

  describe('within minutes of an import of the same file, on a FIFO queue', () => {
    const journal = () => readFileSync(`${file}.imported`, 'utf8').trim().split('\n');
    const importAgain = async () => {
      expect(await run({}, { queueUrl: FIFO_QUEUE })).toMatchObject({ exitCode: 0, out: expect.stringContaining('1 message sent.') });
      return it.sqs.messages(FIFO_QUEUE).length;
    };

    beforeEach(async () => {
      it.dlq = { ...it.dlq, isFifo: true };
      await it.put(deadLetterOf(), FIFO_QUEUE);
      await discardAll(FIFO_QUEUE);
      expect(await importAgain()).toBe(1);
    });

    test('sends it again where its journal was deleted: it is in the queue twice', async () => {
      rmSync(`${file}.imported`);
      expect(await importAgain()).toBe(2);
    });

    test('goes on with the same work where a kill came before the note: it is in the queue once', async () => {
      writeFileSync(`${file}.imported`, `${journal().filter((line) => !line.includes('messageId')).join('\n')}\n`);
      expect(await importAgain()).toBe(1);
    });

    test('goes on with the same work in another queue, and notes it once', async () => {
      await run({}, { queueUrl: QUEUE });
      expect(journal().filter((line) => line.includes('"work"'))).toHaveLength(1);
    });
  });

  test('goes on after a message that is refused, and sends it the next time', async () => {
    await put(2);
    await discardAll();
    it.sqs.failNext('SendMessage', sqsError('InvalidMessageContents', 'no'));
    expect(await run()).toMatchObject({ exitCode: 1 });
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect(it.deadLettersIn().map(({ records }) => records[0])).toEqual([10, 0]);
  });

  test('ends at once where it may not send', async () => {
    await put(3);
    await discardAll();
    it.sqs.failAlways('SendMessage', sqsError('AccessDenied', 'no'));
    expect((await run()).error).toMatchObject({ name: 'AccessDenied' });
    expect(readFileSync(`${file}.imported`, 'utf8')).not.toContain('messageId');
  });

  test('reads all of the file before it sends anything', async () => {
    await put(1);
    await discardAll();
    appendFileSync(file, '{"version":2}\n');
    expect((await run()).error?.message).toContain('letters.jsonl:2: version must be a version such as 0.1.0, got: 2');
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });

  test('asks, and does nothing on a dry run', async () => {
    await put(2);
    await discardAll();
    it.answers = [false];
    expect(await run({ yes: false })).toMatchObject({ exitCode: 1, out: 'Nothing was sent.\n' });
    expect(it.questions).toEqual([`Send 2 messages to ${QUEUE}?`]);
    const { exitCode, document } = await run({ dryRun: true }, { json: true });
    expect([exitCode, document]).toEqual([0, { command: 'test', version: 1, file, queueUrl: QUEUE, dryRun: true, messages: 2, open: 2 }]);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
    expect(existsSync(`${file}.imported`)).toBe(false);
  });
});

test('import takes one of --undeliverables and --parked', () => {
  const none = { undeliverables: false, parked: false, dryRun: false, concurrency: 1, yes: true };
  expect(() => definition.check!([], { ...none, undeliverables: true, parked: true })).toThrow('--undeliverables cannot be used with --parked: run the command once for each of the two queues.');
  expect(() => definition.check!([], none)).not.toThrow();
});
