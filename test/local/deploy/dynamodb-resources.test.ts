import { DescribeTableCommand, DescribeTimeToLiveCommand, PutItemCommand, QueryCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { Clients } from '../../../local/deploy/clients';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators';
import { describeNeedsJava } from '../../support/java';
import { inlineFunction, lambdaRole, Recorder } from './recorder';

const name = 'Stack-Table-AAAAAAAAAAAA';
const arn = `arn:aws:dynamodb:us-east-1:123456789012:table/${name}`;

const keys = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
  AttributeDefinitions: ['pk', 'sk', 'state'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
};
const index = { IndexName: 'by-state', KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } };
const localIndex = {
  IndexName: 'by-pk-and-state', KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'state', KeyType: 'RANGE' }],
  Projection: { ProjectionType: 'KEYS_ONLY' },
};
const common = {
  ...keys,
  LocalSecondaryIndexes: [localIndex],
  StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
  TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
};
const throughput = { ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 } };
const policy = { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'dynamodb:*', Resource: '*' }] };

/** What the two generations of the resource have in common, said as each of them says it. */
const generations = {
  'AWS::DynamoDB::Table': {
    ...common,
    ...throughput,
    GlobalSecondaryIndexes: [{ ...index, ...throughput }],
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    ResourcePolicy: { PolicyDocument: policy },
    StreamSpecification: { ...common.StreamSpecification, ResourcePolicy: { PolicyDocument: policy } },
    Tags: [{ Key: 'a', Value: 'b' }],
  },
  'AWS::DynamoDB::GlobalTable': {
    ...common,
    BillingMode: 'PROVISIONED',
    GlobalSecondaryIndexes: [{ ...index, WriteProvisionedThroughputSettings: {} }],
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    Replicas: [
      { Region: 'eu-central-1' },
      {
        Region: { Ref: 'AWS::Region' }, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        ResourcePolicy: { PolicyDocument: policy }, ReplicaStreamSpecification: { ResourcePolicy: { PolicyDocument: policy } },
      },
    ],
  },
};

describeNeedsJava('DynamoDB resources', () => {
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
  beforeEach(() => {
    recorder = new Recorder(emulators.endpoints);
  });
  afterEach(() => recorder.close());

  const deploy = async (Type: string, Properties: object) => recorder.deploy({ Resources: { Table: { Type, Properties } } });

  describe.each(Object.entries(generations))('%s', (type, properties) => {
    test('has the keys, indexes, stream, encryption and policies of its template, until it is deleted', async () => {
      const stack = await deploy(type, properties);
      const { physicalId, attributes } = stack.resources.get('Table')!;
      const { Table: table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName: name }));
      expect(physicalId).toBe(name);
      expect(attributes).toEqual({ Arn: arn, StreamArn: table!.LatestStreamArn, TableId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
      expect(attributes.StreamArn).toMatch(new RegExp(`^${arn}/stream/\\d{4}-\\d\\d-\\d\\dT`));
      expect(table).toMatchObject({
        TableStatus: 'ACTIVE', TableArn: arn, ...keys, GlobalSecondaryIndexes: [index], LocalSecondaryIndexes: [localIndex],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      });
      const { TimeToLiveDescription: timeToLive } = await clients.dynamodb.send(new DescribeTimeToLiveCommand({ TableName: name }));
      expect(timeToLive).toEqual({ AttributeName: 'expires', TimeToLiveStatus: 'ENABLED' });
      const { account } = recorder;
      expect(Object.fromEntries(account.encryption)).toEqual({ [arn]: 'arn:aws:kms:us-east-1:123456789012:alias/aws/dynamodb' });
      expect(Object.fromEntries(account.resourcePolicies)).toEqual({ [arn]: policy, [attributes.StreamArn]: policy });

      await clients.dynamodb.send(new PutItemCommand({ TableName: name, Item: { pk: { S: 'a' }, sk: { S: 'b' }, state: { S: 'new' } } }));
      const { Items: items } = await clients.dynamodb.send(new QueryCommand({
        TableName: name, IndexName: 'by-state', KeyConditionExpression: '#k = :k', ExpressionAttributeNames: { '#k': 'state' },
        ExpressionAttributeValues: { ':k': { S: 'new' } },
      }));
      expect(items).toHaveLength(1);

      await stack.delete();
      await expect(clients.dynamodb.send(new DescribeTableCommand({ TableName: name }))).rejects.toThrow('non-existent table');
      expect(account.encryption.size + account.resourcePolicies.size).toBe(0);
    });

    test('has no stream unless it asks for one', async () => {
      const stack = await deploy(type, { ...properties, StreamSpecification: { Ref: 'AWS::NoValue' }, TableName: 'orders' });
      expect(Object.keys(stack.resources.get('Table')!.attributes)).toEqual(['Arn', 'TableId']);
      await stack.delete();
    });
  });

  const key = (Table: object) => ({ Resources: { Key: { Type: 'AWS::KMS::Key' }, Table } });
  const KMSMasterKeyId = { 'Fn::GetAtt': ['Key', 'Arn'] };
  test.each([
    ['a table', {
      Type: 'AWS::DynamoDB::Table', Properties: { ...common, ...throughput, SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId } },
    }],
    ['a replica', {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: { ...common, SSESpecification: { SSEEnabled: true }, Replicas: [{ Region: 'us-east-1', SSESpecification: { KMSMasterKeyId } }] },
    }],
  ])('%s can have a key of its own', async (_, resource) => {
    const stack = await recorder.deploy(key(resource));
    expect(Object.fromEntries(recorder.account.encryption)).toEqual({ [arn]: stack.resources.get('Key')!.attributes.Arn });
    await stack.delete();
  });

  test('a table with deletion protection stays', async () => {
    const stack = await deploy('AWS::DynamoDB::Table', { ...common, ...throughput, TableName: 'kept', DeletionProtectionEnabled: true });
    await expect(stack.delete()).rejects.toThrow('resource Table (AWS::DynamoDB::Table) could not be deleted');
    await clients.dynamodb.send(new UpdateTableCommand({ TableName: 'kept', DeletionProtectionEnabled: false }));
    await stack.delete();
  });

  test.each<[string, string, object, string]>([
    ['no throughput', 'AWS::DynamoDB::Table', common, 'property ProvisionedThroughput is required unless BillingMode is PAY_PER_REQUEST'],
    ['no replica here', 'AWS::DynamoDB::GlobalTable', { ...common, Replicas: [{ Region: 'eu-central-1' }] },
      'property Replicas must have one in us-east-1, the region of the account, got: eu-central-1'],
    ['no replica at all', 'AWS::DynamoDB::GlobalTable', { ...common, Replicas: [] }, 'the region of the account, got: none'],
    ['an import', 'AWS::DynamoDB::Table', { ...common, ...throughput, ImportSourceSpecification: {} }, 'property ImportSourceSpecification is not emulated'],
    ['a Kinesis stream', 'AWS::DynamoDB::Table', { ...common, KinesisStreamSpecification: {} }, 'property KinesisStreamSpecification is not emulated'],
    ['an unknown property', 'AWS::DynamoDB::Table', { ...common, Name: 'x' }, 'property Name is unknown'],
    ['time to live without an attribute', 'AWS::DynamoDB::Table', { ...common, ...throughput, TimeToLiveSpecification: { Enabled: true } },
      'resource Table (AWS::DynamoDB::Table) could not be created'],
    ['a view that there is not', 'AWS::DynamoDB::Table', { ...common, ...throughput, StreamSpecification: { StreamViewType: 'ALL' } }, 'ALL'],
  ])('a table fails with %s, and leaves nothing', async (_, type, properties, message) => {
    await expect(deploy(type, { ...properties, TableName: 'failed' })).rejects.toThrow(message);
    await expect(clients.dynamodb.send(new DescribeTableCommand({ TableName: 'failed' }))).rejects.toThrow('non-existent table');
  });

  describe('a mapping on the stream of a table', () => {
    const resources = (properties: object = {}) => ({
      Role: lambdaRole,
      Fn: inlineFunction(),
      Table: { Type: 'AWS::DynamoDB::Table', Properties: { ...common, ...throughput } },
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: { Ref: 'Fn' }, EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] }, StartingPosition: 'TRIM_HORIZON', ...properties,
        },
      },
    });

    test('is started', async () => {
      const stack = await recorder.deploy({ Resources: resources() });
      const { StreamArn: streamArn } = stack.resources.get('Table')!.attributes;
      expect(recorder.calls[1]).toEqual(['create mapping', expect.objectContaining({ eventSourceArn: streamArn, streamArn, batchSize: 100 })]);
      await stack.delete();
    });

    test.each(['GetRecords', 'GetShardIterator', 'DescribeStream'])('fails when the role may not %s', async (action) => {
      recorder.denied.add(`dynamodb:${action}`);
      await expect(recorder.deploy({ Resources: resources() })).rejects.toThrow(new RegExp(
        `cannot access stream ${arn}/stream/.+, please ensure the role can perform the GetRecords, GetShardIterator and `
        + `DescribeStream actions on your stream in IAM: not authorized to perform: dynamodb:${action}`,
      ));
    });

    test.each<[string, object, string]>([
      ['a stream that is not there', { EventSourceArn: `${arn}/stream/2026-01-01T00:00:00.000` }, `Stream not found: ${arn}/stream/2026-01-01T00:00:00.000`],
      ['a time to start at', { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_700_000_000 },
        'startingPosition must be TRIM_HORIZON or LATEST for a DynamoDB stream, got: AT_TIMESTAMP'],
    ])('fails with %s', async (_, properties, message) => {
      await expect(recorder.deploy({ Resources: resources(properties) })).rejects.toThrow(message);
    });
  });
});
