import { Fn, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisStreamProcessor, RedriveFunction, StreamDlq, StreamSource } from '../../src';
import { annotationsOf, propertiesOf, resolved, testApp, testProcessor } from '../support/app';
import { statementsOf } from '../support/policies';
import { processWith } from '../support/stream-dlq';

const ENV = { account: '123456789012', region: 'eu-west-1' };
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:orders';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';

/** An app with a StreamDlq, its RedriveFunction, and somebody who is on call. */
function define() {
  const stack = new Stack(testApp(), 'Stack', { env: ENV });
  const stream = new kinesis.Stream(stack, 'Stream');
  const dlq = new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(stream) });
  const operator = new iam.Role(stack, 'OnCall', { assumedBy: new iam.AccountRootPrincipal() });
  const redrive = new RedriveFunction(stack, 'Redrive', { dlq });
  dlq.grantOperatorRedrive(operator);
  return { stack, stream, dlq, redrive, operator };
}

type Defined = ReturnType<typeof define>;

const imported = (stack: Stack, functionArn: string, id = 'Live') =>
  lambda.Function.fromFunctionAttributes(stack, id, { functionArn, role: iam.Role.fromRoleArn(stack, `${id}Role`, ROLE_ARN) });

/** What the app says is invoked: by the mapping, and in the policies of those who redrive. */
function invokedIn({ stack, dlq, redrive, operator }: Defined, mapping: lambda.IEventSourceMapping) {
  const hydrate = resolved(stack, dlq.captureFunction.functionArn);
  const mayInvoke = (role: iam.IRole) =>
    statementsOf(role)
      .filter(({ Action }) => [Action].flat().includes('lambda:InvokeFunction'))
      .flatMap(({ Resource }) => (Array.isArray(Resource) ? Resource : [Resource]))
      .filter((it) => JSON.stringify(it) !== JSON.stringify(hydrate));
  return {
    mapping: propertiesOf(mapping).FunctionName,
    redrive: mayInvoke(redrive.function.role!),
    operator: mayInvoke(operator),
  };
}

const everywhere = (arn: string) => ({ mapping: arn, redrive: [arn], operator: [arn] });

describe('an imported processor', () => {
  test.each(['live', '7', '$LATEST'])('with the qualifier %s is invoked by it, and everything names it', (qualifier) => {
    const defined = define();
    const mapping = processWith(defined.dlq, imported(defined.stack, `${ARN}:${qualifier}`), defined.stream);
    expect(invokedIn(defined, mapping)).toEqual(everywhere(`${ARN}:${qualifier}`));
  });

  test('without a qualifier is invoked by its name, as the CDK has it', () => {
    const defined = define();
    const mapping = processWith(defined.dlq, imported(defined.stack, ARN), defined.stream);
    expect(invokedIn(defined, mapping)).toEqual({ ...everywhere(ARN), mapping: 'orders' });
  });

  test('whose ARN is known at deployment only is invoked by all of it, since it may have a qualifier', () => {
    const defined = define();
    const functionArn = Fn.importValue('OrdersLiveArn');
    const mapping = processWith(defined.dlq, imported(defined.stack, functionArn), defined.stream);
    const value = { 'Fn::ImportValue': 'OrdersLiveArn' };
    expect(invokedIn(defined, mapping)).toMatchObject({ mapping: value, redrive: [value], operator: [value] });
  });

  test('twice in one stack, by two aliases, is invoked by both', () => {
    const defined = define();
    const [live, canary] = ['live', 'canary'].map((alias) =>
      processWith(defined.dlq, imported(defined.stack, `${ARN}:${alias}`, alias), defined.stream));
    const both = [`${ARN}:live`, `${ARN}:canary`];
    // The order of statements depends on feature flags.
    const inAnyOrder = { redrive: expect.arrayContaining(both), operator: expect.arrayContaining(both) };
    expect(invokedIn(defined, live)).toEqual({ mapping: both[0], ...inAnyOrder });
    expect(invokedIn(defined, canary)).toEqual({ mapping: both[1], ...inAnyOrder });
  });

  test('of a KinesisStreamProcessor is invoked by its qualifier', () => {
    const stack = new Stack(testApp(), 'Stack', { env: ENV });
    const { mapping } = new KinesisStreamProcessor(stack, 'Orders', { processor: imported(stack, `${ARN}:live`) });
    expect(propertiesOf(mapping).FunctionName).toBe(`${ARN}:live`);
    expect(annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq'))).toEqual([]);
  });

  test('that is imported as an alias is left as the CDK has it', () => {
    const defined = define();
    const { stack } = defined;
    const version = lambda.Version.fromVersionAttributes(stack, 'Version', { lambda: imported(stack, ARN), version: '7' });
    const alias = lambda.Alias.fromAliasAttributes(stack, 'Alias', { aliasName: 'live', aliasVersion: version });
    expect(propertiesOf(processWith(defined.dlq, alias, defined.stream)).FunctionName).toBe('orders:live');
  });
});

describe('a mapping whose function is changed on its resource', () => {
  const resourceOf = (mapping: lambda.IEventSourceMapping) => mapping.node.defaultChild as lambda.CfnEventSourceMapping;

  test.each([
    ['a name', 'orders:live'],
    ['an ARN', `${ARN}:live`],
    ['a partial ARN', '123456789012:function:orders:live'],
  ])('decides what is granted: %s', (_, functionName) => {
    const defined = define();
    const mapping = processWith(defined.dlq, imported(defined.stack, ARN), defined.stream);
    resourceOf(mapping).addPropertyOverride('FunctionName', functionName);
    const named = JSON.stringify(invokedIn(defined, mapping).redrive);
    expect(named).toContain('orders:live');
    expect(JSON.stringify(invokedIn(defined, mapping).operator)).toBe(named);
  });

  test('decides what is granted: an alias of this app', () => {
    const defined = define();
    const fn = testProcessor(defined.stack);
    const alias = new lambda.Alias(defined.stack, 'Live', { aliasName: 'live', version: fn.currentVersion });
    const mapping = processWith(defined.dlq, fn, defined.stream);
    resourceOf(mapping).functionName = alias.functionArn;
    const arn = resolved(defined.stack, alias.functionArn);
    expect(invokedIn(defined, mapping)).toMatchObject({ mapping: arn, redrive: [arn], operator: [arn] });
  });
});
