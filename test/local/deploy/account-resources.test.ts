import type { MetricAlarm } from '../../../local/cloudwatch/alarm';
import { lambdaRole, logGroup, Recorder } from './recorder';

let recorder: Recorder;
beforeEach(() => {
  recorder = new Recorder();
});
afterEach(() => recorder.close());

const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }] };

describe('roles', () => {
  const role = (properties: object) => ({ ...lambdaRole, Properties: { ...lambdaRole.Properties, ...properties } });

  test('hold their inline policies, their managed policies and those attached to them', async () => {
    const stack = await recorder.deploy({
      Resources: {
        Role: role({
          Policies: [{ PolicyName: 'inline', PolicyDocument: document }],
          ManagedPolicyArns: [
            { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole']] },
            { Ref: 'Managed' },
          ],
        }),
        Policy: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'attached', PolicyDocument: document, Roles: [{ Ref: 'Role' }] } },
        Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { ManagedPolicyName: 'managed', PolicyDocument: document } },
        Late: { Type: 'AWS::IAM::ManagedPolicy', Properties: { ManagedPolicyName: 'late', PolicyDocument: document, Roles: [{ Ref: 'Role' }] } },
      },
    });
    const { policies } = recorder.account.roles.get('arn:aws:iam::123456789012:role/role')!;
    expect([...policies.keys()]).toEqual([
      'inline', 'arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole', 'arn:aws:iam::123456789012:policy/managed',
      'attached', 'arn:aws:iam::123456789012:policy/late',
    ]);
    expect([...policies.values()][1].Statement[0].Action).toContain('kinesis:GetRecords');
    expect(recorder.account.roleByAccessKey(recorder.account.credentialsFor(stack.resources.get('Role')!.attributes.Arn).accessKeyId)).toBeDefined();
    await stack.delete();
    expect(recorder.account.roles.size).toBe(0);
    expect(policies.size).toBe(3);
  });

  test('fail with a managed policy that is not known', async () => {
    const Role = role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] });
    await expect(recorder.deploy({ Resources: { Role } })).rejects.toThrow(
      'resource Role (AWS::IAM::Role) could not be created: managed policy arn:aws:iam::aws:policy/AdministratorAccess is unknown',
    );
  });

  test('fail with a policy document that is none', async () => {
    const Role = role({ AssumeRolePolicyDocument: { Version: '2012-10-17' } });
    await expect(recorder.deploy({ Resources: { Role } })).rejects.toThrow('property AssumeRolePolicyDocument must be a policy document');
  });

  test('a single statement is a list of one', async () => {
    const [Statement] = document.Statement;
    await recorder.deploy({ Resources: { Role: role({ Policies: [{ PolicyName: 'p', PolicyDocument: { Statement } }] }) } });
    const { policies } = recorder.account.roles.get('arn:aws:iam::123456789012:role/role')!;
    expect(policies.get('p')).toEqual({ Statement: [Statement] });
  });

  test('fail with a policy for a role that is not there', async () => {
    const Policy = { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'p', PolicyDocument: document, Roles: ['none'] } };
    await expect(recorder.deploy({ Resources: { Policy } })).rejects.toThrow('role none does not exist in the account');
  });
});

describe('keys', () => {
  test('are known by ARN, and by alias', async () => {
    const stack = await recorder.deploy({
      Resources: {
        Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: document } },
        Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/mine', TargetKeyId: { Ref: 'Key' } } },
      },
    });
    const { Arn: arn, KeyId: id } = stack.resources.get('Key')!.attributes;
    expect(arn).toBe(`arn:aws:kms:us-east-1:123456789012:key/${id}`);
    expect(recorder.account.keys.get(arn)).toEqual(document);
    expect(recorder.account.keyAliases.get('alias/mine')).toBe(arn);
  });

  test('have a policy for their account when the template gives none', async () => {
    await recorder.deploy({ Resources: { Key: { Type: 'AWS::KMS::Key' } } });
    const [policy] = recorder.account.keys.values();
    expect(policy.Statement).toMatchObject([{ Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'kms:*' }]);
  });

  test('fail with an alias of a key that is not there', async () => {
    const Alias = { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/mine', TargetKeyId: 'none' } };
    await expect(recorder.deploy({ Resources: { Alias } })).rejects.toThrow('KMS key none does not exist in the account');
  });
});

test('resource policies are kept by the ARN of what they protect, until they are deleted', async () => {
  const PolicyDocument = document;
  const stack = await recorder.deploy({
    Resources: {
      Queue: { Type: 'AWS::SQS::QueuePolicy', Properties: { PolicyDocument, Queues: ['http://host:1/123456789012/queue'] } },
      Topic: { Type: 'AWS::SNS::TopicPolicy', Properties: { PolicyDocument, Topics: ['arn:aws:sns:us-east-1:123456789012:topic'] } },
      Bucket: { Type: 'AWS::S3::BucketPolicy', Properties: { PolicyDocument, Bucket: 'bucket' } },
      Stream: {
        Type: 'AWS::Kinesis::ResourcePolicy',
        Properties: { ResourcePolicy: document, ResourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/stream' },
      },
    },
  });
  expect(Object.fromEntries(recorder.account.resourcePolicies)).toEqual({
    'arn:aws:sqs:us-east-1:123456789012:queue': document,
    'arn:aws:sns:us-east-1:123456789012:topic': document,
    'arn:aws:s3:::bucket': document,
    'arn:aws:kinesis:us-east-1:123456789012:stream/stream': document,
  });
  await stack.delete();
  expect(recorder.account.resourcePolicies.size).toBe(0);
});

test('a second policy of the same queue is refused, since it would replace the first', async () => {
  const policy = { Type: 'AWS::SQS::QueuePolicy', Properties: { PolicyDocument: document, Queues: ['http://host/queue'] } };
  await expect(recorder.deploy({ Resources: { A: policy, B: policy } })).rejects.toThrow(
    'resource B (AWS::SQS::QueuePolicy) could not be created: arn:aws:sqs:us-east-1:123456789012:queue already has a resource policy',
  );
});

const METRIC = {
  Namespace: 'App', MetricName: 'Sent', Statistic: 'Sum', Period: 60, Dimensions: [{ Name: 'Group', Value: { Ref: 'Group' } }],
};

const alarm = (properties: object = METRIC, threshold: object = { Threshold: 1 }) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: { EvaluationPeriods: 2, ComparisonOperator: 'GreaterThanThreshold', ...threshold, ...properties },
});

const query = (id: string, changes: object = {}) => ({
  Id: id,
  MetricStat: { Metric: { Namespace: 'App', MetricName: id, Dimensions: [{ Name: 'Group', Value: { Ref: 'Group' } }] }, Period: 60, Stat: 'Maximum' },
  ReturnData: false,
  ...changes,
});

const Group = logGroup({ LogGroupName: 'group' });

describe('alarms', () => {
  const arn = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:Stack-Alarm-AAAAAAAAAAAA';

  test('are alarms of the account, until they are deleted', async () => {
    const stack = await recorder.deploy({ Resources: { Group, Alarm: alarm() } });
    expect(stack.resources.get('Alarm')).toMatchObject({ physicalId: 'Stack-Alarm-AAAAAAAAAAAA', attributes: { Arn: arn } });
    expect((recorder.account.alarms.get(arn) as MetricAlarm).spec).toMatchObject({
      comparisonOperator: 'GreaterThanThreshold', threshold: 1, periodSeconds: 60, evaluationPeriods: 2, datapointsToAlarm: 2, treatMissingData: 'missing',
      metrics: new Map([['metric', { metric: { namespace: 'App', name: 'Sent', dimensions: { Group: 'group' } }, statistic: 'Sum' }]]),
    });
    await stack.delete();
    expect(recorder.account.alarms.size).toBe(0);
  });

  test('have metric math', async () => {
    const Metrics = [{ Id: 'sum', Expression: 'a + FILL(b, 0)', ReturnData: true }, query('a'), query('b')];
    await recorder.deploy({ Resources: { Group, Alarm: alarm({ Metrics }) } });
    const { spec } = recorder.account.alarms.get(arn) as MetricAlarm;
    expect([spec.math.expression, [...spec.metrics.keys()], spec.periodSeconds]).toEqual(['a + FILL(b, 0)', ['a', 'b'], 60]);
  });

  test('are in composite alarms', async () => {
    const AlarmRule = { 'Fn::Join': ['', ['(ALARM("', { 'Fn::GetAtt': ['Alarm', 'Arn'] }, '"))']] };
    await recorder.deploy({ Resources: { Composite: { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmRule } }, Group, Alarm: alarm() } });
    expect([...recorder.account.alarms.values()].map(({ name }) => name)).toEqual(['Stack-Alarm-AAAAAAAAAAAA', 'Stack-Composite-AAAAAAAAAAAA']);
  });

  test.each<[object, string]>([
    [alarm(METRIC, {}), 'property Threshold is required'],
    [alarm({ ...METRIC, ExtendedStatistic: 'p99' }), 'property ExtendedStatistic is not emulated: percentiles are not computed'],
    [alarm({ Namespace: 'App', MetricName: 'Sent', Statistic: 'Sum' }), 'properties Namespace, MetricName, Statistic and Period are required without Metrics'],
    [alarm({ ...METRIC, TreatMissingData: 'zero' }), 'property TreatMissingData must be missing, ignore, breaching or notBreaching, got: zero'],
    [alarm({ Metrics: [query('a'), query('b')] }), 'property Metrics must return data of one item, got: 0'],
    [alarm({ Metrics: [query('a', { ReturnData: true }), query('b', { ReturnData: true })] }), 'property Metrics must return data of one item, got: 2'],
    [alarm({ Metrics: [{ Id: 'sum', Expression: 'a' }] }), 'property Metrics must have one period, got: none'],
  ])('%#: what is not emulated is refused', async (resource, message) => {
    await expect(recorder.deploy({ Resources: { Group, Alarm: resource } })).rejects.toThrow(message);
    expect(recorder.account.alarms.size).toBe(0);
  });
});

test('dashboards are recorded with their properties', async () => {
  const stack = await recorder.deploy({ Resources: { Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody: '{}' } } } });
  expect(stack.resources.get('Dashboard')!.physicalId).toBe('Stack-Dashboard-AAAAAAAAAAAA');
});
