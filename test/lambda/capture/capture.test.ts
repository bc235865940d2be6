import { captureHandler, CaptureDependencies } from '../../../lambda/capture/capture';
import { CapturedObject } from '../../../lambda/capture/capture-bucket';
import { capturedDeadLetter } from '../../../lambda/shared/dead-letter/captured-dead-letter';
import { DeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { Overflow } from '../../../lambda/shared/dead-letter/dead-letter-queue';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import { BUCKET, functionEvent, KEY, LOCATION, objectCreated } from '../../support/captured';
import { batchInfo, CONSUMER_ARN, failureRecord, FUNCTION_ARN, SHARD_ID, STREAM_ARN, without } from '../../support/records';

const CONTEXT = { getRemainingTimeInMillis: () => 300_000 };
const SECRET = 'card 4111-1111-1111-1111';
const TABLE_ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-11-01T00:00:00.000';

const captured = (failure: object = failureRecord(), payload: unknown = functionEvent()) => ({ ...failure, payload });

/** A handler whose bucket holds one object, and whose queues remember what they got. */
function handlerWith(content: string | object | Error = captured(), dependencies: Partial<CaptureDependencies> = {}) {
  const sent: { deadLetter: DeadLetter; overflow: Overflow }[] = [];
  const kept: { event: object; reason: string }[] = [];
  const reads: string[] = [];
  const signals: AbortSignal[] = [];
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const object = new CapturedObject(BUCKET, KEY, Buffer.byteLength(text), text);
  const handler = captureHandler({
    bucket: {
      name: BUCKET,
      read: async (key, signal) => {
        reads.push(key);
        signals.push(signal);
        if (content instanceof Error) throw content;
        return object;
      },
    },
    queue: (overflow) => ({
      send: async (deadLetter, signal) => {
        sent.push({ deadLetter, overflow });
        signals.push(signal);
        return { overflowBytes: 0 };
      },
    }),
    undeliverables: {
      send: async (event, reason, signal) => {
        kept.push({ event, reason });
        signals.push(signal);
      },
    },
    ...dependencies,
  });
  return { handler, object, sent, kept, reads, signals };
}

let lines: string[];
beforeEach(() => {
  lines = [];
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, level).mockImplementation((...args) => void lines.push(args.join(' ')));
  }
});
afterEach(() => jest.restoreAllMocks());

describe('an object that Lambda wrote', () => {
  test.each([
    ['with its payload as JSON', functionEvent()],
    ['with its payload as text', JSON.stringify(functionEvent())],
  ])('becomes a dead letter: %s', async (_, payload) => {
    const { handler, object, sent, kept, reads } = handlerWith(captured(failureRecord(), payload));
    await handler(objectCreated(), CONTEXT);
    expect(reads).toEqual([KEY]);
    const hydration = expect.objectContaining({ status: 'COMPLETE', expectedRecords: 3, recoveredRecords: 3 });
    expect(sent).toEqual([{ deadLetter: { ...failureRecord(), payload: functionEvent(), hydration }, overflow: object }]);
    expect(kept).toEqual([]);
  });

  test('of a mapping that reads through a consumer becomes a dead letter', async () => {
    const { handler, sent } = handlerWith(captured(failureRecord({ streamArn: CONSUMER_ARN })));
    await handler(objectCreated(), CONTEXT);
    expect(sent).toHaveLength(1);
  });

  test('of a table becomes a dead letter of that table', async () => {
    const failure = { ...without(failureRecord(), 'KinesisBatchInfo'), DDBStreamBatchInfo: batchInfo({ streamArn: TABLE_ARN }) };
    const { handler, sent } = handlerWith(captured(failure));
    await handler(objectCreated(), CONTEXT);
    expect(sent.map(({ deadLetter }) => deadLetter)).toEqual([expect.objectContaining(failure)]);
  });

  test.each([[[TABLE_ARN]], [undefined]])('of the stream that a table had before is of its table as well, whether the bucket is shared or not: %s', async (streamArns) => {
    const former = batchInfo({ streamArn: TABLE_ARN.replace('2026', '2025') });
    const failure = { ...without(failureRecord(), 'KinesisBatchInfo'), DDBStreamBatchInfo: former };
    const { handler, sent, kept } = handlerWith(captured(failure), { streamArns });
    await handler(objectCreated(), CONTEXT);
    expect(sent.map(({ deadLetter }) => deadLetter)).toEqual([expect.objectContaining(failure)]);
    expect(kept).toEqual([]);
  });

  test('without a payload becomes a dead letter with an error that names the object', async () => {
    const { handler, sent, kept } = handlerWith(failureRecord());
    await handler(objectCreated(), CONTEXT);
    expect(sent[0].deadLetter.hydration).toMatchObject({ status: 'UNREADABLE', error: { message: expect.stringContaining(LOCATION) } });
    expect(kept).toEqual([]);
  });

  test('with two events becomes the same dead letter twice', async () => {
    const { handler, sent } = handlerWith();
    await handler(objectCreated(), CONTEXT);
    await handler(objectCreated(), CONTEXT);
    expect(sent[0]).toEqual(sent[1]);
  });
});

describe('the result of the function', () => {
  const { deadLetterId } = capturedDeadLetter(failureRecord(), LOCATION).hydration;

  test.each<[string, string | object, object, boolean]>([
    ['a dead letter', captured(), { deadLetters: [{ deadLetterId, status: 'COMPLETE', expectedRecords: 3, recoveredRecords: 3 }], undeliverables: 0 }, false],
    ['an undeliverable', 'hello', { deadLetters: [], undeliverables: 1 }, false],
    ['neither, and of which stream it is', captured(failureRecord({ streamArn: `${STREAM_ARN}-2` })),
      { deadLetters: [], undeliverables: 0, leftAlone: [{ streamArn: `${STREAM_ARN}-2` }] }, true],
  ])('says what the function did with the object: %s', async (_, content, answer, isShared) => {
    expect(await handlerWith(content, isShared ? { streamArns: [STREAM_ARN] } : {}).handler(objectCreated(), CONTEXT)).toEqual(answer);
  });

  test('is no stream for an object of an asynchronous invocation', async () => {
    const { handler } = handlerWith();
    expect(await handler(objectCreated('aws/lambda/async/orders/1'), CONTEXT)).toEqual({ deadLetters: [], undeliverables: 0, leftAlone: [{}] });
  });
});

describe('an object of another stream', () => {
  const other = `${STREAM_ARN}-2`;

  const others: [string, object, string][] = [
    ['of its kind', captured(failureRecord({ streamArn: other })), other],
    ['that is read through a consumer', captured(failureRecord({ streamArn: `${other}/consumer/fast:1` })), `${other}/consumer/fast:1`],
    ['of another kind', { ...without(failureRecord(), 'KinesisBatchInfo'), DDBStreamBatchInfo: batchInfo({ streamArn: TABLE_ARN }) }, TABLE_ARN],
    ['that is broken otherwise', { KinesisBatchInfo: { streamArn: other } }, other],
  ];

  test.each(others)('is skipped when the bucket is shared: %s', async (_, content, streamArn) => {
    const { handler, sent, kept } = handlerWith(content, { streamArns: [`${STREAM_ARN}-3`, STREAM_ARN] });
    await handler(objectCreated(), CONTEXT);
    expect([sent, kept]).toEqual([[], []]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ level: 'INFO', notice: 'object of another stream skipped', location: LOCATION, streamArn }]);
  });

  test.each(others.slice(0, 2))('becomes a dead letter when the bucket is not shared: %s', async (_, content) => {
    const { handler, sent, kept } = handlerWith(content);
    await handler(objectCreated(), CONTEXT);
    expect(sent).toHaveLength(1);
    expect(kept).toEqual([]);
  });

  test.each(others)('becomes a dead letter, or is kept with the reason, where that stream is one of several of this function: %s', async (_, content) => {
    const { handler, sent, kept } = handlerWith(content, { streamArns: [STREAM_ARN, other, TABLE_ARN] });
    await handler(objectCreated(), CONTEXT);
    expect(sent.length + kept.length).toBe(1);
    const reason: unknown = expect.stringMatching(/^not a failure record of a stream mapping: .* \(s3:/);
    expect(kept).toEqual(sent.length > 0 ? [] : [{ event: objectCreated(), reason }]);
  });
});

describe('an object of an asynchronous invocation that failed', () => {
  test.each([true, false])('is skipped without being read, whether or not the bucket is shared: %s', async (isShared) => {
    const key = 'aws/lambda/async/orders/2026/11/21/2026-11-21T08.00.09-0f3f7d0e-0a51-4b7a-a8f4-2f3fb1f3c6ce';
    const { handler, sent, kept, reads } = handlerWith('bad', isShared ? { streamArns: [] } : {});
    await handler(objectCreated(key), CONTEXT);
    expect([sent, kept, reads]).toEqual([[], [], []]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 'INFO', notice: 'object of an asynchronous invocation skipped', location: `s3://${BUCKET}/${key}` },
    ]);
  });

  test('is recognized by its whole folder name', async () => {
    const { handler, reads } = handlerWith();
    await handler(objectCreated('aws/lambda/async-1/shardId-0/1'), CONTEXT);
    expect(reads).toEqual(['aws/lambda/async-1/shardId-0/1']);
  });
});

describe('an object that Lambda did not write', () => {
  const PREFIX = 'not a failure record of a stream mapping';
  const NO_BATCH = `${PREFIX}: KinesisBatchInfo or DDBStreamBatchInfo must be a JSON object, got: nothing`;

  test.each<[string, string | object, string]>([
    ['not JSON', 'bad', `${PREFIX}: the text must be JSON, got: "3 characters of something else"`],
    ['empty', '', `${PREFIX}: the text must be JSON, got: "0 characters of something else"`],
    ['JSON of something else', 'null', `${PREFIX}: the text must be a JSON object, got: null`],
    ['without its batch', without(failureRecord(), 'KinesisBatchInfo'), NO_BATCH],
    ['with a batch of null', { ...failureRecord(), KinesisBatchInfo: null }, `${PREFIX}: KinesisBatchInfo must be a JSON object, got: null`],
    [
      'of this stream, and broken',
      { ...failureRecord(), KinesisBatchInfo: { ...batchInfo(), batchSize: 0 } },
      `${PREFIX}: KinesisBatchInfo.batchSize must be a whole number of at least 1, got: 0`,
    ],
    [
      'of this stream, and of another',
      { ...failureRecord(), DDBStreamBatchInfo: batchInfo({ streamArn: TABLE_ARN }) },
      `${PREFIX}: DDBStreamBatchInfo must be absent when KinesisBatchInfo is set, got: an object`,
    ],
    [
      'of what is no stream',
      failureRecord({ streamArn: 'arn:aws:sqs:us-east-1:123456789012:orders' }),
      `${PREFIX}: KinesisBatchInfo.streamArn must be the ARN of a Kinesis stream, or of a consumer of one, got: "arn:aws:sqs:us-east-1:123456789012:orders"`,
    ],
    [
      'of no stream at all',
      { ...failureRecord(), KinesisBatchInfo: { ...batchInfo(), streamArn: 1 } },
      `${PREFIX}: KinesisBatchInfo.streamArn must be a non-empty string, got: 1`,
    ],
  ])('is undeliverable by its event, with the reason and the location, without a retry: %s', async (_, content, reason) => {
    // Nor is any of it left to others: there are none that it could be of.
    for (const streamArns of [[STREAM_ARN], undefined]) {
      const { handler, sent, kept } = handlerWith(content, { streamArns });
      await handler(objectCreated(), CONTEXT);
      expect(kept).toEqual([{ event: objectCreated(), reason: `${reason} (${LOCATION})` }]);
      expect(sent).toEqual([]);
    }
  });

  test('and is of an earlier stream of the table is undeliverable', async () => {
    const former = batchInfo({ streamArn: TABLE_ARN.replace('2026', '2025'), batchSize: 0 });
    const failure = { ...without(failureRecord(), 'KinesisBatchInfo'), DDBStreamBatchInfo: former };
    const { handler, sent, kept } = handlerWith(failure, { streamArns: [TABLE_ARN] });
    await handler(objectCreated(), CONTEXT);
    expect(kept).toEqual([
      { event: objectCreated(), reason: `${PREFIX}: DDBStreamBatchInfo.batchSize must be a whole number of at least 1, got: 0 (${LOCATION})` },
    ]);
    expect(sent).toEqual([]);
  });

  test('and cannot be read is undeliverable by its event', async () => {
    const { handler, sent, kept } = handlerWith(new UndeliverableError('not an object that Lambda wrote', 'it must be UTF-8', 1));
    await handler(objectCreated(), CONTEXT);
    expect(kept).toEqual([{ event: objectCreated(), reason: `not an object that Lambda wrote: it must be UTF-8, got: 1 (${LOCATION})` }]);
    expect(sent).toEqual([]);
  });

  test('and cannot be sent to the undeliverable queue throws, so that Lambda retries', async () => {
    const refusal = new Error('denied');
    const { handler } = handlerWith('bad', { undeliverables: { send: () => Promise.reject(refusal) } });
    await expect(handler(objectCreated(), CONTEXT)).rejects.toBe(refusal);
    expect(lines).toEqual([]);
  });
});

describe('an event of another kind', () => {
  const PREFIX = 'not an event for an object that Lambda wrote';
  const noBucket = `${PREFIX}: detail.bucket.name must be ${BUCKET}, got: nothing (the event)`;

  test.each<[string, object | null, string]>([
    ['another bucket', objectCreated(KEY, 'photos'), `${PREFIX}: detail.bucket.name must be ${BUCKET}, got: "photos" (the event)`],
    ['another folder', objectCreated('dead-letters/1.json'), `${PREFIX}: detail.object.key must begin with aws/lambda/, got: "dead-letters/1.json" (the event)`],
    ['no key', { detail: { bucket: { name: BUCKET }, object: {} } }, `${PREFIX}: detail.object.key must begin with aws/lambda/, got: nothing (the event)`],
    ['a key that is no text', { detail: { bucket: { name: BUCKET }, object: { key: 1 } } }, `${PREFIX}: detail.object.key must begin with aws/lambda/, got: 1 (the event)`],
    ['no object', { detail: { bucket: { name: BUCKET } } }, `${PREFIX}: detail.object.key must begin with aws/lambda/, got: nothing (the event)`],
    ['no bucket', { detail: {} }, noBucket],
    ['no detail', {}, noBucket],
    ['nothing', null, noBucket],
  ])('is undeliverable unchanged, and nothing is read: %s', async (_, event, reason) => {
    const { handler, sent, kept, reads } = handlerWith();
    await handler(event as ReturnType<typeof objectCreated>, CONTEXT);
    expect(kept).toEqual([{ event, reason }]);
    expect([sent, reads]).toEqual([[], []]);
  });

  test('uses the key unchanged, because EventBridge does not encode it', async () => {
    const key = 'aws/lambda/a+b%20c d';
    const { handler, reads } = handlerWith();
    await handler(objectCreated(key), CONTEXT);
    expect(reads).toEqual([key]);
  });
});

describe('an event that cannot be handled', () => {
  test('because of the bucket, throws its error and sends nothing', async () => {
    const refusal = new Error('cannot be read');
    const { handler, sent, kept } = handlerWith(refusal);
    await expect(handler(objectCreated(), CONTEXT)).rejects.toBe(refusal);
    expect([sent, kept, lines]).toEqual([[], [], []]);
  });

  test('because of the queue, throws its error and logs no dead letter', async () => {
    const refusal = new Error('denied');
    const { handler, kept } = handlerWith(captured(), { queue: () => ({ send: () => Promise.reject(refusal) }) });
    await expect(handler(objectCreated(), CONTEXT)).rejects.toBe(refusal);
    expect([kept, lines]).toEqual([[], []]);
  });
});

describe('the time of an invocation', () => {
  /** Handles an object with so many milliseconds left at each look, and returns the deadlines that were set. */
  async function deadlines(content: string | object, ...left: number[]) {
    const given: AbortSignal[] = [];
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      given.push(new AbortController().signal);
      return given.at(-1)!;
    });
    const { handler, signals } = handlerWith(content);
    await handler(objectCreated(), { getRemainingTimeInMillis: () => left.shift()! });
    expect(signals.map((signal) => given.indexOf(signal))).toEqual([...given.keys()]);
    return timeout.mock.calls.map(([it]) => it);
  }

  test.each([
    ['of a dead letter', captured()],
    ['of an undeliverable', 'bad'],
  ])('keeps time to write after a slow read, and time to end after writing: %s', async (_, content) => {
    expect(await deadlines(content, 60_000, 25_000)).toEqual([40_000, 23_000]);
  });
});

describe('the log', () => {
  test('has one line of JSON for a dead letter, without the payload', async () => {
    const { handler, sent } = handlerWith(captured(failureRecord({ batchSize: 1 }), JSON.stringify({ Records: [SECRET] })));
    await handler(objectCreated(), CONTEXT);
    expect(JSON.stringify(sent[0].deadLetter.payload)).toContain(SECRET);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: 'INFO', notice: 'dead letter sent',
        ...sent[0].deadLetter.hydration,
        latencyMillis: expect.any(Number),
        overflowBytes: 0,
        functionArn: FUNCTION_ARN,
        condition: 'RetryAttemptsExhausted',
        streamArn: STREAM_ARN,
        shardId: SHARD_ID,
      },
    ]);
    expect(lines.join()).not.toContain(SECRET);
  });

  test('has one line for an undeliverable, without its content', async () => {
    const { handler } = handlerWith({ ...captured(), requestContext: SECRET });
    await handler(objectCreated(), CONTEXT);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 'ERROR', notice: 'event kept as undeliverable', location: LOCATION, rule: 'requestContext must be a JSON object' },
    ]);
  });
});
