import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Account, PolicyStatement } from '../../../local/account';
import { Clock } from '../../../local/clock';
import { LogGroup } from '../../../local/cloudwatch-logs/log-group';
import { Emulators, startEmulators } from '../../../local/emulators/emulators';
import { AsyncInvoker } from '../../../local/functions/async-invoker';
import { LambdaFunction } from '../../../local/functions/lambda-function';
import { Gateway } from '../../../local/gateway/gateway';
import { Authorizer } from '../../../local/iam/authorizer';
import { EventSourceMapping, MappingDeps } from '../../../local/mapping/event-source-mapping';
import { payloadText } from '../../../local/mapping/s3-object';
import { TopicSubscription } from '../../../local/topics/topic-subscription';
import { Functions } from '../functions/fixture';
import { ERROR, mappingSpec } from './fixture';

const account = new Account();
const authorizer = new Authorizer(account);
const clock = new Clock(1_000);
const functionArn = account.arn('lambda', 'function:orders');
const roleArn = account.arn('iam', 'role/orders', { global: true });
const streamArn = account.arn('kinesis', 'stream/orders');
const queueArn = account.arn('sqs', 'failures');
const topicArn = account.arn('sns', 'failures');
const bucketArn = 'arn:aws:s3:::failures';

let emulators: Emulators;
let gateway: Gateway;
let kinesis: KinesisClient;
let sqs: SQSClient;
let sns: SNSClient;
let s3: S3Client;
let functions: Functions;
let closing: (() => Promise<void>)[];
let delivered: unknown[];

beforeAll(async () => {
  emulators = await startEmulators(account);
  gateway = await Gateway.start({ account, authorizer, upstream: emulators.endpoints });
  const settings = {
    region: account.region, credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' }, requestHandler: new NodeHttpHandler(),
  };
  kinesis = new KinesisClient({ ...settings, endpoint: emulators.endpoints.kinesis });
  sqs = new SQSClient({ ...settings, endpoint: emulators.endpoints.sqs, useQueueUrlAsEndpoint: false });
  sns = new SNSClient({ ...settings, endpoint: emulators.endpoints.sns });
  s3 = new S3Client({ ...settings, endpoint: emulators.endpoints.s3, forcePathStyle: true });
  await kinesis.send(new CreateStreamCommand({ StreamName: 'orders', ShardCount: 1 }));
  for (;;) {
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'orders' }));
    if (StreamDescriptionSummary!.StreamStatus === 'ACTIVE') break;
  }
  await kinesis.send(new PutRecordCommand({ StreamName: 'orders', Data: Buffer.from('a'), PartitionKey: 'k' }));
  await sqs.send(new CreateQueueCommand({ QueueName: 'failures' }));
  await sns.send(new CreateTopicCommand({ Name: 'failures' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'failures' }));
});

afterAll(async () => {
  for (const client of [kinesis, sqs, sns, s3]) client.destroy();
  await gateway.stop();
  await emulators.stop();
});

beforeEach(() => {
  closing = [];
  delivered = [];
  functions = new Functions();
  account.decisions.length = 0;
  account.resourcePolicies.clear();
  account.functions.set(functionArn, {
    functionArn, roleArn, invoke: async () => ERROR, invokeAsync: (event) => delivered.push(event),
  });
});

afterEach(async () => {
  for (const close of closing) await close();
  await functions.clean();
  account.removeRole(roleArn);
});

function role(...statements: PolicyStatement[]): void {
  account.addRole({
    arn: roleArn,
    trust: { Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] },
    policies: new Map([['own', { Version: '2012-10-17', Statement: statements }]]),
  });
}

const allow = (resource: string, ...actions: string[]): PolicyStatement => ({ Effect: 'Allow', Action: actions, Resource: resource });
const READ = ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:GetShardIterator', 'kinesis:GetRecords'];

function createMapping(onFailureArn = queueArn, deps: Partial<MappingDeps> = {}): EventSourceMapping {
  const mapping = new EventSourceMapping(
    mappingSpec({ streamArn, eventSourceArn: streamArn, maximumRetryAttempts: 0, onFailureArn }),
    { account, authorizer, clock, endpoints: gateway.endpoints, ...deps },
  );
  closing.push(async () => mapping.stop());
  return mapping;
}

async function received(): Promise<string[]> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'failures' }));
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }));
  return Messages.map(({ Body }) => Body!);
}

describe('a mapping', () => {
  it.each(READ)('needs %s in the role of the function', async (missing) => {
    role(allow(streamArn, ...READ.filter((action) => action !== missing)));
    const mapping = createMapping();
    await expect(mapping.start().then(async () => mapping.idle())).rejects.toThrow(missing);
  });

  it('loses a failure record that the role may not send, and the account knows', async () => {
    role(allow(streamArn, ...READ));
    const mapping = createMapping();
    await mapping.start();
    await mapping.idle();
    expect(mapping.counters).toMatchObject({ failedDeliveries: 1, failureRecords: 0 });
    expect(account.denials).toEqual([expect.objectContaining({ principal: roleArn, action: 'sqs:SendMessage', resource: queueArn })]);
    expect(await received()).toEqual([]);
  });

  // github.com/radkawar/stackd at 9dc356f, testdata/aws/lambda/dynamodb_source.json: permission_revoked.
  it('whose role loses its permissions stays, says so, and delivers what came meanwhile once it has them again', async () => {
    role(allow(streamArn, ...READ), allow(queueArn, 'sqs:SendMessage'));
    const mapping = createMapping();
    await mapping.start();
    await mapping.idle();
    const before = mapping.counters.recordsGivenUp;
    account.removeRole(roleArn);
    role({ Effect: 'Deny', Action: READ, Resource: streamArn });
    await kinesis.send(new PutRecordCommand({ StreamName: 'orders', Data: Buffer.from('b'), PartitionKey: 'k' }));
    await expect(mapping.idle()).rejects.toThrow('kinesis:GetRecords');
    expect(mapping.lastProcessingResult).toMatch(/^PROBLEM: User: .* kinesis:GetRecords .* explicit deny/);
    expect(mapping.counters.recordsGivenUp).toBe(before);

    account.removeRole(roleArn);
    role(allow(streamArn, ...READ), allow(queueArn, 'sqs:SendMessage'));
    await mapping.idle();
    expect(mapping.counters.recordsGivenUp).toBe(before + 1);
  });

  it('works with exactly the permissions that it needs', async () => {
    role(allow(streamArn, ...READ), allow(queueArn, 'sqs:SendMessage'));
    const mapping = createMapping();
    await mapping.start();
    await mapping.idle();
    expect(account.denials).toEqual([]);
    expect((await received()).map((body) => JSON.parse(body))).toMatchObject([{ KinesisBatchInfo: { streamArn, batchSize: 1 } }]);
  });
});

describe('a bucket as the destination of a mapping', () => {
  const put: PolicyStatement = {
    ...allow(`${bucketArn}/aws/lambda/*`, 's3:PutObject'), Condition: { StringEquals: { 's3:ResourceAccount': account.accountId } },
  };

  it.each(['string', 'object', undefined] as const)('gets an object with the failure record and the event, as %s', async (s3Payload) => {
    role(allow(streamArn, ...READ), put);
    const events: unknown[] = [];
    const fn = account.functions.get(functionArn)!;
    account.functions.set(functionArn, {
      ...fn,
      invoke: async (event) => {
        events.push(event);
        return ERROR;
      },
    });
    const mapping = createMapping(bucketArn, { s3Payload });
    await mapping.start();
    await mapping.idle();
    expect(account.denials).toEqual([]);
    expect(mapping.counters).toMatchObject({ failedDeliveries: 0, failureRecords: 1 });

    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'failures' }));
    const bodies = await Promise.all(Contents.map(async ({ Key }) => {
      const { Body, ContentType: contentType } = await s3.send(new GetObjectCommand({ Bucket: 'failures', Key }));
      return { Key, contentType, ...JSON.parse(await Body!.transformToString()) as { timestamp: string; payload: unknown } };
    }));
    const last = bodies.sort((a, b) => a.timestamp.localeCompare(b.timestamp)).at(-1)!;
    const { Records } = events[0] as { Records: object[] };
    const payload = s3Payload === 'object' ? events[0] : payloadText(events[0] as object);
    expect(last).toMatchObject({ KinesisBatchInfo: { streamArn, batchSize: Records.length }, payload, contentType: 'application/octet-stream' });
    const [year, month, day, hours, minutes, seconds] = last.timestamp.split(/[-T:.]/);
    const folder = `aws/lambda/a0b1c2d3/shardId-000000000000/${year}/${month}/${day}/${year}-${month}-${day}T${hours}.${minutes}.${seconds}-`;
    expect(last.Key).toMatch(new RegExp(`^${folder}[\\da-f]{8}(-[\\da-f]{4}){3}-[\\da-f]{12}$`));
  });

  it.each<[string, PolicyStatement]>([
    ['below another prefix', allow(`${bucketArn}/dead-letters/*`, 's3:PutObject')],
    ['in another account', { ...put, Condition: { StringEquals: { 's3:ResourceAccount': '210987654321' } } }],
  ])('gets nothing from a role that may write %s, and the account knows', async (_, statement) => {
    role(allow(streamArn, ...READ), statement);
    const mapping = createMapping(bucketArn);
    await mapping.start();
    await mapping.idle();
    expect(mapping.counters).toMatchObject({ failedDeliveries: 1, failureRecords: 0 });
    const resource = expect.stringMatching(`^${bucketArn}/aws/lambda/a0b1c2d3/`) as string;
    expect(account.denials).toEqual([expect.objectContaining({ principal: roleArn, action: 's3:PutObject', resource })]);
  });
});

it('refuses the destination of an asynchronous event that the role may not write to', async () => {
  role();
  const invoker = new AsyncInvoker(
    { functionArn, roleArn, invoke: async () => ERROR }, { onFailureArn: topicArn, maximumRetryAttempts: 0 },
    { account, clock, endpoints: gateway.endpoints },
  );
  closing.push(async () => invoker.close());
  invoker.enqueue({});
  await invoker.idle();
  expect(invoker.failedDeliveries).toHaveLength(1);
  expect(account.denials).toEqual([expect.objectContaining({ action: 'sns:Publish', resource: topicArn })]);
});

describe('a function', () => {
  const write = (policy: PolicyStatement): LambdaFunction => {
    role(policy);
    const fn = new LambdaFunction({
      functionName: 'orders',
      functionArn,
      roleArn,
      runtime: 'nodejs24.x',
      handler: 'index.handler',
      codeDirectory: functions.directory({ 'index.js': 'exports.handler = async () => console.log("written");' }),
      environment: {},
      timeoutSeconds: 30,
      memorySize: 128,
      logGroupName: 'orders',
    }, { account, authorizer, endpoints: gateway.endpoints });
    closing.push(async () => fn.close());
    account.logGroups.set('orders', new LogGroup());
    return fn;
  };

  it('writes its log with a policy on the group\'s ARN as CloudFormation gives it', async () => {
    await write(allow(account.arn('logs', 'log-group:orders:*'), 'logs:CreateLogStream', 'logs:PutLogEvents')).invoke({});
    expect(account.logGroups.get('orders')!.applicationMessages).toEqual(['written']);
    expect(account.denials).toEqual([]);
  });

  it('loses its log with a policy on another group, and the account knows', async () => {
    await write(allow(account.arn('logs', 'log-group:payments:*'), 'logs:CreateLogStream', 'logs:PutLogEvents')).invoke({});
    expect(account.logGroups.get('orders')!.events).toEqual([]);
    expect(new Set(account.denials.map(({ action }) => action))).toEqual(new Set(['logs:CreateLogStream']));
  });
});

describe('a topic', () => {
  async function publish(): Promise<TopicSubscription> {
    const subscription = await TopicSubscription.start(
      { subscriptionArn: `${topicArn}:1`, topicArn, functionArn }, { account, authorizer, clock, admin: emulators.endpoints },
    );
    closing.push(async () => subscription.close());
    await sns.send(new PublishCommand({ TopicArn: topicArn, Message: 'x' }));
    await subscription.idle();
    return subscription;
  }

  const permission = (sourceArn: string) => ({
    Version: '2012-10-17',
    Statement: [{
      Effect: 'Allow' as const,
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: functionArn,
      Condition: { ArnLike: { 'AWS:SourceArn': sourceArn } },
    }],
  });

  it('delivers with a permission that names it', async () => {
    account.resourcePolicies.set(functionArn, permission(topicArn));
    expect((await publish()).delivered).toBe(1);
    expect(delivered).toHaveLength(1);
  });

  it.each([
    ['without a permission', undefined],
    ['with a permission that names another topic', permission(`${topicArn}-2`)],
  ])('does not deliver %s', async (_, policy) => {
    if (policy) account.resourcePolicies.set(functionArn, policy);
    expect((await publish()).lost).toHaveLength(1);
    expect(delivered).toEqual([]);
  });
});
