import type { SQSRecord } from 'aws-lambda';
import { hydrateHandler, HydrateDependencies } from '../../../lambda/hydrate/hydrate';
import { captureResult } from '../../../lambda/shared/dead-letter/capture-result';
import { DeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { BatchInfo, FailureRecord } from '../../../lambda/shared/dead-letter/failure-record';
import { ReadResult } from '../../../lambda/shared/dead-letter/read-result';
import { toEventRecord } from '../../../lambda/shared/stream/kinesis-event-record';
import { OutOfTimeError, ReadContext, StreamReader } from '../../../lambda/shared/stream/stream-reader';
import { dynamoFailureRecord } from '../../support/dynamo-records';
import {
  batchInfo, failureRecord, FUNCTION_ARN, SHARD_ID, sqsEvent, STREAM_ARN, streamRecord, without,
} from '../../support/records';

const CONTEXT = { getRemainingTimeInMillis: () => 300_000 };
const SECRET = 'card 4111-1111-1111-1111';
const BAD = 'not a failure record of a stream mapping: the text must be JSON, got: "3 characters of something else"';

const event = (index: number) =>
  toEventRecord(streamRecord(index, { Data: Buffer.from(SECRET), PartitionKey: SECRET }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });

const whole = async (): Promise<ReadResult> => ({ records: [0, 1, 2].map(event), hasStart: true, hasEnd: true });

/** A handler whose reader finds three records of a shard that can be read at any time, and whose queues remember what they got. */
function handlerWith(read: StreamReader['read'] = whole, dependencies: Partial<HydrateDependencies> = {}) {
  const sent: DeadLetter[] = [];
  const kept: { body: string; reason: string }[] = [];
  const delayed: [string, number][] = [];
  const deleted: string[] = [];
  const contexts: ReadContext[] = [];
  const signals: AbortSignal[] = [];
  const reader: StreamReader = {
    read: (batch, context) => {
      contexts.push(context);
      return read(batch, context);
    },
  };
  const handler = hydrateHandler({
    readers: { KinesisBatchInfo: async () => reader, DDBStreamBatchInfo: async () => reader },
    pace: { millisUntilReady: () => 0 },
    intake: {
      delay: async ({ messageId }) => {
        delayed.push([messageId, 30]);
        return 30;
      },
      release: async ({ messageId }) => void delayed.push([messageId, 0]),
      delete: async ({ messageId }) => void deleted.push(messageId),
    },
    queue: {
      send: async (deadLetter, signal) => {
        sent.push(deadLetter);
        signals.push(signal);
        return { overflowBytes: 0 };
      },
    },
    undeliverables: {
      send: async (body, reason, signal) => {
        kept.push({ body, reason });
        signals.push(signal);
      },
    },
    ...dependencies,
  });
  return { handler, sent, kept, delayed, deleted, contexts, signals };
}

let lines: string[];
beforeEach(() => {
  lines = [];
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, level).mockImplementation((...args) => void lines.push(args.join(' ')));
  }
});
afterEach(() => jest.restoreAllMocks());

describe('a failure record', () => {
  test('becomes a dead letter', async () => {
    const { handler, sent } = handlerWith();
    await handler(sqsEvent(failureRecord()), CONTEXT);
    expect(sent).toEqual([
      {
        ...failureRecord(),
        payload: { Records: [0, 1, 2].map(event) },
        hydration: expect.objectContaining({ status: 'COMPLETE', expectedRecords: 3, recoveredRecords: 3 }),
      },
    ]);
  });

  test('is read by what reads its kind of stream, which is not made before', async () => {
    const reading: StreamReader = { read: whole };
    const readers = { KinesisBatchInfo: jest.fn(async () => reading), DDBStreamBatchInfo: jest.fn(async () => reading) };
    const { handler, sent } = handlerWith(whole, { readers });
    const calls = () => Object.values(readers).map((reader) => reader.mock.calls.length);
    expect(calls()).toEqual([0, 0]);
    await handler(sqsEvent(failureRecord({ streamArn: `${STREAM_ARN}-2` })), CONTEXT);
    expect(calls()).toEqual([1, 0]);
    await handler(sqsEvent(dynamoFailureRecord()), CONTEXT);
    expect(calls()).toEqual([1, 1]);
    expect(sent).toHaveLength(2);
  });

  test('becomes a dead letter even when no record remains', async () => {
    const { handler, sent } = handlerWith(async () => ({ records: [], hasStart: false, hasEnd: false }));
    await handler(sqsEvent(failureRecord()), CONTEXT);
    expect(sent.map(({ hydration }) => hydration.status)).toEqual(['EXPIRED']);
  });

  test('that is redelivered becomes a dead letter with the same ID', async () => {
    const { handler, sent } = handlerWith();
    await handler(sqsEvent(failureRecord()), CONTEXT);
    await handler(sqsEvent(failureRecord()), CONTEXT);
    expect(sent[0].hydration.deadLetterId).toBe(sent[1].hydration.deadLetterId);
  });
});

describe('the result of the function', () => {
  test('is one entry for each message', async () => {
    const { handler, sent } = handlerWith();
    const answer = await handler(sqsEvent(failureRecord(), 'bad', failureRecord({ to: 9 })), CONTEXT);
    expect(answer).toEqual({ batchItemFailures: [], ...captureResult(sent, 1) });
    expect(answer.deadLetters.map(({ status, expectedRecords }) => [status, expectedRecords])).toEqual([['COMPLETE', 3], ['PARTIAL', 10]]);
  });

  test('has no error of the stream in it', async () => {
    const { handler } = handlerWith(async () => ({ records: [], hasStart: false, hasEnd: false, unreadable: true, error: { name: 'E', message: SECRET } }));
    expect(JSON.stringify(await handler(sqsEvent(failureRecord()), CONTEXT))).not.toContain(SECRET);
  });
});

describe('a failure record whose records the stream does not return', () => {
  test('becomes a dead letter with the error and the unchanged failure record', async () => {
    const error = { name: 'KMSDisabledException', message: 'the key is disabled' };
    const { handler, sent, kept } = handlerWith(async () => ({ records: [], hasStart: false, hasEnd: false, unreadable: true, error }));
    await handler(sqsEvent(failureRecord()), CONTEXT);
    expect(sent).toEqual([
      { ...failureRecord(), payload: { Records: [] }, hydration: expect.objectContaining({ status: 'UNREADABLE', error }) },
    ]);
    expect(kept).toEqual([]);
  });
});

describe('a message that holds no failure record of a stream', () => {
  test.each<[string, string | object, string]>([
    ['not JSON', 'bad', BAD],
    ['JSON of something else', [1], 'the text must be a JSON object, got: an array'],
    ['without its batch', without(failureRecord(), 'KinesisBatchInfo'), 'KinesisBatchInfo or DDBStreamBatchInfo must be a JSON object, got: nothing'],
    ['without its request', without(failureRecord(), 'requestContext'), 'requestContext must be a JSON object, got: nothing'],
    ['the end of a window', { ...failureRecord(), KinesisBatchInfo: { shardId: 'x', streamArn: STREAM_ARN }, timeWindowInfo: {} }, 'startSequenceNumber must be set'],
    [
      'without its shard',
      { ...failureRecord(), KinesisBatchInfo: { ...batchInfo(), shardId: '' } },
      'KinesisBatchInfo.shardId must be a non-empty string, got: ""',
    ],
    [
      'of what is no stream',
      failureRecord({ streamArn: FUNCTION_ARN }),
      `KinesisBatchInfo.streamArn must be the ARN of a Kinesis stream, or of a consumer of one, got: "${FUNCTION_ARN}"`,
    ],
  ])('is undeliverable unchanged, with the reason, without a retry: %s', async (_, message, reason) => {
    const { handler, sent, kept, contexts } = handlerWith();
    await handler(sqsEvent(message), CONTEXT);
    expect(kept).toEqual([{ body: sqsEvent(message).Records[0].body, reason: expect.stringContaining(reason) }]);
    expect([sent, contexts]).toEqual([[], []]);
  });

  test('and cannot be sent to the undeliverable queue is delayed', async () => {
    const refusal = new Error('denied');
    const { handler, delayed } = handlerWith(whole, { undeliverables: { send: () => Promise.reject(refusal) } });
    await expect(handler(sqsEvent('bad'), CONTEXT)).rejects.toBe(refusal);
    expect(delayed).toEqual([['message-0', 30]]);
    expect(notices()).toEqual(['failure record delayed']);
  });
});

/** What the log says, without details. */
function notices(): string[] {
  return lines.map((line) => (JSON.parse(line) as { notice: string }).notice);
}

describe('the only message of a batch that cannot be handled', () => {
  test('because of the stream, throws its error and sends nothing', async () => {
    const refusal = new Error('no time left');
    const { handler, sent, kept, delayed } = handlerWith(() => Promise.reject(refusal));
    await expect(handler(sqsEvent(failureRecord()), CONTEXT)).rejects.toBe(refusal);
    expect([sent, kept, delayed]).toEqual([[], [], [['message-0', 30]]]);
  });

  test('because of the queue, throws its error and logs no dead letter', async () => {
    const refusal = new Error('too long');
    const { handler, kept } = handlerWith(whole, { queue: { send: () => Promise.reject(refusal) } });
    await expect(handler(sqsEvent(failureRecord()), CONTEXT)).rejects.toBe(refusal);
    expect(notices()).toEqual(['failure record delayed']);
    expect(kept).toEqual([]);
  });
});

describe('several messages in one batch', () => {
  test('become one dead letter each', async () => {
    const { handler, sent } = handlerWith();
    await handler(sqsEvent(failureRecord(), failureRecord({ from: 10, to: 12 })), CONTEXT);
    expect(sent).toHaveLength(2);
  });

  const [first, second] = [failureRecord(), failureRecord({ from: 10, to: 12 })];
  const failing = (bad: FailureRecord) => async ({ startSequenceNumber }: BatchInfo) => {
    if (startSequenceNumber === bad.KinesisBatchInfo!.startSequenceNumber) throw new Error(`no ${startSequenceNumber}`);
    return whole();
  };

  test.each([
    ['first', ['bad', first, second], 0],
    ['in the middle', [first, 'bad', second], 1],
    ['last', [first, second, 'bad'], 2],
  ])('with an invalid one %s: the valid ones become dead letters, the invalid one is undeliverable unchanged', async (_, messages, place) => {
    const { handler, sent, kept } = handlerWith();
    await handler(sqsEvent(...messages), CONTEXT);
    expect(sent.map(({ KinesisBatchInfo }) => KinesisBatchInfo)).toEqual([first.KinesisBatchInfo, second.KinesisBatchInfo]);
    expect(kept).toEqual([{ body: sqsEvent(...messages).Records[place].body, reason: BAD }]);
  });

  test('of which one cannot be read: only that one returns to the queue, later', async () => {
    const { handler, sent, kept, delayed } = handlerWith(failing(first));
    const answer = await handler(sqsEvent(first, 'bad', second), CONTEXT);
    expect(answer).toMatchObject({ batchItemFailures: [{ itemIdentifier: 'message-0' }], undeliverables: 1 });
    expect(sent.map(({ KinesisBatchInfo }) => KinesisBatchInfo)).toEqual([second.KinesisBatchInfo]);
    expect(kept).toHaveLength(1);
    expect(delayed).toEqual([['message-0', 30]]);
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual({
      level: 'WARN', notice: 'failure record delayed', messageId: 'message-0', receives: 1, seconds: 30,
      error: `Error: no ${first.KinesisBatchInfo!.startSequenceNumber}`,
    });
  });

  test('of which one cannot be sent to the undeliverable queue: only that one returns to the queue', async () => {
    const { handler, sent } = handlerWith(whole, { undeliverables: { send: () => Promise.reject(new Error('denied')) } });
    expect(await handler(sqsEvent('bad', first, second), CONTEXT)).toMatchObject({ batchItemFailures: [{ itemIdentifier: 'message-0' }], undeliverables: 0 });
    expect(sent).toHaveLength(2);
  });

  test('of which none can be handled throw one error with all messages, so that Lambda counts it', async () => {
    const { handler, delayed } = handlerWith(({ startSequenceNumber }) => Promise.reject(new Error(`no ${startSequenceNumber}`)));
    const [one, two] = [first, second].map(({ KinesisBatchInfo }) => `Error: no ${KinesisBatchInfo!.startSequenceNumber}`);
    await expect(handler(sqsEvent(first, second), CONTEXT)).rejects.toMatchObject({
      message: `2 of 2 messages failed: ${one}; ${two}`,
      errors: [expect.any(Error), expect.any(Error)],
    });
    expect(delayed).toEqual([['message-0', 30], ['message-1', 30]]);
  });

  test('without a receipt, as the operator\'s tool sends them, throw where one fails: no queue has them', async () => {
    const { handler, delayed } = handlerWith(failing(first));
    const Records = sqsEvent(first, second).Records.map(({ messageId, body }) => ({ messageId, body }) as SQSRecord);
    await expect(handler({ Records }, CONTEXT)).rejects.toThrow('no ');
    expect(delayed).toEqual([]);
  });

  const received = (times: number, ...messages: readonly FailureRecord[]) => {
    const notifications = sqsEvent(...messages);
    for (const { attributes } of notifications.Records) attributes.ApproximateReceiveCount = String(times);
    return notifications;
  };

  test('of which one still fails at the sixth receive: it is undeliverable unchanged, with the error, and does not return', async () => {
    const { handler, kept, delayed } = handlerWith(failing(first));
    const notifications = received(6, first, second);
    expect(await handler(notifications, CONTEXT)).toMatchObject({ batchItemFailures: [], undeliverables: 1 });
    expect(kept).toEqual([{ body: notifications.Records[0].body, reason: `Error: no ${first.KinesisBatchInfo!.startSequenceNumber}` }]);
    expect(delayed).toEqual([]);
    expect(notices()).toContain('message kept as undeliverable');
  });

  test('of which one fails at the fifth receive: it returns', async () => {
    const { handler, kept } = handlerWith(failing(first));
    expect(await handler(received(5, first, second), CONTEXT)).toMatchObject({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(kept).toEqual([]);
  });

  test('of which all are kept as undeliverable do not throw: Lambda would let them return', async () => {
    const { handler, kept } = handlerWith(async () => Promise.reject(new Error('denied')));
    expect(await handler(received(6, first, second), CONTEXT)).toEqual({ batchItemFailures: [], deadLetters: [], undeliverables: 2 });
    expect(kept).toHaveLength(2);
  });

  test('of which one can neither be handled nor kept at the sixth receive: it returns', async () => {
    const undeliverables = { send: async () => Promise.reject(new Error('refused')) };
    const { handler, delayed } = handlerWith(failing(first), { undeliverables });
    expect(await handler(received(6, first, second), CONTEXT)).toMatchObject({ batchItemFailures: [{ itemIdentifier: 'message-0' }], undeliverables: 0 });
    expect(delayed).toEqual([['message-0', 30]]);
    expect(notices()).toContain('message not kept as undeliverable');
  });

  test('of which one runs out of time return it at once, and after six receives too: unless it is the first', async () => {
    const slow = async (batch: BatchInfo) => {
      if (batch.startSequenceNumber === second.KinesisBatchInfo!.startSequenceNumber) throw new OutOfTimeError(batch, 1);
      return whole();
    };
    const { handler, kept, delayed } = handlerWith(slow);
    expect(await handler(received(7, first, second), CONTEXT)).toMatchObject({ batchItemFailures: [{ itemIdentifier: 'message-1' }], undeliverables: 0 });
    expect([kept, delayed.splice(0)]).toEqual([[], [['message-1', 0]]]);
    expect(await handler(received(7, second, first), CONTEXT)).toMatchObject({ batchItemFailures: [], undeliverables: 1 });
    expect(kept).toEqual([expect.objectContaining({ reason: expect.stringMatching(/^OutOfTimeError: /) })]);
  });

  test('for which no time remains return after any number of receives', async () => {
    const pace = { millisUntilReady: () => 1_000_000 };
    const { handler, kept, delayed } = handlerWith(whole, { pace });
    expect(await handler(received(19, first, second), CONTEXT)).toMatchObject({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    expect([kept, delayed]).toEqual([[], [['message-1', 0]]]);
  });

  test('return to the queue even where they cannot be delayed', async () => {
    const intake = { delay: async () => Promise.reject(new Error('denied')), release: async () => undefined, delete: async () => undefined };
    const { handler } = handlerWith(failing(first), { intake });
    expect(await handler(sqsEvent(first, second), CONTEXT)).toMatchObject({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(notices()).toContain('failure record not delayed');
  });

  test('are read in the order in which their shards can be read, and at their second receive backward', async () => {
    const shards = ['a', 'b', 'c', 'a'].map((shardId, index) => failureRecord({ shardId, from: 10 * index, to: 10 * index + 2 }));
    const waits: Record<string, number> = { a: 2_000, b: 1_000, c: 0 };
    const read: string[] = [];
    const { handler } = handlerWith(
      async ({ shardId, startSequenceNumber }) => {
        read.push(`${shardId} ${shards.findIndex(({ KinesisBatchInfo }) => KinesisBatchInfo!.startSequenceNumber === startSequenceNumber)}`);
        return whole();
      },
      { pace: { millisUntilReady: (shard) => waits[shard.split(' ')[1]] } },
    );
    const notifications = sqsEvent(...shards);
    await handler(notifications, CONTEXT);
    expect(read.splice(0)).toEqual(['c 2', 'b 1', 'a 0', 'a 3']);
    notifications.Records[0].attributes.ApproximateReceiveCount = '2';
    await handler(notifications, CONTEXT);
    expect(read).toEqual(['c 2', 'b 1', 'a 3', 'a 0']);
  });

  test('are deleted one by one when they come again: an invocation that is killed must not let those come a third time', async () => {
    const { handler, deleted } = handlerWith(failing(second));
    await handler(received(1, first, second), CONTEXT);
    expect(deleted).toEqual([]);
    expect(await handler(received(2, first, second), CONTEXT)).toMatchObject({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    expect(deleted).toEqual(['message-0']);
  });

  test('that cannot be deleted one by one are left to Lambda', async () => {
    const intake = { delay: async () => 30, release: async () => undefined, delete: async () => Promise.reject(new Error('denied')) };
    const { handler, sent } = handlerWith(whole, { intake });
    expect(await handler(received(2, first), CONTEXT)).toMatchObject({ batchItemFailures: [] });
    expect(sent).toHaveLength(1);
    expect(notices()).toContain('message not deleted early');
  });

  test('for whose shards no time remains return to the queue at once, but never all of them', async () => {
    const pace = { millisUntilReady: () => 300_000 };
    const { handler, sent, delayed } = handlerWith(whole, { pace });
    const third = failureRecord({ from: 20, to: 22 });
    expect(await handler(sqsEvent(first, second, third), CONTEXT)).toMatchObject({ batchItemFailures: [{ itemIdentifier: 'message-1' }, { itemIdentifier: 'message-2' }] });
    expect(sent).toHaveLength(1);
    expect(delayed).toEqual([['message-1', 0], ['message-2', 0]]);
    expect(notices()).toContain('failure record put back, because no time remained');
  });

  test('with none have an empty result', async () => {
    const { handler, sent, kept } = handlerWith();
    expect(await handler(sqsEvent(), CONTEXT)).toEqual({ batchItemFailures: [], deadLetters: [], undeliverables: 0 });
    expect([sent, kept]).toEqual([[], []]);
  });
});

describe('the time of an invocation', () => {
  /** Handles a message with so many milliseconds left at each look, and returns the deadlines that were set. */
  async function deadlines(message: string | object, ...left: number[]) {
    const given: AbortSignal[] = [];
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      given.push(new AbortController().signal);
      return given.at(-1)!;
    });
    const { handler, contexts, signals } = handlerWith();
    await handler(sqsEvent(message), { getRemainingTimeInMillis: () => left.shift()! });
    const used = [...contexts.map(({ signal }) => signal), ...signals];
    expect(used.map((signal) => given.indexOf(signal))).toEqual([...given.keys()]);
    const millis = timeout.mock.calls.map(([it]) => it);
    timeout.mockRestore();
    return millis;
  }

  test('keeps time to write after reading, and time to end after writing', async () => {
    expect(await deadlines(failureRecord(), 300_000, 250_000)).toEqual([280_000, 248_000]);
  });

  test('goes to an undeliverable, except for the time to end', async () => {
    expect(await deadlines('bad', 300_000)).toEqual([298_000]);
  });

  test('that is nearly over is at least one millisecond', async () => {
    expect(await deadlines(failureRecord(), 5_000, 1_000)).toEqual([1, 1]);
    expect(await deadlines(failureRecord(), 20_000, 2_000)).toEqual([1, 1]);
  });
});

describe('the log', () => {
  test('has one line of JSON for each dead letter', async () => {
    const { handler, sent } = handlerWith();
    await handler(sqsEvent(failureRecord(), failureRecord({ from: 10, to: 12 })), CONTEXT);
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      sent.map(({ hydration }) => ({
        level: 'INFO', notice: 'dead letter sent',
        ...hydration,
        latencyMillis: expect.any(Number),
        overflowBytes: 0,
        functionArn: FUNCTION_ARN,
        condition: 'RetryAttemptsExhausted',
        streamArn: STREAM_ARN,
        shardId: SHARD_ID,
      })),
    );
  });

  test('has nothing of the payload', async () => {
    const { handler, sent } = handlerWith();
    await handler(sqsEvent(failureRecord()), CONTEXT);
    const payload = JSON.stringify(sent[0].payload);
    expect(lines).toHaveLength(1);
    for (const text of [SECRET, Buffer.from(SECRET).toString('base64')]) {
      expect(payload).toContain(text);
      expect(lines.join()).not.toContain(text);
    }
  });

  test('has one line for each undeliverable, without its content', async () => {
    const { handler, kept } = handlerWith();
    const bad = [SECRET, { requestContext: { functionArn: '' }, secret: SECRET }, { ...failureRecord(), requestContext: SECRET }, failureRecord({ streamArn: SECRET })];
    await handler(sqsEvent(...bad), CONTEXT);
    expect(kept).toHaveLength(4);
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [
        'the text must be JSON',
        'requestContext.functionArn must be a non-empty string',
        'requestContext must be a JSON object',
        'KinesisBatchInfo.streamArn must be the ARN of a Kinesis stream, or of a consumer of one',
      ].map((rule, index) => ({
        level: 'ERROR', notice: 'message kept as undeliverable', messageId: `message-${index}`, rule,
      })),
    );
    expect(lines.join()).not.toContain(SECRET);
  });
});
