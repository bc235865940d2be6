import { Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, IStreamDlq, RedriveFunction, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import { annotationsOfUnbound, propertiesOf, resolved, resourcesOf, testApp, testProcessor, testStack } from '../support/app';
import { actionsOf, allow, permissionsOf, queuePolicyOf, sorted, Statement, statementsOf } from '../support/policies';
import { captureBucketOf, Defined, defineDlq, processWith } from '../support/stream-dlq';
import { tableV2WithStream } from '../support/tables';

const LOOK = ['sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'];
const CHANGE = ['sqs:DeleteMessage', 'sqs:SendMessage'];

/** The folder of a StreamDlq in its overflow bucket. */
const folderOf = (dlq: IStreamDlq): string => propertiesOf(dlq.captureFunction).Environment.Variables.OVERFLOW_PREFIX;

const onCall = (stack: Stack) => new iam.Role(stack, 'OnCall', { assumedBy: new iam.AccountRootPrincipal() });
const warningsOf = (stack: Stack) => annotationsOfUnbound(stack).filter((it) => it.includes('cdk-stream-dlq'));

/** A StreamDlq and somebody who is on call. */
function define(options: StreamDlqOptions | ((stack: Stack) => StreamDlqOptions) = {}, streamIn?: (stack: Stack) => kinesis.IStream, stack?: Stack) {
  const defined = defineDlq(options, streamIn, stack);
  return { ...defined, operator: onCall(defined.stack) };
}

function ofObjects({ stack }: Defined, action: string, bucket: s3.IBucket, folder: string): Statement {
  return {
    ...allow(action, resolved(stack, bucket.arnForObjects(folder))),
    Condition: { StringEquals: { 's3:ResourceAccount': resolved(stack, stack.account) } },
  };
}

function reading(defined: Defined): Statement[] {
  const { stack, dlq, stream } = defined;
  return [
    allow('tag:GetResources', '*'),
    allow('lambda:ListEventSourceMappings', '*'),
    allow('kinesis:DescribeStreamSummary', resolved(stack, stream.streamArn)),
    allow('lambda:GetFunctionConfiguration', resolved(stack, dlq.captureFunction.functionArn)),
    allow(LOOK, resolved(stack, dlq.queue.queueArn)),
    allow(LOOK, resolved(stack, dlq.undeliverableQueue.queueArn)),
    allow('sqs:GetQueueAttributes', resolved(stack, dlq.intakeQueue!.queueArn)),
    ofObjects(defined, 's3:GetObject', dlq.overflowBucket, `${folderOf(dlq)}*`),
  ];
}

function redriving(defined: Defined): Statement[] {
  const { stack, dlq } = defined;
  return [
    ...reading(defined),
    allow(CHANGE, resolved(stack, dlq.queue.queueArn)),
    allow(CHANGE, resolved(stack, dlq.undeliverableQueue.queueArn)),
    allow('lambda:InvokeFunction', resolved(stack, dlq.captureFunction.functionArn)),
    ofObjects(defined, 's3:PutObject', dlq.overflowBucket, `${folderOf(dlq)}*`),
  ];
}

const invoke = (stack: Stack, fn: lambda.IFunction) => allow('lambda:InvokeFunction', resolved(stack, fn.functionArn));

/** What the redrive to a processor takes: `invokeIdentityArn` of its records comes from its configuration. */
const redriveTo = (stack: Stack, fn: lambda.IFunction) =>
  allow(['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'], resolved(stack, fn.functionArn));

describe('grantOperatorRead', () => {
  test('allows to look at both queues and what their messages point to, to find them, to count failure records, and nothing else', () => {
    const defined = define();
    const grant = defined.dlq.grantOperatorRead(defined.operator);
    expect(sorted(statementsOf(defined.operator))).toEqual(sorted(reading(defined)));
    expect(grant.success).toBe(true);
  });

  test('allows no action by a pattern', () => {
    const { dlq, operator } = define();
    dlq.grantOperatorRead(operator);
    expect(actionsOf(statementsOf(operator)).filter((it) => it.includes('*'))).toEqual([]);
  });

  test('allows to decrypt with the key of the queues and the bucket', () => {
    const defined = define((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));
    defined.dlq.grantOperatorRead(defined.operator);
    const key = resolved(defined.stack, defined.dlq.queue.encryptionMasterKey!.keyArn);
    expect(sorted(statementsOf(defined.operator))).toEqual(sorted([...reading(defined), allow('kms:Decrypt', key)]));
  });

  test('allows to read what Lambda wrote to a bucket of FailureCapture.s3(), with its key', () => {
    const defined = define((it) => ({
      capture: FailureCapture.s3({ bucket: new s3.Bucket(it, 'Failed', { encryptionKey: new kms.Key(it, 'Key') }) }),
    }));
    const { stack, dlq, operator } = defined;
    const bucket = stack.node.findChild('Failed') as s3.Bucket;
    dlq.grantOperatorRead(operator);
    const granted = statementsOf(operator);
    expect(granted).toContainEqual(ofObjects(defined, 's3:GetObject', bucket, 'aws/lambda/*'));
    expect(granted).toContainEqual(allow('kms:Decrypt', resolved(stack, bucket.encryptionKey!.keyArn)));
    expect(granted).toContainEqual(allow('lambda:GetFunctionConfiguration', resolved(stack, dlq.captureFunction.functionArn)));
  });

  test('allows to read one folder of an overflow bucket that is given, of whichever account it is, where Lambda writes to no other', () => {
    const { stack, dlq, operator } = define((it) => ({ overflowBucket: s3.Bucket.fromBucketName(it, 'Given', 'letters') }));
    dlq.grantOperatorRead(operator);
    expect(statementsOf(operator).filter(({ Action }) => Action === 's3:GetObject')).toEqual([
      allow('s3:GetObject', resolved(stack, dlq.overflowBucket.arnForObjects('dead-letters/*'))),
    ]);
  });

  test('allows to read the capture bucket beside an overflow bucket that is passed in', () => {
    const defined = define((it) => ({ overflowBucket: new s3.Bucket(it, 'Given'), capture: FailureCapture.s3() }));
    const { stack, dlq, operator } = defined;
    dlq.grantOperatorRead(operator);
    expect(statementsOf(operator)).toContainEqual(ofObjects(defined, 's3:GetObject', captureBucketOf(dlq), 'aws/lambda/*'));
    expect(statementsOf(operator)).toContainEqual(allow('s3:GetObject', resolved(stack, dlq.overflowBucket.arnForObjects('dead-letters/*'))));
  });

  test('allows to look at the functions of both captures where one is kept', () => {
    const { stack, dlq, operator } = define({ keepCapture: FailureCapture.s3() });
    dlq.grantOperatorRead(operator);
    const functions = ['Hydrate', 'Capture'].map((id) => dlq.node.findChild(id).node.findChild('Function') as lambda.Function);
    expect(functions).toContain(dlq.captureFunction);
    expect(permissionsOf(statementsOf(operator))).toEqual(
      expect.arrayContaining(functions.map((fn) => allow('lambda:GetFunctionConfiguration', resolved(stack, fn.functionArn)))),
    );
  });

  test.each(['before', 'after'])('allows to look at what a RedriveFunction has parked that is defined %s it', (when) => {
    const { stack, dlq, operator } = define();
    if (when === 'after') dlq.grantOperatorRead(operator);
    const redrive = new RedriveFunction(stack, 'Redrive', { dlq });
    if (when === 'before') dlq.grantOperatorRead(operator);
    const granted = statementsOf(operator);
    expect(granted).toContainEqual(allow(LOOK, resolved(stack, redrive.parkingQueue.queueArn)));
    expect(granted).toContainEqual(allow('lambda:GetFunctionConfiguration', resolved(stack, redrive.function.functionArn)));
    expect(actionsOf(granted)).not.toContain('sqs:DeleteMessage');
  });

  test('lets one in by the policies of the queues whose own is out of reach', () => {
    const { dlq, stack } = define();
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::999999999999:role/elsewhere', { mutable: false });
    dlq.grantOperatorRead(role);
    expect(queuePolicyOf(dlq.queue).filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({ Action: LOOK, Principal: { AWS: role.roleArn } }),
    ]);
  });

  test('allows by a managed policy all that it allows by a role, for those whose role is of another origin', () => {
    const defined = define();
    const policy = new iam.ManagedPolicy(defined.stack, 'Policy');
    defined.dlq.grantOperatorRead(policy);
    expect(sorted(propertiesOf(policy).PolicyDocument.Statement)).toEqual(sorted(reading(defined)));
    expect(warningsOf(defined.stack)).toEqual([]);
  });
});

describe('an operator that takes no policies', () => {
  const ARN = 'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_1';

  test.each(['grantOperatorRead', 'grantOperatorRedrive'] as const)('is let in by queues and buckets, and %s warns of what is missing, once', (method) => {
    const { stack, dlq, stream } = define();
    dlq[method](new iam.ArnPrincipal(ARN));
    processWith(dlq, testProcessor(stack), stream);
    const inQueue = queuePolicyOf(dlq.queue).filter(({ Effect }) => Effect === 'Allow');
    const look = LOOK.map((Action) => expect.objectContaining({ Action, Principal: { AWS: ARN } }));
    expect(permissionsOf(inQueue)).toEqual(expect.arrayContaining(look));
    expect(warningsOf(stack)).toEqual([
      `warning /Stack/Dlq: the operator should be a role, a user, a group or a policy of this app, got: ArnPrincipal(${ARN}), whose ` +
        'policies this app cannot extend; attach the policy that `npx stream-dlq policy` prints, or grant to a `ManagedPolicy` that you ' +
        'attach: the policies of queues, buckets and keys cannot allow everything, such as `lambda:InvokeFunction` [ack: ' +
        'cdk-stream-dlq:operatorWithoutPolicy]',
    ]);
  });
});

describe('grantOperatorRedrive', () => {
  test('allows what grantOperatorRead does, and to delete, to send, to put smaller dead letters and to read records again', () => {
    const defined = define();
    const grant = defined.dlq.grantOperatorRedrive(defined.operator);
    expect(sorted(statementsOf(defined.operator))).toEqual(sorted(redriving(defined)));
    expect(grant.success).toBe(true);
  });

  test.each(['before', 'after'])('allows to invoke a processor whose mapping is defined %s it, and no other function', (when) => {
    const defined = define();
    const { stack, dlq, stream, operator } = defined;
    const processor = testProcessor(stack);
    if (when === 'after') dlq.grantOperatorRedrive(operator);
    processWith(dlq, processor, stream);
    if (when === 'before') dlq.grantOperatorRedrive(operator);
    expect(sorted(statementsOf(operator))).toEqual(sorted([...redriving(defined), redriveTo(stack, processor)]));
  });

  test('allows to invoke the alias that a mapping has, and not the function behind it', () => {
    const { stack, dlq, stream, operator } = define();
    const processor = testProcessor(stack);
    const live = new lambda.Alias(stack, 'Live', { aliasName: 'live', version: processor.currentVersion });
    processWith(dlq, live, stream);
    dlq.grantOperatorRedrive(operator);
    const granted = permissionsOf(statementsOf(operator));
    expect(granted).toEqual(expect.arrayContaining(permissionsOf([redriveTo(stack, live)])));
    expect(granted).not.toContainEqual(invoke(stack, processor));
  });

  test('allows to invoke a processor once that has two mappings', () => {
    const { stack, dlq, stream, operator } = define();
    const processor = testProcessor(stack);
    dlq.grantOperatorRedrive(operator);
    processWith(dlq, processor, stream);
    const startingPosition = lambda.StartingPosition.TRIM_HORIZON;
    processor.addEventSourceMapping('Second', { eventSourceArn: stream.streamArn, startingPosition, onFailure: dlq });
    const invoking = permissionsOf(statementsOf(operator)).filter(({ Action }) => Action === 'lambda:InvokeFunction');
    expect(sorted(invoking)).toEqual(sorted([invoke(stack, dlq.captureFunction), invoke(stack, processor)]));
  });

  test('allows to write who did what, and not to change what was written', () => {
    const { stack, dlq, operator } = define((it) => ({ auditLogGroup: new logs.LogGroup(it, 'Audit') }));
    dlq.grantOperatorRedrive(operator);
    const ofLogs = statementsOf(operator).filter((it) => actionsOf([it]).some((action) => action.startsWith('logs:')));
    expect(ofLogs).toEqual([allow(['logs:CreateLogStream', 'logs:PutLogEvents'], resolved(stack, dlq.auditLogGroup!.logGroupArn))]);
  });

  test('allows to encrypt with the key of the queues and the bucket', () => {
    const defined = define((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));
    defined.dlq.grantOperatorRedrive(defined.operator);
    const key = resolved(defined.stack, defined.dlq.queue.encryptionMasterKey!.keyArn);
    expect(sorted(statementsOf(defined.operator))).toEqual(
      sorted([...redriving(defined), allow('kms:Decrypt', key), allow('kms:GenerateDataKey', key)]),
    );
  });

  test.each(['before', 'after'])('allows to send and to discard what a RedriveFunction has parked that is defined %s it', (when) => {
    const { stack, dlq, operator } = define();
    if (when === 'after') dlq.grantOperatorRedrive(operator);
    const redrive = new RedriveFunction(stack, 'Redrive', { dlq });
    if (when === 'before') dlq.grantOperatorRedrive(operator);
    const parked = resolved(stack, redrive.parkingQueue.queueArn);
    const granted = permissionsOf(statementsOf(operator));
    expect(granted).toEqual(expect.arrayContaining(permissionsOf([allow([...LOOK, ...CHANGE], parked)])));
    expect(granted).not.toContainEqual(invoke(stack, redrive.function));
  });
});

describe('grantReadLogs', () => {
  const READ_LOG = ['logs:FilterLogEvents', 'logs:GetLogEvents'];
  /** ARN of the streams of a log group in the stack, by its name in the template. */
  const streamsOf = (name: unknown) => ({
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':logs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':log-group:', name, ':*']],
  });
  const byDefault = (fn: lambda.IFunction) => {
    const arn = streamsOf({ Ref: 'x' })['Fn::Join'];
    return { 'Fn::Join': ['', [...arn[1].slice(0, 6), ':log-group:/aws/lambda/', resolved(Stack.of(fn), fn.functionName), ':*']] };
  };

  test.each(['before', 'after'])('allows to read the log of a processor whose mapping is defined %s it, and nothing else', (when) => {
    const { stack, dlq, stream, operator } = define();
    const processor = testProcessor(stack);
    if (when === 'after') dlq.grantReadLogs(operator);
    processWith(dlq, processor, stream);
    if (when === 'before') expect(dlq.grantReadLogs(operator).success).toBe(true);
    expect(statementsOf(operator)).toEqual([allow(READ_LOG, byDefault(processor))]);
  });

  test('defines no resource for the log group', () => {
    const typesOf = (grants: boolean) => {
      const { stack, dlq, stream, operator } = define();
      processWith(dlq, testProcessor(stack), stream);
      if (grants) dlq.grantReadLogs(operator);
      return Object.values(resourcesOf(stack)).map(({ Type }) => Type).filter((type) => type !== 'AWS::IAM::Policy').sort();
    };
    expect(typesOf(true)).toEqual(typesOf(false));
  });

  test('allows to read the log group that a processor names, and to look up its name', () => {
    const { stack, dlq, stream, operator } = define();
    const logGroup = new logs.LogGroup(stack, 'Log');
    const processor = testProcessor(stack, 'Processor', { logGroup });
    processWith(dlq, processor, stream);
    dlq.grantReadLogs(operator);
    expect(sorted(statementsOf(operator))).toEqual(sorted([
      allow(READ_LOG, streamsOf(resolved(stack, logGroup.logGroupName))),
      allow('lambda:GetFunctionConfiguration', resolved(stack, processor.functionArn)),
    ]));
  });

  test('allows to read the log of the function behind an alias', () => {
    const { stack, dlq, stream, operator } = define();
    const processor = testProcessor(stack);
    processWith(dlq, new lambda.Alias(stack, 'Live', { aliasName: 'live', version: processor.currentVersion }), stream);
    dlq.grantReadLogs(operator);
    expect(statementsOf(operator)).toEqual([allow(READ_LOG, byDefault(processor))]);
  });

  test.each(['orders', 'orders:live'])('allows to read the log of an imported processor, by its name: %s', (name) => {
    const { stack, dlq, stream, operator } = define();
    const functionArn = `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
    const processor = lambda.Function.fromFunctionAttributes(stack, 'Imported', { functionArn, role: new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }), sameEnvironment: true });
    processWith(dlq, processor, stream);
    dlq.grantReadLogs(operator);
    expect(statementsOf(operator)).toEqual([
      allow(READ_LOG, { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':logs:us-east-1:123456789012:log-group:/aws/lambda/orders:*']] }),
    ]);
  });

  test('allows the same once for a processor with two mappings', () => {
    const { stack, dlq, stream, operator } = define();
    const processor = testProcessor(stack);
    dlq.grantReadLogs(operator);
    processWith(dlq, processor, stream);
    processor.addEventSourceMapping('Second', {
      eventSourceArn: stream.streamArn, startingPosition: lambda.StartingPosition.TRIM_HORIZON, onFailure: dlq,
    });
    expect(statementsOf(operator)).toEqual([allow(READ_LOG, byDefault(processor))]);
  });

  test('is part of no other grant', () => {
    const { stack, dlq, stream, operator } = define();
    processWith(dlq, testProcessor(stack), stream);
    dlq.grantOperatorRedriveToStream(operator);
    expect(actionsOf(statementsOf(operator)).filter((action) => READ_LOG.includes(action))).toEqual([]);
  });

  test('lets a processor read its own log without a circular dependency', () => {
    const { stack, dlq, stream } = define();
    const processor = testProcessor(stack);
    processWith(dlq, processor, stream);
    dlq.grantReadLogs(processor);
    const { DependsOn } = resourcesOf(stack)[stack.getLogicalId(processor.node.defaultChild as lambda.CfnFunction)] as { DependsOn?: string[] };
    const policies = Object.entries(resourcesOf(stack)).filter(([, { Properties }]) => JSON.stringify(Properties ?? {}).includes('logs:FilterLogEvents'));
    expect(policies).toHaveLength(1);
    expect(DependsOn).not.toContain(policies[0][0]);
  });

  test('warns of a grantee that takes no policies, once', () => {
    const { stack, dlq, stream } = define();
    processWith(dlq, testProcessor(stack), stream);
    dlq.grantReadLogs(new iam.ArnPrincipal('arn:aws:iam::123456789012:role/elsewhere'));
    expect(warningsOf(stack)).toEqual([expect.stringContaining('operatorWithoutPolicy')]);
  });
});

describe('grantOperatorRedriveToStream', () => {
  test('allows what grantOperatorRedrive does, and to put records into the stream', () => {
    const defined = define();
    const grant = defined.dlq.grantOperatorRedriveToStream(defined.operator);
    expect(sorted(statementsOf(defined.operator))).toEqual(
      sorted([...redriving(defined), allow(['kinesis:PutRecords', 'kinesis:ListShards'], resolved(defined.stack, defined.stream.streamArn))]),
    );
    expect(grant.success).toBe(true);
  });

  test('allows to encrypt with the key of the stream', () => {
    const { stack, dlq, stream, operator } = define({}, (it) => new kinesis.Stream(it, 'Stream', { encryptionKey: new kms.Key(it, 'StreamKey') }));
    dlq.grantOperatorRedriveToStream(operator);
    expect(statementsOf(operator)).toContainEqual(allow('kms:GenerateDataKey', resolved(stack, stream.encryptionKey!.keyArn)));
  });

  test('allows what grantOperatorRedrive does where all sources are tables', () => {
    const ofTable = () => {
      const stack = testStack();
      return { operator: onCall(stack), dlq: new StreamDlq(stack, 'Dlq', { source: StreamSource.dynamo(tableV2WithStream(stack)) }) };
    };
    const [one, other] = [ofTable(), ofTable()];
    one.dlq.grantOperatorRedriveToStream(one.operator);
    other.dlq.grantOperatorRedrive(other.operator);
    expect(sorted(statementsOf(one.operator))).toEqual(sorted(statementsOf(other.operator)));
  });

  test('allows to read the items of a table that is a source, with its key, and of no other', () => {
    const stack = testStack();
    const [operator, reader] = [onCall(stack), new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() })];
    const table = new dynamodb.Table(stack, 'Table', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      encryptionKey: new kms.Key(stack, 'Key'),
    });
    const dlq = new StreamDlq(stack, 'Dlq', { source: StreamSource.dynamo(table) });
    dlq.grantOperatorRead(reader);
    dlq.grantOperatorRedrive(operator);
    expect(statementsOf(operator)).toContainEqual(allow('dynamodb:BatchGetItem', resolved(stack, table.tableArn)));
    expect(statementsOf(operator)).toContainEqual(allow('kms:Decrypt', resolved(stack, table.encryptionKey!.keyArn)));
    expect(actionsOf(statementsOf(reader)).filter((action) => action.startsWith('dynamodb:'))).toEqual([]);
  });

  test.each(['before', 'after'])('allows to put records into a stream that is added %s it', (when) => {
    const { stack, dlq, operator } = define();
    const stream = new kinesis.Stream(stack, 'Other');
    if (when === 'before') dlq.addSource(StreamSource.kinesis(stream));
    dlq.grantOperatorRedriveToStream(operator);
    if (when === 'after') dlq.addSource(StreamSource.kinesis(stream));
    const actions = ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:PutRecords'];
    expect(permissionsOf(statementsOf(operator))).toEqual(
      expect.arrayContaining(permissionsOf([allow(actions, resolved(stack, stream.streamArn))])),
    );
  });
});

describe('grantConsumeDeadLetters', () => {
  const CONSUME = [...LOOK, 'sqs:DeleteMessage'];
  const consuming = (defined: Defined) => [
    allow(CONSUME, resolved(defined.stack, defined.dlq.queue.queueArn)),
    ofObjects(defined, 's3:GetObject', defined.dlq.overflowBucket, `${folderOf(defined.dlq)}*`),
  ];

  test('allows to receive and delete dead letters and to read those in S3, and nothing else', () => {
    const defined = define();
    const grant = defined.dlq.grantConsumeDeadLetters(defined.operator);
    expect(sorted(statementsOf(defined.operator))).toEqual(sorted(consuming(defined)));
    expect(grant.success).toBe(true);
    expect(warningsOf(defined.stack)).toEqual([]);
  });

  test('allows to decrypt with the key of the queue and the bucket', () => {
    const defined = define((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));
    defined.dlq.grantConsumeDeadLetters(defined.operator);
    const key = resolved(defined.stack, defined.dlq.queue.encryptionMasterKey!.keyArn);
    expect(sorted(statementsOf(defined.operator))).toEqual(sorted([...consuming(defined), allow('kms:Decrypt', key)]));
  });

  test('allows to read what Lambda wrote to the capture bucket', () => {
    const defined = define({ capture: FailureCapture.s3() });
    defined.dlq.grantConsumeDeadLetters(defined.operator);
    expect(sorted(statementsOf(defined.operator))).toEqual(
      sorted([...consuming(defined), ofObjects(defined, 's3:GetObject', captureBucketOf(defined.dlq), 'aws/lambda/*')]),
    );
  });

  test('warns of a queue of another account, whose policy this app cannot extend', () => {
    const { stack, dlq, operator } = define(
      (it) => ({ queue: sqs.Queue.fromQueueArn(it, 'Given', 'arn:aws:sqs:us-east-1:999999999999:given') }), undefined,
      testStack({ env: { account: '123456789012', region: 'us-east-1' } }),
    );
    dlq.grantConsumeDeadLetters(operator);
    expect(warningsOf(stack).filter((it) => it.includes('permissionNotGranted'))).toEqual([expect.stringContaining('"sqs:ReceiveMessage"')]);
  });

  test('is what a consumer with a longer timeout needs beside queueVisibilityTimeout', () => {
    const defined = define({ queueVisibilityTimeout: Duration.minutes(30) });
    const consumer = testProcessor(defined.stack, 'Consumer', { timeout: Duration.minutes(5) });
    defined.dlq.grantConsumeDeadLetters(consumer);
    const arn = resolved(defined.stack, defined.dlq.queue.queueArn);
    consumer.addEventSourceMapping('Letters', { eventSourceArn: defined.dlq.queue.queueArn });
    expect(propertiesOf(defined.dlq.queue).VisibilityTimeout).toBe(1_800);
    const mappings = Object.values(resourcesOf(defined.stack)).filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping');
    expect(mappings.map(({ Properties }) => Properties.EventSourceArn)).toContainEqual(arn);
    expect(sorted(statementsOf(consumer.role!))).toEqual(sorted(consuming(defined)));
  });
});

describe('an imported StreamDlq', () => {
  const imported = (stack: Stack) => StreamDlq.fromStreamDlqAttributes(stack, 'Imported', {
    queue: sqs.Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:us-east-1:123456789012:dead-letters'),
    undeliverableQueue: sqs.Queue.fromQueueArn(stack, 'Undeliverable', 'arn:aws:sqs:us-east-1:123456789012:undeliverable'),
    overflowBucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'overflow'),
    captureFunction: lambda.Function.fromFunctionArn(stack, 'Function', 'arn:aws:lambda:us-east-1:123456789012:function:hydrate'),
    topic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:123456789012:failures'),
  });

  test('is in the scope that it is imported to, and grants a consumer its queue and its objects', () => {
    const stack = testStack();
    const dlq = imported(stack);
    const consumer = onCall(stack);
    dlq.grantConsumeDeadLetters(consumer);
    expect(dlq.node.scope).toBe(stack);
    expect(sorted(statementsOf(consumer))).toEqual(sorted([
      allow([...LOOK, 'sqs:DeleteMessage'], dlq.queue.queueArn),
      allow('s3:GetObject', resolved(stack, dlq.overflowBucket.arnForObjects('dead-letters/*'))),
    ]));
  });
});

describe('a processor or a RedriveFunction of a stack that depends on that of the StreamDlq', () => {
  const LATER = 'the operator should be in the stack of the resources that it works with, or in a stack that depends on it, got: ' +
    '\'Stack/OnCall\' for';
  const NOTHING = 'define it there, and grant it there: it is allowed nothing on that resource [ack: cdk-stream-dlq:operatorInEarlierStack]';

  function defineLater() {
    const app = testApp();
    const earlier = testStack({}, app);
    return { ...defineDlq({}, undefined, earlier), later: new Stack(app, 'Later') };
  }

  test('is not granted to an operator of the stack of the StreamDlq, which is warned of', () => {
    const { stack, later, dlq, stream } = defineLater();
    const operator = onCall(stack);
    dlq.grantOperatorRedrive(operator);
    processWith(dlq, testProcessor(later), stream);
    new RedriveFunction(later, 'Redrive', { dlq });
    expect(warningsOf(stack)).toEqual([
      `warning /Stack/Dlq: ${LATER} 'Later/Processor'; ${NOTHING}`,
      `warning /Stack/Dlq: ${LATER} 'Later/Redrive'; ${NOTHING}`,
    ]);
    expect(sorted(statementsOf(operator))).toEqual(sorted(redriving({ stack, dlq, stream })));
  });

  test('is not granted to a managed policy of the stack of the StreamDlq, which is warned of', () => {
    const { stack, later, dlq, stream } = defineLater();
    const policy = new iam.ManagedPolicy(stack, 'OnCall');
    dlq.grantOperatorRedrive(policy);
    processWith(dlq, testProcessor(later), stream);
    expect(warningsOf(stack)).toEqual([`warning /Stack/Dlq: ${LATER} 'Later/Processor'; ${NOTHING}`]);
    expect(sorted(propertiesOf(policy).PolicyDocument.Statement)).toEqual(sorted(redriving({ stack, dlq, stream })));
  });

  test('is granted to an operator of that stack', () => {
    const { stack, later, dlq, stream } = defineLater();
    const processor = testProcessor(later);
    const operator = onCall(later);
    dlq.grantOperatorRedrive(operator);
    processWith(dlq, processor, stream);
    const redrive = new RedriveFunction(later, 'Redrive', { dlq });
    expect(permissionsOf(statementsOf(operator))).toEqual(expect.arrayContaining(permissionsOf([redriveTo(later, processor)])));
    const change = permissionsOf([allow(CHANGE, resolved(later, redrive.parkingQueue.queueArn))]);
    expect(permissionsOf(statementsOf(operator))).toEqual(expect.arrayContaining(change));
    expect(warningsOf(stack)).toEqual([]);
  });

  test('that is imported is granted to an operator of any stack', () => {
    const { stack, later, dlq, stream } = defineLater();
    const operator = onCall(stack);
    dlq.grantOperatorRedrive(operator);
    const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:orders';
    const role = new iam.Role(later, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    processWith(dlq, lambda.Function.fromFunctionAttributes(later, 'Processor', { functionArn, role }), stream);
    expect(permissionsOf(statementsOf(operator))).toContainEqual(allow('lambda:InvokeFunction', functionArn));
    expect(warningsOf(stack)).toEqual([]);
  });
});

test('what the queue itself is made of does not change by a grant', () => {
  const { dlq, operator } = define((stack) => ({ queue: new sqs.Queue(stack, 'Given') }));
  dlq.grantOperatorRedrive(operator);
  expect(propertiesOf(dlq.queue)).toEqual({});
  expect(queuePolicyOf(dlq.queue)).toEqual([]);
});
