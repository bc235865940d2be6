import {
  BatchGetItemCommand, BatchWriteItemCommand, CreateTableCommand, type CreateTableCommandInput, DeleteItemCommand, DescribeTableCommand,
  DescribeTimeToLiveCommand, GetItemCommand, ListTablesCommand, PutItemCommand, QueryCommand, ScanCommand, TransactGetItemsCommand,
  TransactWriteItemsCommand, UpdateItemCommand, UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams';
import { describeNeedsJava } from '../../support/java';
import { Fixture, KEY, ROLE } from './fixture';

const orders = 'arn:aws:dynamodb:us-east-1:123456789012:table/orders';
const audit = 'arn:aws:dynamodb:us-east-1:123456789012:table/audit';

describeNeedsJava('dynamodb', () => {
  let fixture: Fixture;
  let streamArn: string;
  let shardId: string;

  const table = (TableName: string): CreateTableCommandInput => ({
    TableName,
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: ['pk', 'state'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    GlobalSecondaryIndexes: [
      { IndexName: 'by-state', KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  });

  beforeAll(async () => {
    fixture = await Fixture.start();
    const { TableDescription } = await fixture.admin.dynamodb.send(new CreateTableCommand(table('orders')));
    await fixture.admin.dynamodb.send(new CreateTableCommand(table('audit')));
    streamArn = TableDescription!.LatestStreamArn!;
    const { StreamDescription } = await fixture.admin.dynamodbStreams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    shardId = StreamDescription!.Shards![0].ShardId!;
  });

  beforeEach(() => fixture.reset());
  afterAll(async () => fixture?.stop());

  const Item = { pk: { S: 'a' }, state: { S: 'new' } };
  const Key = { pk: { S: 'a' } };
  const key = { TableName: 'orders', Key };
  const put = new PutItemCommand({ TableName: 'orders', Item });
  const getIterator = () => new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ShardIteratorType: 'TRIM_HORIZON' });
  const query = {
    TableName: 'orders', KeyConditionExpression: '#k = :k', ExpressionAttributeNames: { '#k': 'state' }, ExpressionAttributeValues: { ':k': { S: 'new' } },
  };

  const send = async (command: object): Promise<unknown> => {
    const { dynamodb, dynamodbStreams } = fixture.worker;
    return /Stream|Shard|Records/.test(command.constructor.name)
      ? dynamodbStreams.send(command as GetRecordsCommand)
      : dynamodb.send(command as GetItemCommand);
  };

  test.each<[string, () => object, readonly (readonly [string, string])[]]>([
    ['PutItem', () => put, [['PutItem', orders]]],
    ['UpdateItem', () => new UpdateItemCommand(key), [['UpdateItem', orders]]],
    ['GetItem', () => new GetItemCommand(key), [['GetItem', orders]]],
    ['DeleteItem', () => new DeleteItemCommand(key), [['DeleteItem', orders]]],
    ['DescribeTable', () => new DescribeTableCommand({ TableName: 'orders' }), [['DescribeTable', orders]]],
    ['DescribeTimeToLive', () => new DescribeTimeToLiveCommand({ TableName: 'orders' }), [['DescribeTimeToLive', orders]]],
    ['Scan', () => new ScanCommand({ TableName: 'orders' }), [['Scan', orders]]],
    ['Query of an index', () => new QueryCommand({ ...query, IndexName: 'by-state' }), [['Query', `${orders}/index/by-state`]]],
    ['ListTables', () => new ListTablesCommand({}), [['ListTables', '*']]],
    ['BatchWriteItem of two tables', () => new BatchWriteItemCommand({
      RequestItems: { orders: [{ PutRequest: { Item } }], audit: [{ DeleteRequest: { Key } }] },
    }), [['BatchWriteItem', orders], ['BatchWriteItem', audit]]],
    ['BatchGetItem', () => new BatchGetItemCommand({ RequestItems: { orders: { Keys: [Key] } } }), [['BatchGetItem', orders]]],
    ['TransactWriteItems as its parts', () => new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: 'audit', Item } },
        { ConditionCheck: { ...key, ConditionExpression: 'attribute_exists(pk)' } },
      ],
    }), [['PutItem', audit], ['ConditionCheckItem', orders]]],
    ['TransactGetItems as its parts', () => new TransactGetItemsCommand({ TransactItems: [{ Get: key }] }), [['GetItem', orders]]],
    ['DescribeStream', () => new DescribeStreamCommand({ StreamArn: streamArn }), [['DescribeStream', 'the stream']]],
    ['GetShardIterator', () => getIterator(), [['GetShardIterator', 'the stream']]],
    ['ListStreams', () => new ListStreamsCommand({}), [['ListStreams', '*']]],
  ])('%s takes its permission on what it touches, each of them', async (_, command, accesses) => {
    await fixture.admin.dynamodb.send(put);
    for (const [action, on] of accesses) {
      const resource = on === 'the stream' ? streamArn : on;
      await expect(send(command())).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining(`not authorized to perform: dynamodb:${action} on resource: ${resource} because no identity-based policy`),
        $metadata: { httpStatusCode: 400 },
      });
      fixture.allow(`dynamodb:${action}`, resource);
    }
    await send(command());
  });

  test('records are read with a permission on the stream that the iterator is for, page after page', async () => {
    fixture.allow('dynamodb:GetShardIterator', streamArn);
    const { ShardIterator } = await fixture.worker.dynamodbStreams.send(getIterator());
    await expect(fixture.worker.dynamodbStreams.send(new GetRecordsCommand({ ShardIterator }))).rejects.toMatchObject({
      name: 'AccessDeniedException', message: expect.stringContaining(`dynamodb:GetRecords on resource: ${streamArn}`),
    });
    fixture.allow('dynamodb:GetRecords', streamArn);
    await fixture.admin.dynamodb.send(new PutItemCommand({ TableName: 'orders', Item: { pk: { S: 'read' }, state: { S: 'new' } } }));
    const { Records, NextShardIterator } = await fixture.worker.dynamodbStreams.send(new GetRecordsCommand({ ShardIterator }));
    expect(Records!.at(-1)).toMatchObject({ eventName: 'INSERT', awsRegion: 'us-east-1', dynamodb: { Keys: { pk: { S: 'read' } } } });
    const second = await fixture.worker.dynamodbStreams.send(new GetRecordsCommand({ ShardIterator: NextShardIterator }));
    expect(second.Records).toEqual([]);
  });

  test.each([
    ['an iterator that names no stream', () => new GetRecordsCommand({ ShardIterator: 'made-up' })],
    ['the ARN of a table in place of its stream\'s', () => new DescribeStreamCommand({ StreamArn: orders })],
  ])('%s is a validation error', async (_, command) => {
    fixture.allow('dynamodb:*');
    await expect(send(command())).rejects.toMatchObject({
      name: 'ValidationException', message: expect.stringMatching(/^Invalid StreamArn or ShardIterator: .+ is not the ARN of a stream$/),
    });
  });

  test('an error of the service comes through, in the account\'s own names', async () => {
    fixture.allow('dynamodb:*');
    const StreamArn = streamArn.replace('orders', 'missing');
    await expect(send(new DescribeStreamCommand({ StreamArn }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException', message: expect.stringContaining(StreamArn),
    });
  });

  test.each<[string, () => object, string]>([
    ['reading an item', () => new GetItemCommand(key), 'kms:Decrypt'],
    ['reading an index', () => new QueryCommand({ ...query, IndexName: 'by-state' }), 'kms:Decrypt'],
    ['writing an item', () => put, 'kms:Encrypt'],
    ['writing items of several tables', () => new BatchWriteItemCommand({
      RequestItems: { audit: [{ PutRequest: { Item } }], orders: [{ PutRequest: { Item } }] },
    }), 'kms:Encrypt'],
  ])('%s of an encrypted table takes its key', async (_, command, action) => {
    fixture.allow('dynamodb:*');
    fixture.encrypt(orders);
    await expect(send(command())).rejects.toMatchObject({
      name: 'AccessDeniedException', message: expect.stringContaining(`is not authorized to perform: ${action} on resource: ${KEY}`),
    });
    fixture.allow(action, KEY);
    await send(command());
  });

  test('reading the stream of an encrypted table takes the table\'s key, for requests that come through DynamoDB', async () => {
    fixture.allow('dynamodb:*');
    fixture.encrypt(orders);
    const { ShardIterator } = await fixture.worker.dynamodbStreams.send(getIterator());
    const read = new GetRecordsCommand({ ShardIterator });
    await expect(send(read)).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('kms:Decrypt') });
    fixture.account.roles.get(ROLE)!.policies.set('Key', {
      Statement: [{
        Effect: 'Allow', Action: 'kms:Decrypt', Resource: KEY, Condition: { StringEquals: { 'kms:ViaService': 'dynamodb.us-east-1.amazonaws.com' } },
      }],
    });
    await send(read);
  });

  test.each<[string, () => object, string]>([
    ['an action that it does not know', () => new UpdateTableCommand({ TableName: 'orders' }), 'does not know dynamodb action UpdateTable'],
    ['a table by its ARN', () => new GetItemCommand({ ...key, TableName: orders }), 'knows tables by name, as DynamoDB Local does'],
  ])('the gateway refuses %s', async (_, command, message) => {
    fixture.allow('dynamodb:*');
    await expect(send(command())).rejects.toMatchObject({
      name: 'NotImplemented', message: expect.stringContaining(message), $metadata: { httpStatusCode: 501 },
    });
  });

  test('the gateway refuses a request of another protocol', async () => {
    const { endpoints } = fixture.gateway;
    const { accessKeyId } = fixture.account.credentialsFor(ROLE);
    const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/x` };
    const answer = await fetch(endpoints.dynamodb, { method: 'POST', body: '{}', headers });
    expect([answer.status, await answer.json()]).toMatchObject([501, {
      message: 'the local gateway speaks DynamoDB in AWS JSON with an X-Amz-Target header of DynamoDB_20120810 or DynamoDBStreams_20120810, got: none',
    }]);
  });
});
