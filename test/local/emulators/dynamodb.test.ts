import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand, DeleteTableCommand, DescribeTableCommand, DynamoDBClient, PutItemCommand, TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand, ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { DynamoDb } from '../../../local/emulators/dynamodb';
import { DynamoDbLocal } from '../../../local/emulators/dynamodb-local';
import { describeNeedsJava } from '../../support/java';
import { isAlive } from './is-alive';

const names = { accountId: '210987654321', region: 'eu-central-1' };
const clientsOf = ({ endpoint }: DynamoDb) => {
  const settings = { endpoint, region: names.region, credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' } };
  return { dynamodb: new DynamoDBClient(settings), streams: new DynamoDBStreamsClient(settings) };
};
const onUnix = process.platform === 'win32' ? test.skip : test;

test('without Java, every request says what is missing, at once', async () => {
  const db = await DynamoDb.start(names, () => {
    throw new Error('DynamoDB Local needs Java 17 or newer, found none on the PATH');
  });
  const { dynamodb } = clientsOf(db);
  try {
    await expect(dynamodb.send(new DescribeTableCommand({ TableName: 'orders' }))).rejects.toMatchObject({
      name: 'DynamoDbLocalUnavailable', message: 'DynamoDB Local needs Java 17 or newer, found none on the PATH', $metadata: { attempts: 1 },
    });
    expect(db.started).toBe(false);
  } finally {
    dynamodb.destroy();
    await db.stop();
  }
});

describeNeedsJava('DynamoDB Local', () => {
  let db: DynamoDb;
  let dynamodb: DynamoDBClient;
  let streams: DynamoDBStreamsClient;

  beforeAll(async () => {
    db = await DynamoDb.start(names);
    ({ dynamodb, streams } = clientsOf(db));
  });
  afterAll(async () => {
    dynamodb?.destroy();
    streams?.destroy();
    await db?.stop();
  });

  async function createTable(TableName: string): Promise<string> {
    const { TableDescription } = await dynamodb.send(new CreateTableCommand({
      TableName, KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }], BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }));
    return TableDescription!.LatestStreamArn!;
  }

  async function records(StreamArn: string) {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const { ShardId } = StreamDescription!.Shards![0];
    const { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    return (await streams.send(new GetRecordsCommand({ ShardIterator }))).Records!;
  }

  test('starts with the first request, and ends with a stop', async () => {
    const other = await DynamoDb.start(names);
    expect(other.started).toBe(false);
    const clients = clientsOf(other);
    await clients.streams.send(new ListStreamsCommand({}));
    expect(other.started).toBe(true);
    clients.dynamodb.destroy();
    clients.streams.destroy();
    await other.stop();
    expect(other.started).toBe(false);
  });

  test('a table and its stream carry the account and the region, wherever they are named', async () => {
    const streamArn = await createTable('named');
    const tableArn = 'arn:aws:dynamodb:eu-central-1:210987654321:table/named';
    expect(streamArn).toMatch(new RegExp(`^${tableArn}/stream/`));
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: 'named' }));
    expect(Table).toMatchObject({ TableArn: tableArn, LatestStreamArn: streamArn });
    const { Streams } = await streams.send(new ListStreamsCommand({ TableName: 'named' }));
    expect(Streams).toMatchObject([{ StreamArn: streamArn }]);
    await dynamodb.send(new PutItemCommand({ TableName: 'named', Item: { pk: { S: 'a' } } }));
    expect(await records(streamArn)).toMatchObject([{ awsRegion: 'eu-central-1' }]);
    const StreamArn = streamArn.replace('named', 'missing');
    await expect(streams.send(new DescribeStreamCommand({ StreamArn }))).rejects.toThrow(StreamArn);
  });

  test('what an item says is its own business', async () => {
    const streamArn = await createTable('texts');
    const Item = {
      pk: { S: 'arn:aws:dynamodb:eu-central-1:210987654321:table/texts' },
      local: { S: 'arn:aws:dynamodb:ddblocal:000000000000:table/texts' },
      json: { S: '{"StreamArn":"arn:aws:dynamodb:ddblocal:000000000000:table/x","awsRegion":"ddblocal"}' },
      StreamArn: { S: 'arn:aws:dynamodb:eu-central-1:210987654321:x' },
      emoji: { S: '🍕 é \u2028' },
    };
    await dynamodb.send(new PutItemCommand({ TableName: 'texts', Item }));
    const [{ dynamodb: record }] = await records(streamArn);
    expect(record!.NewImage).toEqual(Item);
  });

  test('a record has the second in which it was written, also when it is read later and again', async () => {
    const streamArn = await createTable('timed');
    const put = (pk: string) => ({ TableName: 'timed', Item: { pk: { S: pk } } });
    const now = () => Math.floor(Date.now() / 1000);
    const written: (readonly [from: number, to: number])[] = [];
    for (const command of [new PutItemCommand(put('a')), new TransactWriteItemsCommand({ TransactItems: [{ Put: put('b') }] })]) {
      const from = now();
      await dynamodb.send(command as PutItemCommand);
      written.push([from, now()]);
      // Whoever reads it only now finds another second.
      await sleep(1_100);
    }
    const times = async () => (await records(streamArn)).map(({ dynamodb: record }) => record!.ApproximateCreationDateTime!.getTime() / 1000);
    const read = await times();
    for (const [index, [from, to]] of written.entries()) {
      expect(read[index]).toBeGreaterThanOrEqual(from);
      expect(read[index]).toBeLessThanOrEqual(to);
    }
    expect(await times()).toEqual(read);
  });

  test('a table that takes the name of one that was deleted has a stream of its own', async () => {
    const before = await createTable('again');
    await dynamodb.send(new PutItemCommand({ TableName: 'again', Item: { pk: { S: 'a' } } }));
    await dynamodb.send(new DeleteTableCommand({ TableName: 'again' }));
    const after = await createTable('again');
    await dynamodb.send(new PutItemCommand({ TableName: 'again', Item: { pk: { S: 'b' } } }));
    expect(after).not.toBe(before);
    expect(await records(after)).toMatchObject([{ dynamodb: { Keys: { pk: { S: 'b' } } } }]);
  });

  test('Java listens on loopback only', async () => {
    const local = DynamoDbLocal.start();
    try {
      const { hostname, port } = new URL(await local.listening());
      expect(hostname).toBe('127.0.0.1');
      const others = Object.values(networkInterfaces()).flat().filter((address) => !address!.internal && address!.family === 'IPv4');
      for (const { address } of others as NetworkInterfaceInfo[]) {
        await expect(once(connect(Number(port), address), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      }
    } finally {
      // In its own time: to be killed would be another end.
      await local.stop(30_000);
    }
    expect(await local.exited).toBe('exit code 0');
  });

  onUnix('Java does not outlive a parent that is killed', async () => {
    const parent = spawn(process.execPath, ['--require', 'ts-node/register/transpile-only', join(__dirname, 'java-parent.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TS_NODE_PROJECT: join(__dirname, '../../../tsconfig.dev.json') },
    });
    const [said] = await once(parent.stdout!, 'data') as [Buffer];
    const pid = Number(said);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    while (isAlive(pid)) await sleep(20);
  });

  test('a Java that cannot run it fails with what it wrote to stderr', async () => {
    const local = DynamoDbLocal.start(process.execPath);
    await expect(local.listening()).rejects.toThrow(/^DynamoDB Local ended before it listened \(exit code \d+\), stderr: .*bad option/);
  });
});
