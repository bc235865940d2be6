import fc from 'fast-check';
import { toEventRecord } from '../../../lambda/shared/stream/dynamo-event-record';
import { dynamoRecord, dynamoSequenceNumber, TABLE_STREAM_ARN } from '../../../test/support/dynamo-records';
import { itemChange } from '../../decode/change';

const KEYS = { id: { S: 'order-1' } };

function change(dynamodb: Parameters<typeof dynamoRecord>[1]) {
  return itemChange(toEventRecord(dynamoRecord(1, { Keys: KEYS, ...dynamodb }), TABLE_STREAM_ARN));
}

const kinds = (dynamodb: Parameters<typeof dynamoRecord>[1]) => change(dynamodb).attributes.map(({ name, kind }) => [name, kind]);

describe('a change of an item', () => {
  test('says what it is, of which item, when', () => {
    expect(change({})).toMatchObject({
      eventName: 'INSERT', keys: [{ name: 'id', value: '"order-1"' }], view: 'NEW_AND_OLD_IMAGES',
      sequenceNumber: dynamoSequenceNumber(1), createdAt: '2026-11-21T08:00:00.000Z',
    });
  });

  test('says of each attribute what became of it, but for the keys', () => {
    expect(change({
      OldImage: { ...KEYS, status: { S: 'open' }, note: { S: 'x' }, total: { N: '12.50' } },
      NewImage: { ...KEYS, status: { S: 'closed' }, total: { N: '12.50' }, shipped: { BOOL: true } },
    }).attributes).toEqual([
      { name: 'status', kind: 'changed', before: '"open"', after: '"closed"' },
      { name: 'note', kind: 'removed', before: '"x"' },
      { name: 'total', kind: 'same', before: '12.50', after: '12.50' },
      { name: 'shipped', kind: 'added', after: 'true' },
    ]);
  });

  test('is none where a set or a map has another order', () => {
    const OldImage = { set: { SS: ['a', 'b'] }, map: { M: { a: { N: '1' }, b: { N: '2' } } }, list: { L: [{ S: 'a' }, { S: 'b' }] } };
    const NewImage = { set: { SS: ['b', 'a'] }, map: { M: { b: { N: '2' }, a: { N: '1' } } }, list: { L: [{ S: 'b' }, { S: 'a' }] } };
    expect(kinds({ OldImage, NewImage })).toEqual([['set', 'same'], ['map', 'same'], ['list', 'changed']]);
  });

  test.each(['SS', 'NS', 'BS'])('is none where a set of a map of a list has another order: %s', (type) => {
    const image = (...members: string[]) => ({ deep: { L: [{ M: { inner: { L: [{ [type]: members }] } } }] } });
    const record = (OldImage: object, NewImage: object) => ({ dynamodb: { OldImage, NewImage, StreamViewType: 'NEW_AND_OLD_IMAGES' } });
    const kindOf = (OldImage: object, NewImage: object) => itemChange(record(OldImage, NewImage)).attributes[0].kind;
    expect(kindOf(image('1', '2'), image('2', '1'))).toBe('same');
    expect(kindOf(image('1', '2'), image('3', '1'))).toBe('changed');
    expect(kindOf({ deep: { L: [{ N: '1' }, { N: '2' }] } }, { deep: { L: [{ N: '2' }, { N: '1' }] } })).toBe('changed');
  });

  test('is by whom the record says, and by nobody that is known otherwise', () => {
    const by = (userIdentity?: unknown) => itemChange({ eventName: 'REMOVE', userIdentity, dynamodb: {} }).by;
    expect(by({ type: 'Service', principalId: 'dynamodb.amazonaws.com' })).toBe('time to live');
    expect(by({ type: 'Service', principalId: 'other.amazonaws.com' })).toBe('{"type":"Service","principalId":"other.amazonaws.com"}');
    expect(by({ type: 'AssumedRole', principalId: 'dynamodb.amazonaws.com' })).toBe('{"type":"AssumedRole","principalId":"dynamodb.amazonaws.com"}');
    expect([by(undefined), by(null), by('text')]).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ['NEW_IMAGE', { OldImage: undefined, NewImage: { a: { S: 'x' } } }, [['a', 'same']]],
    ['OLD_IMAGE', { OldImage: { a: { S: 'x' } }, NewImage: undefined }, [['a', 'same']]],
    ['KEYS_ONLY', { OldImage: undefined, NewImage: undefined }, []],
  ] as const)('is not made up where the view is %s', (StreamViewType, images, expected) => {
    expect(kinds({ ...images, StreamViewType })).toEqual(expected);
  });

  test('of an item that was deleted has all of its attributes removed', () => {
    expect(kinds({ OldImage: { a: { S: 'x' } }, NewImage: undefined })).toEqual([['a', 'removed']]);
  });

  test('takes attributes that are named as what every object has', () => {
    const [OldImage, NewImage] = ['{"toString":{"S":"x"}}', '{"__proto__":{"S":"y"}}'].map((text) => JSON.parse(text));
    const record = { eventName: 'MODIFY', dynamodb: { OldImage, NewImage, StreamViewType: 'NEW_AND_OLD_IMAGES' } };
    expect(itemChange(record).attributes).toEqual([
      { name: 'toString', kind: 'removed', before: '"x"' },
      { name: '__proto__', kind: 'added', after: '"y"' },
    ]);
  });

  test('is read though its time is none', () => {
    expect(itemChange({ dynamodb: { ApproximateCreationDateTime: 1e30 } })).toMatchObject({ createdAt: '1e+30', eventName: 'unknown', view: 'unknown' });
  });

  test('never throws, whatever the record holds', () => {
    const part = fc.oneof(fc.anything(), fc.dictionary(fc.string(), fc.anything()));
    const dynamodb = fc.record({ Keys: part, OldImage: part, NewImage: part, StreamViewType: fc.constantFrom('NEW_AND_OLD_IMAGES', undefined) });
    fc.assert(fc.property(fc.oneof(fc.jsonValue(), fc.record({ dynamodb })), (record) => {
      expect(Array.isArray(itemChange(JSON.parse(JSON.stringify(record, bigintsAsText) ?? 'null')).attributes)).toBe(true);
    }));
  });
});

/** What is in an event came as JSON. */
function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
