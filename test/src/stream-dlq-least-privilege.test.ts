import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FailureCapture, IStreamDlq, StreamDlq } from '../../src';
import { annotationsOf, propertiesOf, resolved, resourceOf, resourcesOf, testProcessor } from '../support/app';
import {
  actionsOf, allow, managedPoliciesOf, queuePolicyOf, resourcePolicyOf, sorted, Statement, statementsOf, topicPolicyOf,
} from '../support/policies';
import { captureBucketOf, captureRole, Defined, defineDlq, processWith, topicOf } from '../support/stream-dlq';

const READ = ['kinesis:GetRecords', 'kinesis:GetShardIterator'];
const USE_KEY = ['kms:Decrypt', 'kms:GenerateDataKey'];
const RECEIVE = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** The folder of a StreamDlq in its overflow bucket. */
const folderOf = (dlq: IStreamDlq): string => propertiesOf(dlq.captureFunction).Environment.Variables.OVERFLOW_PREFIX;

/** What the hydrate function may do in every setting. */
function basics({ stack, stream, dlq }: Defined): Statement[] {
  const [log] = Object.entries(resourcesOf(stack)).find(([, { Type }]) => Type === 'AWS::Logs::LogGroup')!;
  return [
    allow(LOG, { 'Fn::GetAtt': [log, 'Arn'] }),
    allow(READ, resolved(stack, stream.streamArn)),
    allow(RECEIVE, resolved(stack, dlq.intakeQueue!.queueArn)),
    allow('sqs:SendMessage', resolved(stack, dlq.queue.queueArn)),
    allow('sqs:SendMessage', resolved(stack, dlq.undeliverableQueue.queueArn)),
    {
      ...allow('s3:PutObject', resolved(stack, dlq.overflowBucket.arnForObjects(`${folderOf(dlq)}*`))),
      Condition: { StringEquals: { 's3:ResourceAccount': resolved(stack, stack.account) } },
    },
  ];
}

const granted = (dlq: StreamDlq) => sorted(statementsOf(captureRole(dlq)));
const KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/1';
const encryptedStream = (stack: Stack) => new kinesis.Stream(stack, 'Stream', { encryptionKey: new kms.Key(stack, 'StreamKey') });
const importedStream = (stack: Stack) =>
  kinesis.Stream.fromStreamAttributes(stack, 'Stream', {
    streamArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/orders',
    encryptionKey: kms.Key.fromKeyArn(stack, 'StreamKey', KEY_ARN),
  });

describe('the role of the hydrate function', () => {
  test('writes its log, receives failure records, reads the stream, sends to both other queues, and puts objects in one folder, and nothing else', () => {
    const defined = defineDlq();
    expect(granted(defined.dlq)).toEqual(sorted(basics(defined)));
  });

  test('has no managed policy', () => {
    const { dlq } = defineDlq();
    expect(managedPoliciesOf(captureRole(dlq))).toEqual([]);
  });

  test('gains nothing from a mapping', () => {
    const defined = defineDlq();
    processWith(defined.dlq, testProcessor(defined.stack), defined.stream);
    expect(granted(defined.dlq)).toEqual(sorted(basics(defined)));
  });

  test('decrypts with the key of the stream, and does no more with it', () => {
    const defined = defineDlq({}, encryptedStream);
    const key = resolved(defined.stack, defined.stream.encryptionKey!.keyArn);
    expect(granted(defined.dlq)).toEqual(sorted([...basics(defined), allow('kms:Decrypt', key)]));
  });

  test('decrypts with the key that an imported stream was given', () => {
    const defined = defineDlq({}, importedStream);
    expect(granted(defined.dlq)).toEqual(sorted([...basics(defined), allow('kms:Decrypt', KEY_ARN)]));
  });

  test('uses the key of the queues and the bucket to write', () => {
    const defined = defineDlq((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));
    const key = resolved(defined.stack, defined.dlq.queue.encryptionMasterKey!.keyArn);
    expect(granted(defined.dlq)).toEqual(sorted([...basics(defined), allow(USE_KEY, key)]));
  });

  test('uses the key that an imported queue was given', () => {
    const defined = defineDlq((stack) => ({
      queue: sqs.Queue.fromQueueAttributes(stack, 'Queue', {
        queueArn: 'arn:aws:sqs:us-east-1:123456789012:letters',
        keyArn: KEY_ARN,
      }),
    }));
    expect(granted(defined.dlq)).toEqual(sorted([...basics(defined), allow(USE_KEY, KEY_ARN)]));
  });

  test('puts objects in a bucket that is given, with its key', () => {
    const { dlq, stack } = defineDlq((it) => ({
      overflowBucket: s3.Bucket.fromBucketAttributes(it, 'Bucket', {
        bucketName: 'letters',
        encryptionKey: kms.Key.fromKeyArn(it, 'Key', KEY_ARN),
      }),
    }));
    expect(granted(dlq)).toContainEqual(allow('s3:PutObject', resolved(stack, dlq.overflowBucket.arnForObjects('dead-letters/*'))));
    expect(granted(dlq)).toContainEqual(allow('kms:GenerateDataKey', KEY_ARN));
  });

  test('writes to the log group that is given, and to no other', () => {
    const { dlq, stack } = defineDlq((it) => ({ capture: FailureCapture.hydrate({ logGroup: new logs.LogGroup(it, 'Log') }) }));
    const log = stack.node.findChild('Log') as logs.LogGroup;
    expect(granted(dlq)).toContainEqual(allow(LOG, resolved(stack, log.logGroupArn)));
    expect(actionsOf(granted(dlq)).filter((action) => action.startsWith('logs:'))).toHaveLength(LOG.length);
  });

  test.each([
    ['by default', () => defineDlq()],
    ['with a key on the stream', () => defineDlq({}, encryptedStream)],
    ['with a key on the queues', () => defineDlq((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }))],
    ['with an imported stream', () => defineDlq({}, importedStream)],
  ])('has no wildcard in an action and no resource that stands for all, %s', (_, define) => {
    const statements = granted(define().dlq);
    expect(actionsOf(statements).filter((action) => action.includes('*'))).toEqual([]);
    // The objects of a folder cannot be named otherwise.
    const others = statements.filter(({ Action }) => Action !== 's3:PutObject');
    expect(others.filter(({ Resource }) => JSON.stringify(Resource).includes('*'))).toEqual([]);
  });
});

describe('the role of the processor', () => {
  /** What binding a StreamDlq adds: what the role may do, less what the mapping itself needs. */
  function added(defined: Defined): Statement[] {
    const processor = testProcessor(defined.stack);
    processWith(defined.dlq, processor, defined.stream);
    return statementsOf(processor.role!).filter((it) => !actionsOf([it]).some((action) => action.startsWith('kinesis:')));
  }

  test('publishes to the topic', () => {
    const defined = defineDlq();
    expect(added(defined)).toEqual([allow('sns:Publish', resolved(defined.stack, topicOf(defined.dlq).topicArn))]);
  });

  test('uses the key of the topic to publish', () => {
    const defined = defineDlq((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));
    expect(sorted(added(defined))).toEqual(
      sorted([
        allow('sns:Publish', resolved(defined.stack, topicOf(defined.dlq).topicArn)),
        allow(USE_KEY, resolved(defined.stack, topicOf(defined.dlq).masterKey!.keyArn)),
      ]),
    );
  });

  test('uses the key of a topic that is given', () => {
    const defined = defineDlq((stack) => ({
      capture: FailureCapture.hydrate({ topic: new sns.Topic(stack, 'Topic', { masterKey: new kms.Key(stack, 'Key') }) }),
    }));
    const topic = defined.stack.node.findChild('Topic') as sns.Topic;
    expect(added(defined)).toContainEqual(allow(USE_KEY, resolved(defined.stack, topic.masterKey!.keyArn)));
  });

  test('publishes to an imported topic', () => {
    const topicArn = 'arn:aws:sns:us-east-1:123456789012:failures';
    const defined = defineDlq((stack) => ({ capture: FailureCapture.hydrate({ topic: sns.Topic.fromTopicArn(stack, 'Topic', topicArn) }) }));
    expect(added(defined)).toEqual([allow('sns:Publish', topicArn)]);
  });

  test('publishes once, though it has two mappings', () => {
    const defined = defineDlq();
    const role = new iam.Role(defined.stack, 'Shared', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    for (const id of ['One', 'Two']) processWith(defined.dlq, testProcessor(defined.stack, id, { role }), defined.stream);
    expect(actionsOf(statementsOf(role)).filter((action) => action === 'sns:Publish')).toHaveLength(1);
  });

  test('may still publish where it cannot be changed, by the policy of the topic', () => {
    const defined = defineDlq();
    const role = iam.Role.fromRoleArn(defined.stack, 'Role', 'arn:aws:iam::999999999999:role/elsewhere', { mutable: false });
    const processor = lambda.Function.fromFunctionAttributes(defined.stack, 'Processor', {
      functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:orders',
      role,
    });
    processWith(defined.dlq, processor, defined.stream);
    expect(topicPolicyOf(topicOf(defined.dlq)).filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({ Action: 'sns:Publish', Principal: { AWS: role.roleArn } }),
    ]);
  });
});

describe('a role that takes no policy updates', () => {
  const assumedBy = new iam.ServicePrincipal('lambda.amazonaws.com');
  const captures = { hydrate: FailureCapture.hydrate(), s3: FailureCapture.s3() };
  const warningsOf = (stack: Stack) => annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq'));
  const allowing = (dlq: StreamDlq) =>
    dlq.node.tryFindChild('Topic') ? topicPolicyOf(topicOf(dlq)) : resourcePolicyOf(captureBucketOf(dlq), 'AWS::S3::BucketPolicy', 'Bucket');

  describe.each(['hydrate', 's3'] as const)('with FailureCapture.%s()', (name) => {
    function processed(options: iam.WithoutPolicyUpdatesOptions = {}): Defined & { behind: iam.Role } {
      const defined = defineDlq({ capture: captures[name] });
      const behind = new iam.Role(defined.stack, 'Fixed', { assumedBy });
      processWith(defined.dlq, testProcessor(defined.stack, 'Processor', { role: behind.withoutPolicyUpdates(options) }), defined.stream);
      return { ...defined, behind };
    }

    test('gets none, and that is warned of', () => {
      const { stack, dlq, behind } = processed();
      const statement = (action: string, resource: string) => JSON.stringify({
        Action: action,
        ...(name === 's3' && { Condition: { StringEquals: { 's3:ResourceAccount': resolved(stack, stack.account) } } }),
        Effect: 'Allow',
        Resource: resolved(stack, resource),
      });
      const needs = name === 'hydrate'
        ? statement('sns:Publish', topicOf(dlq).topicArn)
        : `${statement('s3:PutObject', captureBucketOf(dlq).arnForObjects('aws/lambda/*'))}, ${statement('s3:ListBucket', captureBucketOf(dlq).bucketArn)}`;
      expect(statementsOf(behind)).toEqual([]);
      expect(warningsOf(stack)).toEqual([
        'warning /Stack/Dlq: the role of processor \'Stack/Processor\' must be allowed to send failure records, got: a role that this ' +
          `app cannot extend; allow this yourself: ${needs} [ack: cdk-stream-dlq:roleWithoutPolicyUpdates]`,
      ]);
    });

    test('is let in by the destination where it is to be', () => {
      const { stack, dlq, behind } = processed({ addGrantsToResources: true });
      const principal = { AWS: resolved(stack, behind.roleArn) };
      const letIn = allowing(dlq).filter(({ Principal }) => JSON.stringify(Principal) === JSON.stringify(principal));
      expect(actionsOf(letIn)).toEqual(name === 'hydrate' ? ['sns:Publish'] : ['s3:PutObject', 's3:ListBucket']);
      expect(statementsOf(behind)).toEqual([]);
      expect(warningsOf(stack)).toEqual([]);
    });

    test('gets none where roles are customized, which the CDK reports, and the mapping waits for nothing that is not there', () => {
      const { stack, dlq, stream } = defineDlq({ capture: captures[name] });
      const fixed = new Construct(stack, 'Fixed');
      iam.Role.customizeRoles(fixed, { usePrecreatedRoles: { 'Stack/Fixed/Role': 'orders' } });
      const role = new iam.Role(fixed, 'Role', { assumedBy });
      const mapping = processWith(dlq, testProcessor(stack, 'Processor', { role }), stream);
      const ids = Object.keys(resourcesOf(stack));
      expect(ids.filter((id) => id.startsWith('Fixed'))).toEqual([]);
      expect(resourceOf(mapping).DependsOn!.filter((id) => !ids.includes(id))).toEqual([]);
      const report = readFileSync(join((stack.node.root as App).outdir, 'iam-policy-report.txt'), 'utf8');
      expect(report).toContain(name === 'hydrate' ? 'sns:Publish' : 's3:PutObject');
    });
  });
});

describe('policies on resources', () => {
  test('nobody but the topic is let in to the queues', () => {
    const { dlq } = defineDlq();
    const allowing = [dlq.queue, dlq.intakeQueue!, dlq.undeliverableQueue].map((it) => queuePolicyOf(it).filter(({ Effect }) => Effect === 'Allow').length);
    expect(allowing).toEqual([0, 1, 1]);
  });

  test('the key of the undeliverable queue lets SNS of this account use it, even where the queue is given', () => {
    const { dlq, stack } = defineDlq((it) => ({
      undeliverableQueue: new sqs.Queue(it, 'Given', {
        encryption: sqs.QueueEncryption.KMS,
        encryptionMasterKey: new kms.Key(it, 'Key'),
      }),
    }));
    const statements = propertiesOf(dlq.undeliverableQueue.encryptionMasterKey!).KeyPolicy.Statement as Statement[];
    expect(statements.filter(({ Principal }) => JSON.stringify(Principal).includes('sns.amazonaws.com'))).toEqual([
      {
        Effect: 'Allow',
        Action: USE_KEY,
        Principal: { Service: 'sns.amazonaws.com' },
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceAccount': resolved(stack, stack.account) } },
      },
    ]);
  });

  test('the key of the stream is left alone by it', () => {
    const { stack } = defineDlq({}, encryptedStream);
    const key = stack.node.findChild('StreamKey') as kms.Key;
    expect(propertiesOf(key).KeyPolicy.Statement).toHaveLength(1);
  });
});
