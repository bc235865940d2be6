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

test('alarms and dashboards are recorded with their properties', async () => {
  const stack = await recorder.deploy({
    Resources: {
      Group: logGroup({ LogGroupName: 'group' }),
      Alarm: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1, Dimensions: [{ Name: 'LogGroup', Value: { Ref: 'Group' } }] },
      },
      Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody: '{}' } },
    },
  });
  expect(stack.resources.get('Alarm')).toEqual({
    type: 'AWS::CloudWatch::Alarm',
    physicalId: 'Stack-Alarm-AAAAAAAAAAAA',
    attributes: { Arn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:Stack-Alarm-AAAAAAAAAAAA' },
    properties: { ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1, Dimensions: [{ Name: 'LogGroup', Value: 'group' }] },
  });
  expect(stack.resources.get('Dashboard')!.physicalId).toBe('Stack-Dashboard-AAAAAAAAAAAA');
});
