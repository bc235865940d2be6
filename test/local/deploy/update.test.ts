import type { StackEvent } from '../../../local/deploy/stack-event';
import { inlineFunction, lambdaRole, logGroup, Recorder } from './recorder';

let recorder: Recorder;
beforeEach(() => {
  recorder = new Recorder();
});
afterEach(() => recorder.close());

const groups = () => [...recorder.account.logGroups.keys()];
const policyOf = (...actions: string[]) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] });
const rolePolicy = (actions: string[], rest: object = {}) => ({
  Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'inline', PolicyDocument: policyOf(...actions), Roles: [{ Ref: 'Role' }] }, ...rest,
});
const allowed = () => [...recorder.account.roles.values()]
  .flatMap(({ policies }) => [...policies.values()].flatMap(({ Statement }) => Statement[0].Action));
const alarm = (threshold: number) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: 'alarm', Namespace: 'n', MetricName: 'm', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1, Threshold: threshold,
    ComparisonOperator: 'GreaterThanThreshold',
  },
});

/** The steps of a deployment, such as `UPDATE_COMPLETE Role`. */
async function eventsOf(template: object): Promise<string[]> {
  const events: string[] = [];
  const onEvent = ({ status, logicalId }: StackEvent) => void (status.endsWith('COMPLETE') && events.push(`${status} ${logicalId}`));
  await recorder.deployer.deploy({ stackName: 'Stack', template, assemblyDirectory: recorder.assemblyDirectory, onEvent });
  return events;
}

describe('an update', () => {
  test('creates, changes and deletes in the order of CloudFormation, and leaves alone what did not change', async () => {
    const before = {
      Resources: {
        Gone: logGroup({ LogGroupName: 'gone' }),
        Policy: rolePolicy(['sqs:SendMessage'], { DependsOn: 'Gone' }),
        Role: lambdaRole,
        Same: logGroup({ LogGroupName: 'same' }),
      },
      Outputs: { Out: { Value: 'before' } },
    };
    const stack = await recorder.deploy(before);
    const { stackName, retained } = stack;
    const same = recorder.account.logGroups.get('same');
    const after = {
      Resources: {
        // Refers to a resource that is new.
        Policy: rolePolicy(['sns:Publish'], { DependsOn: ['New'] }),
        Role: lambdaRole,
        Same: logGroup({ LogGroupName: { 'Fn::Join': ['', ['sa', 'me']] } }, { DependsOn: 'Policy' }),
        New: logGroup({ LogGroupName: 'new' }),
      },
      Outputs: { Out: { Value: 'after' } },
    };
    expect(await eventsOf(after)).toEqual(['CREATE_COMPLETE New', 'UPDATE_COMPLETE Policy', 'DELETE_COMPLETE Gone']);
    expect(allowed()).toEqual(['sns:Publish']);
    expect(groups()).toEqual(['same', 'new']);
    expect(recorder.account.logGroups.get('same')).toBe(same);
    expect([stackName, retained, stack.outputs, [...stack.resources.keys()]]).toEqual(['Stack', [], { Out: 'after' }, ['Role', 'New', 'Policy', 'Same']]);
    expect(await eventsOf(after)).toEqual([]);
    await stack.delete();
    expect([groups(), recorder.account.roles.size]).toEqual([[], 0]);
  });

  test('changes the stack that was returned, and keeps its id', async () => {
    const template = (name: string) => ({ Resources: { A: logGroup({ LogGroupName: name }) }, Outputs: { Id: { Value: { Ref: 'AWS::StackId' } } } });
    const stack = await recorder.deploy(template('a'));
    const { Id } = stack.outputs;
    expect(await recorder.deploy(template('b'))).toBe(stack);
    expect(stack.outputs.Id).toBe(Id);
    expect(stack.resources.get('A')!.physicalId).toBe('b');
  });

  test('keeps the parameters that it does not give', async () => {
    const template = (suffix: string) => ({
      Parameters: { Name: { Type: 'String', Default: 'default' } },
      Resources: { A: logGroup({ LogGroupName: { 'Fn::Sub': `\${Name}-${suffix}` } }) },
    });
    await recorder.deploy(template('1'), 'Stack', { Name: 'given' });
    await recorder.deploy(template('2'));
    expect(groups()).toEqual(['given-2']);
    await recorder.deploy({ Resources: { A: logGroup({ LogGroupName: 'none' }) } });
    expect(groups()).toEqual(['none']);
  });

  test('of a property without an effect changes nothing', async () => {
    await recorder.deploy({ Resources: { A: logGroup({ LogGroupName: 'a', RetentionInDays: 1 }) } });
    const before = recorder.account.logGroups.get('a');
    await recorder.deploy({ Resources: { A: logGroup({ LogGroupName: 'a', RetentionInDays: 7 }) } });
    expect(recorder.account.logGroups.get('a')).toBe(before);
  });

  test('cannot begin while the stack is being deployed', async () => {
    const template = { Resources: { A: logGroup() } };
    const first = recorder.deploy(template);
    await expect(recorder.deploy(template)).rejects.toThrow('stack Stack is being deployed: wait until that ends');
    await first;
  });
});

describe('a replacement', () => {
  test('creates the new resource first, changes what refers to it, and deletes the old one at the end', async () => {
    const template = (name: string) => ({
      Resources: { A: logGroup({ LogGroupName: name }), B: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement: [{ Effect: 'Allow', Action: { 'Fn::Sub': 'logs:${A}' } }] } } } },
    });
    await recorder.deploy(template('one'));
    const [key] = recorder.account.keys.keys();
    expect(await eventsOf(template('two'))).toEqual(['CREATE_COMPLETE A', 'UPDATE_COMPLETE B', 'DELETE_COMPLETE A']);
    expect(groups()).toEqual(['two']);
    expect([...recorder.account.keys]).toEqual([[key, { Statement: [{ Effect: 'Allow', Action: 'logs:two' }] }]]);
  });

  test.each([['Retain', ['one', 'two']], ['Delete', ['two']], [undefined, ['two']]])('with UpdateReplacePolicy %s leaves %j', async (policy, left) => {
    const template = (name: string) => ({ Resources: { A: logGroup({ LogGroupName: name }, { DeletionPolicy: 'Retain', UpdateReplacePolicy: policy }) } });
    const stack = await recorder.deploy(template('one'));
    await recorder.deploy(template('two'));
    expect(groups()).toEqual(left);
    expect(stack.retained).toEqual(left.length > 1 ? ['A'] : []);
  });

  test('of a permission gives the function its new statement only', async () => {
    const template = (principal: string) => ({
      Resources: {
        Role: lambdaRole, Fn: inlineFunction(),
        Permission: { Type: 'AWS::Lambda::Permission', Properties: { Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Fn' }, Principal: principal } },
      },
    });
    await recorder.deploy(template('sns.amazonaws.com'));
    await recorder.deploy(template('s3.amazonaws.com'));
    const [{ Statement }] = recorder.account.resourcePolicies.values();
    expect(Statement.map(({ Principal }) => Principal)).toEqual([{ Service: 's3.amazonaws.com' }]);
  });

  test('keeps what its deletion policy retains when the template no longer has it', async () => {
    const stack = await recorder.deploy({ Resources: { A: logGroup({ LogGroupName: 'a' }, { DeletionPolicy: 'Retain' }), B: logGroup({ LogGroupName: 'b' }) } });
    await recorder.deploy({ Resources: { C: logGroup({ LogGroupName: 'c' }) } });
    expect([groups(), stack.retained]).toEqual([['a', 'c'], ['A']]);
  });
});

describe('a failing update', () => {
  const before = {
    Resources: { Role: lambdaRole, Policy: rolePolicy(['sqs:SendMessage']), Alarm: alarm(1), Group: logGroup({ LogGroupName: 'one' }) },
    Outputs: { Out: { Value: 'before', Export: { Name: 'out' } } },
  };
  const broken = { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/aws/no', TargetKeyId: 'x' }, DependsOn: ['Policy', 'Alarm', 'Group', 'New'] };

  test('changes back what it has changed, deletes what it has created, and keeps the rest', async () => {
    const stack = await recorder.deploy(before);
    const after = {
      Resources: {
        Role: lambdaRole, Policy: rolePolicy(['sns:Publish']), Alarm: alarm(2), Group: logGroup({ LogGroupName: 'two' }), New: logGroup({ LogGroupName: 'new' }),
        Broken: broken,
      },
      Outputs: { Out: { Value: 'after', Export: { Name: 'out' } } },
    };
    const state = { groups: groups(), allowed: allowed(), outputs: stack.outputs, resources: [...stack.resources] };
    await expect(recorder.deploy(after)).rejects.toThrow('stack Stack: resource Broken (AWS::KMS::Alias) could not be created: property AliasName');
    expect({ groups: groups(), allowed: allowed(), outputs: stack.outputs, resources: [...stack.resources] }).toEqual(state);
    expect([...recorder.account.alarms.values()].map(({ status }) => status.condition)).toEqual(['> 1']);
    // The next update begins where the stack is.
    await recorder.deploy({ ...after, Resources: { ...after.Resources, Broken: logGroup({ LogGroupName: 'fixed' }) } });
    expect([groups(), allowed()]).toEqual([['two', 'new', 'fixed'], ['sns:Publish']]);
  });

  test('rolls back in the order of the earlier template', async () => {
    const chain = (group: string, order: 'forward' | 'backward') => ({
      A: { ...alarm(1), Properties: { ...alarm(1).Properties, AlarmName: 'a', MetricName: group }, ...(order === 'backward' && { DependsOn: 'B' }) },
      B: { ...alarm(1), Properties: { ...alarm(1).Properties, AlarmName: 'b', MetricName: group }, ...(order === 'forward' && { DependsOn: 'A' }) },
    });
    await recorder.deploy({ Resources: chain('one', 'forward') });
    const events: string[] = [];
    await expect(recorder.deployer.deploy({
      stackName: 'Stack',
      template: { Resources: { ...chain('two', 'backward'), Broken: { ...broken, DependsOn: ['A', 'B'] } } },
      assemblyDirectory: recorder.assemblyDirectory,
      onEvent: ({ status, logicalId }) => void (status === 'UPDATE_COMPLETE' && events.push(logicalId)),
    })).rejects.toThrow('resource Broken');
    expect(events).toEqual(['B', 'A', 'A', 'B']);
  });

  test('says what could not be rolled back, and leaves the stack as it is then', async () => {
    const stack = await recorder.deploy({ Resources: { Role: lambdaRole, Alarm: alarm(1) } });
    const set = jest.spyOn(recorder.account.alarms, 'set').mockImplementationOnce((...args) => Map.prototype.set.apply(recorder.account.alarms, args) as never)
      .mockImplementationOnce(() => {
        throw new Error('no');
      });
    const after = { Resources: { Role: lambdaRole, Alarm: alarm(2), Broken: { ...broken, DependsOn: 'Alarm' } } };
    await expect(recorder.deploy(after)).rejects.toThrow(
      /property AliasName .*; rolling back failed too: resource Alarm \(AWS::CloudWatch::Alarm\) could not be rolled back: no$/,
    );
    set.mockRestore();
    expect(stack.resources.get('Alarm')!.properties).toMatchObject({ Threshold: 2 });
    await recorder.deploy({ Resources: { Role: lambdaRole, Alarm: alarm(1) } });
    expect([...recorder.account.alarms.values()].map(({ status }) => status.condition)).toEqual(['> 1']);
  });

  test('of a resource that cannot be deleted stands, and says what is left in the account', async () => {
    const stack = await recorder.deploy({ Resources: { A: logGroup({ LogGroupName: 'a' }), Key: { Type: 'AWS::KMS::Key' } } });
    jest.spyOn(recorder.account.keys, 'delete').mockImplementationOnce(() => {
      throw new Error('in use');
    });
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation();
    await recorder.deploy({ Resources: { A: logGroup({ LogGroupName: 'a' }) } });
    expect(warned.mock.calls.map(([text]) => text)).toEqual(['the stack is updated, but resource Key (AWS::KMS::Key) could not be deleted: in use']);
    warned.mockRestore();
    expect([stack.retained, [...stack.resources.keys()]]).toEqual([['Key'], ['A']]);
  });
});

describe('what an update refuses', () => {
  const stream = (name: string) => ({ Type: 'AWS::Kinesis::Stream', Properties: { Name: name, ShardCount: 1 } });

  test.each<[string, object, object, string]>([
    ['another type', logGroup(), { Type: 'AWS::KMS::Key' }, 'Type must stay AWS::Logs::LogGroup, got: AWS::KMS::Key; give the resource another logical id'],
    ['a property that no update changes', { Type: 'AWS::KMS::Key', Properties: { KeySpec: 'SYMMETRIC_DEFAULT' } }, { Type: 'AWS::KMS::Key' },
      'update of AWS::KMS::Key.KeySpec is not emulated; delete the stack and deploy it again'],
    ['a refused property', logGroup(), logGroup({ DataProtectionPolicy: {} }), 'property DataProtectionPolicy is not emulated: data protection is not emulated'],
  ])('%s', async (_, before, after, message) => {
    await recorder.deploy({ Resources: { A: before } });
    await expect(recorder.deploy({ Resources: { A: after } })).rejects.toThrow(`stack Stack: resource A (${(after as { Type: string }).Type}) could not be updated: ${message}`);
  });

  test('a replacement of what holds data', async () => {
    const { clients } = recorder.deployer as unknown as { clients: { kinesis: { send(): Promise<unknown> } } };
    jest.spyOn(clients.kinesis, 'send').mockImplementation(async () => ({
      StreamDescription: { StreamStatus: 'ACTIVE', StreamARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/one' },
      StreamDescriptionSummary: { RetentionPeriodHours: 24 },
    }));
    await recorder.deploy({ Resources: { Stream: stream('one') } });
    await expect(recorder.deploy({ Resources: { Stream: stream('two') } })).rejects.toThrow(
      'properties of AWS::Kinesis::Stream must not require replacement, which loses data, got: a change of Name; '
      + 'keep the value, or give the resource another logical id',
    );
  });
});

describe('exports', () => {
  const exporting = (value: string, name = 'out') => ({ Resources: { A: logGroup() }, Outputs: { Out: { Value: value, Export: { Name: name } } } });
  const importing = (name = 'out') => ({ Resources: { B: logGroup({ LogGroupName: { 'Fn::ImportValue': name } }) } });

  test('change while nothing imports them', async () => {
    await recorder.deploy(exporting('one'), 'One');
    await recorder.deploy(exporting('two'), 'One');
    await recorder.deploy(importing(), 'Two');
    expect(groups()).toContain('two');
  });

  test.each([['change', exporting('two')], ['be renamed', exporting('one', 'other')], ['be removed', { Resources: { A: logGroup() } }]])('cannot %s while in use', async (_, after) => {
    const stack = await recorder.deploy(exporting('one'), 'One');
    await recorder.deploy(importing(), 'Two');
    await expect(recorder.deploy(after, 'One')).rejects.toThrow('export out must not change or be removed while it is in use, got: imported by Two');
    expect(stack.outputs).toEqual({ Out: 'one' });
    await recorder.deploy({ Resources: { B: logGroup({ LogGroupName: 'x' }) } }, 'Two');
    await recorder.deploy(after, 'One');
  });
});
