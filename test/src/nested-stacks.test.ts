import { NestedStack, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisStreamProcessor, RedriveFunction, StreamDlq, StreamSource } from '../../src';
import { annotationsOf, resourcesOf, testApp, testProcessor } from '../support/app';
import { statementsOf } from '../support/policies';

const ENV = { account: '123456789012', region: 'eu-west-1' };
const warningsOf = (stack: Stack) => annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq'));
const invokes = (role: iam.IRole) => statementsOf(role).filter(({ Action }) => Action.includes('lambda:InvokeFunction')).map(({ Resource }) => JSON.stringify(Resource));

function define() {
  const parent = new Stack(testApp(), 'Parent', { env: ENV });
  const stream = new kinesis.Stream(parent, 'Stream');
  const dlq = new StreamDlq(parent, 'Dlq', { source: StreamSource.kinesis(stream) });
  const operator = new iam.Role(parent, 'OnCall', { assumedBy: new iam.AccountRootPrincipal() });
  const processIn = (scope: Stack, processor: lambda.IFunction = testProcessor(scope)) =>
    new KinesisStreamProcessor(scope, 'Orders', { stream, dlq, processor });
  return { parent, stream, dlq, operator, processIn };
}

/** Fails where resources of a stack wait for each other in a circle. */
function expectNoCircle(stack: Stack): void {
  const resources = resourcesOf(stack);
  const needsOf = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(needsOf);
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, it]) => {
      if (key === 'Ref') return [it as string];
      return key === 'Fn::GetAtt' ? [(it as string[])[0]] : needsOf(it);
    });
  };
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    expect(path).not.toContain(id);
    if (done.has(id) || !resources[id]) return;
    done.add(id);
    for (const next of [...needsOf(resources[id].Properties), ...(resources[id].DependsOn ?? [])]) visit(next, [...path, id]);
  };
  for (const id of Object.keys(resources)) visit(id, []);
}

describe('processors of nested stacks', () => {
  test.each(['before', 'after'])('are granted to a RedriveFunction and an operator of the parent, defined %s them', (when) => {
    const { parent, dlq, operator, processIn } = define();
    let redrive: RedriveFunction | undefined;
    const grantAll = () => {
      redrive = new RedriveFunction(parent, 'Redrive', { dlq });
      dlq.grantOperatorRedrive(operator);
    };
    if (when === 'before') grantAll();
    for (const id of ['A', 'B']) processIn(new NestedStack(parent, id));
    if (when === 'after') grantAll();
    for (const role of [redrive!.function.role!, operator]) {
      const named = invokes(role).join();
      expect(named).toMatch(/ANestedStack\w+","Outputs\.\w*Processor/);
      expect(named).toMatch(/BNestedStack\w+","Outputs\.\w*Processor/);
    }
    expect(warningsOf(parent)).toEqual([]);
    expectNoCircle(parent);
  });

  test('are granted where they are nested more than once', () => {
    const { parent, dlq, operator, processIn } = define();
    processIn(new NestedStack(new NestedStack(parent, 'Outer'), 'Inner'));
    dlq.grantOperatorRedrive(operator);
    expect(invokes(operator).join()).toMatch(/OuterNestedStack\w+","Outputs\./);
    expect(warningsOf(parent)).toEqual([]);
    expectNoCircle(parent);
  });

  test('are not granted to the role that they run with, which they wait for', () => {
    const { parent, dlq, processIn } = define();
    const role = new iam.Role(parent, 'Shared', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const nested = new NestedStack(parent, 'A');
    processIn(nested, testProcessor(nested, 'Processor', { role }));
    dlq.grantOperatorRedrive(role);
    expect(warningsOf(parent)).toEqual([expect.stringContaining('[ack: cdk-stream-dlq:operatorInEarlierStack]')]);
    expectNoCircle(parent);
  });
});

test('a RedriveFunction of a nested StreamDlq is refused a processor of the parent, which waits for the nested stack', () => {
  const parent = new Stack(testApp(), 'Parent', { env: ENV });
  const nested = new NestedStack(parent, 'A');
  const stream = new kinesis.Stream(nested, 'Stream');
  const dlq = new StreamDlq(nested, 'Dlq', { source: StreamSource.kinesis(stream) });
  new RedriveFunction(nested, 'Redrive', { dlq });
  new KinesisStreamProcessor(parent, 'Orders', { stream, dlq, processor: testProcessor(parent) });
  expect(warningsOf(parent)).toEqual([expect.stringContaining('[ack: cdk-stream-dlq:redriveInEarlierStack]')]);
  expectNoCircle(parent);
});
