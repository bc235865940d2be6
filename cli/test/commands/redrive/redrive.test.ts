import { FUNCTION_ARN } from '../../../../test/support/records';
import { redrive as definition } from '../../../commands/redrive/command';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import { sqsError } from '../../support/fake-sqs';
import { BUCKET, CALLER, CAPTURE_ARN, eventRecords, deadLetterOf, Operation, PARKING_QUEUE, QUEUE, type RunHow } from '../../support/operation';
import { redriveOptions } from '../../support/redrive-options';

let it: Operation;
beforeEach(() => {
  it = new Operation();
});
afterEach(() => it.close());

const run = (more: Partial<RedriveOptions> = {}, how: RunHow = {}) => it.run(redrive, redriveOptions(it, more), how);

const put = async (count: number, queueUrl = QUEUE) => it.putBatches(count, queueUrl);

const everythingIsBack = () => expect(it.sqs.visible(QUEUE)).toHaveLength(it.sqs.messages(QUEUE).length);

describe('redrive', () => {
  test('sends every dead letter to its processor, and deletes what was taken', async () => {
    await put(12);
    const { exitCode, out } = await run();
    expect(exitCode).toBe(0);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
    expect([...it.processor.processed].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => [i * 10, i * 10 + 1, i * 10 + 2]).flat());
    expect(out).toContain('12 messages sent.\n36 records processed.\n');
  });

  test('gives the processor the event that it failed on', async () => {
    await it.put(deadLetterOf());
    await run();
    expect(it.lambda.events).toEqual([{ functionName: FUNCTION_ARN, event: deadLetterOf().payload }]);
  });

  test('sends to another function where one is named', async () => {
    it.lambda.functions.set('orders:fixed', it.processor.handler);
    await it.put(deadLetterOf());
    await run({ function: 'orders:fixed' });
    expect(it.lambda.events.map(({ functionName }) => functionName)).toEqual(['orders:fixed']);
  });

  describe('gives records of Kinesis the role of the function that they go to', () => {
    const ROLE = 'arn:aws:iam::123456789012:role/';
    const recordsOf = (event: unknown) => (event as { Records: { invokeIdentityArn?: string }[] }).Records;
    const roles = () => it.lambda.events.map(({ event }) => recordsOf(event).map(({ invokeIdentityArn }) => invokeIdentityArn));
    const configurations = () => it.lambda.calls.filter((name) => name === 'GetFunctionConfiguration').length;

    test('which is asked for once', async () => {
      it.lambda.configurations.set(FUNCTION_ARN, { Role: `${ROLE}orders` });
      await put(5);
      const { err } = await run();
      expect(roles()).toEqual(Array.from({ length: 5 }, () => Array.from({ length: 3 }, () => `${ROLE}orders`)));
      expect(configurations()).toBe(1);
      expect(err).not.toContain('invokeIdentityArn');
    });

    test('where another function is named, that of the other', async () => {
      it.lambda.functions.set('orders:fixed', it.processor.handler);
      it.lambda.configurations.set(FUNCTION_ARN, { Role: `${ROLE}orders` });
      it.lambda.configurations.set('orders:fixed', { Role: `${ROLE}fixed` });
      await put(1);
      await run({ function: 'orders:fixed' });
      expect(roles()).toEqual([Array.from({ length: 3 }, () => `${ROLE}fixed`)]);
    });

    test('but for what Lambda itself wrote, which has it', async () => {
      const records = eventRecords().map((record) => ({ ...(record as object), invokeIdentityArn: `${ROLE}of-lambda` }));
      await it.put(deadLetterOf({ records }));
      await run();
      expect(it.lambda.events[0].event).toEqual({ Records: records });
      expect(configurations()).toBe(0);
    });

    test('or sends them without it where that is refused, and says so once', async () => {
      await put(5);
      const { exitCode, err } = await run();
      expect([exitCode, it.sqs.messages(QUEUE)]).toEqual([0, []]);
      expect(roles()).toEqual(Array.from({ length: 5 }, () => Array.from({ length: 3 }, () => undefined)));
      expect(err.replaceAll(/\s+/g, ' ').match(/records go to arn:\S+ without invokeIdentityArn, for its role is not known: it takes lambda:GetFunctionConfiguration/g)).toHaveLength(1);
    });
  });

  test('keeps what is left over below the prefix of its StreamDlq', async () => {
    it.dlq = { ...it.dlq, maxMessageBytes: 1_000, overflowPrefix: 'dead-letters/1a2b3c4d/' };
    await it.put(deadLetterOf());
    it.processor.poison.add(1);
    it.processor.reports = true;
    await run();
    expect([...it.objects.keys()]).toEqual([expect.stringMatching(/^dead-letters\/1a2b3c4d\/2026\//)]);
  });

  test('leaves what fails again where it was, says why, and meets it once', async () => {
    await put(3);
    it.processor.poison.add(11);
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(it.deadLettersIn()).toEqual([expect.objectContaining({ records: [10, 11, 12] })]);
    expect(it.lambda.events).toHaveLength(3);
    everythingIsBack();
    expect(out).toContain('1 message failed again: left in place.\n  1 × PoisonError: poison (as ');
  });

  test('keeps what a partial response leaves over as a smaller dead letter, before the larger one is deleted', async () => {
    await it.put(deadLetterOf());
    it.processor.poison.add(1);
    it.processor.reports = true;
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(it.processor.processed).toEqual([0]);
    expect(it.deadLettersIn()).toEqual([expect.objectContaining({ status: 'COMPLETE', records: [1, 2] })]);
    expect(it.sqs.calls.map(({ name }) => name).filter((name) => /Send|Delete/.test(name))).toEqual(['SendMessage', 'DeleteMessageBatch']);
    // What the run itself brings about waits for the next one.
    expect(it.lambda.events).toHaveLength(1);
    everythingIsBack();
    expect(out).toContain('1 message sent in part: a smaller dead letter holds what was not taken.\n  1 × BatchItemFailures');
  });

  test('keeps the larger dead letter where the smaller one cannot be sent', async () => {
    await it.put(deadLetterOf());
    it.processor.poison.add(1);
    it.processor.reports = true;
    it.sqs.failNext('SendMessage', sqsError('InternalError', 'no'));
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(it.deadLettersIn()).toEqual([expect.objectContaining({ records: [0, 1, 2] })]);
    expect(out).toContain('RestNotKept: 1 of its records were taken, but the smaller dead letter could not be written (InternalError: no): the queue still has the whole dead letter');
  });

  test('ends at once where smaller dead letters may not be sent', async () => {
    await put(8);
    it.processor.poison.add(1);
    it.processor.reports = true;
    it.sqs.failAlways('SendMessage', sqsError('AccessDenied', 'no'));
    const { error } = await run({ concurrency: 1 });
    expect(error).toMatchObject({ name: 'AccessDenied' });
    expect(it.lambda.events).toHaveLength(1);
    everythingIsBack();
  });

  test('reads bodies that are in S3', async () => {
    await it.put(deadLetterOf(), QUEUE, 1_000);
    expect(it.objects.size).toBe(1);
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect(it.processor.processed).toEqual([0, 1, 2]);
  });

  test.each([true, false])('leaves a dead letter whose body is gone, and goes on: may list %p', async (mayList) => {
    it.mayList = mayList;
    const lost = await it.put(deadLetterOf(), QUEUE, 1_000);
    await it.put(deadLetterOf({ from: 10, to: 12 }));
    it.objects.clear();
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(out).toContain('the body of the dead letter cannot be read');
    expect(it.sqs.visible(QUEUE).map(({ messageId }) => messageId)).toEqual([lost]);
  });

  test('puts a smaller dead letter that is over the limit of the queue into the overflow bucket', async () => {
    it.dlq = { ...it.dlq, maxMessageBytes: 1_000 };
    await it.put(deadLetterOf());
    it.processor.poison.add(1);
    it.processor.reports = true;
    await run();
    expect(it.objects.size).toBe(1);
    expect(it.deadLettersIn()).toEqual([expect.objectContaining({ records: [1, 2] })]);
  });

  test.each([1_048_576, 1_000])('leaves what would have no place for its rest, for want of an overflow bucket: limit %d', async (limit) => {
    it.dlq = { maxMessageBytes: 1_000 };
    await it.put(deadLetterOf(), QUEUE, limit);
    await it.put(deadLetterOf({ from: 50, to: 50 }));
    it.processor.reports = true;
    const { exitCode, out, err } = await run();
    expect(exitCode).toBe(1);
    expect(err).toContain('COMPLETE: 1 dead letter, 3 records, left: it is over the limit of');
    expect(out).toContain('NoOverflowBucket: it is over the limit of');
    // One record is taken or not: there is no rest.
    expect(it.processor.processed).toEqual([50]);
    expect(it.deadLettersIn()).toEqual([expect.objectContaining({ records: [0, 1, 2] })]);
  });

  test('says, counts and notes what was taken of a dead letter whose rest could not be kept', async () => {
    await it.put(deadLetterOf());
    it.processor.poison.add(1);
    it.processor.reports = true;
    it.sqs.failAlways('SendMessage', sqsError('InvalidMessageContents', 'no'));
    const { exitCode, err, document } = await run({}, { json: true });
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({ recordsSent: 1, counts: { notRemoved: 1, failed: 0 }, results: [{ records: 1, reason: { name: 'RestNotKept' } }] });
    expect(err).toMatch(/1 record of dead letter [0-9a-f]{32} were taken by arn:\S+, but it is whole in \S+: the next run would send them again/);
    expect(it.audit.at(-1)).toMatchObject({ result: 'rest not kept', records: 1, reason: 'RestNotKept' });
    expect(it.deadLettersIn()).toEqual([expect.objectContaining({ records: [0, 1, 2] })]);
    everythingIsBack();
  });

  test('takes a capture bucket for no overflow bucket: it belongs to others, and nobody may read dead letters there', async () => {
    it.dlq = { maxMessageBytes: 1_000, functions: [{ role: 'capture', functionArn: CAPTURE_ARN, environment: { CAPTURE_BUCKET: BUCKET } }] };
    await it.put(deadLetterOf());
    it.processor.poison.add(1);
    it.processor.reports = true;
    expect((await run()).err).toContain('and no overflow bucket is known');
    expect(it.objects.size).toBe(0);
  });

  test('ends with 0 on an empty queue, and asks nothing', async () => {
    expect(await run({ yes: false })).toMatchObject({ exitCode: 0, out: 'Nothing to send.\n' });
    expect(it.questions).toEqual([]);
  });
});

describe('redrive --parked', () => {
  test('sends what is in the parking queue, and leaves the dead-letter queue alone', async () => {
    await it.put(deadLetterOf());
    await it.put(deadLetterOf({ from: 10, to: 12 }), PARKING_QUEUE);
    expect(await run({ parked: true }, { json: true })).toMatchObject({ exitCode: 0, document: { from: PARKING_QUEUE, counts: { sent: 1 } } });
    expect(it.processor.processed).toEqual([10, 11, 12]);
    expect(it.sqs.messages(PARKING_QUEUE)).toEqual([]);
    expect(it.deadLettersIn().map(({ records }) => records)).toEqual([[0, 1, 2]]);
    expect(it.audit[0]).toMatchObject({ queue: PARKING_QUEUE });
  });

  test('keeps what remains of a parked dead letter in the parking queue, by the limit of that', async () => {
    it.dlq = { ...it.dlq, maxMessageBytes: 100 };
    await it.put(deadLetterOf(), PARKING_QUEUE);
    it.processor.poison.add(1);
    it.processor.reports = true;
    expect(await run({ parked: true })).toMatchObject({ exitCode: 1 });
    expect(it.deadLettersIn(PARKING_QUEUE).map(({ records }) => records)).toEqual([[1, 2]]);
    expect(it.objects.size).toBe(0);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });

  test('says what is missing where no parking queue is known', async () => {
    it.dlq = {};
    expect((await run({ parked: true })).error).toMatchObject({
      exitCode: 3,
      message: '--parked: nothing is known of a parking queue: only a RedriveFunction has one. The functions of the stack say so: find them by ' +
        '--stack NAME, or name that queue itself by --queue, also where there are several.',
    });
  });

  test('cannot go with a file', () => {
    expect(() => definition.check!([], redriveOptions(it, { parked: true, from: 'letters.jsonl' }))).toThrow(
      '--from cannot be used with --parked: dead letters are sent from a file or from a queue. Leave one of them out.',
    );
    expect(() => definition.check!([], redriveOptions(it, { parked: true }))).not.toThrow();
  });
});

describe('the audit log', () => {
  test('has who did what with which message, before it is deleted', async () => {
    const [messageId] = await put(1);
    let audited: string[] = [];
    it.sqs.on('DeleteMessageBatch', () => void (audited = it.audit.map(({ result }) => result)));
    await run();
    expect(audited).toEqual(['begun', 'sent']);
    expect(it.audit[1]).toEqual({
      time: expect.any(String), caller: CALLER, command: 'redrive', queue: QUEUE, messageId, deadLetterId: deadLetterOf().hydration.deadLetterId,
      records: 3, to: FUNCTION_ARN, result: 'sent',
    });
  });

  test('has nothing of what a processor said, which may be of a record', async () => {
    await put(1);
    it.lambda.functions.set(FUNCTION_ARN, () => {
      throw new TypeError('card 4111-1111-1111-1111');
    });
    await run();
    expect(it.audit[1]).toMatchObject({ result: 'failed', reason: 'TypeError' });
    expect(JSON.stringify(it.audit)).not.toContain('4111');
  });
});

describe('--json', () => {
  test('has the plan, every result, and reasons', async () => {
    const [sent, failed] = await put(2);
    await it.put(deadLetterOf({ from: 70, to: 72, status: 'EXPIRED' }));
    it.processor.poison.add(11);
    const { document, exitCode } = await run({}, { json: true });
    expect(exitCode).toBe(1);
    expect(document).toEqual({
      command: 'test', version: 1, from: QUEUE, dryRun: false, interrupted: false, notFound: [], recordsSent: 3, omitted: 0,
      inFlight: 0, behind: 0, exhausted: true, missed: 0,
      plan: {
        lookedAt: 3, isAll: true, inFlight: 0, behind: 0, isFound: true, chosen: 3, toDo: 2, recordsToDo: 6, toLeave: 1, repeats: 0,
        lines: [
          { status: 'COMPLETE', deadLetters: 2, records: 6, to: { [FUNCTION_ARN]: 2 } },
          { status: 'EXPIRED', deadLetters: 1, records: 0, to: {}, reason: { name: 'EXPIRED', message: expect.any(String) } },
        ],
      },
      counts: { sent: 1, partly: 0, picked: 0, failed: 1, left: 1, notRemoved: 0 },
      reasons: [
        { result: 'left', count: 1, example: expect.any(String), reason: { name: 'EXPIRED', message: expect.any(String) } },
        { result: 'failed', count: 1, example: expect.any(String), reason: { name: 'PoisonError', message: 'poison' } },
      ],
      results: expect.arrayContaining([
        { messageId: sent, deadLetterId: deadLetterOf().hydration.deadLetterId, status: 'COMPLETE', records: 3, result: 'sent', to: FUNCTION_ARN },
        expect.objectContaining({ messageId: failed, result: 'failed', reason: { name: 'PoisonError', message: 'poison' } }),
      ]),
    });
  });

  test('has what a dry run would do', async () => {
    await put(1);
    const { document } = await run({ dryRun: true }, { json: true });
    expect(document).toMatchObject({ dryRun: true, messages: [{ status: 'COMPLETE', records: 3, to: FUNCTION_ARN }] });
  });
});
