import fc from 'fast-check';
import { toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { overflowKey } from '../../../../lambda/shared/dead-letter/dead-letter-name';
import {
  batchOf, conditionOf, InvalidFailureRecordError, isOfStream, isWindowEnd, parseFailureRecord, requireRange,
} from '../../../../lambda/shared/dead-letter/failure-record';
import { anyFailureRecord } from '../../../support/any-failure-record';
import { dynamoBatchInfo, dynamoFailureRecord, TABLE_STREAM_ARN } from '../../../support/dynamo-records';
import { messageOf } from '../../../support/errors';
import { propertyRuns } from '../../../support/property-runs';
import { batchInfo, CONSUMER_ARN, failureRecord, FUNCTION_ARN, STREAM_ARN, without } from '../../../support/records';

const parsed = (record: unknown) => parseFailureRecord(JSON.stringify(record));
const refusal = (record: unknown) => messageOf(() => parsed(record));
const PREFIX = 'not a failure record of a stream mapping: ';

describe('a failure record as Lambda sends it', () => {
  const withRequest = (fields: Partial<ReturnType<typeof failureRecord>['requestContext']>) =>
    failureRecord({}, { requestContext: { ...failureRecord().requestContext, ...fields } });

  test.each([
    ['after a function error', failureRecord()],
    ['after a reported item failure, with functionError null', failureRecord({}, {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: null },
    })],
    ['of records that expired before any invocation, without responseContext', without(
      withRequest({ condition: 'RecordAgeExceeded', approximateInvokeCount: 1 }),
      'responseContext',
    )],
    ['of a payload over the limit, without responseContext', without(failureRecord({ to: 0 }), 'responseContext')],
    ['of a mapping on an alias', failureRecord({}, {
      requestContext: { ...failureRecord().requestContext, functionArn: `${FUNCTION_ARN}:live` },
      responseContext: { statusCode: 200, executedVersion: '7', functionError: 'Unhandled' },
    })],
    ['of a mapping on an enhanced fan-out consumer', failureRecord({ streamArn: CONSUMER_ARN })],
    ['of a range with more than its batch', failureRecord({ from: 0, to: 9, batchSize: 3 })],
    ['of one record', failureRecord({ from: 4, to: 4 })],
    ['with a condition that nobody has seen', withRequest({ condition: 'SomethingNew' })],
  ])('is taken %s', (_, record) => {
    expect(parsed(record)).toEqual(record);
  });

  const { requestContext } = failureRecord();
  test.each<[string, object]>([
    ['no timestamp', without(failureRecord(), 'timestamp')],
    ...['', 'yesterday', 1_795_248_009_671, null].map((timestamp): [string, object] => ['a timestamp that is no time', { ...failureRecord(), timestamp }]),
    ['no request id', { ...failureRecord(), requestContext: { ...requestContext, requestId: undefined } }],
    ['a condition that is no text', { ...failureRecord(), requestContext: { ...requestContext, condition: 5 } }],
    ['an empty condition', { ...failureRecord(), requestContext: { ...requestContext, condition: '' } }],
    ...[null, {}, 'none', []].map((DDBStreamBatchInfo): [string, object] => ['what is no batch in the place of the other', { ...failureRecord(), DDBStreamBatchInfo }]),
  ])('is taken where it is whole in its batch, though it has %s, and becomes a dead letter', (_, record) => {
    const failure = parsed(JSON.parse(JSON.stringify(record)));
    expect(failure).toEqual(JSON.parse(JSON.stringify(record)));
    expect(batchOf(failure)).toEqual(batchInfo());
    expect(conditionOf(failure)).toBe((record as typeof failure).requestContext.condition === 'RetryAttemptsExhausted' ? 'RetryAttemptsExhausted' : 'Unknown');
    const deadLetter = toDeadLetter(failure, { records: [], hasStart: false, hasEnd: false });
    expect(overflowKey('dead-letters/', deadLetter)).toMatch(/^dead-letters\/(2026\/11\/21|undated)\/[\w-]+\.json$/);
  });

  test('is accepted after a byte order mark', () => {
    expect(parseFailureRecord(`\ufeff${JSON.stringify(failureRecord())}`)).toEqual(failureRecord());
  });

  const { shardId, streamArn } = batchInfo();
  const timeWindowInfo = { window: { start: '2026-11-21T08:00:00Z', end: '2026-11-21T08:02:00Z' }, batchId: null, isFinalInvokeForWindow: true };
  test.each<[string, object]>([
    ['beside its batch', { ...failureRecord(), KinesisBatchInfo: { shardId, streamArn }, timeWindowInfo }],
    ['in its batch', { ...failureRecord(), KinesisBatchInfo: { shardId, streamArn, timeWindowInfo } }],
  ])('of the final call of a tumbling window is taken without a range, which there is none to read of: window %s', (_, record) => {
    const failure = parsed(record);
    expect(failure).toEqual(record);
    expect(isWindowEnd(failure)).toBe(true);
    expect(() => requireRange(failure)).toThrow(
      `${PREFIX}startSequenceNumber must be set: the final call of a tumbling window has none, because its state is in no stream; use FailureCapture.s3(), got: nothing`,
    );
    expect(isWindowEnd(parsed({ ...failureRecord(), timeWindowInfo }))).toBe(false);
    expect(() => requireRange(parsed({ ...failureRecord(), timeWindowInfo }))).not.toThrow();
  });

  test('keeps unknown fields and the order of all fields', () => {
    const record = { news: { from: 'Lambda' }, ...failureRecord(), KinesisBatchInfo: { ...batchInfo(), more: [1] } };
    expect(JSON.stringify(parsed(record))).toBe(JSON.stringify(record));
  });
});

describe('a value that is not a failure record is rejected', () => {
  test('text that is not JSON, which the error does not quote', () => {
    const text = 'a secret of somebody';
    expect(messageOf(() => parseFailureRecord(text))).toBe(`${PREFIX}the text must be JSON, got: "20 characters of something else"`);
  });

  test.each([
    ['a number', 1, '1'],
    ['a text', 'text', '"text"'],
    ['a text too long to quote', 'x'.repeat(300), `"${'x'.repeat(200)}…"`],
    ['null', null, 'null'],
    ['a list', [], 'an array'],
  ])('JSON that is %s', (_, json, got) => {
    expect(refusal(json)).toBe(`${PREFIX}the text must be a JSON object, got: ${got}`);
  });

  test.each([
    ['in a field that is known', (deep: string) => `{"timestamp":${deep}}`],
    ['in a field that is not', (deep: string) => `${JSON.stringify(failureRecord()).slice(0, -1)},"more":${deep}}`],
  ])('JSON that is nested too deep to be written, %s', (_, around) => {
    const message = around('['.repeat(20_000) + ']'.repeat(20_000));
    expect(messageOf(() => parseFailureRecord(message))).toBe(
      `${PREFIX}the text must not be nested deeper than JSON can be written, got: "${message.length} characters"`,
    );
  });

  test('with an error of its own', () => {
    expect(() => parsed({})).toThrow(InvalidFailureRecordError);
    expect(() => parsed({})).toThrow(expect.objectContaining({ name: 'InvalidFailureRecordError' }));
  });

  test.each([
    ['something of a stream that is no consumer', `${STREAM_ARN}/producer/fast:1`],
    ['the stream of a table', TABLE_STREAM_ARN],
    ['a queue', 'arn:aws:sqs:us-east-1:123456789012:orders'],
    ['a name', 'orders'],
  ])('a Kinesis batch of %s', (_, streamArn) => {
    expect(refusal(failureRecord({ streamArn }))).toBe(
      `${PREFIX}KinesisBatchInfo.streamArn must be the ARN of a Kinesis stream, or of a consumer of one, got: ${JSON.stringify(streamArn)}`,
    );
  });

  test('a record without a request context', () => {
    expect(refusal(without(failureRecord(), 'requestContext'))).toBe(`${PREFIX}requestContext must be a JSON object, got: nothing`);
  });

  test.each(['', 5, null, undefined])('a request context with no function ARN: %p', (functionArn) => {
    const record = { ...failureRecord(), requestContext: { ...failureRecord().requestContext, functionArn } };
    const got = functionArn === undefined ? 'nothing' : JSON.stringify(functionArn);
    expect(refusal(record)).toBe(`${PREFIX}requestContext.functionArn must be a non-empty string, got: ${got}`);
  });

  test('a record without a batch', () => {
    expect(refusal(without(failureRecord(), 'KinesisBatchInfo'))).toBe(`${PREFIX}KinesisBatchInfo or DDBStreamBatchInfo must be a JSON object, got: nothing`);
  });

  test.each(['shardId', 'streamArn'])('a batch without %s', (name) => {
    expect(refusal(failureRecord({ [name]: undefined }))).toBe(
      `${PREFIX}KinesisBatchInfo.${name} must be a non-empty string, got: nothing`,
    );
  });

  describe.each(['startSequenceNumber', 'endSequenceNumber'])('a batch whose %s', (name) => {
    test.each([
      ['is absent', undefined, 'nothing'],
      ['is a number', 5, '5'],
      ['is empty', '', '""'],
      ['is negative', '-5', '"-5"'],
      ['is TRIM_HORIZON', 'TRIM_HORIZON', '"TRIM_HORIZON"'],
      ['is hexadecimal', '0x1f', '"0x1f"'],
      ['ends in a line break', '5\n', '"5\\n"'],
    ])('%s', (_, value, got) => {
      expect(refusal(failureRecord({ [name]: value }))).toBe(
        `${PREFIX}KinesisBatchInfo.${name} must be a string of digits, got: ${got}`,
      );
    });
  });

  test('a range that ends before it starts, by number and not by text', () => {
    expect(refusal(failureRecord({ startSequenceNumber: '10', endSequenceNumber: '9' }))).toBe(
      `${PREFIX}KinesisBatchInfo.startSequenceNumber must be at most endSequenceNumber, got: "10 and 9"`,
    );
    expect(parsed(failureRecord({ startSequenceNumber: '9', endSequenceNumber: '10' }))).toBeDefined();
  });

  test.each([
    [0, '0'],
    [-1, '-1'],
    [1.5, '1.5'],
    ['3', '"3"'],
    [undefined, 'nothing'],
    [null, 'null'],
  ])('a batch of size %p', (batchSize, got) => {
    expect(refusal({ ...failureRecord(), KinesisBatchInfo: { ...batchInfo(), batchSize } })).toBe(
      `${PREFIX}KinesisBatchInfo.batchSize must be a whole number of at least 1, got: ${got}`,
    );
  });
});

describe('a failure record of a table', () => {
  const parsedOfTable = (record: unknown) => parseFailureRecord(JSON.stringify(record));
  const refusalOfTable = (record: unknown) => messageOf(() => parsedOfTable(record));

  test.each([
    ['after a function error', dynamoFailureRecord()],
    ['of records that expired before any invocation', without(dynamoFailureRecord(), 'responseContext')],
    ['of a range whose last number has a digit more', dynamoFailureRecord({ from: 0, to: 1 })],
  ])('is taken %s', (_, record) => {
    expect(parsedOfTable(record)).toEqual(record);
    expect(batchOf(parsedOfTable(record))).toEqual(record.DDBStreamBatchInfo);
  });

  test('keeps unknown fields and the order of all fields', () => {
    const record = { news: { from: 'Lambda' }, ...dynamoFailureRecord(), DDBStreamBatchInfo: { ...dynamoBatchInfo(), more: [1] } };
    expect(JSON.stringify(parsedOfTable(record))).toBe(JSON.stringify(record));
  });

  test.each([STREAM_ARN, TABLE_STREAM_ARN.split('/stream/')[0], `${TABLE_STREAM_ARN}/consumer/x`])('is rejected when it is of %s', (streamArn) => {
    expect(refusalOfTable(dynamoFailureRecord({ streamArn }))).toBe(
      `${PREFIX}DDBStreamBatchInfo.streamArn must be the ARN of the stream of a table, got: "${streamArn}"`,
    );
  });

  test.each([['', '""'], ['-1', '"-1"']])('is rejected when a sequence number is not a number: %p', (endSequenceNumber, got) => {
    expect(refusalOfTable(dynamoFailureRecord({ endSequenceNumber }))).toBe(
      `${PREFIX}DDBStreamBatchInfo.endSequenceNumber must be a string of digits, got: ${got}`,
    );
  });
});

test('a failure record has one batch', () => {
  for (const record of [{ ...failureRecord(), DDBStreamBatchInfo: dynamoBatchInfo() }, { ...dynamoFailureRecord(), KinesisBatchInfo: batchInfo() }]) {
    expect(refusal(record)).toBe(`${PREFIX}DDBStreamBatchInfo must be absent when KinesisBatchInfo is set, got: an object`);
  }
});

test.each([
  [STREAM_ARN, [STREAM_ARN, CONSUMER_ARN], [`${STREAM_ARN}-2`, STREAM_ARN.slice(0, -1), CONSUMER_ARN.replace('orders', 'bills'), STREAM_ARN.replace('us-east-1', 'us-east-2')]],
  [TABLE_STREAM_ARN, [TABLE_STREAM_ARN, TABLE_STREAM_ARN.replace('2026', '2025')], [TABLE_STREAM_ARN.replace('table/', 'table/other-'), TABLE_STREAM_ARN.replace('/stream/', '-2/stream/')]],
])('of %s are its consumers, or the streams that its table had before', (streamArn, its, others) => {
  expect(its.filter((arn) => isOfStream(arn, streamArn))).toEqual(its);
  expect(others.filter((arn) => isOfStream(arn, streamArn))).toEqual([]);
});

describe('any input', () => {
  /** True where the text is a failure record, false where it is refused as it should be. */
  function isFailureRecord(text: string): boolean {
    try {
      parseFailureRecord(text);
      return true;
    } catch (error) {
      if (error instanceof InvalidFailureRecordError) return false;
      throw error;
    }
  }

  const many = propertyRuns(10_000);

  test('a failure record of the stream is accepted with all of its fields in order', () => {
    fc.assert(
      fc.property(anyFailureRecord(), (record) => {
        const text = JSON.stringify(record);
        const parsedAgain = parseFailureRecord(text);
        expect(JSON.stringify(parsedAgain)).toBe(text);
        const deadLetter = toDeadLetter(parsedAgain, { records: [], hasStart: false, hasEnd: false });
        expect(overflowKey('dead-letters/', deadLetter)).toMatch(/^dead-letters\/\d{4}\/\d{2}\/\d{2}\/[\da-f]{32}-expired-0-[\da-f]{16}\.json$/);
      }),
      many,
    );
  });

  test('text is refused with no other error', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => !isFailureRecord(text)), many);
  });

  test('JSON is refused with no other error', () => {
    fc.assert(fc.property(fc.json({ stringUnit: 'binary' }), (text) => !isFailureRecord(text)), many);
  });

  test('a failure record that was cut off is refused with no other error', () => {
    fc.assert(fc.property(anyFailureRecord(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (record, part) => {
      const text = JSON.stringify(record);
      return !isFailureRecord(text.slice(0, Math.floor(text.length * part)));
    }), propertyRuns(2_000));
  });

  const junk = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(undefined, '', ' ', -1, 0, 1.5, '-1', '1e5', '9'.repeat(300)));

  test('a failure record with any one field replaced is taken or refused, with no other error', () => {
    const field = fc.constantFrom('requestContext', 'timestamp', 'KinesisBatchInfo', 'responseContext', 'version');
    fc.assert(
      fc.property(field, junk, (name, value) => {
        const taken = isFailureRecord(JSON.stringify({ ...failureRecord(), [name]: value }));
        // Only what no record is read by may be anything.
        return taken === ['timestamp', 'responseContext', 'version'].includes(name);
      }),
      many,
    );
  });

  test('a batch with any one field replaced is taken where the field is one, and else refused with no other error', () => {
    const isOne: Record<string, (value: unknown) => boolean> = {
      shardId: (value) => typeof value === 'string' && value !== '',
      streamArn: (value) => value === STREAM_ARN,
      startSequenceNumber: (value) => typeof value === 'string' && /^\d+$/.test(value) && BigInt(value) <= BigInt(batchInfo().endSequenceNumber),
      endSequenceNumber: (value) => typeof value === 'string' && /^\d+$/.test(value) && BigInt(value) >= BigInt(batchInfo().startSequenceNumber),
      batchSize: (value) => Number.isInteger(value) && (value as number) >= 1,
      approximateArrivalOfFirstRecord: () => true,
      approximateArrivalOfLastRecord: () => true,
    };
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(batchInfo())), junk, (name, value) => {
        const text = JSON.stringify({ ...failureRecord(), KinesisBatchInfo: { ...batchInfo(), [name]: value } });
        expect(isFailureRecord(text)).toBe(isOne[name](value));
      }),
      many,
    );
  });
});
