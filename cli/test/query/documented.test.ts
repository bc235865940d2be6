import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toEventRecord as toDynamoEvent } from '../../../lambda/shared/stream/dynamo-event-record';
import { toEventRecord } from '../../../lambda/shared/stream/kinesis-event-record';
import { dynamoRecord, TABLE_STREAM_ARN } from '../../../test/support/dynamo-records';
import { SHARD_ID, STREAM_ARN, streamRecord } from '../../../test/support/records';
import { RecordQuery } from '../../query/record-query';

const guide = readFileSync(join(__dirname, '../../../docs/operate.md'), 'utf8').split('\n## ').find((section) => section.startsWith('Find the ones'))!;
/** As a shell takes them. */
const expressions = [...guide.matchAll(/--where "((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text.replaceAll('\\`', '`'));

const order = { customer: { country: 'CH' }, total: 120, refund: true, lines: [{ sku: 'A-17' }] };
const data = Buffer.from(JSON.stringify(order));
const record = toEventRecord(streamRecord(0, { Data: data, PartitionKey: 'customer-7' }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
const large = toEventRecord(streamRecord(0, { Data: Buffer.alloc(900_001) }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
const Keys = { id: { S: 'order-1' } };
const removal = { ...toDynamoEvent(dynamoRecord(0, { Keys, OldImage: { ...Keys, status: { S: 'open' } } }), TABLE_STREAM_ARN), eventName: 'REMOVE' };

test('the expressions of the guide choose the records that they are about, and no others', () => {
  expect(expressions).toHaveLength(6);
  const chosen = expressions.map((text) => [record, large, removal].map((it) => RecordQuery.parse(text).matches(it, 1)));
  expect(chosen).toEqual([
    [true, false, false], [true, false, false], [true, false, false], [true, false, false], [false, false, true], [false, true, false],
  ]);
});
