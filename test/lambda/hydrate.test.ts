import { DeadLetter } from '../../lambda/dead-letter';
import { hydrateHandler } from '../../lambda/hydrate';
import { InvokeIdentities } from '../../lambda/invoke-identities';
import { toEventRecord } from '../../lambda/kinesis-event-record';
import { ReadContext, StreamReader } from '../../lambda/stream-reader';
import { failureRecord, FUNCTION_ARN, ROLE_ARN, SHARD_ID, snsEvent, STREAM_ARN, streamRecord } from '../support/records';

const CONTEXT = { getRemainingTimeInMillis: () => 300_000 };
const SECRET = 'card 4111-1111-1111-1111';

const event = (index: number) =>
  toEventRecord(streamRecord(index, { Data: Buffer.from(SECRET), PartitionKey: SECRET }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });

/** A handler whose reader finds three records, and whose queue remembers what it got. */
function handlerWith(read: StreamReader['read'] = async () => ({ records: [0, 1, 2].map(event), hasStart: true, hasEnd: true })) {
  const sent: DeadLetter[] = [];
  const contexts: ReadContext[] = [];
  const handler = hydrateHandler({
    reader: {
      read: (batch, context) => {
        contexts.push(context);
        return read(batch, context);
      },
    },
    queue: { send: async (letter) => void sent.push(letter) },
    identities: new InvokeIdentities([{ functionArn: FUNCTION_ARN, roleArn: ROLE_ARN }]),
  });
  return { handler, sent, contexts };
}

let lines: string[];
beforeEach(() => {
  lines = [];
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, level).mockImplementation((...args) => void lines.push(args.join(' ')));
  }
});
afterEach(() => jest.restoreAllMocks());

describe('a notification', () => {
  test('becomes a dead letter', async () => {
    const { handler, sent } = handlerWith();
    await handler(snsEvent(failureRecord()), CONTEXT);
    expect(sent).toEqual([
      {
        ...failureRecord(),
        payload: { Records: [0, 1, 2].map(event) },
        hydration: expect.objectContaining({ status: 'COMPLETE', expectedRecords: 3, recoveredRecords: 3 }),
      },
    ]);
  });

  test('is read with the role of its processor, and the time that is left', async () => {
    const { handler, contexts } = handlerWith();
    const left = [90_000, 80_000];
    await handler(snsEvent(failureRecord()), { getRemainingTimeInMillis: () => left.shift()! });
    expect(contexts[0].invokeIdentityArn).toBe(ROLE_ARN);
    expect([contexts[0].remainingMillis(), contexts[0].remainingMillis()]).toEqual([90_000, 80_000]);
  });

  test('of an unknown processor is read without a role', async () => {
    const { handler, contexts } = handlerWith();
    const functionArn = `${FUNCTION_ARN}-of-another-stack`;
    await handler(snsEvent(failureRecord({}, { requestContext: { ...failureRecord().requestContext, functionArn } })), CONTEXT);
    expect(contexts[0].invokeIdentityArn).toBeUndefined();
  });

  test('becomes a dead letter even where nothing was left', async () => {
    const { handler, sent } = handlerWith(async () => ({ records: [], hasStart: false, hasEnd: false }));
    await handler(snsEvent(failureRecord()), CONTEXT);
    expect(sent.map(({ hydration }) => hydration.status)).toEqual(['EXPIRED']);
  });

  test('that is redelivered becomes a letter with the same id', async () => {
    const { handler, sent } = handlerWith();
    await handler(snsEvent(failureRecord()), CONTEXT);
    await handler(snsEvent(failureRecord()), CONTEXT);
    expect(sent[0].hydration.deadLetterId).toBe(sent[1].hydration.deadLetterId);
  });
});

describe('an event that cannot be handled', () => {
  test('because of the stream, throws its error and sends nothing', async () => {
    const refusal = new Error('denied');
    const { handler, sent } = handlerWith(() => Promise.reject(refusal));
    await expect(handler(snsEvent(failureRecord()), CONTEXT)).rejects.toBe(refusal);
    expect(sent).toEqual([]);
  });

  test('because of the queue, throws its error and logs no dead letter', async () => {
    const refusal = new Error('too long');
    const handler = hydrateHandler({
      reader: { read: async () => ({ records: [], hasStart: false, hasEnd: false }) },
      queue: { send: () => Promise.reject(refusal) },
      identities: new InvokeIdentities([]),
    });
    await expect(handler(snsEvent(failureRecord()), CONTEXT)).rejects.toBe(refusal);
    expect(lines).toEqual([]);
  });

  test('because it is no failure record, throws and reads nothing', async () => {
    const { handler, contexts } = handlerWith();
    await expect(handler(snsEvent('hello'), CONTEXT)).rejects.toMatchObject({ name: 'InvalidFailureRecordError' });
    expect(contexts).toEqual([]);
  });
});

describe('several notifications in one event', () => {
  test('become a dead letter each', async () => {
    const { handler, sent } = handlerWith();
    await handler(snsEvent(failureRecord(), failureRecord({ from: 10, to: 12 })), CONTEXT);
    expect(sent).toHaveLength(2);
  });

  test.each([
    ['first', ['bad', failureRecord(), failureRecord({ from: 10, to: 12 })]],
    ['in the middle', [failureRecord(), 'bad', failureRecord({ from: 10, to: 12 })]],
    ['last', [failureRecord(), failureRecord({ from: 10, to: 12 }), 'bad']],
  ])('with a bad one %s: the good ones are sent, and then its error is thrown', async (_, messages) => {
    const { handler, sent } = handlerWith();
    await expect(handler(snsEvent(...messages), CONTEXT)).rejects.toMatchObject({ name: 'InvalidFailureRecordError' });
    expect(sent).toHaveLength(2);
  });

  test('with two bad ones throw one error that tells of both', async () => {
    const { handler, sent } = handlerWith();
    const text = 'InvalidFailureRecordError: not a failure record of a stream mapping: the message must be JSON, got: "3 characters of something else"';
    await expect(handler(snsEvent('bad', failureRecord(), 'ill'), CONTEXT)).rejects.toMatchObject({
      message: `2 of 3 notifications failed: ${text}; ${text}`,
      errors: [expect.any(Error), expect.any(Error)],
    });
    expect(sent).toHaveLength(1);
  });

  test('with none, there is nothing to do', async () => {
    const { handler, sent } = handlerWith();
    await handler(snsEvent(), CONTEXT);
    expect(sent).toEqual([]);
  });
});

describe('the log', () => {
  test('has a line of JSON for each dead letter', async () => {
    const { handler, sent } = handlerWith();
    await handler(snsEvent(failureRecord(), failureRecord({ from: 10, to: 12 })), CONTEXT);
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      sent.map(({ hydration }) => ({
        notice: 'dead letter sent',
        ...hydration,
        functionArn: FUNCTION_ARN,
        condition: 'RetryAttemptsExhausted',
        streamArn: STREAM_ARN,
        shardId: SHARD_ID,
      })),
    );
  });

  test('has nothing of the payload', async () => {
    const { handler, sent } = handlerWith();
    await handler(snsEvent(failureRecord()), CONTEXT);
    const payload = JSON.stringify(sent[0].payload);
    expect(lines).toHaveLength(1);
    for (const text of [SECRET, Buffer.from(SECRET).toString('base64')]) {
      expect(payload).toContain(text);
      expect(lines.join()).not.toContain(text);
    }
  });

  test('has nothing of a message that is not a failure record', async () => {
    const { handler } = handlerWith();
    const refusal = await handler(snsEvent(SECRET), CONTEXT).catch((error: Error) => error.stack);
    expect(refusal).toContain('InvalidFailureRecordError');
    expect(refusal).not.toContain(SECRET);
  });
});
