import { inlineFunction, lambdaRole, Recorder } from './recorder';

let recorder: Recorder;
beforeEach(() => {
  recorder = new Recorder();
});
afterEach(() => recorder.close());

const arn = 'arn:aws:lambda:us-east-1:123456789012:function:fn';
const Resources = { Role: lambdaRole, Fn: inlineFunction() };
const queueArn = 'arn:aws:sqs:us-east-1:123456789012:queue';

describe('a function', () => {
  test('is created with Lambda\'s defaults and known by its ARN', async () => {
    const stack = await recorder.deploy({ Resources });
    expect(recorder.calls).toEqual([[`create function ${arn}`, {
      functionName: 'fn', functionArn: arn, runtime: 'nodejs24.x', handler: 'index.handler', environment: {},
      timeoutSeconds: 3, memorySize: 128, roleArn: 'arn:aws:iam::123456789012:role/role', architecture: 'x86_64',
      logFormat: 'Text',
      logGroupName: '/aws/lambda/fn', codeDirectory: expect.stringContaining('inline-function-') as string,
    }]]);
    expect(stack.functions.get('Fn')!.functionArn).toBe(arn);
    expect([...recorder.account.functions.keys()]).toEqual([`${arn}:$LATEST`, arn]);
    await stack.delete();
    expect(recorder.account.functions.size).toBe(0);
    expect(recorder.log.at(-1)).toBe(`close function ${arn}`);
  });

  test('has the properties that the template gives', async () => {
    await recorder.deploy({
      Resources: {
        Role: lambdaRole,
        Fn: inlineFunction({
          Timeout: '30', MemorySize: 512, Environment: { Variables: { A: 1, B: { Ref: 'AWS::Region' } } }, Architectures: ['arm64'],
          ReservedConcurrentExecutions: 0, LoggingConfig: { LogGroup: 'mine', LogFormat: 'JSON', ApplicationLogLevel: 'WARN' },
        }),
      },
    });
    expect(recorder.calls[0][1]).toMatchObject({
      timeoutSeconds: 30, memorySize: 512, environment: { A: '1', B: 'us-east-1' }, architecture: 'arm64', reservedConcurrency: 0,
      logGroupName: 'mine', logFormat: 'JSON', logLevel: 'WARN',
    });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a log format that is none', { LoggingConfig: { LogFormat: 'XML' } }, 'property LogFormat must be Text or JSON, got: XML'],
    ['a log level without JSON', { LoggingConfig: { ApplicationLogLevel: 'WARN' } }, 'property ApplicationLogLevel needs the LogFormat JSON'],
    ['layers', { Layers: ['a'] }, 'property Layers is not emulated'],
    ['a VPC', { VpcConfig: {} }, 'property VpcConfig is not emulated'],
    ['an image', { PackageType: 'Image' }, 'property PackageType must be Zip'],
    ['an image\'s address', { Code: { ImageUri: 'x' } }, 'property Code.ImageUri is not emulated'],
    ['another runtime', { Runtime: 'java21' }, 'property Runtime must be a Node.js or Python runtime, such as nodejs24.x or python3.13, got: java21'],
    ['an asset that is not there', { Code: { S3Bucket: 'b', S3Key: 'k.zip' } }, 'asset s3://b/k.zip is in no *.assets.json of'],
    ['a role that is not there', { Role: 'arn:aws:iam::123456789012:role/none' }, 'property Role must be the ARN of a role of the account'],
    ['an environment over 4 KB', { Environment: { Variables: { A: 'a'.repeat(4090) } } }, 'property Environment must fit into 4096 bytes, got: 4098'],
  ])('fails with %s', async (_, properties, message) => {
    await expect(recorder.deploy({ Resources: { Role: lambdaRole, Fn: inlineFunction(properties) } })).rejects.toThrow(message);
    expect(recorder.account.roles.size).toBe(0);
  });

  test('fails with a role that Lambda cannot assume', async () => {
    const Role = structuredClone(lambdaRole);
    Role.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service = 'sns.amazonaws.com';
    await expect(recorder.deploy({ Resources: { Role, Fn: inlineFunction() } })).rejects.toThrow('cannot be assumed by Lambda');
  });

  test('has the tags of its template, and those of CloudFormation, until it is deleted', async () => {
    const stack = await recorder.deploy({
      Resources: { Role: lambdaRole, Fn: inlineFunction({ Tags: [{ Key: 'cdk-stream-dlq:role', Value: 'hydrate' }] }) },
    });
    expect(recorder.account.tags.get(arn)).toEqual({
      'cdk-stream-dlq:role': 'hydrate',
      'aws:cloudformation:stack-name': 'Stack',
      'aws:cloudformation:stack-id': expect.stringMatching(/^arn:aws:cloudformation:us-east-1:123456789012:stack\/Stack\/./),
      'aws:cloudformation:logical-id': 'Fn',
    });
    await stack.delete();
    expect(recorder.account.tags.size).toBe(0);
  });

  test.each<[string, object, string]>([
    ['without a value', { Key: 'a' }, 'property Tags needs Key and Value in each of its items'],
    ['under a name of AWS', { Key: 'aws:a', Value: 'b' }, 'property Tags must not have keys that begin with aws:, which are AWS\'s own, got: aws:a'],
  ])('fails with a tag %s', async (_, tag, message) => {
    await expect(recorder.deploy({ Resources: { Role: lambdaRole, Fn: inlineFunction({ Tags: [tag] }) } })).rejects.toThrow(message);
  });

  test('fails when its role may not write to its dead-letter queue', async () => {
    recorder.denied.add('sqs:SendMessage');
    const Fn = inlineFunction({ DeadLetterConfig: { TargetArn: queueArn } });
    await expect(recorder.deploy({ Resources: { Role: lambdaRole, Fn } })).rejects.toThrow(
      'resource Fn (AWS::Lambda::Function) could not be created: the provided execution role does not have permissions to call SendMessage on SQS',
    );
  });
});

test('versions and aliases are functions of their own ARN that run the version', async () => {
  const stack = await recorder.deploy({
    Resources: {
      ...Resources,
      Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Fn' } } },
      Alias: {
        Type: 'AWS::Lambda::Alias',
        Properties: { FunctionName: { Ref: 'Fn' }, FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] }, Name: 'live' },
      },
    },
  });
  expect(stack.resources.get('Version')).toMatchObject({ physicalId: `${arn}:1`, attributes: { Version: '1', FunctionArn: `${arn}:1` } });
  expect(stack.resources.get('Alias')).toMatchObject({ physicalId: `${arn}:live`, attributes: { AliasArn: `${arn}:live` } });
  await expect(recorder.account.functions.get(`${arn}:live`)!.invoke({})).resolves.toMatchObject({ executedVersion: '1' });
  await expect(recorder.account.functions.get(arn)!.invoke({})).resolves.toMatchObject({ executedVersion: '$LATEST' });
  await stack.delete();
  expect(recorder.account.functions.size).toBe(0);
});

describe('asynchronous invocation', () => {
  const config = (properties: object) => ({
    Type: 'AWS::Lambda::EventInvokeConfig', Properties: { FunctionName: { Ref: 'Fn' }, Qualifier: '$LATEST', ...properties },
  });

  test('follows an EventInvokeConfig that was created after the function, beside the function\'s dead-letter queue', async () => {
    const stack = await recorder.deploy({
      Resources: {
        Role: lambdaRole,
        Fn: inlineFunction({ DeadLetterConfig: { TargetArn: queueArn } }),
        Config: config({ MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60, DestinationConfig: { OnFailure: { Destination: queueArn } } }),
      },
    });
    recorder.account.functions.get(arn)!.invokeAsync('event');
    expect(recorder.calls.slice(1)).toEqual([
      [`create invoker ${arn}`, { deadLetterArn: queueArn, maximumRetryAttempts: 1, maximumEventAgeSeconds: 60, onFailureArn: queueArn }],
      [`enqueue ${arn}`, 'event'],
    ]);
    await stack.delete();
    expect(recorder.log.slice(-2)).toEqual([`close invoker ${arn}`, `close function ${arn}`]);
  });

  test.each<[string, object, string]>([
    ['too many retries', { MaximumRetryAttempts: 3 }, 'property MaximumRetryAttempts must be a whole number from 0 to 2, got: 3'],
    ['too short an age', { MaximumEventAgeInSeconds: 59 }, 'property MaximumEventAgeInSeconds must be a whole number from 60 to 21600, got: 59'],
    ['an unknown qualifier', { Qualifier: 'live' }, 'function fn has no version or alias live, it has: $LATEST'],
  ])('fails with %s', async (_, properties, message) => {
    await expect(recorder.deploy({ Resources: { ...Resources, Config: config(properties) } })).rejects.toThrow(message);
  });

  test('fails when the role may not write to the destination', async () => {
    recorder.denied.add('sns:Publish');
    const Config = config({ DestinationConfig: { OnFailure: { Destination: 'arn:aws:sns:us-east-1:123456789012:topic' } } });
    await expect(recorder.deploy({ Resources: { ...Resources, Config } })).rejects.toThrow('permissions to call Publish on SNS');
  });
});

test('permissions become the function\'s resource policy, and leave it again', async () => {
  const permission = (properties: object) => ({
    Type: 'AWS::Lambda::Permission', Properties: { Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Fn' }, ...properties },
  });
  const stack = await recorder.deploy({
    Resources: {
      ...Resources,
      Topic: permission({ Principal: 'sns.amazonaws.com', SourceArn: 'arn:topic', SourceAccount: '123456789012' }),
      Other: permission({ Principal: '210987654321', FunctionName: { 'Fn::GetAtt': ['Fn', 'Arn'] } }),
    },
  });
  const common = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arn };
  expect(recorder.account.resourcePolicies.get(arn)!.Statement).toEqual([
    {
      ...common, Sid: 'Stack-Topic-AAAAAAAAAAAA', Principal: { Service: 'sns.amazonaws.com' },
      Condition: { ArnLike: { 'aws:SourceArn': 'arn:topic' }, StringEquals: { 'aws:SourceAccount': '123456789012' } },
    },
    { ...common, Sid: 'Stack-Other-AAAAAAAAAAAA', Principal: { AWS: 'arn:aws:iam::210987654321:root' } },
  ]);
  await stack.delete();
  expect(recorder.account.resourcePolicies.size).toBe(0);
});

describe('a subscription of a function', () => {
  const topicArn = 'arn:aws:sns:us-east-1:123456789012:topic';
  const subscription = (properties: object) => ({
    Type: 'AWS::SNS::Subscription',
    Properties: { Protocol: 'lambda', TopicArn: topicArn, Endpoint: { 'Fn::GetAtt': ['Fn', 'Arn'] }, ...properties },
  });

  test('is started with its redrive policy, and closed', async () => {
    const stack = await recorder.deploy({
      Resources: { ...Resources, Sub: subscription({ RedrivePolicy: { deadLetterTargetArn: queueArn } }) },
    });
    expect(recorder.calls[1]).toEqual(['create subscription', {
      subscriptionArn: stack.resources.get('Sub')!.physicalId, topicArn, functionArn: arn, redrivePolicy: { deadLetterTargetArn: queueArn },
    }]);
    await stack.delete();
    expect(recorder.log.slice(2)).toEqual(['close subscription', `close function ${arn}`]);
  });

  test.each<[string, object, string]>([
    ['a filter', { FilterPolicy: { a: ['b'] } }, 'property FilterPolicy is not emulated for functions'],
    ['raw delivery', { RawMessageDelivery: true }, 'SNS has no raw delivery to functions'],
    ['another protocol', { Protocol: 'email' }, 'property Protocol must be lambda or sqs here, got: email'],
  ])('fails with %s', async (_, properties, message) => {
    await expect(recorder.deploy({ Resources: { ...Resources, Sub: subscription(properties) } })).rejects.toThrow(message);
  });
});

test('closing the deployer stops what runs, retained functions included', async () => {
  await recorder.deploy({ Resources: { ...Resources, Fn: { ...inlineFunction(), DeletionPolicy: 'Retain' } } });
  await recorder.deployer.close();
  expect(recorder.log.at(-1)).toBe(`close function ${arn}`);
});
