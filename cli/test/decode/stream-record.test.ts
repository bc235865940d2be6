import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { toEventRecord as toDynamoEvent } from '../../../lambda/shared/stream/dynamo-event-record';
import { toEventRecord } from '../../../lambda/shared/stream/kinesis-event-record';
import { dynamoRecord, TABLE_STREAM_ARN } from '../../../test/support/dynamo-records';
import { SHARD_ID, sequenceNumber, STREAM_ARN, streamRecord } from '../../../test/support/records';
import { decodeRecord } from '../../decode/stream-record';

function kinesis(fields: Parameters<typeof streamRecord>[1] = {}) {
  return decodeRecord(toEventRecord(streamRecord(4, fields), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN }));
}

describe('a record', () => {
  test('of Kinesis is decoded', () => {
    expect(kinesis()).toEqual({
      kind: 'kinesis',
      kinesis: {
        partitionKey: 'customer-4',
        sequenceNumber: sequenceNumber(4),
        arrivedAt: '2026-11-21T08:00:00.124Z',
        data: { layers: [], form: 'json', text: '{\n  "order": 4\n}', bytes: Buffer.from('{"order":4}') },
      },
    });
  });

  test('may be without a partition key', () => {
    expect(kinesis({ PartitionKey: undefined })).not.toHaveProperty('kinesis.partitionKey');
  });

  test('that a producer made of several is taken apart', () => {
    const record = Buffer.concat([Buffer.from([8, 0, 26, 2]), Buffer.from('hi')]);
    const message = Buffer.concat([Buffer.from([10, 1]), Buffer.from('k'), Buffer.from([26, record.length]), record]);
    const aggregate = Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, createHash('md5').update(message).digest()]);
    expect(kinesis({ Data: aggregate })).toMatchObject({
      kinesis: {
        data: { layers: ['KPL aggregate'], form: 'binary' },
        userRecords: [{ partitionKey: 'k', data: { form: 'text', text: 'hi' } }],
      },
    });
    const damaged = Buffer.from(aggregate).fill(0, aggregate.length - 1);
    expect(kinesis({ Data: damaged })).toMatchObject({ kinesis: { data: { layers: [], form: 'binary', bytes: damaged } } });
    expect(kinesis({ Data: damaged })).not.toHaveProperty('kinesis.userRecords');
  });

  test('of DynamoDB is a change', () => {
    expect(decodeRecord(toDynamoEvent(dynamoRecord(1), TABLE_STREAM_ARN))).toMatchObject({ kind: 'dynamodb', change: { eventName: 'INSERT' } });
  });

  test.each([
    [null, 'null'], ['text', '"text"'], [{ Sns: {} }, '{\n  "Sns": {}\n}'], [{ kinesis: 'text' }, '{\n  "kinesis": "text"\n}'], [undefined, 'nothing'],
  ])('of another kind is shown as it is: %j', (record, text) => expect(decodeRecord(record)).toEqual({ kind: 'unknown', text }));

  test('that is too deep for JSON does not throw', () => {
    let record: object = {};
    for (let depth = 0; depth < 100_000; depth++) record = { record };
    expect(decodeRecord(record)).toEqual({ kind: 'unknown', text: 'nested too deep to be shown' });
  });

  test('is decoded without its time, data or number where they are none', () => {
    expect(decodeRecord({ kinesis: { approximateArrivalTimestamp: 1e30, data: 7 } })).toEqual({
      kind: 'kinesis', kinesis: { sequenceNumber: 'unknown', data: { layers: [], form: 'empty', bytes: Buffer.alloc(0) } },
    });
  });

  test('never throws, whatever it is', () => {
    fc.assert(fc.property(fc.oneof(fc.jsonValue(), fc.record({ kinesis: fc.dictionary(fc.constantFrom('data', 'partitionKey'), fc.jsonValue()) })), (record) => {
      expect(decodeRecord(record)).toHaveProperty('kind');
    }));
  });
});

test('a record whose fields have a `toString` of their own is decoded all the same', () => {
  const odd = { toString: [] };
  expect(decodeRecord({ kinesis: { sequenceNumber: odd } })).toMatchObject({ kinesis: { sequenceNumber: '{"toString":[]}' } });
  const dynamodb = { SequenceNumber: odd, StreamViewType: odd, NewImage: { a: { SS: [odd] }, b: { NS: [odd] } }, OldImage: { a: { SS: [odd] } } };
  expect(decodeRecord({ eventName: odd, dynamodb })).toMatchObject({ kind: 'dynamodb', change: { eventName: '{"toString":[]}' } });
});
