import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import { annotationsOf, testApp, testProcessor } from '../support/app';
import { processWith } from '../support/stream-dlq';

const ENV = { account: '123456789012', region: 'eu-west-1' };
const OTHER = '999999999999';

function define(options: (stack: Stack) => StreamDlqOptions = () => ({}), env: typeof ENV | 'any' = ENV) {
  const stack = new Stack(testApp(), 'Stack', env === 'any' ? {} : { env });
  const stream = new kinesis.Stream(stack, 'Stream');
  return { stack, stream, dlq: new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(stream), ...options(stack) }) };
}
const ids = (stack: Stack) =>
  annotationsOf(stack).flatMap((it) => /cdk-stream-dlq:(\w+)/.exec(it)?.[1] ?? []).filter((it) => it !== 'streamDlqWithoutMapping').sort();
const warnings = (stack: Stack, id: string) => annotationsOf(stack).filter((it) => it.includes(`cdk-stream-dlq:${id}`));

describe('a resource of another account, whose policy is out of reach', () => {
  const queue = (stack: Stack, account = OTHER) => sqs.Queue.fromQueueArn(stack, 'Given', `arn:aws:sqs:eu-west-1:${account}:given`);

  test('is warned of with the statement to add', () => {
    const { stack, dlq } = define((it) => ({ queue: queue(it) }));
    const role = JSON.stringify(stack.resolve(dlq.captureFunction.role!.roleArn));
    expect(warnings(stack, 'resourceOfOtherAccount')).toEqual([
      `warning /Stack/Dlq: the policy of 'Stack/Given' should be one that this app can extend, got: a resource of account ${OTHER}; ` +
        'to keep dead letters, add ' +
        `{"Action":"sqs:SendMessage","Effect":"Allow","Resource":"arn:aws:sqs:eu-west-1:${OTHER}:given","Principal":{"AWS":${role}}} ` +
        'there, and acknowledge this warning [ack: cdk-stream-dlq:resourceOfOtherAccount]',
    ]);
  });

  test.each<[string, (stack: Stack) => StreamDlqOptions]>([
    ['the undeliverable queue', (stack) => ({ undeliverableQueue: queue(stack), capture: FailureCapture.s3() })],
    ['the overflow bucket', (stack) => ({
      overflowBucket: s3.Bucket.fromBucketAttributes(stack, 'Given', { bucketName: 'given', account: OTHER }),
    })],
    ['the key of a queue', (stack) => ({
      queue: sqs.Queue.fromQueueAttributes(stack, 'Given', {
        queueArn: `arn:aws:sqs:eu-west-1:${ENV.account}:given`, keyArn: `arn:aws:kms:eu-west-1:${OTHER}:key/1`,
      }),
    })],
  ])('is warned of: %s', (_, options) => {
    expect(warnings(define(options).stack, 'resourceOfOtherAccount').length).toBeGreaterThan(0);
  });

  test.each([['of the same account', ENV, ENV.account], ['in a stack for any account', 'any', OTHER]] as const)('is not warned of where it may be %s', (_, env, account) => {
    expect(ids(define((it) => ({ queue: queue(it, account) }), env).stack)).toEqual([]);
  });

  test('is warned of to an operator of this account', () => {
    const { stack, dlq } = define((it) => ({ queue: queue(it) }));
    dlq.grantOperatorRedrive(new iam.Role(stack, 'OnCall', { assumedBy: new iam.AccountRootPrincipal() }));
    expect(warnings(stack, 'permissionNotGranted').join()).toContain(`"Resource":"arn:aws:sqs:eu-west-1:${OTHER}:given"`);
  });
});

describe('an operator whose role takes no policies', () => {
  test.each([
    ['imported for looking only', (stack: Stack) => iam.Role.fromRoleArn(stack, 'OnCall', `arn:aws:iam::${ENV.account}:role/ops`, { mutable: false })],
    ['of another account', (stack: Stack) => iam.Role.fromRoleArn(stack, 'OnCall', `arn:aws:iam::${OTHER}:role/ops`)],
    ['without policy updates', (stack: Stack) => new iam.Role(stack, 'OnCall', { assumedBy: new iam.AccountRootPrincipal() }).withoutPolicyUpdates()],
  ])('is warned of, though the CDK calls each grant a success: one %s', (_, roleOf) => {
    const { stack, dlq } = define();
    dlq.grantOperatorRedrive(roleOf(stack));
    expect(ids(stack)).toEqual(['operatorWithoutPolicy']);
  });

  test('is not warned of where it takes them', () => {
    const { stack, dlq } = define();
    dlq.grantOperatorRedrive(iam.Role.fromRoleArn(stack, 'OnCall', `arn:aws:iam::${ENV.account}:role/ops`));
    dlq.grantOperatorRedriveToStream(new iam.ManagedPolicy(stack, 'Managed'));
    dlq.grantOperatorRead(new iam.User(stack, 'User'));
    expect(ids(stack)).toEqual([]);
  });
});

describe('a processor with an imported role', () => {
  const KEY_ARN = `arn:aws:kms:eu-west-1:${OTHER}:key/1`;
  const processorWith = (stack: Stack, options: iam.FromRoleArnOptions) =>
    lambda.Function.fromFunctionAttributes(stack, 'Processor', {
      functionArn: `arn:aws:lambda:eu-west-1:${ENV.account}:function:orders`,
      role: iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ENV.account}:role/orders`, options),
    });
  const topicOf = (stack: Stack, keyArn?: string) => {
    const topicArn = `arn:aws:sns:eu-west-1:${ENV.account}:given`;
    return { capture: FailureCapture.hydrate({ topic: sns.Topic.fromTopicAttributes(stack, 'Topic', { topicArn, keyArn }) }) };
  };

  test.each([ENV, 'any'] as const)('that takes policies is granted an imported topic, in a stack of %j', (env) => {
    const { stack, dlq, stream } = define(topicOf, env);
    processWith(dlq, processorWith(stack, {}), stream);
    expect(ids(stack)).toEqual([]);
  });

  test('that takes policies is warned of a key of another account, with the statement to add', () => {
    const { stack, dlq, stream } = define((it) => topicOf(it, KEY_ARN));
    processWith(dlq, processorWith(stack, {}), stream);
    expect(warnings(stack, 'roleWithoutPolicyUpdates')).toEqual([
      expect.stringContaining(`allow this yourself: {"Action":["kms:Decrypt","kms:GenerateDataKey"],"Effect":"Allow","Resource":"${KEY_ARN}"}`),
    ]);
  });

  test('that takes none is warned of, the key included', () => {
    const { stack, dlq, stream } = define((it) => ({ encryptionKey: new kms.Key(it, 'Key') }));
    processWith(dlq, processorWith(stack, { mutable: false }), stream);
    expect(warnings(stack, 'roleWithoutPolicyUpdates')).toEqual([
      expect.stringMatching(/"Action":"sns:Publish".*"Action":\["kms:Decrypt","kms:GenerateDataKey"\]/),
    ]);
  });
});

test('a role of this app, and two StreamDlqs, are not warned of', () => {
  const { stack, dlq, stream } = define();
  const other = new StreamDlq(stack, 'Other', { source: StreamSource.kinesis(stream) });
  const processor = testProcessor(stack);
  processWith(dlq, processor, stream);
  processWith(other, testProcessor(stack, 'Two'), stream);
  expect(ids(stack)).toEqual([]);
});
