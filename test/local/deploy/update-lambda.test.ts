import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { DeployedStack } from '../../../local/deploy/deployed-stack';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators';
import { inlineFunction, lambdaRole, Recorder } from './recorder';

let emulators: Emulators;
let recorder: Recorder;
let stack: DeployedStack | undefined;

beforeAll(async () => {
  emulators = await startEmulators({ accountId: '123456789012', region: 'us-east-1' });
});
afterAll(async () => emulators?.stop());
beforeEach(() => {
  recorder = new Recorder(emulators.endpoints, true);
});
afterEach(async () => {
  await stack?.delete();
  stack = undefined;
  await recorder.close();
});

const deploy = async (Resources: object) => {
  stack = await recorder.deploy({ Resources });
  return stack;
};

describe('a function', () => {
  const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:fn';
  const resources = (properties: object, others: object = {}) => ({ Role: lambdaRole, Fn: inlineFunction({ ...properties }), ...others });

  test('changes its code and configuration, and stays the same function', async () => {
    await deploy(resources({}));
    const fn = stack!.functions.get('Fn');
    await deploy(resources({
      Code: { ZipFile: 'exports.handler = async () => 2;' }, Timeout: 9, Environment: { Variables: { A: 'b' } }, Tags: [{ Key: 'k', Value: 'v' }],
    }));
    expect(stack!.functions.get('Fn')).toBe(fn);
    expect(fn!.spec).toMatchObject({ functionName: 'fn', timeoutSeconds: 9, environment: { A: 'b' }, memorySize: 128 });
    expect(recorder.log).toEqual([`create function ${functionArn}`, `update function ${functionArn}`]);
    expect(recorder.account.functions.get(functionArn)!.spec).toBe(fn!.spec);
    expect(recorder.account.tags.get(functionArn)).toMatchObject({ k: 'v' });
  });

  test('leaves its versions as they are, and an alias leads to the version that it names', async () => {
    const version = (id: string) => ({ [id]: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Fn' } } } });
    const alias = (of: string) => ({
      Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Fn' }, FunctionVersion: { 'Fn::GetAtt': [of, 'Version'] }, Name: 'live' } },
    });
    await deploy(resources({ Timeout: 5 }, { ...version('V1'), ...alias('V1') }));
    await deploy(resources({ Timeout: 6 }, { ...version('V1'), ...version('V2'), ...alias('V2') }));
    const timeouts = ['', ':1', ':2', ':live'].map((qualifier) => recorder.account.functions.get(functionArn + qualifier)!.spec!.timeoutSeconds);
    expect(timeouts).toEqual([6, 5, 6, 6]);
    await deploy(resources({ Timeout: 6 }, { ...version('V2'), ...alias('V2') }));
    expect(recorder.account.functions.has(`${functionArn}:1`)).toBe(false);
  });

  test('that cannot be changed keeps what it has', async () => {
    await deploy(resources({}));
    await expect(deploy(resources({ Runtime: 'java21' }))).rejects.toThrow(
      'stack Stack: resource Fn (AWS::Lambda::Function) could not be updated: property Runtime must be a Node.js or Python runtime',
    );
    const Other = { ...lambdaRole, Properties: { ...lambdaRole.Properties, RoleName: 'other' } };
    await expect(deploy(resources({ Role: { 'Fn::GetAtt': ['Other', 'Arn'] } }, { Other }))).rejects.toThrow(
      'update of AWS::Lambda::Function.Role is not emulated',
    );
    expect([stack!.functions.get('Fn')!.spec.runtime, recorder.account.roles.size]).toEqual(['nodejs24.x', 1]);
  });

  test('changes its asynchronous settings', async () => {
    const config = (attempts: number) => ({
      Config: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: { FunctionName: { Ref: 'Fn' }, Qualifier: '$LATEST', MaximumRetryAttempts: attempts } },
    });
    await deploy(resources({}, config(0)));
    await deploy(resources({}, config(2)));
    recorder.account.functions.get(functionArn)!.invokeAsync({});
    expect(recorder.calls.find(([call]) => call === `create invoker ${functionArn}`)![1]).toMatchObject({ maximumRetryAttempts: 2 });
  });
});

describe('an event source mapping', () => {
  const allow = (Action: string, Resource: unknown = '*') => ({
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: Action, PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] }, Roles: [{ Ref: 'Role' }],
    },
  });
  const shared = {
    Role: lambdaRole,
    Fn: inlineFunction(),
    Read: allow('kinesis:*'),
    Stream: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'mapped', ShardCount: 1 } },
    Old: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'old' } },
    Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'new' } },
  };
  const mapping = (destination: string | undefined, properties: object = {}, DependsOn = ['Read', 'Write']) => ({
    Type: 'AWS::Lambda::EventSourceMapping',
    DependsOn,
    Properties: {
      FunctionName: { Ref: 'Fn' },
      EventSourceArn: { 'Fn::GetAtt': ['Stream', 'Arn'] },
      StartingPosition: 'TRIM_HORIZON',
      ...(destination !== undefined && { DestinationConfig: { OnFailure: { Destination: destination } } }),
      ...properties,
    },
  });
  const queueArn = 'arn:aws:sqs:us-east-1:123456789012:old';
  const topicArn = 'arn:aws:sns:us-east-1:123456789012:new';
  const before = { ...shared, Write: allow('sqs:SendMessage', queueArn), Mapping: mapping(queueArn) };
  const lifecycle = () => [...recorder.account.mappings.values()][0];

  test('has its new settings, with the same id and a new time of modification', async () => {
    await deploy(before);
    const { physicalId: uuid } = stack!.resources.get('Mapping')!;
    const { lastModified } = lifecycle();
    const states: string[] = [];
    await recorder.deployer.deploy({
      stackName: 'Stack',
      assemblyDirectory: recorder.assemblyDirectory,
      template: { Resources: { ...shared, Write: allow('sns:Publish', topicArn), Mapping: mapping(topicArn, { BatchSize: '7', MaximumRetryAttempts: 2 }) } },
      onEvent: ({ logicalId, status }) => void (logicalId === 'Mapping' && states.push(`${status} ${lifecycle().state}`)),
    });
    expect(states).toEqual(['UPDATE_IN_PROGRESS Enabled', 'UPDATE_COMPLETE Enabled']);
    expect(stack!.resources.get('Mapping')!.physicalId).toBe(uuid);
    expect(stack!.mappings.get('Mapping')!.spec).toMatchObject({ uuid, onFailureArn: topicArn, batchSize: 7, maximumRetryAttempts: 2 });
    expect(lifecycle().configuration).toMatchObject({
      UUID: uuid, BatchSize: 7, MaximumRetryAttempts: 2, DestinationConfig: { OnFailure: { Destination: topicArn } },
    });
    expect(lifecycle().lastModified.getTime()).toBeGreaterThan(lastModified.getTime());
    expect(recorder.log.filter((call) => call.includes('mapping'))).toEqual(['create mapping', 'start mapping', 'update mapping']);
    await deploy({ ...shared, Mapping: mapping(undefined, {}, ['Read']) });
    expect(stack!.mappings.get('Mapping')!.spec).toMatchObject({ onFailureArn: undefined, batchSize: 100, maximumRetryAttempts: -1 });
  });

  test('is updated after what it depends on: before its role may write to the new destination, Lambda refuses the update', async () => {
    await deploy(before);
    const Write = allow('sns:Publish', { Ref: 'Topic' });
    // The template's own order decides without DependsOn.
    const tooEarly = { Mapping: mapping(topicArn, {}, ['Read', 'Topic']), ...shared, Write };
    await expect(deploy(tooEarly)).rejects.toThrow('the provided execution role does not have permissions to call Publish on SNS');
    expect(stack!.mappings.get('Mapping')!.spec.onFailureArn).toBe(queueArn);
    expect(lifecycle()).toMatchObject({ state: 'Enabled', configuration: { DestinationConfig: { OnFailure: { Destination: queueArn } } } });
    await deploy({ ...tooEarly, Mapping: mapping(topicArn, {}, ['Read', 'Topic', 'Write']) });
    expect(stack!.mappings.get('Mapping')!.spec.onFailureArn).toBe(topicArn);
  });

  test('is rolled back with the rest of the stack', async () => {
    await deploy(before);
    const Broken = { Type: 'AWS::KMS::Alias', DependsOn: 'Mapping', Properties: { AliasName: 'alias/aws/no', TargetKeyId: 'x' } };
    await expect(deploy({ ...shared, Write: allow('sns:Publish', topicArn), Mapping: mapping(topicArn), Broken })).rejects.toThrow('resource Broken');
    expect(stack!.mappings.get('Mapping')!.spec.onFailureArn).toBe(queueArn);
    const [{ policies }] = recorder.account.roles.values();
    expect([...policies.keys()].sort()).toEqual(['kinesis:*', 'sqs:SendMessage']);
  });

  test('is disabled and enabled by its template, and stays disabled by an operator', async () => {
    await deploy(before);
    const withEnabled = async (Enabled?: boolean, BatchSize = 100) => deploy({ ...before, Mapping: mapping(queueArn, { Enabled, BatchSize }) });
    await withEnabled(false);
    expect([lifecycle().state, recorder.log.at(-1)]).toEqual(['Disabled', 'stop mapping']);
    await withEnabled(true);
    expect([lifecycle().state, recorder.log.at(-1)]).toEqual(['Enabled', 'start mapping']);
    await deploy(before);
    lifecycle().setEnabled(false);
    await deploy({ ...before, Mapping: mapping(queueArn, { BatchSize: 5 }) });
    expect([lifecycle().state, stack!.mappings.get('Mapping')!.spec.batchSize]).toEqual(['Disabled', 5]);
  });

  test('of another stream is replaced, of another function is refused', async () => {
    await deploy(before);
    const { physicalId: uuid } = stack!.resources.get('Mapping')!;
    const Other = { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'other', ShardCount: 1 } };
    recorder.random = 0.5;
    await deploy({ ...before, Other, Mapping: mapping(queueArn, { EventSourceArn: { 'Fn::GetAtt': ['Other', 'Arn'] } }) });
    expect(stack!.resources.get('Mapping')!.physicalId).not.toBe(uuid);
    expect([...recorder.account.mappings.keys()]).toEqual([stack!.resources.get('Mapping')!.physicalId]);
    expect(recorder.log.filter((call) => call.includes('mapping'))).toEqual([
      'create mapping', 'start mapping', 'create mapping', 'start mapping', 'stop mapping',
    ]);
    const Fn2 = inlineFunction({ FunctionName: 'fn2' });
    await expect(deploy({
      ...before, Other, Fn2, Mapping: mapping(queueArn, { EventSourceArn: { 'Fn::GetAtt': ['Other', 'Arn'] }, FunctionName: { Ref: 'Fn2' } }),
    })).rejects.toThrow('update of AWS::Lambda::EventSourceMapping.FunctionName is not emulated');
  });

  test('of the same stream at another position cannot be replaced, as there would be two', async () => {
    await deploy(before);
    await expect(deploy({ ...before, Mapping: mapping(queueArn, { StartingPosition: 'LATEST' }) })).rejects.toThrow('already exists');
    expect(lifecycle().state).toBe('Enabled');
  });
});

test('a resource whose update failed halfway is changed back, too', async () => {
  const queue = (VisibilityTimeout: number) => ({ Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'half', VisibilityTimeout } } });
  await deploy(queue(1));
  const { clients } = recorder.deployer as unknown as { clients: { sqs: { send(command: unknown): Promise<unknown> } } };
  const send = clients.sqs.send.bind(clients.sqs);
  const timeouts: (string | undefined)[] = [];
  jest.spyOn(clients.sqs, 'send').mockImplementation(async (command) => {
    if (command instanceof SetQueueAttributesCommand && timeouts.push(command.input.Attributes!.VisibilityTimeout) === 1) throw new Error('the queue is busy');
    return send(command);
  });
  await expect(deploy(queue(2))).rejects.toThrow('stack Stack: resource Queue (AWS::SQS::Queue) could not be updated: the queue is busy');
  expect(timeouts).toEqual(['2', '1']);
});
