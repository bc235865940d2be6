import {
  BatchWriteItemCommand, CreateTableCommand, DeleteItemCommand, DeleteTableCommand, PutItemCommand, UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { Account } from '../../../local/account';
import { Clock } from '../../../local/clock';
import { Clients } from '../../../local/deploy/clients';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators';
import { type LambdaFunction } from '../../../local/functions/lambda-function';
import { EventSourceMapping, type FailureRecord, type MappingSpec } from '../../../local/mapping/event-source-mapping';
import { describeNeedsJava } from '../../support/java';
import { FakeAuthorizer, Functions } from '../functions/fixture';
import { mappingSpec } from './fixture';

/** Logs each event as one line, and fails for items that say so. */
const PROCESSOR = `
  exports.handler = async (event) => {
    console.log(JSON.stringify(event));
    if (event.Records.some(({ dynamodb }) => dynamodb.NewImage?.state?.S === 'poison')) throw new Error('boom');
  };`;

describeNeedsJava('a mapping on the stream of a table', () => {
  const { accountId, region } = new Account();
  let emulators: Emulators;
  let clients: Clients;
  let functions: Functions;
  let mapping: EventSourceMapping | undefined;
  let tables = 0;
  let TableName: string;
  let streamArn: string;

  beforeAll(async () => {
    emulators = await startEmulators({ accountId, region });
    clients = new Clients(emulators.endpoints, region);
  });
  afterAll(async () => {
    clients?.destroy();
    await emulators?.stop();
  });
  beforeEach(async () => {
    functions = new Functions();
    mapping = undefined;
    TableName = `orders-${++tables}`;
    streamArn = await createTable('NEW_AND_OLD_IMAGES');
  });
  afterEach(async () => {
    await mapping?.stop();
    await functions.clean();
    await clients.dynamodb.send(new DeleteTableCommand({ TableName }));
  });

  async function createTable(StreamViewType: 'NEW_AND_OLD_IMAGES' | 'KEYS_ONLY'): Promise<string> {
    const { TableDescription } = await clients.dynamodb.send(new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }, { AttributeName: 'sk', AttributeType: 'N' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType },
    }));
    return TableDescription!.LatestStreamArn!;
  }

  const key = (pk: string) => ({ pk: { S: pk }, sk: { N: '1' } });
  const put = async (pk: string, attributes: object = {}) => {
    await clients.dynamodb.send(new PutItemCommand({ TableName, Item: { ...key(pk), ...attributes } }));
  };

  function start(fn: LambdaFunction, spec: Partial<MappingSpec> = {}): EventSourceMapping {
    const { account } = functions;
    account.functions.set(fn.functionArn, {
      functionArn: fn.functionArn, roleArn: fn.roleArn, invoke: (event) => fn.invoke(event), invokeAsync: () => undefined,
    });
    mapping = new EventSourceMapping(mappingSpec({ streamArn, eventSourceArn: streamArn, ...spec }), {
      account, authorizer: new FakeAuthorizer(), clock: new Clock(100), endpoints: emulators.endpoints,
    });
    return mapping;
  }

  function loggedRecords() {
    return (functions.account.logGroups.get('/aws/lambda/orders')?.applicationMessages ?? [])
      .filter((message) => message.startsWith('{'))
      .flatMap((message) => (JSON.parse(message) as DynamoDBStreamEvent).Records);
  }
  const loggedKeys = () => loggedRecords().map(({ dynamodb }) => dynamodb!.Keys!.pk.S);

  it('hands records to the function in the shape of Lambda\'s DynamoDB event, every type of value as it is on the wire', async () => {
    const before = Math.floor(Date.now() / 1000);
    const bytes = (...values: number[]) => Uint8Array.from(values);
    const Item = {
      ...key('a'),
      number: { N: '1.5' },
      binary: { B: bytes(0, 255) },
      binaries: { BS: [bytes(1), bytes(2)] },
      numbers: { NS: ['1', '12345678901234567890123456789012345678'] },
      nested: { M: { list: { L: [{ B: bytes(3) }, { NULL: true }, { BOOL: false }, { M: {} }, { L: [] }] } } },
    };
    await clients.dynamodb.send(new PutItemCommand({ TableName, Item }));
    await clients.dynamodb.send(new UpdateItemCommand({ TableName, Key: key('a'), UpdateExpression: 'REMOVE binaries, numbers, nested' }));
    await clients.dynamodb.send(new DeleteItemCommand({ TableName, Key: key('a') }));
    const running = start(functions.create(PROCESSOR));
    await running.start();
    await running.idle();

    const inserted = {
      ...key('a'),
      number: { N: '1.5' },
      binary: { B: 'AP8=' },
      binaries: { BS: expect.arrayContaining(['AQ==', 'Ag==']) },
      numbers: { NS: expect.arrayContaining(['1', '12345678901234567890123456789012345678']) },
      nested: { M: { list: { L: [{ B: 'Aw==' }, { NULL: true }, { BOOL: false }, { M: {} }, { L: [] }] } } },
    };
    const left = { ...key('a'), number: { N: '1.5' }, binary: { B: 'AP8=' } };
    const record = (eventName: string, images: object) => ({
      eventID: expect.any(String), eventName, eventVersion: '1.1', eventSource: 'aws:dynamodb', awsRegion: region,
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number), Keys: key('a'), ...images, SequenceNumber: expect.stringMatching(/^\d{21,40}$/),
        SizeBytes: expect.any(Number), StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: streamArn,
    });
    const records = loggedRecords();
    expect(records).toEqual([
      record('INSERT', { NewImage: inserted }), record('MODIFY', { OldImage: inserted, NewImage: left }), record('REMOVE', { OldImage: left }),
    ]);
    for (const { dynamodb } of records) {
      const second = dynamodb!.ApproximateCreationDateTime!;
      expect(Number.isInteger(second)).toBe(true);
      expect(second).toBeGreaterThanOrEqual(before);
      expect(second).toBeLessThanOrEqual(Date.now() / 1000);
    }
  });

  it('isolates a poison item and sends its failure record to a queue, with times to the second', async () => {
    const QueueName = `table-failures-${tables}`;
    const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName }));
    for (const [pk, state] of Object.entries({ a: 'fine', b: 'poison', c: 'fine' })) await put(pk, { state: { S: state } });
    const running = start(functions.create(PROCESSOR), {
      bisectBatchOnFunctionError: true, maximumRetryAttempts: 1, onFailureArn: functions.account.arn('sqs', QueueName),
    });
    await running.start();
    await running.idle();

    const { Messages: messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const poison = loggedRecords().find(({ dynamodb }) => dynamodb!.Keys!.pk.S === 'b')!.dynamodb!;
    const arrival = new Date(poison.ApproximateCreationDateTime! * 1000).toISOString().replace('.000Z', 'Z');
    expect(JSON.parse(messages[0].Body!) as FailureRecord).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      DDBStreamBatchInfo: {
        shardId: expect.stringMatching(/^shardId-\d{20}-[0-9a-f]{8}$/),
        startSequenceNumber: poison.SequenceNumber,
        endSequenceNumber: poison.SequenceNumber,
        approximateArrivalOfFirstRecord: arrival,
        approximateArrivalOfLastRecord: arrival,
        batchSize: 1,
        streamArn,
      },
    });
    expect(running.counters).toMatchObject({ recordsProcessed: 2, recordsGivenUp: 1, failureRecords: 1 });
  });

  it('keeps the order of each item\'s changes while workers run at the same time', async () => {
    for (let n = 0; n < 5; n++) {
      const requests = ['a', 'b', 'c', 'd'].map((pk) => ({ PutRequest: { Item: { ...key(pk), n: { N: String(n) } } } }));
      await clients.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
    }
    const running = start(functions.create(PROCESSOR), { parallelizationFactor: 4, batchSize: 1 });
    await running.start();
    await running.idle();
    const values = new Map<string, string[]>();
    for (const { dynamodb } of loggedRecords()) {
      const { pk, n } = dynamodb!.NewImage!;
      values.set(pk.S!, [...(values.get(pk.S!) ?? []), n.N!]);
    }
    expect(Object.fromEntries(values)).toEqual(Object.fromEntries(['a', 'b', 'c', 'd'].map((pk) => [pk, ['0', '1', '2', '3', '4']])));
  });

  it('says who removed an item whose time to live is over, as Lambda writes it', async () => {
    await clients.dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true } }));
    await put('a', { expires: { N: String(Math.floor(Date.now() / 1000) - 60) } });
    const running = start(functions.create(PROCESSOR));
    await running.start();
    while (loggedRecords().length < 2) await running.idle();
    expect(loggedRecords().map(({ eventName, userIdentity }) => ({ eventName, userIdentity }))).toEqual([
      { eventName: 'INSERT' }, { eventName: 'REMOVE', userIdentity: { principalId: 'dynamodb.amazonaws.com', type: 'Service' } },
    ]);
  });

  it('hands on keys only where the stream has no more', async () => {
    await clients.dynamodb.send(new DeleteTableCommand({ TableName }));
    streamArn = await createTable('KEYS_ONLY');
    await put('a', { state: { S: 'fine' } });
    const running = start(functions.create(PROCESSOR));
    await running.start();
    await running.idle();
    expect(loggedRecords()[0].dynamodb).toEqual({
      ApproximateCreationDateTime: expect.any(Number), Keys: key('a'), SequenceNumber: expect.any(String), SizeBytes: expect.any(Number),
      StreamViewType: 'KEYS_ONLY',
    });
  });

  it('goes on where it stopped', async () => {
    await put('a');
    const running = start(functions.create(PROCESSOR));
    await running.start();
    await running.idle();
    await running.stop();
    await put('b');
    await running.start();
    await running.idle();
    expect(loggedKeys()).toEqual(['a', 'b']);
  });

  it('misses nothing that is written after it has started at LATEST', async () => {
    await put('before');
    const running = start(functions.create(PROCESSOR), { startingPosition: 'LATEST' });
    await running.start();
    await put('after');
    await running.idle();
    expect(loggedKeys()).toEqual(['after']);
  });

  it('does not start on a stream that does not exist', async () => {
    streamArn = streamArn.replace(TableName, 'missing');
    await expect(start(functions.create(PROCESSOR)).start()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
