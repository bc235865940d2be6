import type { SQSRecord } from 'aws-lambda';
import { RedriveDependencies, redriveHandler } from '../../../lambda/redrive/redrive-handler';
import { AuditEntry } from '../../../lambda/shared/audit/audit-entry';
import { DeadLetter, FailedRedrives } from '../../../lambda/shared/dead-letter/dead-letter';
import { LostBodyError } from '../../../lambda/shared/dead-letter/object-reader';
import { pointerTo } from '../../../lambda/shared/dead-letter/pointer';
import { SendResult } from '../../../lambda/shared/redrive/target';
import { HydrationStatus } from '../../../src/contract';
import { attributesOfDeadLetter, eventRecord, deadLetterOf } from '../../support/dead-letters';
import { failureRecord, FUNCTION_ARN, SHARD_ID, STREAM_ARN } from '../../support/records';
import { eventAttributes, deadLetterRecord, sqsEvent, sqsRecord } from '../../support/sqs-event';

const SECRET = 'card 4111-1111-1111-1111';
const CALLER = 'arn:aws:lambda:us-east-1:123456789012:function:Redrive';
const CONTEXT = { getRemainingTimeInMillis: () => 300_000, invokedFunctionArn: CALLER };
const PARKING_QUEUE = 'https://sqs.us-east-1.amazonaws.com/123456789012/parking';
const FAILED: SendResult = { outcome: 'failed', reason: { name: 'TypeError', message: SECRET } };
const denied = Object.assign(new Error('not authorized to perform: lambda:InvokeFunction'), { name: 'AccessDeniedException' });
const deadLetter = deadLetterOf({ records: [0, 1, 2].map((index) => eventRecord(index, { Data: Buffer.from(SECRET), PartitionKey: SECRET })) });

/** A handler of three attempts whose target answers so, and whose queues remember what they got. */
function handlerWith(send: () => Promise<SendResult> = async () => ({ outcome: 'sent' }), dependencies: Partial<RedriveDependencies> = {}) {
  const sent: string[] = [];
  const parked: { message: SQSRecord; reason: string; isFinal: boolean; failed?: FailedRedrives }[] = [];
  const rests: DeadLetter[] = [];
  const putOffs: number[] = [];
  const signals: AbortSignal[] = [];
  const handler = redriveHandler({
    objects: { read: async () => JSON.stringify(deadLetter) },
    target: {
      nameFor: () => 'processor',
      send: async ({ deadLetterId }, signal) => {
        sent.push(deadLetterId);
        signals.push(signal);
        return send();
      },
    },
    source: {
      delay: async (_, receives, signal) => {
        putOffs.push(receives);
        signals.push(signal);
        return 60;
      },
      expiryOf: async () => undefined,
    },
    parking: {
      keep: async (message, { reason, isFinal, failed }, signal) => {
        parked.push({ message, reason, isFinal, ...(failed && { failed }) });
        signals.push(signal);
      },
      send: async (rest, signal) => {
        rests.push(rest);
        signals.push(signal);
      },
    },
    parkingQueueUrl: PARKING_QUEUE,
    maxAttempts: 3,
    sendsSuperset: false,
    firstPauseMillis: 0,
    ...dependencies,
  });
  return { handler, sent, parked, rests, putOffs, signals };
}

const failedOf = (message: SQSRecord) => ({ batchItemFailures: [{ itemIdentifier: message.messageId }] });
const DONE = { batchItemFailures: [] };

let lines: string[];
beforeEach(() => {
  lines = [];
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, level).mockImplementation((...args) => void lines.push(args.join(' ')));
  }
});
afterEach(() => jest.restoreAllMocks());

describe('a dead letter that its processor accepts', () => {
  test('is deleted from the queue', async () => {
    const { handler, sent, parked, putOffs } = handlerWith();
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    expect(sent).toEqual([deadLetter.hydration.deadLetterId]);
    expect([...parked, ...putOffs]).toEqual([]);
  });

  test('is read from the location that its message points to', async () => {
    const { handler, sent } = handlerWith();
    const { text } = pointerTo('overflow', 'a.json', 5);
    const messageAttributes = eventAttributes({ ...attributesOfDeadLetter(deadLetter), ExtendedPayloadSize: { DataType: 'Number', StringValue: '5' } });
    expect(await handler(sqsEvent(sqsRecord(text, { messageAttributes })), CONTEXT)).toEqual(DONE);
    expect(sent).toEqual([deadLetter.hydration.deadLetterId]);
  });

  test('is handled separately from the other dead letters of the event', async () => {
    const answers: SendResult[] = [{ outcome: 'sent' }, FAILED, { outcome: 'sent' }];
    const { handler } = handlerWith(async () => answers.shift()!);
    const messages = ['a', 'b', 'c'].map((messageId) => deadLetterRecord(deadLetter, { messageId }));
    expect(await handler(sqsEvent(...messages), CONTEXT)).toEqual({ batchItemFailures: [{ itemIdentifier: 'b' }] });
  });
});

describe('a dead letter that its processor accepts in part', () => {
  const partly: SendResult = { outcome: 'partly', remaining: deadLetter.payload.Records.slice(2), reason: { name: 'E', message: SECRET }, allFailed: true };

  test('is deleted from the queue, and the remainder is parked as a smaller dead letter', async () => {
    const { handler, rests, parked } = handlerWith(async () => partly);
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    expect(rests).toEqual([expect.objectContaining({
      payload: { Records: deadLetter.payload.Records.slice(2) },
      hydration: expect.objectContaining({ status: 'COMPLETE', recoveredRecords: 1 }),
      redrive: expect.objectContaining({ of: deadLetter.hydration.deadLetterId }),
    })]);
    expect(parked).toEqual([]);
  });

  const rest = (from: number): SendResult => ({ ...partly, remaining: deadLetter.payload.Records.slice(from) });
  /** A handler whose target answers so, one after the other, and the records that it is sent each time. */
  function answering(answers: (SendResult | Error)[], dependencies: Partial<RedriveDependencies> = {}) {
    const sends: (readonly unknown[])[] = [];
    const send = async ({ event: { Records } }: { readonly event: { readonly Records: readonly unknown[] } }) => {
      sends.push(Records);
      const answer = answers[sends.length - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    };
    return { ...handlerWith(undefined, { target: { nameFor: () => 'processor', send }, ...dependencies }), sends };
  }
  const records = deadLetter.payload.Records;

  test('is done when the processor accepts the remainder, without processed records being sent again', async () => {
    const { handler, sends, rests, parked } = answering([rest(1), FAILED, { outcome: 'sent' }]);
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    expect(sends).toEqual([records, records.slice(1), records.slice(1)]);
    expect([rests, parked]).toEqual([[], []]);
  });

  test.each([1, 3])('sends its remainder up to maxAttempts times, at receive %d of 3, and then parks it', async (receives) => {
    const { handler, sends, rests } = answering([rest(1), rest(1), FAILED]);
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter, { receives })), CONTEXT)).toEqual(DONE);
    expect(sends).toEqual([records, records.slice(1), records.slice(1)]);
    expect(rests).toEqual([expect.objectContaining({ payload: { Records: records.slice(1) } })]);
  });

  test('starts the attempts again when another record is processed', async () => {
    const { handler, sends, rests } = answering([rest(1), FAILED, rest(2), FAILED, FAILED]);
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    expect(sends.map(({ length }) => length)).toEqual([3, 2, 2, 1, 1]);
    expect(rests).toEqual([expect.objectContaining({ payload: { Records: records.slice(2) } })]);
  });

  test('notes the last error of its processor in the remainder, not that it was throttled later', async () => {
    const processorError = { name: 'TypeError', message: 'no such field' };
    const throttled: SendResult = { outcome: 'failed', reason: { name: 'TooManyRequestsException', message: 'Rate Exceeded.' }, isThrottled: true };
    const failing = (result: SendResult) => ({ ...result, reason: processorError, processorError }) as SendResult;
    const { handler, rests } = answering([failing(rest(1)), throttled, denied]);
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    expect(rests).toMatchObject([{ redrive: { attempts: 1, lastError: { ...processorError, to: 'processor' }, reason: { name: denied.name } } }]);
  });

  test('parks its remainder at once when maxAttempts is 1', async () => {
    const { handler, sends, rests } = answering([rest(1)], { maxAttempts: 1 });
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    expect([sends.length, rests.length]).toEqual([1, 1]);
  });

  test('does not count throttling as an attempt', async () => {
    const throttled = { ...FAILED, isThrottled: true } as SendResult;
    const { handler, sends, rests } = answering([rest(1), throttled, throttled, throttled, { outcome: 'sent' }]);
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    expect([sends.length, rests.length]).toEqual([5, 0]);
  });

  test('parks its remainder after an error that concerns every dead letter', async () => {
    const { handler, rests, putOffs } = answering([rest(1), denied]);
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    const reason = { name: denied.name, message: denied.message };
    expect(rests).toEqual([expect.objectContaining({ redrive: expect.objectContaining({ reason }) })]);
    expect(putOffs).toEqual([]);
  });

  test('parks its remainder, with the reason, when no time remains for another attempt', async () => {
    const { handler, sends, rests } = answering([rest(1), { outcome: 'sent' }], { firstPauseMillis: 290_000 });
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    expect(sends).toHaveLength(1);
    const message = `${SECRET}; sent 1 of 3 times, because no time remained for another attempt`;
    expect(rests).toEqual([expect.objectContaining({ redrive: expect.objectContaining({ reason: { name: 'E', message } }) })]);
  });

  describe('whose remainder cannot be parked', () => {
    const parked: string[] = [];
    const refusing = { keep: async (_: SQSRecord, { reason }: { reason: string }) => void parked.push(reason), send: () => Promise.reject(denied) };
    beforeEach(() => void parked.splice(0));

    test.each([1, 2])('is delayed at attempt %d of 3, with the reason in the log', async (receives) => {
      const { handler, putOffs } = handlerWith(async () => partly, { parking: refusing });
      const message = deadLetterRecord(deadLetter, { receives });
      expect(await handler(sqsEvent(message), CONTEXT)).toEqual(failedOf(message));
      expect([putOffs, parked]).toEqual([[receives], []]);
      expect(JSON.parse(lines.at(-1)!)).toMatchObject({ level: 'WARN', notice: 'dead letter delayed', reason: 'AccessDeniedException', error: String(denied) });
    });

    test('is parked unchanged after the last attempt, with the error as the reason', async () => {
      const { handler, sent, putOffs } = handlerWith(async () => partly, { parking: refusing });
      expect(await handler(sqsEvent(deadLetterRecord(deadLetter, { receives: 3 })), CONTEXT)).toEqual(DONE);
      expect(sent).toHaveLength(3);
      const reason = `AccessDeniedException: ${denied.message}; its first 2 records are processed, and the remainder could not be parked separately`;
      expect([putOffs, parked]).toEqual([[], [reason]]);
    });
  });
});

describe('a dead letter that fails again', () => {
  test.each([1, 2])('is delayed at attempt %d of 3', async (receives) => {
    const { handler, parked, putOffs } = handlerWith(async () => FAILED);
    const message = deadLetterRecord(deadLetter, { receives });
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(failedOf(message));
    expect(putOffs).toEqual([receives]);
    expect(parked).toEqual([]);
  });

  test.each([3, 4, 28])('is parked unchanged, with the reason, at receive %d', async (receives) => {
    const { handler, sent, parked, putOffs } = handlerWith(async () => FAILED);
    const message = deadLetterRecord(deadLetter, { receives });
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(DONE);
    expect(sent).toHaveLength(1);
    expect(parked).toEqual([{ message, reason: `TypeError: ${SECRET}`, isFinal: receives === 28 }]);
    expect(putOffs).toEqual([]);
  });

  test('is parked with the error of its processor, as one redrive beside those before', async () => {
    const reason = { name: 'TypeError', message: 'no such field' };
    const { handler, parked } = handlerWith(async () => ({ outcome: 'failed', reason, processorError: reason }));
    const lastError = { name: 'E', message: 'm', at: '2026-11-22T09:00:00.000Z', to: 'orders' };
    const messages = [deadLetter, { ...deadLetter, redrive: { attempts: 2, lastError } }].map((each) => deadLetterRecord(each, { receives: 3 }));
    expect(await handler(sqsEvent(...messages), CONTEXT)).toEqual(DONE);
    const error = { ...reason, at: expect.any(String), to: 'processor' };
    expect(parked.map(({ failed }) => failed)).toEqual([{ attempts: 1, lastError: error }, { attempts: 3, lastError: error }]);
  });

  test('is delayed when its processor is throttled, because that is not an attempt', async () => {
    const { handler, parked, putOffs } = handlerWith(async () => ({ ...FAILED, isThrottled: true }) as SendResult);
    const message = deadLetterRecord(deadLetter, { receives: 27 });
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(failedOf(message));
    expect([putOffs, parked]).toEqual([[27], []]);
  });

  test('is parked, with the reason, when its processor stays throttled', async () => {
    const reason = { name: 'TooManyRequestsException', message: 'Rate Exceeded.' };
    const { handler, parked, putOffs } = handlerWith(async () => ({ outcome: 'failed', reason, isThrottled: true }));
    const message = deadLetterRecord(deadLetter, { receives: 28 });
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(DONE);
    expect([putOffs, parked]).toEqual([[], [{ message, reason: 'TooManyRequestsException: Rate Exceeded.', isFinal: true }]]);
  });

  test('is parked without another attempt after many receives without an outcome', async () => {
    const { handler, sent, parked } = handlerWith(async () => FAILED);
    const message = deadLetterRecord(deadLetter, { receives: 29 });
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(DONE);
    expect(sent).toEqual([]);
    expect(parked).toEqual([{ message, reason: 'NoOutcome: received 29 times without an outcome; see the log of the function', isFinal: true }]);
  });

  test('returns to its queue when it cannot be delayed', async () => {
    const { handler } = handlerWith(async () => FAILED, { source: { delay: () => Promise.reject(denied), expiryOf: async () => undefined } });
    const message = deadLetterRecord(deadLetter);
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(failedOf(message));
    expect(JSON.parse(lines[0])).toMatchObject({ level: 'ERROR', notice: 'dead letter not delayed', reason: 'TypeError', error: String(denied) });
  });

  test('returns to its queue when it cannot be parked', async () => {
    const { handler, putOffs } = handlerWith(async () => FAILED, { parking: { keep: () => Promise.reject(denied), send: async () => undefined } });
    const message = deadLetterRecord(deadLetter, { receives: 3 });
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(failedOf(message));
    expect(putOffs).toEqual([3]);
  });

  test.each([28, 29])('throws when it cannot be parked at the last receive, so that Lambda counts an error: at receive %d', async (receives) => {
    const keep = jest.fn(() => Promise.reject(denied));
    const { handler, putOffs } = handlerWith(async () => FAILED, { parking: { keep, send: async () => undefined } });
    await expect(handler(sqsEvent(deadLetterRecord(deadLetter, { receives })), CONTEXT)).rejects.toBe(denied);
    expect(keep).toHaveBeenCalledTimes(1);
    expect(putOffs).toEqual([]);
  });
});

describe('a dead letter that expires soon', () => {
  const expiresAt = new Date('2026-11-22T03:00:00Z');
  const withLife = (receives: number, send = async (): Promise<SendResult> => FAILED, more: Partial<RedriveDependencies> = {}) => {
    const asked: SQSRecord[] = [];
    const putOffs: number[] = [];
    const source: RedriveDependencies['source'] = {
      delay: async (_, count) => {
        putOffs.push(count);
        return 60;
      },
      expiryOf: async (message) => {
        asked.push(message);
        return { expiresAt: expiresAt, receives };
      },
    };
    return { ...handlerWith(send, { source, ...more }), asked, putOffs };
  };

  test('is delayed while two more receives remain', async () => {
    const { handler, putOffs, parked, asked } = withLife(2);
    const message = deadLetterRecord(deadLetter);
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(failedOf(message));
    expect([putOffs, parked, asked]).toEqual([[1], [], [message]]);
  });

  test.each([1, 0, -3])('is parked when %d more receives remain', async (receives) => {
    const { handler, putOffs, parked, sent } = withLife(receives);
    const message = deadLetterRecord(deadLetter);
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(DONE);
    expect(sent).toHaveLength(1);
    const reason = `TypeError: ${SECRET}; no further attempt, because the message expires from its queue at 2026-11-22T03:00:00.000Z`;
    expect([putOffs, parked]).toEqual([[], [{ message, reason, isFinal: true }]]);
  });

  test('is also parked after an error that concerns every dead letter', async () => {
    const { handler, parked } = withLife(1, () => Promise.reject(denied));
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    expect(parked[0].reason).toContain('AccessDeniedException: not authorized to perform: lambda:InvokeFunction; no further attempt, because ');
  });

  test('gets another attempt while one more receive remains', async () => {
    const { handler, sent, parked } = withLife(1, async () => ({ outcome: 'sent' }));
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter, { receives: 2 })), CONTEXT)).toEqual(DONE);
    expect([sent.length, parked]).toEqual([1, []]);
  });

  test('is parked without another attempt when no receive remains', async () => {
    const { handler, sent, parked } = withLife(0);
    const message = deadLetterRecord(deadLetter, { receives: 2 });
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(DONE);
    const reason = 'NoTimeLeft: the message expires from its queue at 2026-11-22T03:00:00.000Z, possibly before another attempt ends';
    expect([sent, parked]).toEqual([[], [{ message, reason, isFinal: true }]]);
  });

  test('always gets its first attempt, without a call for the queue attributes', async () => {
    const { handler, sent, asked } = withLife(0, async () => ({ outcome: 'sent' }));
    expect(await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    expect([sent.length, asked]).toEqual([1, []]);
  });

  test('is an error of the function when it cannot be parked', async () => {
    const { handler, putOffs } = withLife(1, undefined, { parking: { keep: () => Promise.reject(denied), send: async () => undefined } });
    await expect(handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT)).rejects.toBe(denied);
    expect(putOffs).toEqual([]);
  });
});

describe('an error that concerns every dead letter', () => {
  test.each<[string, Partial<RedriveDependencies>]>([
    ['a refusal of the target', { target: { nameFor: () => '', send: () => Promise.reject(denied) } }],
    ['a refusal of the bucket', { objects: { read: () => Promise.reject(denied) } }],
  ])('delays the dead letter for more receives, and logs why: %s', async (_, dependencies) => {
    const { handler, parked, putOffs } = handlerWith(undefined, dependencies);
    const of = (receives: number) => sqsRecord(pointerTo('overflow', 'a', 5).text, { receives });
    expect(await handler(sqsEvent(of(27)), CONTEXT)).toEqual(failedOf(of(27)));
    expect([putOffs, parked]).toEqual([[27], []]);
    expect(JSON.parse(lines[0])).toMatchObject({ level: 'WARN', notice: 'dead letter delayed', reason: 'AccessDeniedException', error: String(denied) });

    expect(await handler(sqsEvent(of(28)), CONTEXT)).toEqual(DONE);
    expect(parked).toEqual([{ message: of(28), reason: `AccessDeniedException: ${denied.message}`, isFinal: true }]);
    expect(JSON.parse(lines[1])).toMatchObject({ level: 'WARN', notice: 'dead letter parked', reason: 'AccessDeniedException', error: String(denied) });
  });
});

describe('a dead letter that must not be sent', () => {
  const of = (status: HydrationStatus, records = deadLetter.payload.Records) =>
    deadLetterOf({ records, failure: failureRecord(), hydration: { status } });
  const must = (which: string, got: string) => `NotCOMPLETE: the dead letter must be ${which} for the redrive function, got: ${got}`;

  test.each<[HydrationStatus, boolean, string]>([
    ['SUPERSET', false, must('COMPLETE', 'SUPERSET')],
    ['PARTIAL', false, must('COMPLETE', 'PARTIAL')],
    ['UNREADABLE', true, must('COMPLETE or SUPERSET', 'UNREADABLE')],
    ['PARTIAL', true, must('COMPLETE or SUPERSET', 'PARTIAL')],
  ])('is parked at once: %s (with those of more records: %p)', async (status, sendsSuperset, reason) => {
    const { handler, sent, parked } = handlerWith(undefined, { sendsSuperset });
    const message = deadLetterRecord(of(status));
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(DONE);
    expect([sent, parked]).toEqual([[], [{ message, reason, isFinal: false }]]);
  });

  test('is no SUPERSET where those are wanted', async () => {
    const { handler, sent } = handlerWith(undefined, { sendsSuperset: true });
    await handler(sqsEvent(deadLetterRecord(of('SUPERSET'))), CONTEXT);
    expect(sent).toHaveLength(1);
  });

  test.each<HydrationStatus>(['EXPIRED', 'UNREADABLE', 'COMPLETE'])('is parked when it holds no records: %s', async (status) => {
    const { handler, sent, parked } = handlerWith();
    await handler(sqsEvent(deadLetterRecord(of(status, []))), CONTEXT);
    expect(sent).toEqual([]);
    expect(parked[0].reason).toBe(`NoRecords: the dead letter is ${status} and holds no records`);
  });

  test('is sent when it is the final call of a tumbling window with its state', async () => {
    const window = { ...of('COMPLETE', []), payload: { Records: [], state: { sum: 3 }, isFinalInvokeForWindow: true } };
    const { handler, sent, parked } = handlerWith();
    await handler(sqsEvent(deadLetterRecord(window)), CONTEXT);
    expect([sent.length, parked]).toEqual([1, []]);
  });

  test('is parked, with the reason, when its message is inconsistent', async () => {
    const { requestContext } = deadLetter;
    const other = { ...deadLetter, requestContext: { ...requestContext, functionArn: `${FUNCTION_ARN}-2` } };
    const message = sqsRecord(JSON.stringify(other), { messageAttributes: eventAttributes(attributesOfDeadLetter(deadLetter)) });
    const { handler, sent, parked } = handlerWith();
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(DONE);
    const reason = `InconsistentMessageError: the message is inconsistent: attribute functionArn must be "${FUNCTION_ARN}-2", as the body says, got: "${FUNCTION_ARN}"`;
    expect([sent, parked]).toEqual([[], [{ message, reason, isFinal: false }]]);
  });

  test('is parked when it is not a dead letter', async () => {
    const { handler, parked } = handlerWith();
    const message = sqsRecord('hello');
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(DONE);
    expect(parked).toEqual([
      { message, reason: 'NotADeadLetterError: not a dead letter: the body must be JSON, got: "5 characters of something else"', isFinal: false },
    ]);
  });

  test('returns to its queue when it cannot be parked, with the reason in the log', async () => {
    const { handler, putOffs } = handlerWith(undefined, { parking: { keep: () => Promise.reject(denied), send: async () => undefined } });
    const message = sqsRecord('hello');
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(failedOf(message));
    expect(putOffs).toEqual([1]);
    expect(JSON.parse(lines[0])).toMatchObject({ level: 'WARN', notice: 'dead letter delayed', reason: 'AccessDeniedException', error: String(denied) });
  });

  test('is parked when its body in S3 does not exist', async () => {
    const { handler, parked } = handlerWith(undefined, { objects: { read: () => Promise.reject(new LostBodyError('it must exist', 'x')) } });
    const message = sqsRecord(pointerTo('overflow', 'a', 5).text);
    expect(await handler(sqsEvent(message), CONTEXT)).toEqual(DONE);
    expect(parked[0]).toMatchObject({ message, reason: expect.stringMatching(/^LostBodyError: the body of the dead letter cannot be read/) });
  });
});

describe('the time of an invocation', () => {
  test('keeps time to park or to delay a dead letter that took too long to send', async () => {
    const spy = jest.spyOn(AbortSignal, 'timeout');
    const { handler, signals } = handlerWith(async () => FAILED);
    await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT);
    expect(signals).toHaveLength(2);
    // To read and to send; to ask how long it lives and to put it off.
    expect(spy.mock.calls.map(([millis]) => millis)).toEqual([280_000, 280_000, 298_000, 298_000]);
  });
});

describe('the log', () => {
  const details = {
    messageId: deadLetterRecord(deadLetter).messageId,
    receives: 3,
    deadLetterId: deadLetter.hydration.deadLetterId,
    status: 'COMPLETE',
    functionArn: FUNCTION_ARN,
    streamArn: STREAM_ARN,
    shardId: SHARD_ID,
    records: 3,
  };
  const partly: SendResult = { outcome: 'partly', remaining: deadLetter.payload.Records.slice(2), reason: { name: 'E', message: SECRET }, allFailed: true };

  test.each<[string, SendResult, object]>([
    ['redriven', { outcome: 'sent' }, { level: 'INFO', notice: 'dead letter redriven' }],
    ['parked', FAILED, { level: 'WARN', notice: 'dead letter parked', reason: 'TypeError' }],
    ['put off', { ...FAILED, isThrottled: true } as SendResult, { level: 'WARN', notice: 'dead letter delayed', reason: 'TypeError', seconds: 60 }],
    ['redriven in part', partly,
      { level: 'WARN', notice: 'dead letter partly redriven, remainder parked', reason: 'E', rest: { deadLetterId: expect.any(String), records: 1 } }],
  ])('has one line of JSON for a dead letter that is %s, without its payload', async (_, result, line) => {
    const { handler } = handlerWith(async () => result, { maxAttempts: 3 });
    await handler(sqsEvent(deadLetterRecord(deadLetter, { receives: 3 })), CONTEXT);
    const again = 'remainder of a dead letter sent again';
    expect(lines.map((it) => JSON.parse(it)).filter(({ notice }) => notice !== again)).toEqual([{ ...details, ...line }]);
    expect(lines.join()).not.toContain('4111');
    expect(lines.join()).not.toContain(Buffer.from(SECRET).toString('base64').slice(0, 12));
  });
});

describe('the audit log', () => {
  const { messageId } = deadLetterRecord(deadLetter);
  const { deadLetterId } = deadLetter.hydration;
  const ofDeadLetter = { messageId, deadLetterId, records: 3 };
  const partly: SendResult = { outcome: 'partly', remaining: deadLetter.payload.Records.slice(2), reason: { name: 'E', message: SECRET }, allFailed: true };
  const throttled: SendResult = { ...FAILED, isThrottled: true } as SendResult;
  const refusing: Partial<RedriveDependencies> = { parking: { keep: async () => undefined, send: () => Promise.reject(denied) } };

  /** What a handler that does so notes of a message, and what it answers. */
  async function audited(message: SQSRecord, send?: () => Promise<SendResult>, dependencies: Partial<RedriveDependencies> = {}) {
    const written: { readonly caller: string; readonly entries: readonly AuditEntry[] }[] = [];
    const { handler } = handlerWith(send, {
      ...dependencies,
      audit: { write: async (caller, notes) => void written.push({ caller, entries: notes.map(({ entry }) => entry) }) },
    });
    const response = await handler(sqsEvent(message), CONTEXT);
    expect(JSON.stringify(written)).not.toContain('4111');
    expect(written.map(({ caller }) => caller)).toEqual([CALLER]);
    return { response, entries: written[0].entries };
  }

  const SENT = { ...ofDeadLetter, result: 'sent', to: 'processor' };
  const NOT_TAKEN = { ...ofDeadLetter, result: 'failed', to: 'processor', reason: 'TypeError' };
  const REST_NOT_KEPT = { ...ofDeadLetter, result: 'rest not kept', records: 2, to: 'processor', reason: 'AccessDeniedException' };
  const PARKED = { ...ofDeadLetter, result: 'parked', to: PARKING_QUEUE };

  test.each<[string, SendResult, number, Partial<RedriveDependencies>, object[]]>([
    ['is sent', { outcome: 'sent' }, 1, {}, [SENT]],
    ['is put off', FAILED, 1, {}, [NOT_TAKEN]],
    ['is put off for want of room', throttled, 3, {}, [NOT_TAKEN]],
    ['is parked after the last attempt', FAILED, 3, {}, [NOT_TAKEN, { ...PARKED, reason: 'TypeError' }]],
    ['had too many attempts without an outcome', { outcome: 'sent' }, 29, {}, [{ messageId, deadLetterId, result: 'parked', to: PARKING_QUEUE, reason: 'NoOutcome' }]],
    ['is taken in part', partly, 1, {}, [
      { ...ofDeadLetter, result: 'partly sent', records: 2, to: 'processor', reason: 'E' },
      { ...PARKED, deadLetterId: expect.not.stringContaining(deadLetterId), records: 1, reason: 'E' },
    ]],
    ['is taken in part, with a rest that cannot be parked', partly, 1, refusing, [REST_NOT_KEPT]],
    ['is parked for a rest that cannot be parked', partly, 3, refusing, [REST_NOT_KEPT, { ...PARKED, reason: 'AccessDeniedException' }]],
  ])('has what the function did with a dead letter that %s, without its payload', async (_, result, receives, dependencies, expected) => {
    const { entries } = await audited(deadLetterRecord(deadLetter, { receives }), async () => result, dependencies);
    expect(entries).toEqual(expected);
  });

  test('has dead letters that are parked without an attempt', async () => {
    const partial = deadLetterRecord(deadLetterOf({ hydration: { status: 'PARTIAL', expectedRecords: 4 } }));
    const parked = { ...PARKED, deadLetterId: expect.any(String), records: expect.any(Number), reason: 'NotCOMPLETE' };
    expect((await audited(partial)).entries).toEqual([parked]);
  });

  test('has the ID of a dead letter without a body, from its message', async () => {
    const lost: Partial<RedriveDependencies> = { objects: { read: () => Promise.reject(new LostBodyError('it must exist', 'x')) } };
    const message = sqsRecord(pointerTo('overflow', 'a', 5).text, { messageAttributes: eventAttributes(attributesOfDeadLetter(deadLetter)) });
    expect((await audited(message, undefined, lost)).entries).toEqual([
      { messageId, deadLetterId, result: 'parked', to: PARKING_QUEUE, reason: 'LostBodyError' },
    ]);
  });

  test('has no line without an attempt', async () => {
    const { entries, response } = await audited(deadLetterRecord(deadLetter), () => Promise.reject(denied));
    expect([entries, response]).toEqual([[], failedOf(deadLetterRecord(deadLetter))]);
  });

  test('is written before the function ends, because Lambda then deletes the messages', async () => {
    let isWritten = false;
    const write = async () => {
      await new Promise(setImmediate);
      isWritten = true;
    };
    await handlerWith(undefined, { audit: { write } }).handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT);
    expect(isWritten).toBe(true);
  });

  test('is written in one call for all messages of a batch, even when one of them makes the function fail', async () => {
    const written: (string | undefined)[][] = [];
    const { handler } = handlerWith(async () => FAILED, {
      parking: { keep: () => Promise.reject(denied), send: async () => undefined },
      audit: { write: async (_, notes) => void written.push(notes.map(({ entry }) => entry.messageId)) },
    });
    const messages = [deadLetterRecord(deadLetter, { messageId: 'a' }), deadLetterRecord(deadLetter, { messageId: 'b', receives: 28 })];
    await expect(handler(sqsEvent(...messages), CONTEXT)).rejects.toBe(denied);
    expect(written).toEqual([['a', 'b']]);
  });

  test('uses the time for writing', async () => {
    const spy = jest.spyOn(AbortSignal, 'timeout');
    const signals: AbortSignal[] = [];
    const { handler } = handlerWith(undefined, { audit: { write: async (_, __, signal) => void signals.push(signal) } });
    await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT);
    expect(spy.mock.calls.at(-1)).toEqual([298_000]);
    expect(signals).toEqual([spy.mock.results.at(-1)!.value]);
  });
});

describe('a dead letter of a newer format', () => {
  const hydration = { formatVersion: '0.4.0' };
  const reason = 'NewerFormatError: hydration.formatVersion must be at most 0.1.0, got: 0.4.0; run npx stream-dlq@0.4.0 or newer, or deploy the ' +
    'RedriveFunction with cdk-stream-dlq 0.4.0 or newer';

  test('is parked unchanged and never sent, and the other dead letters are sent', async () => {
    const { handler, sent, parked, putOffs } = handlerWith();
    const newer = deadLetterRecord(deadLetterOf({ hydration }));
    expect(await handler(sqsEvent(newer, deadLetterRecord(deadLetter)), CONTEXT)).toEqual(DONE);
    expect(parked).toEqual([{ message: newer, reason, isFinal: false }]);
    expect([sent, putOffs]).toEqual([[deadLetter.hydration.deadLetterId], []]);
  });

  test('stays in the queue when it cannot be parked', async () => {
    const keep = () => Promise.reject(denied);
    const { handler, sent, putOffs } = handlerWith(undefined, { parking: { keep, send: keep } });
    const newer = deadLetterRecord(deadLetterOf({ hydration }));
    expect(await handler(sqsEvent(newer), CONTEXT)).toEqual(failedOf(newer));
    expect([sent, putOffs]).toEqual([[], [1]]);
  });
});

describe('metrics', () => {
  let written: object[];
  beforeEach(() => {
    written = [];
    process.env.CUSTOM_METRICS = 'true';
    process.env.QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      const { DeadLettersRedriven, RedrivesFailed } = JSON.parse(String(text));
      written.push({ DeadLettersRedriven, RedrivesFailed });
      return true;
    });
  });
  afterEach(() => {
    delete process.env.CUSTOM_METRICS;
    delete process.env.QUEUE_URL;
    jest.restoreAllMocks();
  });

  test.each<[string, () => Promise<SendResult>, object[]]>([
    ['a dead letter that was processed', async () => ({ outcome: 'sent' }), [{ DeadLettersRedriven: 1, RedrivesFailed: 0 }]],
    ['one that failed again', async () => FAILED, [{ DeadLettersRedriven: 0, RedrivesFailed: 1 }]],
    ['a throttled one is no attempt', async () => ({ ...FAILED, isThrottled: true }), []],
    ['one that could not be sent is no attempt', () => Promise.reject(denied), []],
  ])('count %s', async (_, send, expected) => {
    const { handler } = handlerWith(send);
    await handler(sqsEvent(deadLetterRecord(deadLetter)), CONTEXT);
    expect(written).toEqual(expected);
  });
});
