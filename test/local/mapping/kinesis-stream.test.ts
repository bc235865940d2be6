import {
  CreateStreamCommand, DeleteStreamCommand, DescribeStreamSummaryCommand, KinesisClient, ListShardsCommand, PutRecordsCommand,
  RegisterStreamConsumerCommand, SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import * as kinesisAgg from 'aws-kinesis-agg';
import { KinesisStreamEvent } from 'aws-lambda';
import { Account } from '../../../local/account';
import { Clock } from '../../../local/clock';
import { Emulators, startEmulators } from '../../../local/emulators/emulators';
import { LambdaFunction } from '../../../local/functions/lambda-function';
import { EventSourceMapping, FailureRecord, MappingSpec } from '../../../local/mapping/event-source-mapping';
import { FakeAuthorizer, Functions } from '../functions/fixture';
import { mappingSpec } from './fixture';

interface Aggregator {
  addUserRecord(record: { partitionKey: string; data: Buffer }): void;
  build(): { data: Buffer };
}
/** Its types leave it out. */
const { RecordAggregator } = kinesisAgg as unknown as { RecordAggregator: new () => Aggregator };

let emulators: Emulators;
let kinesis: KinesisClient;
let sqs: SQSClient;
let functions: Functions;
let authorizer: FakeAuthorizer;
let mapping: EventSourceMapping | undefined;
let streams = 0;
let streamName: string;

beforeAll(async () => {
  const { accountId, region } = new Account();
  emulators = await startEmulators({ accountId, region });
  const settings = { region, credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' } };
  kinesis = new KinesisClient({ ...settings, endpoint: emulators.endpoints.kinesis, requestHandler: new NodeHttpHandler() });
  sqs = new SQSClient({ ...settings, endpoint: emulators.endpoints.sqs, requestHandler: new NodeHttpHandler() });
});

afterAll(async () => {
  kinesis.destroy();
  sqs.destroy();
  await emulators.stop();
});

beforeEach(async () => {
  functions = new Functions();
  authorizer = new FakeAuthorizer();
  mapping = undefined;
  streamName = `orders-${++streams}`;
  await kinesis.send(new CreateStreamCommand({ StreamName: streamName, ShardCount: 1 }));
  await active();
});

afterEach(async () => {
  await mapping?.stop();
  await functions.clean();
  await kinesis.send(new DeleteStreamCommand({ StreamName: streamName, EnforceConsumerDeletion: true }));
});

async function active(): Promise<void> {
  for (;;) {
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: streamName }));
    if (StreamDescriptionSummary!.StreamStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function put(...data: string[]): Promise<void> {
  await kinesis.send(new PutRecordsCommand({
    StreamName: streamName, Records: data.map((text, n) => ({ Data: Buffer.from(text), PartitionKey: `key-${n}` })),
  }));
}

function start(fn: LambdaFunction, spec: Partial<MappingSpec> = {}): EventSourceMapping {
  const { account } = functions;
  account.functions.set(fn.functionArn, {
    functionArn: fn.functionArn, roleArn: fn.roleArn, invoke: (event) => fn.invoke(event), invokeAsync: () => undefined,
  });
  const streamArn = account.arn('kinesis', `stream/${streamName}`);
  mapping = new EventSourceMapping(mappingSpec({ streamArn, eventSourceArn: streamArn, ...spec }), {
    account, authorizer, clock: new Clock(100), endpoints: emulators.endpoints, admin: emulators.endpoints,
  });
  return mapping;
}

/** Logs each event as one line, and fails for records that say so. */
const PROCESSOR = `
  exports.handler = async (event) => {
    console.log(JSON.stringify(event));
    if (event.Records.some(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString() === 'poison')) throw new Error('boom');
  };`;

function loggedEvents(): KinesisStreamEvent[] {
  return (functions.account.logGroups.get('/aws/lambda/orders')?.applicationMessages ?? [])
    .filter((message) => message.startsWith('{'))
    .map((message) => JSON.parse(message) as KinesisStreamEvent);
}

function loggedData(): string[] {
  return loggedEvents().flatMap(({ Records }) => Records.map(({ kinesis: { data } }) => Buffer.from(data, 'base64').toString()));
}

it('hands records to the function in the shape of Lambda\'s Kinesis event', async () => {
  const before = Date.now() / 1000 - 1;
  await put('first', 'second');
  const orders = functions.create(PROCESSOR);
  const running = start(orders);
  await running.start();
  await running.idle();

  const [{ Records: [record] }] = loggedEvents();
  expect(record).toEqual({
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: 'key-0',
      sequenceNumber: expect.stringMatching(/^\d{56}$/),
      data: Buffer.from('first').toString('base64'),
      approximateArrivalTimestamp: expect.any(Number),
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `shardId-000000000000:${record.kinesis.sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: orders.roleArn,
    awsRegion: 'us-east-1',
    eventSourceARN: `arn:aws:kinesis:us-east-1:123456789012:stream/${streamName}`,
  });
  expect(record.kinesis.approximateArrivalTimestamp).toBeGreaterThan(before);
  expect(record.kinesis.approximateArrivalTimestamp).toBeLessThan(Date.now() / 1000 + 1);
});

it('isolates a poison record and sends its failure record to a queue', async () => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `failures-${streams}` }));
  await put('a', 'b', 'poison', 'c');
  const running = start(functions.create(PROCESSOR), {
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 1,
    onFailureArn: functions.account.arn('sqs', `failures-${streams}`),
  });
  await running.start();
  await running.idle();

  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const record = JSON.parse(Messages[0].Body!) as FailureRecord;
  const poison = loggedEvents().flatMap(({ Records }) => Records)
    .find(({ kinesis: { data } }) => data === Buffer.from('poison').toString('base64'))!;
  expect(record).toMatchObject({
    requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
    KinesisBatchInfo: {
      startSequenceNumber: poison.kinesis.sequenceNumber,
      endSequenceNumber: poison.kinesis.sequenceNumber,
      approximateArrivalOfFirstRecord: new Date(Math.round(poison.kinesis.approximateArrivalTimestamp * 1000)).toISOString(),
      batchSize: 1,
    },
  });
  expect(running.counters).toMatchObject({ recordsProcessed: 3, recordsGivenUp: 1, failureRecords: 1 });
});

it('goes on in the children of a shard that was split', async () => {
  await put('a', 'b');
  const running = start(functions.create(PROCESSOR));
  await running.start();
  await running.idle();
  const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName: streamName }));
  const { StartingHashKey, EndingHashKey } = Shards![0].HashKeyRange!;
  await kinesis.send(new SplitShardCommand({
    StreamName: streamName,
    ShardToSplit: Shards![0].ShardId,
    NewStartingHashKey: ((BigInt(StartingHashKey!) + BigInt(EndingHashKey!)) / 2n).toString(),
  }));
  await active();
  await put('c', 'd', 'e', 'f');
  await running.idle();
  expect(loggedData().sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
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
  expect(loggedData()).toEqual(['a', 'b']);
});

it('misses nothing that is written after it has started at LATEST', async () => {
  await put('before');
  const running = start(functions.create(PROCESSOR), { startingPosition: 'LATEST' });
  await running.start();
  await put('after');
  await running.idle();
  expect(loggedData()).toEqual(['after']);
});

describe('with enhanced fan-out', () => {
  async function consumerArn(): Promise<string> {
    const { Consumer } = await kinesis.send(new RegisterStreamConsumerCommand({
      StreamARN: functions.account.arn('kinesis', `stream/${streamName}`), ConsumerName: 'fast',
    }));
    return Consumer!.ConsumerARN!;
  }

  it('needs the actions on the consumer, and names the consumer in the event', async () => {
    await put('a');
    const eventSourceArn = await consumerArn();
    const orders = functions.create(PROCESSOR);
    const running = start(orders, { eventSourceArn });
    await running.start();
    await running.idle();
    const principal = { roleArn: orders.roleArn };
    expect(authorizer.asked).toEqual([
      { principal, action: 'kinesis:DescribeStreamConsumer', resource: eventSourceArn },
      { principal, action: 'kinesis:SubscribeToShard', resource: eventSourceArn },
    ]);
    expect(loggedEvents()[0].Records[0].eventSourceARN).toBe(eventSourceArn);
  });

  // github.com/radkawar/stackd at 9dc356f, testdata/aws/lambda/kinesis_reshard.json and kinesis_followup.json.
  describe('and an aggregate of the Kinesis Producer Library', () => {
    const aggregate = () => {
      const aggregator = new RecordAggregator();
      aggregator.addUserRecord({ partitionKey: 'one', data: Buffer.from('1') });
      aggregator.addUserRecord({ partitionKey: 'two', data: Buffer.from('2') });
      return aggregator.build().data;
    };

    async function handedOver(data: Buffer, eventSourceArn?: string) {
      await kinesis.send(new PutRecordsCommand({ StreamName: streamName, Records: [{ Data: data, PartitionKey: 'outer' }] }));
      const running = start(functions.create(PROCESSOR), { ...(eventSourceArn && { eventSourceArn }) });
      await running.start();
      await running.idle();
      return loggedEvents().flatMap(({ Records }) => Records);
    }

    it('hands over its user records one by one, all with the sequence number and the event id of the aggregate', async () => {
      const [first, second, ...others] = await handedOver(aggregate(), await consumerArn());
      expect(others).toEqual([]);
      expect([first, second].map(({ kinesis: { partitionKey, data } }) => [partitionKey, Buffer.from(data, 'base64').toString()])).toEqual([
        ['one', '1'], ['two', '2'],
      ]);
      expect(second).toMatchObject({
        eventID: first.eventID,
        kinesis: { sequenceNumber: first.kinesis.sequenceNumber, approximateArrivalTimestamp: first.kinesis.approximateArrivalTimestamp },
      });
    });

    it('hands it over as it is without enhanced fan-out', async () => {
      const data = aggregate();
      const records = await handedOver(data);
      expect(records.map(({ kinesis: it }) => [it.partitionKey, it.data])).toEqual([['outer', data.toString('base64')]]);
    });

    it('hands it over as it is where its checksum is wrong', async () => {
      const data = aggregate();
      data[data.length - 1] ^= 1;
      const records = await handedOver(data, await consumerArn());
      expect(records.map(({ kinesis: it }) => [it.partitionKey, it.data])).toEqual([['outer', data.toString('base64')]]);
    });
  });

  it.each(['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'])('does not start without %s', async (refused) => {
    authorizer.allow = (action) => action !== refused;
    const running = start(functions.create(PROCESSOR), { eventSourceArn: await consumerArn() });
    await expect(running.start()).rejects.toThrow(refused);
  });
});

it('does not start on a stream that does not exist', async () => {
  const streamArn = functions.account.arn('kinesis', 'stream/missing');
  await expect(start(functions.create(PROCESSOR), { streamArn, eventSourceArn: streamArn }).start())
    .rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
