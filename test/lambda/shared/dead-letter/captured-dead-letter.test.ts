import { capturedDeadLetter } from '../../../../lambda/shared/dead-letter/captured-dead-letter';
import { deadLetterId } from '../../../../lambda/shared/dead-letter/dead-letter-id';
import { parseDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { FailureRecord } from '../../../../lambda/shared/dead-letter/failure-record';
import { toEventRecord as toTableEventRecord } from '../../../../lambda/shared/stream/dynamo-event-record';
import { toEventRecord } from '../../../../lambda/shared/stream/kinesis-event-record';
import { functionEvent, LOCATION } from '../../../support/captured';
import { dynamoFailureRecord, dynamoRecord, TABLE_STREAM_ARN } from '../../../support/dynamo-records';
import { batchInfo, CONSUMER_ARN, failureRecord, SHARD_ID, STREAM_ARN, streamRecord } from '../../../support/records';

const deadLetterOf = (payload?: unknown, failure = failureRecord()) =>
  capturedDeadLetter({ ...failure, ...(payload !== undefined && { payload }) } as FailureRecord, LOCATION);

describe('the dead letter of an object that Lambda wrote', () => {
  test.each([
    ['an object', functionEvent()],
    ['text', JSON.stringify(functionEvent())],
  ])('is the failure record with the event of the function: %s', (_, payload) => {
    expect(deadLetterOf(payload)).toEqual({
      ...failureRecord(),
      payload: functionEvent(),
      hydration: { formatVersion: '0.1.0', status: 'COMPLETE', expectedRecords: 3, recoveredRecords: 3, deadLetterId: deadLetterId(failureRecord()) },
    });
  });

  const [first, second, third] = functionEvent().Records;
  const before = toEventRecord(streamRecord(-1), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
  const none = { kinesis: { data: 'aGVsbG8=' } };

  test.each<[string, readonly unknown[], string, Parameters<typeof failureRecord>[0]]>([
    ['all', [first, second, third], 'COMPLETE', {}],
    ['all, in another order', [third, first, second], 'COMPLETE', {}],
    ['more, all of the range', functionEvent(4).Records, 'SUPERSET', { to: 3, batchSize: 3 }],
    ['fewer', [first, third], 'PARTIAL', {}],
    ['as many, without the first of the range', [second, third], 'PARTIAL', { batchSize: 2 }],
    ['as many, without the last of the range', [first, second], 'PARTIAL', { batchSize: 2 }],
    ['more, without the first of the range', [second, third], 'PARTIAL', { batchSize: 1 }],
  ])('has the status of its records: %s', (_, records, status, batch) => {
    const failure = failureRecord(batch);
    expect(deadLetterOf({ Records: records }, failure).hydration).toEqual({
      formatVersion: '0.1.0', status, expectedRecords: failure.KinesisBatchInfo!.batchSize, recoveredRecords: records.length, deadLetterId: deadLetterId(failure),
    });
  });

  test.each<[string, readonly unknown[], string]>([
    ['one after the range', functionEvent(4).Records, '4 records of which 1'],
    ['one before the range', [before, first, second, third], '4 records of which 1'],
    ['one before the range, in the place of another', [before, first, third], '3 records of which 1'],
    ['one twice', [first, second, third, third], '4 records of which 1'],
    ['one twice, in the place of another', [first, third, third], '3 records of which 1'],
    ['null', [first, null, third], '3 records of which 1'],
    ['a text', [first, 'second', third], '3 records of which 1'],
    ['records of nothing', [{}, { kinesis: null }, { dynamodb: {} }], '3 records of which 3'],
    ['one without a sequence number', [first, second, third, none], '4 records of which 1'],
    ['sequence numbers that are none', [1, '', '-1', '0x1', null].map((sequenceNumber) => ({ kinesis: { sequenceNumber } })), '5 records of which 5'],
  ])('is PARTIAL and has an error when the payload holds other records: %s', (_, records, got) => {
    const { payload, hydration } = deadLetterOf({ Records: records });
    expect(payload.Records).toEqual(records);
    expect(hydration).toEqual({
      formatVersion: '0.1.0',
      status: 'PARTIAL',
      expectedRecords: 3,
      recoveredRecords: records.length,
      deadLetterId: deadLetterId(failureRecord()),
      error: {
        name: 'UnexpectedRecords',
        message: `payload of ${LOCATION} must hold each record of the batch once and no others, got: ${got} do not match`,
      },
    });
  });

  test.each<[string, readonly number[], string]>([
    ['all', [0, 1, 2], 'COMPLETE'],
    ['one of another range', [0, 1, 2, 3], 'PARTIAL'],
    ['not the last', [0, 1], 'PARTIAL'],
  ])('compares sequence numbers of a table by number and not by text: %s', (_, indices, status) => {
    const Records = indices.map((index) => toTableEventRecord(dynamoRecord(index), TABLE_STREAM_ARN));
    expect(deadLetterOf({ Records }, dynamoFailureRecord()).hydration).toMatchObject({ status, recoveredRecords: indices.length });
  });

  test('keeps the window and the state of a tumbling window', () => {
    const window = {
      window: { start: '2026-11-21T08:00:00Z', end: '2026-11-21T08:02:00Z' },
      state: { sum: 3 },
      isFinalInvokeForWindow: false,
      isWindowTerminatedEarly: false,
    };
    expect(deadLetterOf(JSON.stringify({ ...functionEvent(), ...window })).payload).toEqual({ ...functionEvent(), ...window });
  });

  describe('of a mapping with enhanced fan-out', () => {
    const through = (batch: Parameters<typeof failureRecord>[0] = {}) => failureRecord({ streamArn: CONSUMER_ARN, ...batch });

    test.each<[string, readonly unknown[], string, Parameters<typeof failureRecord>[0]]>([
      ['all', [first, first, first, second, third, third], 'COMPLETE', { batchSize: 6 }],
      ['one aggregate', [first, first, first], 'COMPLETE', { to: 0, batchSize: 3 }],
      ['fewer', [first, first, second, third], 'PARTIAL', { batchSize: 6 }],
      ['not the last', [first, first, second], 'PARTIAL', { batchSize: 3 }],
    ])('counts user records with the sequence number of their aggregate as records of the batch: %s', (_, records, status, batch) => {
      const { hydration } = deadLetterOf({ Records: records }, through(batch));
      expect(hydration).toMatchObject({ status, recoveredRecords: records.length });
      expect(hydration).not.toHaveProperty('error');
    });

    test('does not count a sequence number that repeats after another one', () => {
      expect(deadLetterOf({ Records: [first, second, first, third] }, through({ batchSize: 4 })).hydration).toMatchObject({
        status: 'PARTIAL', error: { name: 'UnexpectedRecords' },
      });
    });
  });

  describe('of the final call of a tumbling window', () => {
    const timeWindowInfo = { window: { start: '2026-11-21T08:00:00Z', end: '2026-11-21T08:02:00Z' }, isFinalInvokeForWindow: true };
    const { shardId, streamArn } = batchInfo();
    const failure = { ...failureRecord(), KinesisBatchInfo: { shardId, streamArn }, timeWindowInfo } as unknown as FailureRecord;
    const event = { Records: [], state: { sum: 3 }, isFinalInvokeForWindow: true };

    test.each([['text', JSON.stringify(event)], ['an object', event]])('is COMPLETE with the state of the window and without records: %s', (_, payload) => {
      expect(deadLetterOf(payload, failure)).toEqual({
        ...failure,
        payload: event,
        hydration: { formatVersion: '0.1.0', status: 'COMPLETE', expectedRecords: 0, recoveredRecords: 0, deadLetterId: deadLetterId(failure) },
      });
    });

    test.each<[string, unknown, object]>([
      ['no payload', undefined, { status: 'UNREADABLE', error: expect.objectContaining({ name: 'NoPayload' }) }],
      ['neither records nor a state', { Records: [] }, { status: 'UNREADABLE', error: expect.objectContaining({ name: 'NoPayload' }) }],
      ['records', { ...event, ...functionEvent() }, { status: 'PARTIAL', error: expect.objectContaining({ name: 'UnexpectedRecords' }) }],
    ])('is not COMPLETE with %s', (_, payload, hydration) => {
      expect(deadLetterOf(payload, failure).hydration).toMatchObject(hydration);
    });

    test('is read as a dead letter', () => {
      const deadLetter = deadLetterOf(event, failure);
      expect(parseDeadLetter(JSON.stringify(deadLetter), 'the message')).toMatchObject({ status: 'COMPLETE', recoveredRecords: 0, event });
    });
  });

  test('keeps the state of a window whose final call failed, without records', () => {
    const event = { Records: [], state: { sum: 3 }, isFinalInvokeForWindow: true };
    expect(deadLetterOf(event)).toMatchObject({ payload: event, hydration: { status: 'UNREADABLE', recoveredRecords: 0 } });
  });
});

describe('a failure record without records', () => {
  const deep = `{"Records":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

  test.each<[string, unknown, string]>([
    ['no payload', undefined, 'nothing'],
    ['null', null, 'something else'],
    ['text that is not JSON', '{"Records":[', '12 characters that are not JSON'],
    ['empty text', '', '0 characters that are not JSON'],
    ['JSON of something else', '[1]', 'something else'],
    ['an object of something else', { records: [1] }, 'something else'],
    ['records that are no list', { Records: 'abc' }, 'something else'],
    ['records nested deeper than JSON can be written', deep, 'something else'],
    ['an event without records', { Records: [] }, 'an event without records'],
  ])('is a dead letter with an error that names what is missing: %s', (_, payload, got) => {
    expect(deadLetterOf(payload)).toEqual({
      ...failureRecord(),
      payload: { Records: [] },
      hydration: {
        formatVersion: '0.1.0',
        status: 'UNREADABLE',
        expectedRecords: 3,
        recoveredRecords: 0,
        deadLetterId: deadLetterId(failureRecord()),
        error: { name: 'NoPayload', message: `payload of ${LOCATION} must be an event with records, got: ${got}` },
      },
    });
  });

  test('quotes nothing of it', () => {
    expect(JSON.stringify(deadLetterOf('card 4111-1111-1111-1111'))).not.toContain('4111');
  });
});
