import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { toEventRecord as toDynamoEvent } from '../../../lambda/shared/stream/dynamo-event-record';
import { toEventRecord } from '../../../lambda/shared/stream/kinesis-event-record';
import { dynamoRecord, TABLE_STREAM_ARN } from '../../../test/support/dynamo-records';
import { propertyRuns } from '../../../test/support/property-runs';
import { SHARD_ID, sequenceNumber, STREAM_ARN, streamRecord } from '../../../test/support/records';
import { RecordQuery } from '../../query/record-query';

const kinesis = (Data: string | Buffer, index = 0) =>
  toEventRecord(streamRecord(index, { Data: Buffer.from(Data) }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
const change = (images: object) => toDynamoEvent(dynamoRecord(0, images), TABLE_STREAM_ARN);
const isMatch = (expression: string, record: unknown, number = 1) => RecordQuery.parse(expression).matches(record, number);

describe('a query of records', () => {
  test.each([
    ["key == 'customer-4'", true], ["key == 'customer-5'", false],
    [`sequenceNumber == '${sequenceNumber(4)}'`, true], [`shard == '${SHARD_ID}'`, true],
    ["starts_with(time, '2026-11-21T08:00')", true], ["time > '2026-11-21' && time < '2026-11-22'", true], ['size == `37`', true], ['size > `37`', false], ['number == `7`', true],
    ["data.customer.country == 'CH'", true], ['data.items[?sku == `"a"`]', true], ['data.items[?sku == `"c"`]', false], ['data.missing', false],
    ["form == 'json' && !base64", true],
  ])('sees the fields of a Kinesis record: %s is %s', (expression, expected) => {
    const record = kinesis('{"customer":{"country":"CH"},"items":[]}'.replace('[]', '[{"sku":"a"}]'), 4);
    expect(isMatch(expression.replace('`37`', `\`${Buffer.byteLength('{"customer":{"country":"CH"},"items":[{"sku":"a"}]}')}\``), record, 7)).toBe(expected);
  });

  test.each([
    ["event == 'MODIFY'", true], ["keys.id == 'order-1'", true], ["newImage.status == 'paid' && oldImage.status == 'open'", true],
    ['newImage.total > `12`', true], ["contains(newImage.tags, 'vip')", true], ["contains(changed[].name, 'status')", true],
    ['newImage.address.zip == `8000`', true], ["newImage.binary == 'AAE='", true], ['newImage.gone == null', true], ['size == `26`', true],
  ])('sees the images of a change as plain values: %s is %s', (expression, expected) => {
    const Keys = { id: { S: 'order-1' } };
    const record = { ...change({
      Keys,
      OldImage: { ...Keys, status: { S: 'open' } },
      NewImage: {
        ...Keys, status: { S: 'paid' }, total: { N: '12.50' }, tags: { SS: ['new', 'vip'] }, address: { M: { zip: { N: '8000' } } },
        binary: { B: Buffer.from([0, 1]) }, gone: { NULL: true },
      },
      SizeBytes: 26,
    }), eventName: 'MODIFY' };
    expect(isMatch(expression, record)).toBe(expected);
  });

  test.each([
    ['text', 'poison', "data == 'poison'", true], ['compressed JSON', gzipSync('{"a":1}'), 'data.a == `1`', true],
    ['a scalar, which is text', '42', "data == '42'", true], ['bytes', Buffer.from([0, 255]), "data == null && base64 == 'AP8='", true],
    ['nothing', '', 'data', false],
  ])('sees data as it is decoded: %s', (_, data, expression, expected) => {
    expect(isMatch(expression, kinesis(data))).toBe(expected);
  });

  test('sees each user record of an aggregate with the fields of the aggregate', () => {
    const aggregator = new (jest.requireActual('aws-kinesis-agg').RecordAggregator)();
    for (const n of [1, 2]) aggregator.addUserRecord({ partitionKey: `user-${n}`, data: Buffer.from(`{"n":${n}}`) });
    const record = kinesis(aggregator.build().data);
    expect(isMatch("key == 'user-2' && data.n == `2` && userRecord == `2` && number == `9`", record, 9)).toBe(true);
    expect(isMatch("key == 'user-2' && data.n == `1`", record)).toBe(false);
  });

  test.each([
    ['9007199254740993', "data.id == '9007199254740993'", true], ['9007199254740992', "data.id == '9007199254740993'", false],
    ['9007199254740992', 'data.id == `9007199254740992`', true], ['12345678901234567890', "data.id == '12345678901234567890'", true],
    ['52.520006599999994', 'data.id > `52.52`', true], ['0.10000000000000001', 'data.id == `0.1`', true], ['9007199254740993.0', 'data.id == `9007199254740992`', false], ['1e3', 'data.id == `1000`', true], ['1e400', "data.id == '1e400'", true],
  ])('never takes two numbers for one: %s in %s is %s', (number, expression, expected) => {
    expect(isMatch(expression, kinesis(`{"id":${number}}`))).toBe(expected);
    expect(isMatch(expression.replaceAll('data.', 'newImage.'), change({ NewImage: { id: { N: number } } }))).toBe(expected);
  });

  test.each(['constructor', 'toString', 'data.constructor', 'data.__proto__', 'hasOwnProperty', 'data.a.valueOf', '{a: data}.constructor', '__proto__'])(
    'sees nothing that a record does not hold: %s', (expression) => {
      expect(isMatch(expression, kinesis('{"a":{}}'))).toBe(false);
    });

  test('sees what a record holds by the name of something that every object has', () => {
    const record = kinesis('{"__proto__":{"admin":true},"constructor":"x","toString":1}');
    expect(isMatch('data."__proto__".admin && data.constructor == \'x\' && data.toString == `1`', record)).toBe(true);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test('gives the same result for equal records, whatever came before', () => {
    const query = RecordQuery.parse('reverse(`[1, 2]`)[0] == `2` && sort(data.list)[0] == `1` && data.list[0] == `3`');
    expect([1, 2, 3].map((number) => query.matches(kinesis('{"list":[3,1]}'), number))).toEqual([true, true, true]);
  });

  test('counts the records that it fails on, which do not match, and says why once', () => {
    const query = RecordQuery.parse("contains(data.tags, 'vip')");
    expect(['{"tags":["vip"]}', '{}', '{"tags":7}', '{"tags":[]}'].map((data) => query.matches(kinesis(data), 1))).toEqual([true, false, false, false]);
    expect(query.failures).toBe(2);
    expect(query.note).toBe('--where failed on 2 records, which do not match: Invalid type: contains() expected argument 1 to be type (string | array) but received type null instead');
    expect(RecordQuery.parse('data').note).toBeUndefined();
  });

  test.each([
    ["data.x = 'a'", 'unexpected "=" at character 8'],
    ["data.x == 'a", "' at character 11 has no end"],
    ['data.items[?sku == `1`', 'the end is missing'],
    ['data &&', 'the end is missing'],
    ['', 'it is empty'],
    ['data.a data.b', 'unexpected data at character 8'],
    ['data.a == b c', 'unexpected c at character 13'],
    ['[1,2', 'unexpected , at character 3'],
    ['data.x == 0 && data.y', 'unexpected 0 at character 11: a number to compare with is in backticks, as in \'… == `0`\''],
    ['data.#', 'unexpected # at character 6'],
    ['data == `{`', 'unexpected `{` at character 9'],
    ["data.order-id == 'a'", 'unexpected "-" at character 11: a name with other characters than letters, digits and _ needs quotes, as in data."order-id"'],
    ['data.a + data.b', 'unexpected "+" at character 8'],
    ['let $a = data in $a', 'unexpected "$" at character 5'],
    ["data && has(data, 'x')", 'there is no function has(), at character 9; there are abs, '],
    ['length()', 'length() takes 1 argument but received 0, at character 1'],
    ["data && contains(data.x, 'y', [1, 2])", 'contains() takes 2 arguments but received 3, at character 9'],
    ['data.id == `9007199254740993`', "`9007199254740993` at character 12 has more digits than a number can hold: records have it as text, so write '9007199254740993'"],
  ])('refuses %s', (expression, message) => {
    expect(() => RecordQuery.parse(expression)).toThrow(`--where must be a JMESPath expression, got: ${expression}; ${message}`);
  });

  test.each([
    "contains(data.x, '-')", "data.\"a-b\" == 'c'", "data.x == 'has('", '"has" && (data)', 'data.x[-1]', 'data.x == `-1`', 'length(keys({a: data, b: [key, time]})) == `2`',
    'not_null(data.a, data.b, data.c)', "contains(lower(to_string(data)), 'x')", 'sort_by(data[], &a)[0]', 'data[?a && (b || c)] | [0]',
  ])('takes %s', (expression) => {
    expect(() => RecordQuery.parse(expression)).not.toThrow();
  });

  test('says which option an expression was given with', () => {
    expect(() => RecordQuery.parse('!', '--pick')).toThrow('--pick must be');
  });

  test('never throws on a record, whatever it holds', () => {
    const queries = ['data', '*.*', "contains(data, 'x')", 'sort_by(data.a, &b)', 'keys(newImage)', '@', 'userRecords[0].data'].map((text) => RecordQuery.parse(text));
    const data = fc.oneof(fc.json(), fc.string(), fc.uint8Array()).map((it) => Buffer.from(it as string).toString('base64'));
    const record = fc.oneof(
      fc.record({
        kinesis: fc.record({ data: fc.oneof(data, fc.anything()), partitionKey: fc.anything(), sequenceNumber: fc.anything() }, { requiredKeys: [] }),
        eventID: fc.anything(),
      }),
      fc.record({ dynamodb: fc.record({ Keys: fc.anything(), NewImage: fc.anything(), OldImage: fc.anything(), SizeBytes: fc.anything() }) }),
      fc.anything(),
    );
    fc.assert(fc.property(record, (it) => {
      for (const query of queries) expect(typeof query.matches(it, 1)).toBe('boolean');
    }), propertyRuns(10_000));
  });
});
