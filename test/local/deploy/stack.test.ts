import { logGroup, Recorder } from './recorder';

let recorder: Recorder;
beforeEach(() => {
  recorder = new Recorder();
});
afterEach(() => recorder.close());

const groups = () => [...recorder.account.logGroups.keys()];

describe('order', () => {
  test('what a resource refers to is created first, otherwise the template\'s order holds', async () => {
    const stack = await recorder.deploy({
      Resources: {
        A: logGroup({ LogGroupName: { 'Fn::Sub': 'after-${C}' } }),
        B: logGroup({ LogGroupName: 'b' }, { DependsOn: 'D' }),
        C: logGroup({ LogGroupName: { 'Fn::Join': ['-', ['after', { 'Fn::GetAtt': ['D', 'Arn'] }]] } }),
        D: logGroup({ LogGroupName: 'd' }),
        E: logGroup({ LogGroupName: 'e' }, { DependsOn: ['A', 'B'] }),
      },
    });
    expect([...stack.resources.keys()]).toEqual(['D', 'C', 'A', 'B', 'E']);
  });

  test('a cycle is an error that names it, and nothing is created', async () => {
    const template = {
      Resources: {
        Free: logGroup(),
        A: logGroup({ LogGroupName: { Ref: 'B' } }),
        B: logGroup({}, { DependsOn: 'C' }),
        C: logGroup({ LogGroupName: { 'Fn::Sub': '${A.Arn}' } }),
      },
    };
    await expect(recorder.deploy(template)).rejects.toThrow('stack Stack: circular dependency between resources: A -> B -> C -> A');
    expect(groups()).toEqual([]);
  });

  test('the branch of Fn::If that is not taken is no dependency', async () => {
    const stack = await recorder.deploy({
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: {
        A: logGroup({ LogGroupName: { 'Fn::If': ['Never', { Ref: 'B' }, 'a'] } }),
        B: logGroup({ LogGroupName: 'b' }, { DependsOn: 'A' }),
      },
    });
    expect([...stack.resources.keys()]).toEqual(['A', 'B']);
  });
});

describe('conditions', () => {
  const conditions = { Conditions: { Never: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] } } };

  test('a resource and an output whose condition is false are left out', async () => {
    const stack = await recorder.deploy({
      ...conditions,
      Resources: { A: logGroup({}, { DependsOn: 'B' }), B: logGroup({}, { Condition: 'Never' }) },
      Outputs: { Name: { Value: { Ref: 'A' } }, Other: { Value: { Ref: 'B' }, Condition: 'Never' } },
    });
    expect([...stack.resources.keys()]).toEqual(['A']);
    expect(stack.outputs).toEqual({ Name: 'Stack-A-AAAAAAAAAAAA' });
  });

  test('fails on a reference to a resource that its condition leaves out', async () => {
    const template = { ...conditions, Resources: { A: logGroup({ LogGroupName: { Ref: 'B' } }), B: logGroup({}, { Condition: 'Never' }) } };
    await expect(recorder.deploy(template)).rejects.toThrow(
      'stack Stack: resource A (AWS::Logs::LogGroup) refers to B, which condition Never leaves out of the stack',
    );
  });
});

describe('what a template may hold', () => {
  test('the rules and the metadata of CDK are passed over', async () => {
    const stack = await recorder.deploy({
      Resources: { A: logGroup(), CDKMetadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'x' } } },
      Parameters: { BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/hnb659fds/version' } },
      Rules: { CheckBootstrapVersion: { Assertions: [] } },
    });
    expect([...stack.resources.keys()]).toEqual(['A']);
  });

  test.each<[string, object, string]>([
    ['an unknown section', { Resources: { A: logGroup() }, Hooks: 'x' }, 'template section Hooks is not emulated'],
    ['a macro', { Resources: { A: logGroup() }, Transform: ['AWS::LanguageExtensions', 'AWS::Serverless-2016-10-31'] },
      'template transform "AWS::Serverless-2016-10-31" is not emulated, only: AWS::LanguageExtensions'],
    ['no resources', { Resources: {} }, 'a template needs at least one resource under Resources'],
    ['an unknown type', { Resources: { A: logGroup(), B: { Type: 'AWS::EC2::VPC' } } }, 'resource B has type AWS::EC2::VPC, which is not emulated'],
    ['a custom resource', { Resources: { A: { Type: 'Custom::Thing' } } }, 'resource A has type Custom::Thing, which is not emulated'],
    ['an unknown property', { Resources: { A: logGroup(), B: logGroup({ Retention: 3 }) } },
      'resource B (AWS::Logs::LogGroup): property Retention is unknown, known here: LogGroupName,'],
    ['an unknown property within a property', { Resources: { A: { Type: 'AWS::Kinesis::Stream', Properties: { StreamModeDetails: { Mode: 'x' } } } } },
      'resource A (AWS::Kinesis::Stream) could not be created: property StreamModeDetails.Mode is unknown, known here: StreamMode'],
    ['a refused property', { Resources: { A: logGroup({ DataProtectionPolicy: {} }) } },
      'resource A (AWS::Logs::LogGroup) could not be created: property DataProtectionPolicy is not emulated: data protection is not emulated'],
    ['a property of another kind', { Resources: { A: logGroup({ LogGroupName: ['a'] }) } },
      'resource A (AWS::Logs::LogGroup) could not be created: property LogGroupName must be a string, got: ["a"]'],
    ['a required property that is missing', { Resources: { A: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/a' } } } },
      'resource A (AWS::KMS::Alias) could not be created: property TargetKeyId is required'],
    ['an unknown attribute', { Resources: { A: logGroup(), B: logGroup({ LogGroupName: { 'Fn::GetAtt': ['A', 'Name'] } }) } },
      'resource B (AWS::Logs::LogGroup) could not be created: resource A (AWS::Logs::LogGroup) has no attribute Name, known here: Arn'],
    ['a reference to nothing', { Resources: { A: logGroup({ LogGroupName: { Ref: 'B' } }) } },
      'resource A (AWS::Logs::LogGroup) could not be created: Ref B names no resource of the stack'],
    ['a DependsOn of nothing', { Resources: { A: logGroup({}, { DependsOn: 'B' }) } },
      'resource A (AWS::Logs::LogGroup) has DependsOn B, which is not in the template'],
    ['a resource attribute', { Resources: { A: logGroup({}, { UpdatePolicy: {} }) } },
      'resource A (AWS::Logs::LogGroup): resource attribute UpdatePolicy is not emulated'],
    ['a deletion policy', { Resources: { A: logGroup({}, { DeletionPolicy: 'Snapshot' }) } },
      'resource A (AWS::Logs::LogGroup): DeletionPolicy must be one of Delete, Retain, RetainExceptOnCreate, got: Snapshot'],
    ['an output that is no string', { Resources: { A: logGroup() }, Outputs: { O: { Value: ['a'] } } }, 'output O must be a string, got: ["a"]'],
  ])('fails on %s, naming it, and leaves nothing behind', async (_, template, message) => {
    await expect(recorder.deploy(template)).rejects.toThrow(`stack Stack: ${message}`);
    expect(groups()).toEqual([]);
    await expect(recorder.deploy({ Resources: { A: logGroup() } })).resolves.toBeDefined();
  });
});

describe('parameters', () => {
  const Parameters = {
    Name: { Type: 'String', Default: 'a' },
    Size: { Type: 'Number', AllowedValues: [1, 2], Default: 1 },
    Parts: { Type: 'CommaDelimitedList', Default: 'x, y' },
  };
  const Resources = { A: logGroup({ LogGroupName: { 'Fn::Join': ['-', [{ Ref: 'Name' }, { Ref: 'Size' }, { 'Fn::Select': [1, { Ref: 'Parts' }] }]] } }) };

  test('have their defaults, or the values that were given', async () => {
    await recorder.deploy({ Parameters, Resources }, 'One');
    await recorder.deploy({ Parameters, Resources }, 'Two', { Name: 'b', Size: '2' });
    expect(groups()).toEqual(['a-1-y', 'b-2-y']);
  });

  test.each<[string, object, Record<string, string>, string]>([
    ['one that is not declared', Parameters, { Nmae: 'x' }, 'parameter Nmae is not in the template, which has: Name, Size, Parts'],
    ['a value that is not allowed', Parameters, { Size: '3' }, 'parameter Size must be one of 1, 2, got: 3'],
    ['one without a value', { Name: { Type: 'String' } }, {}, 'parameter Name has no default and got no value'],
    ['a value that does not match', { Name: { Type: 'String', AllowedPattern: '[a-z]+' } }, { Name: 'a1' }, 'parameter Name must match [a-z]+, got: a1'],
    ['a number that is none', { Name: { Type: 'Number' } }, { Name: 'x' }, 'parameter Name must be a number, got: x'],
  ])('fails on %s', async (_, declared, given, message) => {
    await expect(recorder.deploy({ Parameters: declared, Resources: { A: logGroup() } }, 'Stack', given)).rejects.toThrow(message);
  });

  test('fails on a reference to an SSM parameter, unless its value is given', async () => {
    const template = {
      Parameters: { Version: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/some/name' } },
      Resources: { A: logGroup({ LogGroupName: { Ref: 'Version' } }) },
    };
    await expect(recorder.deploy(template)).rejects.toThrow('parameter Version names an SSM parameter, which nothing here holds');
    await recorder.deploy(template, 'Stack', { Version: 'v1' });
    expect(groups()).toEqual(['v1']);
  });
});

describe('failing', () => {
  test('rolls back what was created, last one first', async () => {
    const key = (id: string) => ({ Type: 'AWS::KMS::Alias', Properties: { AliasName: `alias/${id}`, TargetKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } } });
    const template = {
      Resources: {
        Key: { Type: 'AWS::KMS::Key' },
        A: key('a'),
        B: logGroup({ LogGroupName: 'b' }),
        C: key('aws/c'),
      },
    };
    await expect(recorder.deploy(template)).rejects.toThrow('stack Stack: resource C (AWS::KMS::Alias) could not be created: property AliasName');
    expect(recorder.account.keys.size + recorder.account.keyAliases.size + recorder.account.logGroups.size).toBe(0);
  });

  test('keeps what its deletion policy retains, and deletes what is retained except on create', async () => {
    const template = {
      Resources: {
        Kept: logGroup({ LogGroupName: 'kept' }, { DeletionPolicy: 'Retain' }),
        Gone: logGroup({ LogGroupName: 'gone' }, { DeletionPolicy: 'RetainExceptOnCreate' }),
        Again: logGroup({ LogGroupName: 'kept' }, { DependsOn: ['Kept', 'Gone'] }),
      },
    };
    await expect(recorder.deploy(template)).rejects.toThrow('resource Again (AWS::Logs::LogGroup) could not be created: log group kept already exists');
    expect(groups()).toEqual(['kept']);
  });
});

describe('deleting', () => {
  test('goes in reverse order, and keeps what is to be retained', async () => {
    const deleted: string[] = [];
    const { logGroups } = recorder.account;
    const original = logGroups.delete.bind(logGroups);
    jest.spyOn(logGroups, 'delete').mockImplementation((name) => {
      deleted.push(name);
      return original(name);
    });
    const stack = await recorder.deploy({
      Resources: {
        A: logGroup({ LogGroupName: 'a' }),
        B: logGroup({ LogGroupName: 'b' }, { DeletionPolicy: 'Retain' }),
        C: logGroup({ LogGroupName: 'c' }, { DeletionPolicy: 'RetainExceptOnCreate' }),
        D: logGroup({ LogGroupName: 'd' }),
      },
    });
    await stack.delete();
    expect(deleted).toEqual(['d', 'a']);
    expect(stack.retained).toEqual(['C', 'B']);
    expect(groups()).toEqual(['b', 'c']);
  });

  test('a stack can be deployed again once it is deleted', async () => {
    const template = { Resources: { A: logGroup() } };
    const stack = await recorder.deploy(template);
    await stack.delete();
    expect(groups()).toEqual([]);
    const again = await recorder.deploy(template);
    expect(again).not.toBe(stack);
    await stack.delete();
    expect(groups()).toEqual(['Stack-A-AAAAAAAAAAAA']);
  });

  test('goes on when a resource cannot be deleted, then tells of it', async () => {
    const stack = await recorder.deploy({
      Resources: { A: logGroup({ LogGroupName: 'a' }), B: { Type: 'AWS::KMS::Key' } },
    });
    jest.spyOn(recorder.account.keys, 'delete').mockImplementationOnce(() => {
      throw new Error('no');
    });
    await expect(stack.delete()).rejects.toThrow('resource B (AWS::KMS::Key) could not be deleted: no');
    expect(groups()).toEqual([]);
    expect(recorder.account.keys.size).toBe(1);
    await stack.delete();
    expect(recorder.account.keys.size).toBe(0);
  });
});

describe('exports', () => {
  const exporting = {
    Resources: { A: logGroup({ LogGroupName: 'shared' }) },
    Outputs: { Name: { Value: { Ref: 'A' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:name' } } } },
  };
  const importing = { Resources: { B: logGroup({ LogGroupName: { 'Fn::Join': ['-', ['of', { 'Fn::ImportValue': 'One:name' }]] } }) } };

  test('reach the stacks that import them', async () => {
    await recorder.deploy(exporting, 'One');
    await recorder.deploy(importing, 'Two');
    expect(groups()).toEqual(['shared', 'of-shared']);
  });

  test('fail when they do not exist', async () => {
    await expect(recorder.deploy(importing, 'Two')).rejects.toThrow('no export named One:name found: deploy the stack that exports it first');
  });

  test('fail when another stack has the name', async () => {
    await recorder.deploy(exporting, 'One');
    const other = {
      Resources: { A: logGroup({ LogGroupName: 'other' }) }, Outputs: { Name: { Value: 'x', Export: { Name: 'One:name' } } },
    };
    await expect(recorder.deploy(other, 'Two')).rejects.toThrow('export One:name is already exported by stack One');
    expect(groups()).toEqual(['shared']);
  });

  test('keep their stack from being deleted while they are in use', async () => {
    const one = await recorder.deploy(exporting, 'One');
    const two = await recorder.deploy(importing, 'Two');
    await expect(one.delete()).rejects.toThrow('stack One cannot be deleted: export One:name is in use by Two, delete that first');
    await two.delete();
    await one.delete();
    expect(groups()).toEqual([]);
  });
});

describe('outputs of another stack', () => {
  const producing = { Resources: { A: logGroup({ LogGroupName: 'shared' }) }, Outputs: { Name: { Value: { Ref: 'A' } } } };
  const consuming = (output: object = {}) => {
    const name = { 'Fn::GetStackOutput': { StackName: 'One', OutputName: 'Name', ...output } };
    return { Resources: { B: logGroup({ LogGroupName: { 'Fn::Join': ['-', ['of', name]] } }) } };
  };

  test('are resolved without an export, and do not keep their stack from being deleted', async () => {
    const one = await recorder.deploy(producing, 'One');
    await recorder.deploy(consuming({ Region: { Ref: 'AWS::Region' } }), 'Two');
    expect(groups()).toEqual(['shared', 'of-shared']);
    await one.delete();
    expect(groups()).toEqual(['of-shared']);
    await expect(recorder.deploy(consuming(), 'Three')).rejects.toThrow('Fn::GetStackOutput finds no stack named One: deploy it first');
  });

  test.each<[string, object, string]>([
    ['the stack has no such output', { OutputName: 'Nmae' }, 'stack One has no output Nmae, known here: Name'],
    ['the stack is of another region', { Region: 'eu-west-1' },
      'Fn::GetStackOutput from another region is not emulated: local/ is us-east-1, got: eu-west-1'],
    ['it is the stack itself', { StackName: 'Two' }, 'stack Two has no output Name, known here: none'],
  ])('fail when %s', async (_, output, message) => {
    await recorder.deploy(producing, 'One');
    await expect(recorder.deploy(consuming(output), 'Two')).rejects.toThrow(message);
    expect(groups()).toEqual(['shared']);
  });
});
