import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, RedriveFunction, StreamDlqOptions } from '../../src';
import { annotationsOf, propertiesOf, resolved, resourcesOf, testApp, testProcessor, testStack } from '../support/app';
import { actionsOf, allow, managedPoliciesOf, sorted, Statement, statementsOf } from '../support/policies';
import { captureBucketOf, Defined, defineDlq, processWith } from '../support/stream-dlq';

interface DefinedRedrive extends Defined {
  readonly redrive: RedriveFunction;
}

function define(options: StreamDlqOptions | ((stack: Stack) => StreamDlqOptions) = {}): DefinedRedrive {
  const defined = defineDlq(options);
  return { ...defined, redrive: new RedriveFunction(defined.stack, 'Redrive', { dlq: defined.dlq }) };
}

const granted = ({ redrive }: DefinedRedrive) => sorted(statementsOf(redrive.function.role!));
const invoke = (stack: Stack, fn: lambda.IFunction) => allow(['lambda:InvokeFunction', 'lambda:GetFunctionConfiguration'], resolved(stack, fn.functionArn));
const warningsOf = (stack: Stack) => annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq'));

/** On objects of a bucket, of this account only. */
function ofObjects({ stack, dlq }: Defined, action: string, folder: string, bucket: s3.IBucket = dlq.overflowBucket): Statement {
  return {
    ...allow(action, resolved(stack, bucket.arnForObjects(folder))),
    Condition: { StringEquals: { 's3:ResourceAccount': resolved(stack, stack.account) } },
  };
}

/** What the function may do in every setting. */
function basics(defined: DefinedRedrive): Statement[] {
  const { stack, dlq, redrive } = defined;
  const prefix = propertiesOf(dlq.captureFunction).Environment.Variables.OVERFLOW_PREFIX;
  const [log] = Object.entries(resourcesOf(stack)).find(([id, { Type }]) => Type === 'AWS::Logs::LogGroup' && id.startsWith('Redrive'))!;
  return [
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], { 'Fn::GetAtt': [log, 'Arn'] }),
    allow(['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], resolved(stack, dlq.queue.queueArn)),
    allow('sqs:SendMessage', resolved(stack, redrive.parkingQueue.queueArn)),
    ofObjects(defined, 's3:GetObject', `${prefix}*`),
    ofObjects(defined, 's3:PutObject', `${prefix}*`),
  ];
}

describe('the role of the redrive function', () => {
  test('writes its log, takes from one queue, parks in the other, reads and keeps what is over the limit, and nothing else', () => {
    const defined = define();
    expect(granted(defined)).toEqual(sorted(basics(defined)));
    expect(managedPoliciesOf(defined.redrive.function.role!)).toEqual([]);
  });

  test('has no pattern in an action', () => {
    expect(actionsOf(granted(define())).filter((it) => it.includes('*'))).toEqual([]);
  });

  test.each(['before', 'after'])('invokes a processor whose mapping is defined %s it', (when) => {
    const { stack, dlq, stream } = defineDlq();
    const processor = testProcessor(stack);
    if (when === 'before') processWith(dlq, processor, stream);
    const redrive = new RedriveFunction(stack, 'Redrive', { dlq });
    if (when === 'after') processWith(dlq, processor, stream);
    const defined = { stack, dlq, stream, redrive };
    expect(granted(defined)).toEqual(sorted([...basics(defined), invoke(stack, processor)]));
  });

  test('invokes the version that a mapping has, and not the function behind it', () => {
    const defined = define();
    const processor = testProcessor(defined.stack);
    processWith(defined.dlq, processor.currentVersion, defined.stream);
    expect(granted(defined)).toContainEqual(invoke(defined.stack, processor.currentVersion));
    expect(granted(defined)).not.toContainEqual(invoke(defined.stack, processor));
  });

  test('decrypts with the key of the dead-letter queue and the bucket, and encrypts with that of the parking queue and the bucket', () => {
    const defined = define((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));
    const key = resolved(defined.stack, defined.dlq.queue.encryptionMasterKey!.keyArn);
    expect(granted(defined)).toEqual(
      sorted([...basics(defined), allow('kms:Decrypt', key), allow('kms:GenerateDataKey', key), allow(['kms:Decrypt', 'kms:GenerateDataKey'], key)]),
    );
  });

  test('only decrypts with the key of a dead-letter queue that has another than the parking queue', () => {
    const keyArn = 'arn:aws:kms:us-east-1:123456789012:key/1';
    const defined = define((stack) => ({
      queue: sqs.Queue.fromQueueAttributes(stack, 'Given', { queueArn: 'arn:aws:sqs:us-east-1:123456789012:letters', keyArn }),
    }));
    expect(granted(defined)).toContainEqual(allow('kms:Decrypt', keyArn));
    expect(granted(defined).filter(({ Resource }) => Resource === keyArn)).toHaveLength(1);
  });

  test.each<[string, (stack: Stack) => logs.ILogGroup]>([
    ['of the app', (stack) => new logs.LogGroup(stack, 'Audit')],
    ['with a key of its own, which CloudWatch Logs uses', (stack) => new logs.LogGroup(stack, 'Audit', { encryptionKey: new kms.Key(stack, 'Key') })],
    ['that is imported by its name', (stack) => logs.LogGroup.fromLogGroupName(stack, 'Audit', '/orders/operators')],
    ['of an earlier stack', (stack) => new logs.LogGroup(new Stack(stack.node.root as App, 'Earlier'), 'Audit')],
  ])('writes what it did to the log group for that, and to no other: one %s', (_, auditLogGroup) => {
    const defined = define((stack) => ({ auditLogGroup: auditLogGroup(stack) }));
    const statements = granted(defined);
    // By an export where it is of another stack, which synthesis makes.
    const write = allow(['logs:CreateLogStream', 'logs:PutLogEvents'], resolved(defined.stack, defined.dlq.auditLogGroup!.logGroupArn));
    expect(statements).toEqual(sorted([...basics(defined), write]));
  });

  test('reads what Lambda wrote to the bucket that FailureCapture.s3() defines', () => {
    const defined = define({ capture: FailureCapture.s3() });
    const bucket = captureBucketOf(defined.dlq);
    expect(granted(defined)).toEqual(sorted([...basics(defined), ofObjects(defined, 's3:GetObject', 'aws/lambda/*', bucket)]));
  });

  test('reads what Lambda wrote to a bucket that is passed to FailureCapture.s3()', () => {
    const defined = define((stack) => ({ capture: FailureCapture.s3({ bucket: new s3.Bucket(stack, 'Failed') }) }));
    expect(granted(defined)).toContainEqual(ofObjects(defined, 's3:GetObject', 'aws/lambda/*', defined.stack.node.findChild('Failed') as s3.Bucket));
  });
});

describe('a processor of a later stack', () => {
  function defineLater() {
    const app = testApp();
    return { ...defineDlq({}, undefined, testStack({}, app)), later: new Stack(app, 'Later') };
  }

  test('is not invoked by a RedriveFunction of the stack of the StreamDlq, which is warned of', () => {
    const { stack, later, dlq, stream } = defineLater();
    const redrive = new RedriveFunction(stack, 'Redrive', { dlq });
    processWith(dlq, testProcessor(later), stream);
    expect(warningsOf(stack)).toEqual([
      'warning /Stack/Redrive: the RedriveFunction should be in the stack of the processors, or in a stack that depends on it, got: ' +
        '\'Stack/Redrive\' for \'Later/Processor\'; define it there: it is not allowed to invoke this processor, and parks its dead ' +
        'letters [ack: cdk-stream-dlq:redriveInEarlierStack]',
    ]);
    const defined = { stack, dlq, stream, redrive };
    expect(granted(defined)).toEqual(sorted(basics(defined)));
  });

  test.each(['the same', 'a still later'])('is invoked by a RedriveFunction of %s stack', (which) => {
    const { stack, later, dlq, stream } = defineLater();
    const processor = testProcessor(later);
    processWith(dlq, processor, stream);
    const scope = which === 'the same' ? later : new Stack(later.node.root as Stack, 'Last');
    const redrive = new RedriveFunction(scope, 'Redrive', { dlq });
    expect(statementsOf(redrive.function.role!)).toContainEqual(invoke(scope, processor));
    expect(warningsOf(stack)).toEqual([]);
    expect(warningsOf(scope)).toEqual([]);
  });
});

describe('grantOperatorRemoteRedrive', () => {
  function operated(options: Parameters<typeof define>[0] = {}) {
    const defined = define(options);
    const operator = new iam.Role(defined.stack, 'OnCall', { assumedBy: new iam.AccountRootPrincipal() });
    const reader = new iam.Role(defined.stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
    defined.dlq.grantOperatorRead(reader);
    return { ...defined, operator, reader, grant: defined.redrive.grantOperatorRemoteRedrive(operator) };
  }

  test('allows what grantOperatorRead does, and to look at the mapping and to switch it, and nothing else', () => {
    const { stack, redrive, operator, reader, grant } = operated();
    const allowed = statementsOf(operator);
    const more = allow(['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'], resolved(stack, redrive.mapping.eventSourceMappingArn));
    const expected = [...statementsOf(reader), more];
    expect(sorted(allowed)).toEqual(sorted(expected));
    expect(grant.success).toBe(true);
  });

  test('allows to write who switched it, where there is a log group for that', () => {
    const { stack, dlq, operator } = operated((it) => ({ auditLogGroup: new logs.LogGroup(it, 'Audit') }));
    const write = allow(['logs:CreateLogStream', 'logs:PutLogEvents'], resolved(stack, dlq.auditLogGroup!.logGroupArn));
    expect(statementsOf(operator)).toContainEqual(write);
  });

  test('allows what is of the StreamDlq to an operator of its stack where it is in a later one, and warns', () => {
    const app = testApp();
    const { stack, dlq } = defineDlq({}, undefined, testStack({}, app));
    const redrive = new RedriveFunction(new Stack(app, 'Later'), 'Redrive', { dlq });
    const [operator, reader] = ['OnCall', 'Reader'].map((id) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() }));
    redrive.grantOperatorRemoteRedrive(operator);
    dlq.grantOperatorRead(reader);
    const ofReader = "got: 'Stack/Reader' for 'Later/Redrive'";
    expect(warningsOf(stack).filter((it) => !it.includes(ofReader))).toEqual([
      'warning /Stack/Dlq: the operator should be in the stack of the resources that it works with, or in a stack that depends on it, ' +
        'got: \'Stack/OnCall\' for \'Later/Redrive\'; define it there, and grant it there: it is allowed nothing on that resource [ack: ' +
        'cdk-stream-dlq:operatorInEarlierStack]',
    ]);
    expect(sorted(statementsOf(operator))).toEqual(sorted(statementsOf(reader)));
  });

  test('allows neither to send nor to delete nor to invoke', () => {
    const actions = actionsOf(statementsOf(operated().operator));
    for (const action of ['sqs:SendMessage', 'sqs:DeleteMessage', 'lambda:InvokeFunction']) expect(actions).not.toContain(action);
  });
});

test('the stream is left alone by it', () => {
  const defined = define();
  expect(actionsOf(granted(defined)).filter((it) => it.startsWith('kinesis:'))).toEqual([]);
  expect(defined.stream).toBeInstanceOf(kinesis.Stream);
});
