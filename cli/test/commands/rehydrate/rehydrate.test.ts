import { captureResult, skippedObjectResult } from '../../../../lambda/shared/dead-letter/capture-result';
import { DeadLetter, toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { parseFailureRecord } from '../../../../lambda/shared/dead-letter/failure-record';
import { pointerTo } from '../../../../lambda/shared/dead-letter/pointer';
import type { HydrationStatus } from '../../../../src/contract';
import { failureRecord, notificationText, STREAM_ARN } from '../../../../test/support/records';
import { rehydrate as definition } from '../../../commands/rehydrate/command';
import type { RehydrateOptions } from '../../../commands/rehydrate/run';
import * as rehydrate from '../../../commands/rehydrate/run';
import type { Dlq } from '../../../dlq';
import { InFlightMessages } from '../../../queue/in-flight-messages';
import { lambdaError } from '../../support/fake-lambda';
import { sqsError } from '../../support/fake-sqs';
import { BUCKET, CAPTURE_ARN, eventRecords, FIFO_QUEUE, HYDRATE_ARN, deadLetterOf, Operation, PARKING_QUEUE, QUEUE, type RunHow, UNDELIVERABLE_QUEUE } from '../../support/operation';

let it: Operation;
beforeEach(() => {
  it = new Operation();
});
afterEach(() => it.close());

const run = (more: Partial<RehydrateOptions> = {}, how: RunHow = {}) =>
  it.run(rehydrate, {
    filter: [], include: [], undeliverables: false, parked: false, dryRun: false, concurrency: 2, yes: true,
    visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog, ...more,
  }, how);

/** Has the hydrate function find something, send the dead letter of it, and say so. */
function finds(deadLetter: DeadLetter, queueUrl = QUEUE, maxMessageBytes?: number): void {
  it.lambda.functions.set(HYDRATE_ARN, async () => {
    await it.put(deadLetter, queueUrl, maxMessageBytes);
    return captureResult([deadLetter], 0);
  });
}

/** A record that Lambda would not have written. */
const NAMELESS = { kinesis: { sequenceNumber: 0 } };

const bodies = (queueUrl = QUEUE) => it.deadLettersIn(queueUrl).map(({ body }) => body);
const statuses = (queueUrl = QUEUE) => it.deadLettersIn(queueUrl).map(({ status }) => status);

describe('rehydrate', () => {
  test('has the hydrate function read the records again, by the failure record', async () => {
    await it.put(deadLetterOf({ status: 'UNREADABLE' }));
    finds(deadLetterOf());
    const { exitCode, out } = await run();
    expect(exitCode).toBe(0);
    expect(it.lambda.events).toEqual([{ functionName: HYDRATE_ARN, event: { Records: [{ eventSource: 'aws:sqs', messageId: expect.any(String), body: expect.any(String) }] } }]);
    const { Message } = notificationIn(it.lambda.events[0].event);
    expect(JSON.parse(Message)).toEqual(failureRecord());
    expect(statuses()).toEqual(['COMPLETE']);
    expect(out).toContain('1 message better now: the new dead letter is in the queue, the old message is deleted.');
  });

  test('gives the hydrate function what redrives noted, which it keeps in the new dead letter', async () => {
    const noted = { attempts: 2, lastError: { name: 'E', message: 'm', at: '2026-11-22T09:00:00.000Z', to: 'orders' } };
    await it.put({ ...deadLetterOf({ status: 'UNREADABLE' }), redrive: noted });
    it.lambda.functions.set(HYDRATE_ARN, async (given: object) => {
      const records = deadLetterOf().payload.Records;
      const rehydrated = toDeadLetter(parseFailureRecord(notificationIn(given).Message), { records, hasStart: true, hasEnd: true });
      await it.put(rehydrated);
      return captureResult([rehydrated], 0);
    });
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect(bodies()).toEqual([{ ...deadLetterOf(), redrive: noted }]);
  });

  test.each<[HydrationStatus, HydrationStatus, number, HydrationStatus[]]>([
    ['PARTIAL', 'COMPLETE', 0, ['COMPLETE']],
    ['PARTIAL', 'PARTIAL', 1, ['PARTIAL']],
    ['UNREADABLE', 'UNREADABLE', 1, ['UNREADABLE']],
    ['PARTIAL', 'UNREADABLE', 1, ['PARTIAL', 'UNREADABLE']],
    ['PARTIAL', 'EXPIRED', 1, ['PARTIAL', 'EXPIRED']],
    ['UNREADABLE', 'SUPERSET', 0, ['SUPERSET']],
  ])('of %s, read again as %s, ends with %s and %s in the queue', async (before, after, exit, left) => {
    await it.put(deadLetterOf({ status: before }));
    finds(deadLetterOf({ status: after }));
    expect(await run()).toMatchObject({ exitCode: exit });
    expect(statuses()).toEqual(left);
    expect(it.sqs.visible(QUEUE)).toHaveLength(left.length);
  });

  test.each<[string, Parameters<typeof deadLetterOf>[0], Parameters<typeof deadLetterOf>[0], string]>([
    ['others, and more of them', { status: 'UNREADABLE' }, { status: 'PARTIAL' }, 'PARTIAL with 2 of 3 records, without 1 of the 1'],
    ['as many others', { status: 'UNREADABLE', records: eventRecords({ to: 1 }) }, { status: 'UNREADABLE', records: eventRecords({ from: 1 }) },
      'UNREADABLE with 2 of 3 records, without 1 of the 2'],
    ['all of the batch, but not what is none of it', { status: 'PARTIAL', records: eventRecords({ from: 2, to: 3 }) }, {},
      'COMPLETE with 3 of 3 records, without 1 of the 2'],
    ['all of the batch, but not what has no sequence number', { status: 'PARTIAL', records: [...eventRecords({ to: 0 }), NAMELESS] }, {},
      'COMPLETE with 3 of 3 records, without 1 of the 2'],
  ])('keeps the old one, beside the new one, where that holds %s', async (_, before, after, told) => {
    await it.put(deadLetterOf(before));
    finds(deadLetterOf(after));
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(bodies()).toEqual([deadLetterOf(before), deadLetterOf(after)]);
    expect(out).toContain('1 message worse when read again: the old one was kept.');
    expect(out).toContain(`read again it is ${told} that the old one holds: that one is in the queue as well`);
  });

  test('replaces the old one by one that holds its records, and more', async () => {
    await it.put(deadLetterOf({ status: 'PARTIAL', records: eventRecords({ from: 1, to: 1 }) }));
    finds(deadLetterOf({ status: 'PARTIAL' }));
    expect(await run()).toMatchObject({ exitCode: 0 });
    expect(bodies()).toEqual([deadLetterOf({ status: 'PARTIAL' })]);
  });

  test('replaces one without records by what is known now: a rerun adds no second one', async () => {
    const [unreadable, expired] = [deadLetterOf({ status: 'UNREADABLE', records: [] }), deadLetterOf({ status: 'EXPIRED' })];
    await it.put(unreadable);
    finds(expired);
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(out).toContain('EXPIRED: read again it is EXPIRED with 0 of 3 records, and was UNREADABLE before');
    expect(bodies()).toEqual([expired]);
    await run();
    expect(bodies()).toEqual([expired]);
  });

  test('keeps one without records where less is known now: whether the stream has them still', async () => {
    const [unreadable, expired] = [deadLetterOf({ status: 'UNREADABLE', records: [] }), deadLetterOf({ status: 'EXPIRED' })];
    await it.put(expired);
    finds(unreadable);
    const { exitCode, out } = await run({ include: ['EXPIRED'] });
    expect(exitCode).toBe(1);
    expect(out).toContain('UNREADABLE with 0 of 3 records: that one is in the queue as well');
    expect(bodies()).toEqual([expired, unreadable]);
  });

  test('keeps the old one where the function does not say which records it found', async () => {
    await it.put(deadLetterOf({ status: 'PARTIAL' }));
    const { hydration } = deadLetterOf({ status: 'PARTIAL' });
    it.lambda.functions.set(HYDRATE_ARN, () => ({ deadLetters: [hydration], undeliverables: 0 }));
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(out).toContain('PARTIAL with 2 of 3 records, and which ones the function does not say');
    expect(statuses()).toEqual(['PARTIAL']);
  });

  test('leaves the object of the old one as it is, in S3 too', async () => {
    const [before, after] = [eventRecords({ to: 1 }), eventRecords({ from: 1 })].map((records) => deadLetterOf({ status: 'UNREADABLE', records }));
    await it.put(before, QUEUE, 1_000);
    finds(after, QUEUE, 1_000);
    await run();
    expect(it.objects.size).toBe(2);
    expect(bodies()).toEqual([before, after]);
  });

  test('leaves whole dead letters alone, and EXPIRED ones unless it is told to try them', async () => {
    await it.put(deadLetterOf());
    await it.put(deadLetterOf({ status: 'EXPIRED', from: 10, to: 12 }));
    expect(await run()).toMatchObject({ exitCode: 0, out: 'Nothing to try again.\n' });
    expect(it.lambda.events).toEqual([]);
    finds(deadLetterOf({ from: 10, to: 12 }));
    expect(await run({ include: ['EXPIRED'] })).toMatchObject({ exitCode: 0 });
    expect(statuses()).toEqual(['COMPLETE', 'COMPLETE']);
  });

  test('deletes the old one only after the function has answered, and after that was noted', async () => {
    await it.put(deadLetterOf({ status: 'UNREADABLE' }));
    finds(deadLetterOf());
    let audited: unknown[] = [];
    it.sqs.on('DeleteMessageBatch', () => void (audited = it.audit.map(({ result }) => result)));
    await run();
    expect(audited).toEqual(['begun', 'rehydrated']);
  });

  test.each<[string, () => unknown, string]>([
    ['fails', () => {
      throw new RangeError('no time left');
    }, 'RangeError: no time left'],
    ['says nothing of what it did, as an older one', () => null, 'NoAnswer: '],
    ['says less than it was asked', () => ({ deadLetters: [], undeliverables: 0 }), 'NoAnswer: '],
    ['is throttled', () => {
      throw lambdaError('TooManyRequestsException', 'Rate Exceeded.', 429);
    }, 'TooManyRequestsException: Rate Exceeded.'],
  ])('keeps the old one where the function %s', async (_, answer, why) => {
    await it.put(deadLetterOf({ status: 'UNREADABLE' }));
    it.lambda.functions.set(HYDRATE_ARN, answer);
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(statuses()).toEqual(['UNREADABLE']);
    expect(out).toContain(why);
    expect(it.sqs.visible(QUEUE)).toHaveLength(1);
  });

  test('keeps the old one where the function takes it for no failure record', async () => {
    await it.put(deadLetterOf({ status: 'UNREADABLE' }));
    it.lambda.functions.set(HYDRATE_ARN, () => ({ deadLetters: [], undeliverables: 1 }));
    expect(await run()).toMatchObject({ exitCode: 1, out: expect.stringContaining('1 message refused again') });
    expect(statuses()).toEqual(['UNREADABLE']);
  });

  describe('on a FIFO queue', () => {
    const runOnFifo = async () => run({}, { queueUrl: FIFO_QUEUE });
    const partial = deadLetterOf({ status: 'PARTIAL' });
    const ids = () => it.sqs.messages(FIFO_QUEUE).map(({ messageId }) => messageId);

    test.each([
      ['right', 0],
      ['ten minutes fast', -600_000],
    ])('keeps the old one where the new one may have been dropped as its duplicate, with a clock that is %s', async (_, skew) => {
      it.sqs.advance(skew);
      const id = await it.put(deadLetterOf({ status: 'UNREADABLE' }), FIFO_QUEUE);
      finds(deadLetterOf({ status: 'UNREADABLE' }), FIFO_QUEUE);
      expect(await runOnFifo()).toMatchObject({ exitCode: 1, out: expect.stringContaining('may have taken the two for one') });
      expect(ids()).toEqual([id]);
    });

    test('keeps a parked one, on a standard queue too, where the dead-letter queue may have dropped the new one', async () => {
      it.dlq = { ...it.dlq, isFifo: true };
      const deadLetter = deadLetterOf({ status: 'UNREADABLE' });
      await it.put(deadLetter, FIFO_QUEUE);
      const [{ messageId }] = it.sqs.messages(FIFO_QUEUE);
      await it.put(deadLetter, PARKING_QUEUE);
      finds(deadLetter, FIFO_QUEUE);
      expect(await run({ parked: true })).toMatchObject({ exitCode: 1, out: expect.stringContaining('may have taken the two for one') });
      expect(ids()).toEqual([messageId]);
      expect(statuses(PARKING_QUEUE)).toEqual(['UNREADABLE']);
    });

    test('replaces the old one once SQS has forgotten its deduplication id', async () => {
      const id = await it.put(deadLetterOf({ status: 'UNREADABLE' }), FIFO_QUEUE);
      it.sqs.advance(360_000);
      finds(deadLetterOf({ status: 'UNREADABLE' }), FIFO_QUEUE);
      expect(await runOnFifo()).toMatchObject({ exitCode: 1, out: expect.stringContaining('1 message no better than before') });
      expect(ids()).toEqual([expect.not.stringMatching(id)]);
    });

    test.each<[string, DeadLetter]>([
      ['another status', deadLetterOf({ status: 'UNREADABLE', records: eventRecords({ from: 1 }) })],
      ['more records', deadLetterOf()],
      ['another id, as of what was left of it', { ...partial, hydration: { ...partial.hydration, deadLetterId: 'other' } }],
    ])('replaces the old one by one of another name at once: %s', async (_, after) => {
      await it.put(deadLetterOf({ status: 'PARTIAL' }), FIFO_QUEUE);
      finds(after, FIFO_QUEUE);
      await runOnFifo();
      expect(bodies(FIFO_QUEUE)).toEqual([after]);
    });
  });

  describe('where Lambda wrote the failed batch', () => {
    const KEY = 'aws/lambda/u-1/shardId-000000000000/2026/11/21/x';
    const both: Partial<Dlq>['functions'] = [{ role: 'capture', functionArn: CAPTURE_ARN }, { role: 'hydrate', functionArn: HYDRATE_ARN }];
    const captureAlone = both.slice(0, 1);
    const WAY_OUT = 'it takes the hydrate function, and none of this queue was found: deploy the stack with keepCapture: FailureCapture.hydrate()';

    /** Puts a pointer to what Lambda wrote into the queue: two records of the batch, and what else is in its event. */
    async function putCaptured(more: object = {}): Promise<void> {
      await it.put(deadLetterOf({ status: 'PARTIAL', records: eventRecords({ to: 1 }) }));
      const [message] = it.sqs.messages(QUEUE);
      Object.assign(message, { body: pointerTo(BUCKET, KEY, 1).text });
      message.attributes.ExtendedPayloadSize = { DataType: 'Number', StringValue: '1' };
      it.objects.set(KEY, JSON.stringify({ ...failureRecord(), payload: JSON.stringify({ Records: eventRecords({ to: 1 }), ...more }) }));
    }

    beforeEach(() => {
      it.dlq = { ...it.dlq, functions: both };
      it.lambda.functions.set(CAPTURE_ARN, () => {
        throw new Error('another look at the same object finds no more');
      });
    });

    test.each<HydrationStatus>(['COMPLETE', 'SUPERSET'])('has a large dead letter read from the stream, which may have more than the object: %s', async (status) => {
      await putCaptured();
      finds(deadLetterOf({ status }));
      expect(await run()).toMatchObject({ exitCode: 0 });
      expect(it.lambda.events.map(({ functionName }) => functionName)).toEqual([HYDRATE_ARN]);
      const { Message } = notificationIn(it.lambda.events[0].event);
      expect(JSON.parse(Message)).toEqual(failureRecord());
      expect(bodies()).toEqual([deadLetterOf({ status })]);
      expect([...it.objects.keys()]).toEqual([KEY]);
    });

    test('keeps it, beside the new one, where the stream has less than the object', async () => {
      await putCaptured();
      finds(deadLetterOf({ status: 'PARTIAL' }));
      const { exitCode, out } = await run();
      expect(exitCode).toBe(1);
      expect(out).toContain('read again it is PARTIAL with 2 of 3 records, without 1 of the 2 that the old one holds');
      expect(it.sqs.visible(QUEUE)).toHaveLength(2);
    });

    test('keeps it, beside the new one, where it holds the state of a window, which is in no stream', async () => {
      await putCaptured({ window: { start: '2026-11-21T08:00:00Z', end: '2026-11-21T08:01:00Z' }, state: { sum: 17 } });
      finds(deadLetterOf());
      const { exitCode, out } = await run();
      expect(exitCode).toBe(1);
      expect(out).toContain('read again it is COMPLETE with 3 of 3 records, without what the old one holds beside its records, as the state of a window');
      expect(it.sqs.visible(QUEUE)).toHaveLength(2);
    });

    test.each<[string, () => Promise<unknown>]>([
      ['large', putCaptured],
      ['small', async () => it.put(deadLetterOf({ status: 'UNREADABLE' }))],
    ])('leaves it where nothing can read the stream, and says before what to deploy: %s', async (_, put) => {
      it.dlq = { ...it.dlq, functions: captureAlone };
      await put();
      const { exitCode, out, err } = await run();
      expect([exitCode, out]).toEqual([1, 'Nothing to try again.\n']);
      expect(err).toContain(`left: ${WAY_OUT}`);
      expect(it.lambda.events).toEqual([]);
      expect(it.sqs.visible(QUEUE)).toHaveLength(1);
    });
  });

  test('says what is missing where no function is known', async () => {
    it.dlq = {};
    expect((await run()).error).toMatchObject({ exitCode: 3, message: expect.stringContaining(`no hydrate or capture function of ${QUEUE} was found`) });
  });

  test('names redrive for a queue that SQS itself moves messages to', async () => {
    it.dlq = { native: { sourceArns: [] } };
    expect((await run()).error).toMatchObject({ exitCode: 3, message: expect.stringContaining('SQS itself moves messages there, which have no records to read again. Use redrive.') });
  });

  test('takes the first hydrate function where several write to the queue: each takes failure records of any stream', async () => {
    it.dlq = { functions: [{ role: 'capture', functionArn: CAPTURE_ARN }, { role: 'hydrate', functionArn: HYDRATE_ARN }, { role: 'hydrate', functionArn: `${HYDRATE_ARN}-2` }] };
    await it.put(deadLetterOf({ status: 'UNREADABLE' }));
    finds(deadLetterOf());
    expect((await run()).exitCode).toBe(0);
    expect(statuses()).toEqual(['COMPLETE']);
  });

  test('ends at once where the function may not be invoked', async () => {
    await it.put(deadLetterOf({ status: 'UNREADABLE' }));
    it.lambda.failNext('Invoke', lambdaError('AccessDeniedException', 'no', 403));
    expect((await run()).error).toMatchObject({ name: 'AccessDeniedException' });
    expect(it.sqs.visible(QUEUE)).toHaveLength(1);
  });

  test('says that both are there where the old one cannot be deleted', async () => {
    await it.put(deadLetterOf({ status: 'UNREADABLE' }));
    finds(deadLetterOf());
    it.sqs.failAlways('DeleteMessageBatch', sqsError('AccessDenied', 'no'));
    const { error, out } = await run();
    expect(error).toMatchObject({ name: 'AccessDenied' });
    expect(out).toContain('1 message replaced, but not deleted: both are there.');
    expect(it.audit.map(({ result }) => result)).toEqual(['begun', 'rehydrated', 'not deleted']);
  });

  test('leaves what is hidden no longer to whoever has it', async () => {
    await it.put(deadLetterOf({ status: 'UNREADABLE' }));
    finds(deadLetterOf());
    jest.spyOn(InFlightMessages.prototype, 'has').mockReturnValue(false);
    const { out } = await run();
    jest.restoreAllMocks();
    expect(out).toContain('1 message not tried: left in place.\n  1 × Lost: it became visible again');
    expect(it.lambda.events).toEqual([]);
  });

  test.each([true, false])('leaves a dead letter whose body is gone, and goes on: may list %p', async (mayList) => {
    it.mayList = mayList;
    const lost = await it.put(deadLetterOf({ status: 'UNREADABLE' }), QUEUE, 1_000);
    it.objects.clear();
    const other = await it.put(deadLetterOf({ status: 'UNREADABLE', from: 10, to: 12 }));
    finds(deadLetterOf({ from: 10, to: 12 }));
    expect(await run()).toMatchObject({ exitCode: 1, out: expect.stringContaining('the body of the dead letter cannot be read') });
    const ids = it.sqs.visible(QUEUE).map(({ messageId }) => messageId);
    expect([ids.includes(lost), ids.includes(other)]).toEqual([true, false]);
  });

  test('ends where bodies cannot be read for want of credentials', async () => {
    await it.put(deadLetterOf({ status: 'UNREADABLE' }), QUEUE, 1_000);
    it.more = { s3: () => Promise.reject(Object.assign(new Error('over'), { name: 'ExpiredToken' })) };
    expect((await run()).error?.message).toBe('over');
  });

  test('names an id that is not there, after a run as well', async () => {
    await it.put(deadLetterOf({ status: 'UNREADABLE' }));
    finds(deadLetterOf());
    const { exitCode, err } = await run({}, { args: [deadLetterOf().hydration.deadLetterId, '00000000'] });
    expect(exitCode).toBe(1);
    expect(err).toContain('"00000000" was not found');
  });

  test('asks before it does anything, and does nothing on a dry run', async () => {
    await it.put(deadLetterOf({ status: 'UNREADABLE' }));
    it.answers = [false];
    expect(await run({ yes: false })).toMatchObject({ exitCode: 1, out: 'Nothing was tried.\n' });
    expect(it.questions).toEqual(['Try 1 message again?']);
    expect(await run({ dryRun: true })).toMatchObject({ exitCode: 0 });
    expect(it.lambda.events).toEqual([]);
  });

  test('begins nothing new after Ctrl-C', async () => {
    for (let place = 0; place < 5; place++) await it.put(deadLetterOf({ status: 'UNREADABLE', from: place * 10, to: place * 10 + 2 }));
    it.lambda.functions.set(HYDRATE_ARN, () => {
      it.stop.abort();
      return captureResult([deadLetterOf()], 0);
    });
    expect(await run({ concurrency: 1 })).toMatchObject({ exitCode: 130 });
    expect(it.lambda.events).toHaveLength(1);
    expect(it.sqs.visible(QUEUE)).toHaveLength(4);
  });
});

describe('rehydrate --parked', () => {
  test('puts the new dead letter into the dead-letter queue, in the place of the parked one', async () => {
    const untouched = await it.put(deadLetterOf({ status: 'UNREADABLE', from: 10, to: 12 }));
    await it.put(deadLetterOf({ status: 'UNREADABLE' }), PARKING_QUEUE);
    finds(deadLetterOf());
    expect(await run({ parked: true })).toMatchObject({ exitCode: 0 });
    expect(it.lambda.events).toHaveLength(1);
    expect(it.sqs.messages(PARKING_QUEUE)).toEqual([]);
    expect(statuses().sort()).toEqual(['COMPLETE', 'UNREADABLE']);
    expect(it.sqs.messages(QUEUE).map(({ messageId }) => messageId)).toContain(untouched);
    expect(it.audit[0]).toMatchObject({ queue: PARKING_QUEUE });
  });

  test('leaves a parked one that is worse when read again', async () => {
    await it.put(deadLetterOf({ status: 'PARTIAL' }), PARKING_QUEUE);
    finds(deadLetterOf({ status: 'EXPIRED' }));
    expect(await run({ parked: true })).toMatchObject({ exitCode: 1 });
    expect(statuses(PARKING_QUEUE)).toEqual(['PARTIAL']);
    expect(it.sqs.visible(PARKING_QUEUE)).toHaveLength(1);
  });

  test('cannot go with --undeliverables', () => {
    const both = { undeliverables: true, parked: true } as unknown as RehydrateOptions;
    expect(() => definition.check!([], both)).toThrow('--undeliverables cannot be used with --parked: run the command once for each of the two queues.');
    expect(() => definition.check!([], { ...both, parked: false })).not.toThrow();
    expect(() => definition.check!([], { ...both, undeliverables: false })).not.toThrow();
  });
});

describe('rehydrate --undeliverables', () => {
  const event = notificationText(failureRecord());
  const given = (body: string) => ({ Records: [{ eventSource: 'aws:sqs', messageId: expect.any(String) as string, body }] });
  const objectCreated = { 'detail-type': 'Object Created', 'detail': { bucket: { name: BUCKET }, object: { key: 'aws/lambda/x' } } };
  beforeEach(() => {
    it.dlq = { ...it.dlq, functions: [{ role: 'hydrate', functionArn: HYDRATE_ARN }, { role: 'capture', functionArn: CAPTURE_ARN }] };
    for (const arn of [HYDRATE_ARN, CAPTURE_ARN]) it.lambda.functions.set(arn, () => captureResult([deadLetterOf()], 0));
  });
  const put = (body: unknown) => it.sqs.put(UNDELIVERABLE_QUEUE, { body: typeof body === 'string' ? body : JSON.stringify(body) });

  test.each<[string, unknown, string, unknown]>([
    ['a notification that the hydrate function, SQS or SNS kept', event, HYDRATE_ARN, given(event)],
    ['what EventBridge kept', objectCreated, CAPTURE_ARN, objectCreated],
    ['what Lambda kept of an event of S3', { requestPayload: objectCreated }, CAPTURE_ARN, objectCreated],
  ])('gives %s to its function', async (_, body, functionName, expected) => {
    put(body);
    expect(await run({ undeliverables: true })).toMatchObject({ exitCode: 0 });
    expect(it.lambda.events).toEqual([{ functionName, event: expected }]);
    expect(it.sqs.messages(UNDELIVERABLE_QUEUE)).toEqual([]);
    expect(it.audit[0]).toMatchObject({ queue: UNDELIVERABLE_QUEUE });
  });

  test.each(['hello', '{"Records":[]}', '{"Records":[{"s3":{}}]}', 'null', '{"Type":"Notification"}'])('leaves what is no event: %s', async (body) => {
    put(body);
    const { exitCode, out, err } = await run({ undeliverables: true });
    expect([exitCode, out]).toEqual([1, 'Nothing to try again.\n']);
    expect(err).toContain('left: the message must hold a notification of SNS or an event of S3');
    expect(it.lambda.events).toEqual([]);
    expect(it.sqs.visible(UNDELIVERABLE_QUEUE)).toHaveLength(1);
  });

  test('names the functions before, and says of what it leaves why, in a run as well', async () => {
    for (const body of [event, event, objectCreated, 'hello']) put(body);
    const { exitCode, out, err } = await run({ undeliverables: true });
    expect(exitCode).toBe(1);
    expect(err).toContain('  NOT A DEAD LETTER: 3 messages, 0 records, to be tried again\n      2 to hydrate\n      1 to capture\n');
    expect(out).toContain('3 messages better now');
    expect(out).toContain('1 message not tried: left in place.\n  1 × NotAnEvent: ');
    expect(it.sqs.visible(UNDELIVERABLE_QUEUE)).toHaveLength(1);
  });

  test('leaves what takes the capture function where there is none, and says what to deploy', async () => {
    it.dlq = { ...it.dlq, functions: [{ role: 'hydrate', functionArn: HYDRATE_ARN }] };
    for (const body of [event, objectCreated]) put(body);
    const { exitCode, document } = await run({ undeliverables: true }, { json: true });
    const way = 'deploy the stack with keepCapture: FailureCapture.s3(), then rehydrate, while the object is in its bucket';
    const reason = { name: 'NoFunction', message: `it takes the capture function, and none of this queue was found: ${way}` };
    expect([exitCode, document]).toMatchObject([1, { counts: { better: 1, left: 1, failed: 0 }, reasons: [{ result: 'left', reason, count: 1 }], missed: 0 }]);
    expect(it.sqs.visible(UNDELIVERABLE_QUEUE)).toHaveLength(1);
  });

  test.each<[string, object, string]>([
    ['another stream', { streamArn: `${STREAM_ARN}-2` }, `OtherStream: it is of another stream, ${STREAM_ARN}-2: the StreamDlq of that`],
    ['an asynchronous invocation', {}, 'Asynchronous: it is of an asynchronous invocation, not of a stream: discard it here'],
  ])('keeps what the function leaves alone: that of %s', async (_, object, why) => {
    put(objectCreated);
    it.lambda.functions.set(CAPTURE_ARN, () => skippedObjectResult(object));
    const { exitCode, out, err } = await run({ undeliverables: true });
    expect(exitCode).toBe(1);
    expect(out).toContain(`1 message not of a stream of this queue: left in place.\n  1 × ${why}`);
    expect(out + err).not.toMatch(/older version|did not come/);
    expect(it.sqs.visible(UNDELIVERABLE_QUEUE)).toHaveLength(1);
    expect(it.audit.map(({ result }) => result)).toEqual(['begun', 'kept']);
  });

  test('says what is refused again, and keeps no second copy of it', async () => {
    put(event);
    it.lambda.functions.set(HYDRATE_ARN, async () => {
      // Later than the run began, by the millisecond that SQS tells times in.
      await new Promise((resolve) => setTimeout(resolve, 2));
      put(event);
      return { deadLetters: [], undeliverables: 1 };
    });
    expect(await run({ undeliverables: true })).toMatchObject({ exitCode: 1, out: expect.stringContaining('1 message refused again') });
    expect(it.sqs.visible(UNDELIVERABLE_QUEUE)).toHaveLength(1);
  });
});

/** What the hydrate function gets for a message. */
function notificationIn(event: unknown): { readonly Message: string } {
  const { Records: [{ body }] } = event as { readonly Records: readonly [{ readonly body: string }] };
  return JSON.parse(body) as { readonly Message: string };
}
