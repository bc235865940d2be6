import type { Message } from '@aws-sdk/client-sqs';
import { capturedDeadLetter } from '../../../../lambda/shared/dead-letter/captured-dead-letter';
import { DeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { inconsistencyOf, parseDeadLetter, NotADeadLetterError, readDeadLetter, summaryOf } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { FailureRecord } from '../../../../lambda/shared/dead-letter/failure-record';
import { LostBodyError, ObjectReader } from '../../../../lambda/shared/dead-letter/object-reader';
import { stringAttribute } from '../../../../lambda/shared/dead-letter/sqs-message';
import { remainderOf } from '../../../../lambda/shared/redrive/remainder';
import { HydrationStatus } from '../../../../src/contract';
import { functionEvent } from '../../../support/captured';
import { attributesOfDeadLetter, eventRecord, deadLetterOf, receivedDeadLetter } from '../../../support/dead-letters';
import { dynamoFailureRecord, TABLE_STREAM_ARN } from '../../../support/dynamo-records';
import { messageOf } from '../../../support/errors';
import { CONSUMER_ARN, failureRecord, FUNCTION_ARN, SHARD_ID, STREAM_ARN, without } from '../../../support/records';

const { signal } = new AbortController();
const deadLetter = deadLetterOf();
const POINTER = { bucket: 'overflow', key: 'dead-letters/a.json' };
const pointerText = (name = 'software.amazon.payloadoffloading.PayloadS3Pointer') => `["${name}", {"s3BucketName":"overflow","s3Key":"dead-letters/a.json"}]`;
const size = (name = 'ExtendedPayloadSize') => ({ [name]: { DataType: 'Number', StringValue: '1234' } });

const messageOfDeadLetter = (it: DeadLetter = deadLetter): Message => ({ Body: JSON.stringify(it), MessageAttributes: attributesOfDeadLetter(it) });
const pointing = (attributes = attributesOfDeadLetter(deadLetter)): Message =>
  ({ Body: pointerText(), MessageAttributes: { ...attributes, ...size() } });

/** Objects that hold this text, and remember what was asked for. */
function objectsOf(text: string) {
  const asked: Parameters<ObjectReader['read']>[] = [];
  const read: ObjectReader['read'] = async (...args) => {
    asked.push(args);
    return text;
  };
  return { read, asked };
}
const none: ObjectReader = { read: () => Promise.reject(new Error('nothing to read was expected')) };

const summary = {
  deadLetterId: deadLetter.hydration.deadLetterId,
  status: 'COMPLETE',
  functionArn: FUNCTION_ARN,
  streamArn: STREAM_ARN,
  shardId: SHARD_ID,
  condition: 'RetryAttemptsExhausted',
  expectedRecords: 3,
  recoveredRecords: 3,
};

describe('the summary of a message', () => {
  test('is in its attributes', () => {
    expect(summaryOf({ ...messageOfDeadLetter(), Body: 'not looked at' })).toEqual(summary);
  });

  test('has the location of the body', () => {
    expect(summaryOf(pointing())).toEqual({ ...summary, pointer: { ...POINTER, bytes: 1_234 } });
  });

  test('is in the body of a message without attributes', () => {
    expect(summaryOf({ Body: JSON.stringify(deadLetter) })).toEqual(summary);
  });

  test.each(['functionArn', 'streamArn', 'shardId', 'condition', 'status', 'expectedRecords', 'recoveredRecords'])(
    'is invalid when attribute %s is missing',
    (name) => {
      const MessageAttributes = Object.fromEntries(Object.entries(attributesOfDeadLetter(deadLetter)).filter(([key]) => key !== name));
      expect(messageOf(() => summaryOf({ ...messageOfDeadLetter(), MessageAttributes }))).toBe(`not a dead letter: attribute ${name} must be set, got: nothing`);
    },
  );

  test.each([
    ['status', 'FINE', 'attribute status must be one of COMPLETE, SUPERSET, PARTIAL, EXPIRED, UNREADABLE, got: "FINE"'],
    ['expectedRecords', '-1', 'attribute expectedRecords must be a whole number, got: "-1"'],
    ['recoveredRecords', 'x', 'attribute recoveredRecords must be a whole number, got: "x"'],
  ])('is invalid when attribute %s is %s', (name, StringValue, message) => {
    const MessageAttributes = { ...attributesOfDeadLetter(deadLetter), [name]: { DataType: 'String', StringValue } };
    expect(messageOf(() => summaryOf({ ...messageOfDeadLetter(), MessageAttributes }))).toBe(`not a dead letter: ${message}`);
  });

  test('is not guessed when the body is in S3 and the message has no attributes', () => {
    expect(messageOf(() => summaryOf({ Body: pointerText(), MessageAttributes: size() }))).toBe(
      'not a dead letter: attribute deadLetterId must be set, because the body is in S3, got: nothing',
    );
  });
});

describe('a message that is not a dead letter', () => {
  test.each<[string, Message, string]>([
    ['nothing', {}, 'the body must be JSON, got: "0 characters of something else"'],
    ['text', { Body: 'card 4111' }, 'the body must be JSON, got: "9 characters of something else"'],
    ['null', { Body: 'null' }, 'KinesisBatchInfo or DDBStreamBatchInfo must name the stream in streamArn, got: nothing'],
    ['a list', { Body: '[1]' }, 'KinesisBatchInfo or DDBStreamBatchInfo must name the stream in streamArn, got: nothing'],
    ['an undeliverable', { Body: '{"Records":[]}', MessageAttributes: { reason: { DataType: 'String', StringValue: 'x' } } },
      'KinesisBatchInfo or DDBStreamBatchInfo must name the stream in streamArn, got: nothing'],
    ['a stream that is no text', { Body: '{"KinesisBatchInfo":{"streamArn":1}}' },
      'KinesisBatchInfo or DDBStreamBatchInfo must name the stream in streamArn, got: 1'],
    ['a failure record that lacks something', { Body: JSON.stringify(without(deadLetter, 'requestContext')) },
      'requestContext must be a JSON object, got: nothing'],
  ])('says so: %s', async (_, message, text) => {
    expect(messageOf(() => summaryOf(message))).toBe(`not a dead letter: ${text}`);
    await expect(readDeadLetter(message, none, signal)).rejects.toThrow(new NotADeadLetterError(...rule(text)));
    await expect(readDeadLetter(message, none, signal)).rejects.toBeInstanceOf(NotADeadLetterError);
  });

  /** The parts of a message that the error is made of. */
  function rule(text: string): [string, unknown] {
    const [first, got] = text.split(', got: ');
    return [first, got === 'nothing' ? undefined : JSON.parse(got)];
  }
});

describe('a dead letter', () => {
  const { payload, hydration, ...failure } = deadLetter;
  const received = { ...summary, failure, event: payload, text: JSON.stringify(deadLetter) };

  test('is read from its message', async () => {
    expect(hydration.status).toBe('COMPLETE');
    expect(await readDeadLetter(messageOfDeadLetter(), none, signal)).toEqual(received);
  });

  test('is read from the location that its message points to', async () => {
    const objects = objectsOf(JSON.stringify(deadLetter));
    expect(await readDeadLetter(pointing(), objects, signal)).toEqual({ ...received, pointer: { ...POINTER, bytes: 1_234 } });
    expect(objects.asked).toEqual([['overflow', 'dead-letters/a.json', signal]]);
  });

  test.each([
    ['an attribute and the class', pointerText(), size()],
    ['those of the first version', pointerText('com.amazon.sqs.javamessaging.MessageS3Pointer'), size('SQSLargePayloadSize')],
    ['an attribute alone', pointerText('some.other.Pointer'), size()],
    ['its class alone', pointerText(), {}],
    ['its old class alone', pointerText('com.amazon.sqs.javamessaging.MessageS3Pointer'), {}],
  ])('is pointed to by %s', async (_, Body, attributes) => {
    const bytes = Object.keys(attributes).length ? 1_234 : 0;
    const it = await readDeadLetter({ Body, MessageAttributes: attributes }, objectsOf(JSON.stringify(deadLetter)), signal);
    expect(it).toEqual({ ...received, pointer: { ...POINTER, bytes } });
  });

  test.each([
    ['another class, and no attribute', pointerText('some.other.Pointer'), {}],
    ['no bucket', '["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3Key":"x"}]', size()],
    ['no key', '["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"x"}]', size()],
    ['no place', '["software.amazon.payloadoffloading.PayloadS3Pointer"]', size()],
    ['JSON that is cut off', '["software.amazon', size()],
  ])('is not read from S3 when a message points with %s', async (_, Body, attributes) => {
    await expect(readDeadLetter({ Body, MessageAttributes: attributes }, none, signal)).rejects.toBeInstanceOf(NotADeadLetterError);
  });

  test('throws the error of its body', async () => {
    const error = new LostBodyError('s3://overflow/a must exist', 'NoSuchKey: gone');
    await expect(readDeadLetter(pointing(), { read: () => Promise.reject(error) }, signal)).rejects.toBe(error);
    expect(error.message).toBe('the body of the dead letter cannot be read: s3://overflow/a must exist, got: "NoSuchKey: gone"');
  });

  test.each<[string, string]>([
    ['status', 'SUPERSET'],
    ['deadLetterId', 'other'],
    ['functionArn', 'arn:aws:lambda:us-east-1:123456789012:function:payments'],
    ['streamArn', `${deadLetter.KinesisBatchInfo!.streamArn}-2`],
    ['shardId', 'shardId-000000000001'],
    ['condition', 'RecordAgeExceeded'],
    ['expectedRecords', '4'],
  ])('is inconsistent when attribute %s differs from its body, inline or in S3', async (name, StringValue) => {
    const attributes = attributesOfDeadLetter(deadLetter);
    const message: Message = { ...messageOfDeadLetter(), MessageAttributes: { ...attributes, [name]: { DataType: 'String', StringValue } } };
    const inBody = attributes[name].StringValue;
    const error = `the message is inconsistent: attribute ${name} must be "${inBody}", as the body says, got: "${StringValue}"`;
    await expect(readDeadLetter(message, none, signal)).rejects.toThrow(error);
    await expect(readDeadLetter(pointing(message.MessageAttributes), objectsOf(JSON.stringify(deadLetter)), signal)).rejects.toThrow(error);
    expect(inconsistencyOf(message, deadLetter)).toBe(error);
    expect(inconsistencyOf(messageOfDeadLetter(), deadLetter)).toBeUndefined();
    expect(inconsistencyOf(message, 'something else')).toBeUndefined();
  });

  test('is consistent when an attribute cannot hold the characters of its body', async () => {
    const { requestContext } = failureRecord();
    const odd = deadLetterOf({ failure: failureRecord({}, { requestContext: { ...requestContext, condition: 'a\u0000b' } }) });
    const attributes = { ...attributesOfDeadLetter(odd), condition: stringAttribute('a\u0000b') };
    expect(await readDeadLetter({ Body: JSON.stringify(odd), MessageAttributes: attributes }, none, signal)).toMatchObject({ condition: 'a\u0000b' });
  });

  test('is read after a byte order mark', async () => {
    expect(await readDeadLetter({ Body: `\ufeff${JSON.stringify(deadLetter)}` }, none, signal)).toMatchObject(summary);
  });

  test.each<[string, Parameters<typeof deadLetterOf>[0], string]>([
    ['fewer records', { hydration: { expectedRecords: 3, recoveredRecords: 3 }, records: [eventRecord(0)], failure: failureRecord() }, 'payload must hold 3 records, as recoveredRecords says, got: 1'],
    ['more records', { hydration: { expectedRecords: 3, recoveredRecords: 3 }, records: [0, 1, 2, 3].map((it) => eventRecord(it)), failure: failureRecord() },
      'payload must hold 3 records, as recoveredRecords says, got: 4'],
  ])('is not valid when its body holds %s than its message says', async (_, options, text) => {
    const body = JSON.stringify(deadLetterOf(options));
    await expect(readDeadLetter({ ...messageOfDeadLetter(), Body: body }, none, signal)).rejects.toThrow(`not a dead letter: ${text}`);
    await expect(readDeadLetter(pointing(), objectsOf(body), signal)).rejects.toBeInstanceOf(NotADeadLetterError);
  });

  test('is not valid when its body holds fewer records than it says', async () => {
    const message = { Body: JSON.stringify(deadLetterOf({ hydration: { recoveredRecords: 4 } })) };
    await expect(readDeadLetter(message, none, signal)).rejects.toThrow('not a dead letter: payload must hold 4 records, as recoveredRecords says, got: 3');
    expect(() => summaryOf(message)).toThrow(NotADeadLetterError);
  });

  test('without attributes has the status of its body', async () => {
    expect(await readDeadLetter({ Body: JSON.stringify(deadLetter) }, none, signal)).toEqual(received);
  });

  test('of a consumer, or of a table, names its stream as Lambda does', () => {
    expect(receivedDeadLetter({ failure: failureRecord({ streamArn: CONSUMER_ARN }) }).streamArn).toBe(CONSUMER_ARN);
    expect(receivedDeadLetter({ failure: dynamoFailureRecord() })).toMatchObject({ failure: dynamoFailureRecord(), streamArn: TABLE_STREAM_ARN });
  });

  test('names the original of a remainder', () => {
    const larger = receivedDeadLetter();
    const rest = remainderOf(larger, { remaining: [eventRecord(2)], reason: { name: 'E', message: 'm' }, allFailed: true }, new Date(0), 'orders');
    const it = parseDeadLetter(JSON.stringify(rest), 'the message');
    expect(it.redrive).toEqual(rest.redrive);
    expect(it.failure).not.toHaveProperty('redrive');
  });
});

describe('an object that Lambda wrote', () => {
  const object = (payload: unknown) => JSON.stringify({ ...failureRecord(), payload });

  test.each([
    ['text', JSON.stringify(functionEvent())],
    ['an object', functionEvent()],
  ])('is read with the attributes of its message, the event as %s', async (_, payload) => {
    const it = await readDeadLetter(pointing(), objectsOf(object(payload)), signal);
    expect(it).toMatchObject({ ...summary, failure: failureRecord(), event: functionEvent() });
    expect(it.failure).not.toHaveProperty('payload');
  });

  test.each<[HydrationStatus, unknown, boolean]>([
    ['COMPLETE', functionEvent(2), false],
    ['SUPERSET', functionEvent(2), false],
    ['PARTIAL', functionEvent(), true],
    ['SUPERSET', functionEvent(), true],
  ])('has the status of its message, unless that claims more than the object holds: %s', async (status, payload, isTaken) => {
    const { length } = (payload as ReturnType<typeof functionEvent>).Records;
    const attributes = attributesOfDeadLetter(deadLetterOf({ hydration: { status, recoveredRecords: length } }));
    const reading = readDeadLetter(pointing(attributes), objectsOf(object(payload)), signal);
    if (isTaken) expect(await reading).toMatchObject({ status, recoveredRecords: length });
    else await expect(reading).rejects.toThrow(`attribute status must be "PARTIAL", as the body says, got: "${status}"`);
  });

  test.each<[string, unknown]>([
    ['the whole batch', functionEvent()],
    ['some of it', JSON.stringify(functionEvent(2))],
    ['nothing', undefined],
  ])('has the status that the capture function computes when the message has none: %s', (_, payload) => {
    const document = JSON.parse(object(payload)) as FailureRecord;
    const { status, expectedRecords, recoveredRecords, deadLetterId } = capturedDeadLetter(document, 'the file').hydration;
    expect(parseDeadLetter(object(payload), 'the file')).toMatchObject({ status, expectedRecords, recoveredRecords, deadLetterId });
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['text that is no JSON', '{"Records":['],
    ['JSON of something else', '[1]'],
    ['records that are no list', { Records: 'abc' }],
  ])('has no records when it is not an event: %s', async (_, payload) => {
    const attributes = { ...attributesOfDeadLetter(deadLetterOf({ hydration: { status: 'UNREADABLE', recoveredRecords: 0 } })), ...size() };
    const it = await readDeadLetter({ Body: pointerText(), MessageAttributes: attributes }, objectsOf(object(payload)), signal);
    expect(it.event).toEqual({ Records: [] });
  });

  test.each<[string, object | null]>([
    ['null', null],
    ['without an id', { ...deadLetter.hydration, deadLetterId: undefined }],
    ['with an empty id', { ...deadLetter.hydration, deadLetterId: '' }],
    ['with another status', { ...deadLetter.hydration, status: 'FINE' }],
    ['with a count that is none', { ...deadLetter.hydration, expectedRecords: -1 }],
    ['without a count', { ...deadLetter.hydration, recoveredRecords: undefined }],
  ])('is assumed when the hydration status is invalid: %s', (_, hydration) => {
    expect(parseDeadLetter(JSON.stringify({ ...deadLetter, hydration }), 'the file')).toMatchObject(summary);
  });
});
