import {
  type AttributeValue, CreateTableCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand, type StreamViewType, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import fc from 'fast-check';
import { toEventRecord } from '../../../lambda/shared/stream/dynamo-event-record';
import { DynamoDb } from '../../../local/emulators/dynamodb';
import { describeNeedsJava } from '../../../test/support/java';
import { propertyRuns } from '../../../test/support/property-runs';
import { CurrentItems } from '../../check/current-items';
import { ItemCheck } from '../../check/item-check';

const names = { accountId: '123456789012', region: 'us-east-1' };
const never = new AbortController().signal;

describeNeedsJava('a check of a table', () => {
  let db: DynamoDb;
  let dynamodb: DynamoDBClient;
  let streams: DynamoDBStreamsClient;
  let check: ItemCheck;

  beforeAll(async () => {
    db = await DynamoDb.start(names);
    const settings = { endpoint: db.endpoint, region: names.region, credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' } };
    dynamodb = new DynamoDBClient(settings);
    streams = new DynamoDBStreamsClient(settings);
    check = new ItemCheck(new CurrentItems(dynamodb));
  });
  afterAll(async () => {
    dynamodb?.destroy();
    streams?.destroy();
    await db?.stop();
  });

  /** A table with two keys, and the records of its stream that were not read yet. */
  async function tableOf(name: string, StreamViewType: StreamViewType) {
    const { TableDescription } = await dynamodb.send(new CreateTableCommand({
      TableName: name,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'B' }, { AttributeName: 'sk', AttributeType: 'N' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType },
    }));
    const streamArn = TableDescription!.LatestStreamArn!;
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    const { ShardId } = StreamDescription!.Shards![0];
    let { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn: streamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    const records = async () => {
      const { Records, NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
      ShardIterator = NextShardIterator;
      // As they are in a dead letter, which is JSON.
      return Records!.map((record) => JSON.parse(JSON.stringify(toEventRecord(record, streamArn))) as unknown);
    };
    return {
      records,
      put: async (key: Key, value: AttributeValue) => dynamodb.send(new PutItemCommand({ TableName: name, Item: { ...key, value } })),
      delete: async (key: Key) => dynamodb.send(new DeleteItemCommand({ TableName: name, Key: key })),
      update: async (key: Key, value: AttributeValue) => dynamodb.send(new UpdateItemCommand({
        TableName: name, Key: key, UpdateExpression: 'SET #v = :v',
        ExpressionAttributeNames: { '#v': 'value' }, ExpressionAttributeValues: { ':v': value },
      })),
      verdicts: async (Records: readonly unknown[]) => check.verdictsOf({ streamArn, event: { Records } }, never),
    };
  }

  type Key = Record<'pk' | 'sk', AttributeValue>;
  const keyOf = (number: number, run = 0): Key => ({ pk: { B: Buffer.from(`run ${run}`) }, sk: { N: `${number}.50` } });

  test('tells untouched, overwritten, restored and deleted items apart', async () => {
    const table = await tableOf('images', 'NEW_AND_OLD_IMAGES');
    for (const number of [0, 1, 2, 3, 4]) await table.put(keyOf(number), { NS: ['1.0', '20'] });
    const nested = { M: { bytes: { B: Buffer.from([0, 255]) }, list: { L: [{ NULL: true }, { BOOL: false }] } } };
    for (const number of [1, 2, 3]) await table.update(keyOf(number), nested);
    const records = await table.records();
    await table.put(keyOf(2), { NS: ['20', '1'] });
    await table.delete(keyOf(3));
    await table.delete(keyOf(4));
    // Of the items: untouched, untouched, as after the first of two, deleted after two, deleted after the first.
    expect(await table.verdicts(records.slice(0, 5))).toEqual(['matches-new', 'differs', 'matches-new', 'matches-old', 'matches-old']);
    expect(await table.verdicts(records.slice(5))).toEqual(['matches-new', 'matches-old', 'differs']);
    expect(await table.verdicts(records)).toEqual(
      ['matches-new', 'matches-new', 'differs', 'matches-old', 'matches-old', 'matches-new', 'differs', 'matches-old'],
    );
    expect(await table.verdicts(await table.records())).toEqual(['matches-new', 'matches-new', 'matches-new']);
  });

  test.each<[StreamViewType, string[]]>([
    ['KEYS_ONLY', ['unknown', 'unknown', 'differs']],
    ['NEW_IMAGE', ['differs', 'matches-new', 'differs']],
    ['OLD_IMAGE', ['unknown', 'unknown', 'differs']],
  ])('says what the view of the stream allows: %s', async (view, expected) => {
    const table = await tableOf(`view-${view.replace('_', '-')}`, view);
    for (const number of [0, 1, 2]) await table.put(keyOf(number), { S: 'one' });
    await table.delete(keyOf(2));
    const records = await table.records();
    await table.put(keyOf(0), { S: 'two' });
    await table.put(keyOf(2), { S: 'two' });
    expect(await table.verdicts([records[0], records[1], records[3]])).toEqual(expected);
  });

  test('reads more items than one call returns', async () => {
    const table = await tableOf('many', 'NEW_AND_OLD_IMAGES');
    for (let number = 0; number < 230; number++) await table.put(keyOf(number), { N: '1' });
    const records = await table.records();
    await table.delete(keyOf(120));
    const verdicts = await table.verdicts(records);
    expect(verdicts.map((verdict, number) => [number, verdict]).filter(([, verdict]) => verdict !== 'matches-new')).toEqual([[120, 'matches-old']]);
  });

  test('agrees with a model, however puts and deletes are interleaved', async () => {
    const table = await tableOf('model', 'NEW_AND_OLD_IMAGES');
    let run = 0;
    const steps = fc.array(fc.record({ key: fc.nat({ max: 2 }), value: fc.option(fc.nat({ max: 2 })) }), { minLength: 1, maxLength: 12 });
    await fc.assert(fc.asyncProperty(steps, fc.nat(), fc.nat(), async (all, first, length) => {
      run++;
      const now = new Map<number, number>();
      const changes: { readonly key: number; readonly before?: number; readonly after?: number }[] = [];
      for (const { key, value } of all) {
        const before = now.get(key);
        if (value === null) await table.delete(keyOf(key, run));
        else await table.put(keyOf(key, run), { N: String(value) });
        if (value === null) now.delete(key);
        else now.set(key, value);
        // Without a change, the stream has no record.
        if (before !== now.get(key)) changes.push({ key, before, after: now.get(key) });
      }
      const records = await table.records();
      expect(records).toHaveLength(changes.length);
      if (records.length === 0) return;
      const from = first % records.length;
      const to = from + 1 + (length % (records.length - from));
      const batch = changes.slice(from, to);
      const expected = batch.map(({ key }) => {
        const own = batch.filter((it) => it.key === key);
        if (now.get(key) === own.at(-1)!.after) return 'matches-new';
        return now.get(key) === own[0].before ? 'matches-old' : 'differs';
      });
      expect(await table.verdicts(records.slice(from, to))).toEqual(expected);
    }), propertyRuns(100));
  });
});
