import { App, Aspects, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { DynamoStreamProcessor, FailureCapture, IStreamDlq, KinesisStreamProcessor, RedriveFunction, StreamDlq, StreamSource } from '../../src';
import { annotationsOf, testApp, testProcessor } from '../support/app';

const CODE = { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = async () => {};') };

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
}

interface Resource {
  readonly Type: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly Properties: Record<string, any>;
}

function processors(scope: Construct, dlq: IStreamDlq, count: number): KinesisStreamProcessor[] {
  return Array.from({ length: count }, (_, i) => new KinesisStreamProcessor(scope, `Orders${i}`, { dlq, processorProps: CODE }));
}

function resourcesOf(stack: Stack, type?: string): Resource[] {
  const all: Record<string, Resource> = Template.fromStack(stack).toJSON().Resources;
  return Object.values(all).filter((it) => type === undefined || it.Type === type);
}

/** Statements of all policies of a stack that allow an action, with the policy. */
function statementsWith(stack: Stack, action: string): Statement[] {
  return resourcesOf(stack, 'AWS::IAM::Policy')
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[])
    .filter(({ Action }) => [Action].flat().includes(action));
}

describe('processors that share a StreamDlq', () => {
  test.each([
    // With recommended feature flags each function also has a log group of its own.
    [1, 30],
    [10, 90],
    [40, 300],
  ])('%i of them take at most %i resources', (count, most) => {
    const stack = new Stack();
    processors(stack, new StreamDlq(stack, 'Dlq'), count);
    expect(resourcesOf(stack).length).toBeLessThanOrEqual(most);
  });

  test('leave the environment of the function as it is, however many there are', () => {
    const environments = [1, 50].map((count) => {
      const stack = new Stack();
      processors(stack, new StreamDlq(stack, 'Dlq'), count);
      const [hydrate] = resourcesOf(stack, 'AWS::Lambda::Function').filter(({ Properties }) => Properties.Description);
      return JSON.stringify(hydrate.Properties.Environment);
    });
    expect(environments[1]).toBe(environments[0]);
  });

  test('are read by one statement that names each of their streams', () => {
    const stack = new Stack();
    const all = processors(stack, new StreamDlq(stack, 'Dlq'), 3);
    const [statement, ...others] = statementsWith(stack, 'kinesis:GetShardIterator').filter(({ Action }) => [Action].flat().length === 2);
    expect(others).toEqual([]);
    expect(statement.Resource).toEqual(all.map(({ stream }) => stack.resolve(stream.streamArn)));
  });

  test('may read streams and tables at the same time', () => {
    const stack = new Stack();
    const dlq = new StreamDlq(stack, 'Dlq');
    new KinesisStreamProcessor(stack, 'Orders', { dlq, processorProps: CODE });
    const audit = new DynamoStreamProcessor(stack, 'Audit', {
      dlq, processorProps: CODE, tableProps: { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } },
    });
    expect(dlq.sources).toHaveLength(2);
    const destinations = resourcesOf(stack, 'AWS::Lambda::EventSourceMapping').flatMap(({ Properties }) => Properties.DestinationConfig ?? []);
    expect(destinations).toHaveLength(2);
    expect(destinations[0]).toEqual(destinations[1]);
    expect(statementsWith(stack, 'dynamodb:GetRecords')).toContainEqual(
      expect.objectContaining({ Resource: { 'Fn::Join': ['', [stack.resolve(audit.table.tableArn), '/stream/*']] } }),
    );
  });

  test('may read the same stream, which is then one source', () => {
    const stack = new Stack();
    const dlq = new StreamDlq(stack, 'Dlq');
    const stream = new kinesis.Stream(stack, 'Stream');
    for (const id of ['One', 'Two']) new KinesisStreamProcessor(stack, id, { dlq, stream, processorProps: CODE });
    expect(dlq.sources).toHaveLength(1);
  });

  test('may be operators of it, and be granted what another is sent to', () => {
    const stack = new Stack();
    const dlq = new StreamDlq(stack, 'Dlq');
    const [one, two] = processors(stack, dlq, 2);
    dlq.grantOperatorRead(one.processor);
    dlq.grantOperatorRedrive(two.processor);
    (one.processor as lambda.Function).addEnvironment('HYDRATE', dlq.captureFunction.functionName);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

describe('a StreamDlq of another stack', () => {
  function acrossStacks(): { app: App; team: Stack; orders: Stack; dlq: StreamDlq } {
    const app = new App();
    const team = new Stack(app, 'Team');
    const orders = new Stack(app, 'Orders');
    return { app, team, orders, dlq: new StreamDlq(team, 'Dlq') };
  }

  test('may serve streams that are defined beside their processors', () => {
    const { team, orders, dlq } = acrossStacks();
    processors(orders, dlq, 2);
    expect(() => Template.fromStack(team)).not.toThrow();
    expect(orders.dependencies).toEqual([team]);
    expect(team.dependencies).toEqual([]);
  });

  test('may read them by a policy of the stack of the mapping, which waits for it', () => {
    const { team, orders, dlq } = acrossStacks();
    const [{ stream }] = processors(orders, dlq, 1);
    expect(statementsWith(team, 'kinesis:GetShardIterator')).toEqual([]);
    const policies = Object.entries<Resource>(Template.fromStack(orders).toJSON().Resources).filter(
      ([, { Type, Properties }]) => Type === 'AWS::IAM::Policy' && /Fn::(ImportValue|GetStackOutput)/.test(JSON.stringify(Properties.Roles)),
    );
    expect(policies).toHaveLength(1);
    const [[id, { Properties }]] = policies;
    expect(Properties.PolicyDocument.Statement).toEqual([
      { Action: ['kinesis:GetRecords', 'kinesis:GetShardIterator'], Effect: 'Allow', Resource: orders.resolve(stream.streamArn) },
    ]);
    const [mapping] = resourcesOf(orders, 'AWS::Lambda::EventSourceMapping');
    expect((mapping as unknown as { DependsOn: string[] }).DependsOn).toContain(id);
  });

  test('may serve a stream of an earlier stack, where the mapping is in its own', () => {
    const app = new App();
    const streams = new Stack(app, 'Streams');
    const team = new Stack(app, 'Team');
    const stream = new kinesis.Stream(streams, 'Stream');
    new KinesisStreamProcessor(team, 'Orders', { dlq: new StreamDlq(team, 'Dlq'), stream, processorProps: CODE });
    expect(statementsWith(team, 'kinesis:GetShardIterator').length).toBeGreaterThan(0);
    expect(team.dependencies).toEqual([streams]);
  });

  test('may serve processors of nested stacks', () => {
    const stack = new Stack(new App(), 'Stack');
    const dlq = new StreamDlq(stack, 'Dlq');
    processors(new NestedStack(stack, 'Nested'), dlq, 2);
    expect(() => Template.fromStack(stack)).not.toThrow();
    expect(annotationsOf(stack).filter((it) => it.includes('cycl'))).toEqual([]);
  });

  test('is switched by a RedriveFunction of the stack of the processors', () => {
    const { orders, dlq } = acrossStacks();
    processors(orders, dlq, 1);
    new RedriveFunction(orders, 'Redrive', { dlq });
    expect(() => Template.fromStack(orders)).not.toThrow();
    expect(statementsWith(orders, 'lambda:InvokeFunction')).toHaveLength(1);
  });
});

describe('a source that is added', () => {
  test('must be of the Region of the StreamDlq', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-west-1' } });
    const dlq = new StreamDlq(stack, 'Dlq');
    const stream = kinesis.Stream.fromStreamArn(stack, 'Stream', 'arn:aws:kinesis:us-east-1:123456789012:stream/orders');
    expect(() => new KinesisStreamProcessor(stack, 'Orders', { dlq, stream, processor: testProcessor(stack) })).toThrow(
      '[Stack/Dlq] `source` must be a stream of the Region of its StreamDlq, got: one of us-east-1 for a StreamDlq of eu-west-1; ' +
        'define the StreamDlq in a stack of the Region of the stream: a mapping cannot read across Regions',
    );
  });
});

describe('a StreamDlq whose function has an imported role', () => {
  test('is allowed to read a stream of a later stack by a policy there', () => {
    const app = testApp();
    const [stack, later] = ['Stack', 'Later'].map((id) => new Stack(app, id));
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::123456789012:role/hydrate');
    const dlq = new StreamDlq(stack, 'Dlq', { capture: FailureCapture.hydrate({ role }) });
    const { stream } = new KinesisStreamProcessor(later, 'Orders', { dlq, processorProps: CODE });
    const [policy, ...others] = resourcesOf(later, 'AWS::IAM::Policy').filter(({ Properties }) => JSON.stringify(Properties.Roles) === '["hydrate"]');
    expect(others).toEqual([]);
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      { Action: ['kinesis:GetRecords', 'kinesis:GetShardIterator'], Effect: 'Allow', Resource: later.resolve(stream.streamArn) },
    ]);
  });
});

describe('an aspect of the app that adds sources and attaches mappings', () => {
  test.each([
    ['the source first', (dlq: IStreamDlq, stream: kinesis.IStream, attach: () => void) => { dlq.addSource(StreamSource.kinesis(stream)); attach(); }],
    ['the mapping first', (dlq: IStreamDlq, stream: kinesis.IStream, attach: () => void) => { attach(); dlq.addSource(StreamSource.kinesis(stream)); }],
  ])('lets the function read streams of a later stack, %s', (_, add) => {
    const app = testApp();
    const [stack, later] = ['Stack', 'Later'].map((id) => new Stack(app, id));
    const dlq = new StreamDlq(stack, 'Dlq');
    const stream = new kinesis.Stream(later, 'Stream');
    const fn = testProcessor(later);
    const mapping = new lambda.CfnEventSourceMapping(later, 'Mapping', {
      functionName: fn.functionName, eventSourceArn: stream.streamArn, startingPosition: 'TRIM_HORIZON',
    });
    Aspects.of(app).add({
      visit: (node) => {
        if (node === mapping) add(dlq, stream, () => dlq.attachTo(mapping, fn));
      },
    });
    expect(statementsWith(later, 'kinesis:GetRecords')).toEqual([
      { Action: ['kinesis:GetRecords', 'kinesis:GetShardIterator'], Effect: 'Allow', Resource: later.resolve(stream.streamArn) },
    ]);
  });
});
