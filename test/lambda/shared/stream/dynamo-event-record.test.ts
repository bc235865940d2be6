import { AttributeValue, DynamoDBStreamsClient, GetRecordsCommand } from '@aws-sdk/client-dynamodb-streams';
import fc from 'fast-check';
import { toEventRecord } from '../../../../lambda/shared/stream/dynamo-event-record';
import { escapeProtoAttributeNames } from '../../../../lambda/shared/stream/proto-attribute-names';
import { answering, ok } from '../../../support/answers';
import { dynamoRecord, dynamoSequenceNumber, TABLE_STREAM_ARN } from '../../../support/dynamo-records';
import { propertyRuns } from '../../../support/property-runs';

/** What becomes of an attribute value in an image. */
function attribute(value: AttributeValue): unknown {
  const { dynamodb } = toEventRecord(dynamoRecord(0, { NewImage: { it: value } }), TABLE_STREAM_ARN) as { dynamodb: { NewImage: { it: unknown } } };
  return dynamodb.NewImage.it;
}

/** Names with which an object, the SDK, or what is done for it, may have a difficulty. */
const AWKWARD_NAMES = [
  '__proto__', '\0__proto__', '\0\0__proto__', '"__proto__', '\\"__proto__', '"__proto__":', 'constructor', 'B', 'BS', '$unknown', '__type', '',
];

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a record of a table', () => {
  test('becomes the record of a Lambda event, byte for byte', () => {
    const record = {
      ...dynamoRecord(7, { OldImage: { id: { S: 'order-7' }, scan: { B: bytes('Hello') } }, NewImage: undefined, SizeBytes: 40 }),
      eventName: 'REMOVE' as const,
      userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
    };
    // As Lambda writes it, key order included.
    const event =
      '{"eventID":"00000000000000000000000000000007","eventName":"REMOVE","eventVersion":"1.1","eventSource":"aws:dynamodb",' +
      '"awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1795248000,"Keys":{"id":{"S":"order-7"}},' +
      '"OldImage":{"id":{"S":"order-7"},"scan":{"B":"SGVsbG8="}},' +
      `"SequenceNumber":"${dynamoSequenceNumber(7)}","SizeBytes":40,"StreamViewType":"NEW_AND_OLD_IMAGES"},` +
      '"userIdentity":{"principalId":"dynamodb.amazonaws.com","type":"Service"},' +
      `"eventSourceARN":"${TABLE_STREAM_ARN}"}`;
    expect(JSON.stringify(toEventRecord(record, TABLE_STREAM_ARN))).toBe(event);
  });

  test('that a user changed has no user identity', () => {
    expect(Object.keys(toEventRecord(dynamoRecord(0), TABLE_STREAM_ARN))).toEqual([
      'eventID', 'eventName', 'eventVersion', 'eventSource', 'awsRegion', 'dynamodb', 'eventSourceARN',
    ]);
  });

  test.each([
    ['KEYS_ONLY', []],
    ['NEW_IMAGE', ['NewImage']],
    ['OLD_IMAGE', ['OldImage']],
    ['NEW_AND_OLD_IMAGES', ['NewImage', 'OldImage']],
  ] as const)('of a stream with %s has no more images than that', (StreamViewType, images) => {
    const none = { NewImage: undefined, OldImage: undefined };
    const some = Object.fromEntries(images.map((name) => [name, { id: { S: 'x' } }]));
    const { dynamodb } = toEventRecord(dynamoRecord(0, { StreamViewType, ...none, ...some }), TABLE_STREAM_ARN);
    expect(Object.keys(dynamodb as object)).toEqual([
      'ApproximateCreationDateTime', 'Keys', ...images, 'SequenceNumber', 'SizeBytes', 'StreamViewType',
    ]);
  });

  test('without a change or a time stays without it', () => {
    expect(Object.keys(toEventRecord({ eventID: '1' }, TABLE_STREAM_ARN))).toEqual(['eventID', 'eventSourceARN']);
    const { dynamodb } = toEventRecord(dynamoRecord(0, { ApproximateCreationDateTime: undefined, Keys: undefined }), TABLE_STREAM_ARN);
    expect(Object.keys(dynamodb as object)).toEqual(['NewImage', 'SequenceNumber', 'SizeBytes', 'StreamViewType']);
  });

  test('of the first second of the epoch has its time', () => {
    const { dynamodb } = toEventRecord(dynamoRecord(0, { ApproximateCreationDateTime: new Date(0) }), TABLE_STREAM_ARN);
    expect(dynamodb).toMatchObject({ ApproximateCreationDateTime: 0 });
  });
});

describe('an attribute', () => {
  test.each<[string, AttributeValue, unknown]>([
    ['a text', { S: 'text' }, { S: 'text' }],
    ['an empty text', { S: '' }, { S: '' }],
    ['a number, which stays a string', { N: '12345678901234567890123456789012345678' }, { N: '12345678901234567890123456789012345678' }],
    ['bytes', { B: Uint8Array.from([0xff, 0x00, 0xc3, 0x28]) }, { B: '/wDDKA==' }],
    ['no bytes', { B: new Uint8Array() }, { B: '' }],
    ['a view on bytes', { B: new Uint8Array(bytes('left RIGHT').buffer, 5) }, { B: btoa('RIGHT') }],
    ['texts', { SS: ['b', 'a'] }, { SS: ['b', 'a'] }],
    ['numbers', { NS: ['2', '1.0'] }, { NS: ['2', '1.0'] }],
    ['several bytes', { BS: [bytes('b'), bytes('a')] }, { BS: ['Yg==', 'YQ=='] }],
    ['an empty set', { SS: [] }, { SS: [] }],
    ['an empty set of bytes', { BS: [] }, { BS: [] }],
    ['an empty list', { L: [] }, { L: [] }],
    ['an empty map', { M: {} }, { M: {} }],
    ['nothing', { NULL: true }, { NULL: true }],
    ['yes', { BOOL: true }, { BOOL: true }],
    ['no', { BOOL: false }, { BOOL: false }],
    ['bytes far down', { L: [{ M: { a: { L: [{ B: bytes('a') }] } } }] }, { L: [{ M: { a: { L: [{ B: 'YQ==' }] } } }] }],
    ['a set of bytes far down', { M: { a: { M: { b: { BS: [bytes('a')] } } } } }, { M: { a: { M: { b: { BS: ['YQ=='] } } } } }],
    ['of an unknown type', { $unknown: ['V', [1, 2]] }, { V: [1, 2] }],
  ])('is kept: %s', (_, value, expected) => {
    expect(attribute(value)).toEqual(expected);
  });

  test('may have any name', () => {
    const names = ['__proto__', 'constructor', 'B', 'a.b', ''];
    const image = Object.fromEntries(names.map((name) => [name, { S: name }]));
    expect(JSON.stringify(attribute({ M: image }))).toBe(JSON.stringify({ M: image }));
  });
});

describe('any record', () => {
  const name = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(...AWKWARD_NAMES));
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(...AWKWARD_NAMES));
  const number = fc.bigInt().map(String);
  const binary = fc.uint8Array().map((it) => Buffer.from(it).toString('base64'));
  /** An attribute value as it is on the wire, which is as Lambda writes it. */
  const { value } = fc.letrec<{ value: object }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.oneof(
        fc.record({ S: text }), fc.record({ N: number }), fc.record({ B: binary }), fc.record({ SS: fc.array(text) }),
        fc.record({ NS: fc.array(number) }), fc.record({ BS: fc.array(binary) }), fc.record({ BOOL: fc.boolean() }),
        fc.constant({ NULL: true }),
      ),
      fc.record({ L: fc.array(tie('value'), { maxLength: 4 }) }),
      fc.record({ M: fc.dictionary(name, tie('value'), { maxKeys: 4 }) }),
    ),
  }));
  const image = fc.dictionary(name, value, { maxKeys: 5 });
  const change = fc.record(
    {
      ApproximateCreationDateTime: fc.integer({ min: 0, max: 4_102_444_800 }),
      Keys: image,
      NewImage: image,
      OldImage: image,
      SequenceNumber: fc.bigInt({ min: 10n ** 20n, max: 10n ** 40n - 1n }).map(String),
      SizeBytes: fc.nat(),
      StreamViewType: fc.constantFrom('KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'),
    },
    { requiredKeys: ['ApproximateCreationDateTime', 'Keys', 'SequenceNumber', 'SizeBytes', 'StreamViewType'] },
  );
  const records = fc.record({
    eventID: text,
    eventName: fc.constantFrom('INSERT', 'MODIFY', 'REMOVE'),
    eventVersion: fc.constant('1.1'),
    eventSource: fc.constant('aws:dynamodb'),
    awsRegion: fc.constant('us-east-1'),
    dynamodb: change,
    identity: fc.option(fc.record({ principal: text, type: text }), { nil: undefined }),
  });

  test('equals the response on the wire with the changes that Lambda makes', async () => {
    await fc.assert(
      fc.asyncProperty(records, async ({ identity, ...record }) => {
        const wire = { ...record, ...(identity && { userIdentity: { PrincipalId: identity.principal, Type: identity.type } }) };
        const command = new GetRecordsCommand({ ShardIterator: 'any' });
        escapeProtoAttributeNames(command);
        const { Records } = await new DynamoDBStreamsClient(answering([ok({ Records: [wire] })]).config).send(command);
        const event = {
          ...record,
          ...(identity && { userIdentity: { principalId: identity.principal, type: identity.type } }),
          eventSourceARN: TABLE_STREAM_ARN,
        };
        expect(JSON.stringify(toEventRecord(Records![0], TABLE_STREAM_ARN))).toBe(JSON.stringify(event));
      }),
      propertyRuns(500),
    );
  });
});
