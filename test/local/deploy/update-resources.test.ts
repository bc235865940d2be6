import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Clients } from '../../../local/deploy/clients';
import type { DeployedStack } from '../../../local/deploy/deployed-stack';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators';
import { Recorder } from './recorder';

let emulators: Emulators;
let clients: Clients;
let recorder: Recorder;

beforeAll(async () => {
  emulators = await startEmulators({ accountId: '123456789012', region: 'us-east-1' });
  clients = new Clients(emulators.endpoints, 'us-east-1');
});
afterAll(async () => {
  clients?.destroy();
  await emulators?.stop();
});
let stack: DeployedStack | undefined;
beforeEach(() => {
  recorder = new Recorder(emulators.endpoints);
});
afterEach(async () => {
  await stack?.delete();
  await recorder.close();
});

const deploy = async (Type: string, Properties: object, others: object = {}) => {
  stack = await recorder.deploy({ Resources: { It: { Type, Properties }, ...others } });
  return stack.resources.get('It')!;
};
const document = (action: string) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: action, Resource: '*' }] });

test('a Kinesis stream changes its retention, mode and encryption, and keeps its records', async () => {
  const name = 'changing';
  const described = async () => (await clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }))).StreamDescriptionSummary;
  const encrypted = (KeyId: string) => ({ StreamEncryption: { EncryptionType: 'KMS', KeyId } });
  await deploy('AWS::Kinesis::Stream', { Name: name, ShardCount: 1 });
  const { StreamCreationTimestamp: created } = (await described())!;
  await deploy('AWS::Kinesis::Stream', { Name: name, ShardCount: 1, RetentionPeriodHours: 72, ...encrypted('alias/aws/kinesis') });
  expect(await described()).toMatchObject({ RetentionPeriodHours: 72, EncryptionType: 'KMS', StreamCreationTimestamp: created });
  expect([...recorder.account.encryption.values()]).toEqual(['arn:aws:kms:us-east-1:123456789012:alias/aws/kinesis']);
  await deploy('AWS::Kinesis::Stream', { Name: name, ShardCount: 1, RetentionPeriodHours: 48, StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
  expect(await described()).toMatchObject({ RetentionPeriodHours: 48, StreamModeDetails: { StreamMode: 'ON_DEMAND' }, StreamCreationTimestamp: created });
  expect(recorder.account.encryption.size).toBe(0);
  await deploy('AWS::Kinesis::Stream', { Name: name, ShardCount: 1 });
  expect(await described()).toMatchObject({ RetentionPeriodHours: 24, StreamModeDetails: { StreamMode: 'PROVISIONED' } });
  await expect(deploy('AWS::Kinesis::Stream', { Name: name, ShardCount: 2 })).rejects.toThrow('update of AWS::Kinesis::Stream.ShardCount is not emulated');
});

test('a queue changes its attributes, goes back to defaults, and keeps its messages', async () => {
  const attributes = async (QueueUrl: string) => (await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes;
  const { physicalId: url } = await deploy('AWS::SQS::Queue', { QueueName: 'changing', VisibilityTimeout: 60, KmsMasterKeyId: 'alias/aws/sqs' });
  await clients.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'kept' }));
  const dlq = { Dlq: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dlq' } } };
  const changed = await deploy('AWS::SQS::Queue', {
    QueueName: 'changing', MessageRetentionPeriod: '1209600', RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dlq', 'Arn'] }, maxReceiveCount: 3 },
  }, dlq);
  expect(changed.physicalId).toBe(url);
  const now = await attributes(url);
  expect(now).toMatchObject({ VisibilityTimeout: '30', MessageRetentionPeriod: '1209600' });
  expect(JSON.parse(now!.RedrivePolicy!)).toEqual({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dlq', maxReceiveCount: 3 });
  expect(recorder.account.encryption.size).toBe(0);
  await deploy('AWS::SQS::Queue', { QueueName: 'changing' });
  expect((await attributes(url))!.RedrivePolicy).toBeUndefined();
  const { Messages } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: url }));
  expect(Messages!.map(({ Body }) => Body)).toEqual(['kept']);
  await expect(deploy('AWS::SQS::Queue', { QueueName: 'other' })).rejects.toThrow(
    'properties of AWS::SQS::Queue must not require replacement, which loses data, got: a change of QueueName',
  );
});

test('a topic changes its name for display and its key', async () => {
  const { physicalId: arn } = await deploy('AWS::SNS::Topic', { TopicName: 'changing' });
  await deploy('AWS::SNS::Topic', { TopicName: 'changing', DisplayName: 'Shown', KmsMasterKeyId: 'alias/aws/sns' });
  const { Attributes } = await clients.sns.send(new GetTopicAttributesCommand({ TopicArn: arn }));
  expect(Attributes).toMatchObject({ DisplayName: 'Shown' });
  expect(recorder.account.encryption.get(arn)).toBe('arn:aws:kms:us-east-1:123456789012:alias/aws/sns');
  await deploy('AWS::SNS::Topic', { TopicName: 'changing' });
  expect(recorder.account.encryption.size).toBe(0);
});

describe('a bucket', () => {
  const objects = async () => (await clients.s3.send(new ListObjectsV2Command({ Bucket: 'changing' }))).Contents?.map(({ Key }) => Key);
  const autoDelete = { AutoDelete: { Type: 'Custom::S3AutoDeleteObjects', Properties: { ServiceToken: 'x', BucketName: { Ref: 'It' } } } };
  const Tags = [{ Key: 'aws-cdk:auto-delete-objects', Value: 'true' }];

  test('changes its encryption and its events', async () => {
    await deploy('AWS::S3::Bucket', { BucketName: 'changing' });
    await deploy('AWS::S3::Bucket', {
      BucketName: 'changing',
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }] },
    });
    expect([[...recorder.account.eventBridgeBuckets], recorder.account.encryption.size]).toEqual([['changing'], 1]);
    await deploy('AWS::S3::Bucket', { BucketName: 'changing' });
    expect([[...recorder.account.eventBridgeBuckets], recorder.account.encryption.size]).toEqual([[], 0]);
  });

  test('keeps its objects when autoDeleteObjects is removed', async () => {
    await deploy('AWS::S3::Bucket', { BucketName: 'changing', Tags }, autoDelete);
    await clients.s3.send(new PutObjectCommand({ Bucket: 'changing', Key: 'key', Body: 'body' }));
    await deploy('AWS::S3::Bucket', { BucketName: 'changing' });
    expect(await objects()).toEqual(['key']);
    await deploy('AWS::S3::Bucket', { BucketName: 'changing', Tags }, autoDelete);
  });

  test('loses its objects with autoDeleteObjects when the template no longer has it', async () => {
    await deploy('AWS::S3::Bucket', { BucketName: 'changing', Tags }, autoDelete);
    await clients.s3.send(new PutObjectCommand({ Bucket: 'changing', Key: 'key', Body: 'body' }));
    stack = await recorder.deploy({ Resources: { Other: { Type: 'AWS::KMS::Key' } } });
    await expect(objects()).rejects.toThrow();
    expect(stack.retained).toEqual([]);
  });
});

describe('a policy', () => {
  test('of resources changes, and goes with the resources that it names', async () => {
    const queue = (name: string) => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName: name } });
    const policies = () => Object.fromEntries([...recorder.account.resourcePolicies].map(([arn, { Statement }]) => [arn.split(':')[5], Statement[0].Action]));
    const others = { One: queue('one'), Two: queue('two') };
    const policy = async (action: string, ...queues: string[]) => deploy('AWS::SQS::QueuePolicy', {
      PolicyDocument: document(action), Queues: queues.map((Ref) => ({ Ref })),
    }, others);
    await policy('sqs:SendMessage', 'One');
    await policy('sqs:ReceiveMessage', 'One', 'Two');
    expect(policies()).toEqual({ one: 'sqs:ReceiveMessage', two: 'sqs:ReceiveMessage' });
    await policy('sqs:DeleteMessage', 'Two');
    expect(policies()).toEqual({ two: 'sqs:DeleteMessage' });
  });

  test('of the role itself changes beside policies of other resources', async () => {
    const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] };
    const other = { Other: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'other', PolicyDocument: document('a:b'), Roles: [{ Ref: 'It' }] } } };
    const roleWith = async (properties: object) => deploy('AWS::IAM::Role', { RoleName: 'role', AssumeRolePolicyDocument: trust, ...properties }, other);
    const names = () => [...recorder.account.roles.values()].flatMap(({ policies }) => [...policies.keys()]).sort();
    const managed = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
    await roleWith({ Policies: [{ PolicyName: 'first', PolicyDocument: document('a:b') }], ManagedPolicyArns: [managed] });
    expect(names()).toEqual([managed, 'first', 'other']);
    await roleWith({ Policies: [{ PolicyName: 'second', PolicyDocument: document('a:b') }] });
    expect(names()).toEqual(['other', 'second']);
  });

  test('that is managed changes for all of its roles', async () => {
    const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] };
    const role = (properties: object = {}) => ({ Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust, ...properties } });
    const others = { One: role({ RoleName: 'one' }), Two: role({ RoleName: 'two', ManagedPolicyArns: [{ Ref: 'It' }] }) };
    const actions = () => Object.fromEntries([...recorder.account.roles.values()].map(({ arn, policies }) => (
      [arn.split('/')[1], [...policies.values()].map(({ Statement }) => Statement[0].Action)]
    )));
    const policy = async (action: string, Roles: object[]) => deploy('AWS::IAM::ManagedPolicy', { ManagedPolicyName: 'm', PolicyDocument: document(action), Roles }, others);
    await policy('a:b', [{ Ref: 'One' }]);
    expect(actions()).toEqual({ one: ['a:b'], two: ['a:b'] });
    await policy('c:d', []);
    expect(actions()).toEqual({ one: [], two: ['c:d'] });
  });
});
