import { App, FeatureFlags, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { KMS_APPLY_IMPORTED_ALIAS_PERMISSIONS_TO_PRINCIPAL } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { FailureCapture, IStreamDlq, KinesisStreamProcessor, StreamDlq, StreamDlqAttributes, StreamSource } from '../../src';
import { annotationsOf, annotationsOfUnbound, testStack } from '../support/app';
import { processWith } from '../support/stream-dlq';

const IN = 'us-east-1:123456789012';
const TOPIC_ARN = `arn:aws:sns:${IN}:failures`;
const ROLE_ARN = 'arn:aws:iam::123456789012:role/hydrate';

function attributes(stack: Construct, role?: iam.IRole): StreamDlqAttributes {
  return {
    queue: sqs.Queue.fromQueueArn(stack, 'Queue', `arn:aws:sqs:${IN}:dead-letters`),
    undeliverableQueue: sqs.Queue.fromQueueArn(stack, 'Undeliverable', `arn:aws:sqs:${IN}:undeliverable`),
    overflowBucket: s3.Bucket.fromBucketName(stack, 'Overflow', 'overflow'),
    captureFunction: lambda.Function.fromFunctionAttributes(stack, 'Hydrate', { functionArn: `arn:aws:lambda:${IN}:function:hydrate`, role }),
    topic: sns.Topic.fromTopicArn(stack, 'Topic', TOPIC_ARN),
  };
}

function imported(given: Partial<StreamDlqAttributes> = {}): { stack: Stack; dlq: IStreamDlq } {
  const stack = new Stack(new App(), 'Stack', { env: { account: '123456789012', region: 'us-east-1' } });
  const role = iam.Role.fromRoleArn(stack, 'HydrateRole', ROLE_ARN);
  return { stack, dlq: StreamDlq.fromStreamDlqAttributes(stack, 'Dlq', { ...attributes(stack, role), ...given }) };
}

function orders(stack: Stack, dlq: IStreamDlq): KinesisStreamProcessor {
  return new KinesisStreamProcessor(stack, 'Orders', {
    dlq,
    processorProps: { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = async () => {};') },
  });
}

/** The statements that policies of a stack give a role, by its name or its logical id. */
function statementsOf(stack: Stack, role: RegExp): unknown[] {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  const ofRole = policies.filter(({ Properties }) => role.test(JSON.stringify(Properties.Roles)));
  return ofRole.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

describe('a StreamDlq that is imported', () => {
  test('is the destination of a mapping', () => {
    const { stack, dlq } = imported();
    orders(stack, dlq);
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', { DestinationConfig: { OnFailure: { Destination: TOPIC_ARN } } });
  });

  test('is sent to by the processor, which may publish to its topic', () => {
    const { stack, dlq } = imported();
    orders(stack, dlq);
    expect(statementsOf(stack, /OrdersProcessor/)).toContainEqual({ Action: 'sns:Publish', Effect: 'Allow', Resource: TOPIC_ARN });
  });

  test('reads the sources that are added, with the role that it is imported with', () => {
    const { stack, dlq } = imported();
    const { stream } = orders(stack, dlq);
    expect(statementsOf(stack, /^\["hydrate"\]$/)).toEqual([
      { Action: ['kinesis:GetRecords', 'kinesis:GetShardIterator'], Effect: 'Allow', Resource: stack.resolve(stream.streamArn) },
    ]);
  });

  test('defines nothing by itself', () => {
    const { stack } = imported();
    new sqs.Queue(stack, 'OfTheApp');
    expect(Object.keys(Template.fromStack(stack).toJSON().Resources)).toEqual([expect.stringMatching(/^OfTheApp/)]);
  });

  test('is written to by Lambda, where it captures by S3', () => {
    const { stack } = imported();
    const captureBucket = s3.Bucket.fromBucketName(stack, 'Batches', 'batches');
    const dlq = StreamDlq.fromStreamDlqAttributes(stack, 'ByS3', { ...attributes(new Construct(stack, 'Other')), topic: undefined, captureBucket });
    orders(stack, dlq);
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      DestinationConfig: { OnFailure: { Destination: stack.resolve(captureBucket.bucketArn) } },
    });
  });

  test('lets a consumer and an operator work with its queue', () => {
    const { stack, dlq } = imported();
    const consumer = new iam.Role(stack, 'Consumer', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const operator = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
    dlq.grantConsumeDeadLetters(consumer);
    dlq.grantOperatorRedrive(operator);
    const text = JSON.stringify(statementsOf(stack, /Consumer|Operator/));
    for (const action of ['sqs:DeleteMessage', 's3:GetObject', 'lambda:InvokeFunction']) expect(text).toContain(action);
  });

  test.each([
    ['neither', {}],
    ['both', { topic: true, captureBucket: true }],
  ])('must have one of topic and captureBucket, got: %s', (got, given: { topic?: boolean; captureBucket?: boolean }) => {
    const stack = new Stack();
    const all = attributes(stack);
    const attrs = {
      ...all,
      topic: given.topic ? all.topic : undefined,
      captureBucket: given.captureBucket ? s3.Bucket.fromBucketName(stack, 'Batches', 'batches') : undefined,
    };
    expect(() => StreamDlq.fromStreamDlqAttributes(stack, 'Dlq', attrs)).toThrow(
      `[Default/Dlq] exactly one of \`topic\` and \`captureBucket\` must be given, got: ${got}; pass the one that Lambda sends failed batches to`,
    );
  });

  test('must have the stream of a mapping as a source', () => {
    const { stack, dlq } = imported();
    const fn = new lambda.Function(stack, 'Fn', { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = async () => {};') });
    const stream = new kinesis.Stream(stack, 'Stream');
    const mapping = processWith(dlq, fn, stream);
    expect(() => Template.fromStack(stack)).toThrow(
      `[Stack/Dlq] the stream of mapping '${mapping.node.path}' must be a source of its StreamDlq, got: no source; ` +
        'pass StreamSource.kinesis(stream) or StreamSource.dynamo(table) as `source` or to addSource()',
    );
    dlq.addSource(StreamSource.kinesis(stream));
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

describe('what an imported StreamDlq could not serve is refused or warned of:', () => {
  const define = (given: (stack: Stack) => Partial<StreamDlqAttributes>) => {
    const stack = testStack({ env: { account: '123456789012', region: 'us-east-1' } });
    const role = iam.Role.fromRoleArn(stack, 'HydrateRole', ROLE_ARN);
    const dlq = StreamDlq.fromStreamDlqAttributes(stack, 'Dlq', { ...attributes(stack, role), ...given(stack) });
    orders(stack, dlq);
    return annotationsOf(stack);
  };

  test.each<[string, string, (stack: Stack) => Partial<StreamDlqAttributes>]>([
    [
      'captureFunction', 'account 123456789012 in eu-west-1',
      (it) => ({ captureFunction: lambda.Function.fromFunctionArn(it, 'Fn', 'arn:aws:lambda:eu-west-1:123456789012:function:hydrate') }),
    ],
    ['topic', 'account 999999999999 in us-east-1', (it) => ({ topic: sns.Topic.fromTopicArn(it, 'Far', 'arn:aws:sns:us-east-1:999999999999:failures') })],
    [
      'captureBucket', 'account 999999999999 in us-east-1',
      (it) => ({ topic: undefined, captureBucket: s3.Bucket.fromBucketAttributes(it, 'Far', { bucketName: 'batches', account: '999999999999' }) }),
    ],
  ])('a %s of another account or Region', (attribute, got, given) => {
    expect(() => define(given)).toThrow(
      `[Stack/Dlq] \`${attribute}\` must be in the account and Region of the streams, got: ${got} for a stack of account 123456789012 in us-east-1; ` +
        'import a StreamDlq of this account and Region, or define one here: the dead letters would be lost',
    );
  });

  test('a key that takes no grants', () => {
    const keyOf = (it: Stack) => kms.Alias.fromAliasName(it, 'Key', 'alias/corp-data');
    const annotations = define((it) => ({
      topic: undefined, captureBucket: s3.Bucket.fromBucketAttributes(it, 'Batches', { bucketName: 'batches', encryptionKey: keyOf(it) }),
    }));
    const isGranted = FeatureFlags.of(testStack()).isEnabled(KMS_APPLY_IMPORTED_ALIAS_PERMISSIONS_TO_PRINCIPAL);
    const refusal = 'the key of `captureBucket` must be a key that this app can grant permissions on';
    expect(annotations).toEqual(isGranted ? [] : [expect.stringContaining(refusal)]);
  });

  test.each([2_047, 1_048_577])('a message limit of %i bytes', (queueMaxMessageSizeBytes) => {
    expect(() => define(() => ({ queueMaxMessageSizeBytes }))).toThrow('`queueMaxMessageSizeBytes` must be a whole number from 2048 to 1048576');
  });

  test('a capture function with a role that takes no policies', () => {
    const annotations = define((it) => ({
      captureFunction: lambda.Function.fromFunctionAttributes(it, 'Fn', {
        functionArn: `arn:aws:lambda:${IN}:function:hydrate`, role: iam.Role.fromRoleArn(it, 'FnRole', ROLE_ARN, { mutable: false }),
      }),
    }));
    expect(annotations).toEqual([expect.stringContaining("got: 'Stack/Fn', imported with no role that this app can extend, for 'Stack/Orders/Stream'")]);
  });

  test('a capture function without its role', () => {
    const captureFunction = (it: Stack) => lambda.Function.fromFunctionArn(it, 'Fn', `arn:aws:lambda:${IN}:function:hydrate`);
    expect(define((it) => ({ captureFunction: captureFunction(it) }))).toEqual([
      expect.stringContaining("must have a role that may read the sources, got: 'Stack/Fn', imported with no role that this app can extend, for 'Stack/Orders/Stream'"),
    ]);
    // By S3, it reads no stream.
    const captureBucket = (it: Stack) => s3.Bucket.fromBucketName(it, 'Batches', 'batches');
    expect(define((it) => ({ captureFunction: captureFunction(it), topic: undefined, captureBucket: captureBucket(it) }))).toEqual([]);
  });
});

test.each<[string, FailureCapture]>([
  ['FailureCapture.hydrate()', FailureCapture.hydrate()],
  ['FailureCapture.s3()', FailureCapture.s3()],
])('a StreamDlq with %s has every attribute that another app imports it by', (_, capture) => {
  const stack = testStack();
  const dlq = new StreamDlq(stack, 'Dlq', { capture });
  const existing = StreamDlq.fromStreamDlqAttributes(stack, 'Imported', dlq);
  orders(stack, existing);
  expect(annotationsOfUnbound(stack)).toEqual([]);
  expect(Template.fromStack(stack).toJSON().Resources[stack.getLogicalId(dlq.captureFunction.node.defaultChild as lambda.CfnFunction)].Properties)
    .toMatchObject({ Environment: { Variables: { OVERFLOW_PREFIX: dlq.overflowPrefix } } });
});
