import { isDeepStrictEqual } from 'node:util';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { FailureCapture, KinesisStreamProcessor, RedriveFunction, StreamDlqOptions } from '../../src';
import { processorProps, resolved, resourcesOf, TemplateResource, testStack } from '../support/app';
import { actionsOf, statementsOf } from '../support/policies';

type Resources = Record<string, TemplateResource>;

function deploy(options: StreamDlqOptions): Resources {
  const stack = testStack();
  new KinesisStreamProcessor(stack, 'Orders', { processorProps, ...options });
  return resourcesOf(stack);
}

const hydrate = FailureCapture.hydrate();
const s3 = FailureCapture.s3();
const HYDRATE = deploy({ capture: hydrate });
const S3 = deploy({ capture: s3 });
const S3_KEEPING_HYDRATE = deploy({ capture: s3, keepCapture: hydrate });
const HYDRATE_KEEPING_S3 = deploy({ capture: hydrate, keepCapture: s3 });

/** A copy that lacks one key. */
const without = (object: object, key: string) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));

const typesOf = (resources: Resources, ids: string[]) => ids.map((id) => resources[id].Type).sort();
/** Resources that CloudFormation deletes, or keeps for nobody, when one template takes the place of another. */
const deleted = (before: Resources, after: Resources) => Object.keys(before).filter((id) => !(id in after));
/** Resources that are in both templates and differ. CloudFormation does nothing about `DependsOn` alone. */
const changed = (before: Resources, after: Resources) =>
  Object.keys(before).filter((id) => id in after && !isDeepStrictEqual(without(before[id], 'DependsOn'), without(after[id], 'DependsOn')));

const only = (resources: Resources, type: string, id = '') => Object.entries(resources).find(([it, { Type }]) => Type === type && it.includes(id))!;
const mappingOf = (resources: Resources) => only(resources, 'AWS::Lambda::EventSourceMapping', 'KinesisEventSource')[1];
const overflowBucketOf = (resources: Resources) => only(resources, 'AWS::S3::Bucket', 'Overflow')[1];
const destinationOf = (resources: Resources) => mappingOf(resources).Properties.DestinationConfig.OnFailure.Destination;

const OF_HYDRATE = [
  'AWS::IAM::Policy', // The hydrate function's.
  'AWS::IAM::Policy', // The processor's, to publish.
  'AWS::IAM::Role',
  'AWS::Lambda::EventSourceMapping', // That of the intake queue.
  'AWS::Lambda::Function',
  'AWS::Logs::LogGroup',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue', // The intake queue, which stays in the account.
  'AWS::SQS::QueuePolicy',
];
const OF_S3 = [
  'AWS::Events::Rule',
  'AWS::IAM::Policy', // The capture function's.
  'AWS::IAM::Policy', // The processor's, to write.
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
];

const SWITCHES = [
  ['hydrate to s3', HYDRATE, S3_KEEPING_HYDRATE, S3, OF_HYDRATE, OF_S3],
  ['s3 to hydrate', S3, HYDRATE_KEEPING_S3, HYDRATE, OF_S3, OF_HYDRATE],
] as const;

describe.each(SWITCHES)('a deployment that puts the new capture in the place of the old, which is kept: %s', (_, before, between, after, __, added) => {
  test('deletes nothing', () => {
    expect(deleted(before, between)).toEqual([]);
  });

  test('adds what the new capture needs', () => {
    expect(typesOf(between, deleted(between, before))).toEqual(added);
  });

  test('sends to the new destination', () => {
    expect(destinationOf(between)).toEqual(destinationOf(after));
    expect(destinationOf(between)).not.toEqual(destinationOf(before));
  });

  test('changes the mapping and the policy of the undeliverable queue: all that the old one has stays as it was', () => {
    expect(typesOf(between, changed(before, between))).toEqual(['AWS::Lambda::EventSourceMapping', 'AWS::SQS::QueuePolicy']);
  });

  test('changes nothing of the mapping but where it sends to and what it waits for', () => {
    const [was, is] = [before, between].map((resources) => without(mappingOf(resources).Properties, 'DestinationConfig'));
    expect(is).toEqual(was);
  });

  test('lets both in to the undeliverable queue', () => {
    const allowed = (resources: Resources) =>
      only(resources, 'AWS::SQS::QueuePolicy', 'Undeliverable')[1].Properties.PolicyDocument.Statement.map((it: object) => JSON.stringify(it));
    expect(allowed(between)).toEqual(expect.arrayContaining([...allowed(before), ...allowed(after)]));
  });

  test('changes nothing of the overflow bucket', () => {
    expect(overflowBucketOf(between)).toEqual(overflowBucketOf(before));
  });

  test('has the mapping wait for both', () => {
    const { DependsOn: waits = [] } = mappingOf(between);
    expect(waits).toEqual(expect.arrayContaining([...mappingOf(before).DependsOn!, ...mappingOf(after).DependsOn!]));
  });
});

describe('a deployment before, in which S3 is kept until its rule matches', () => {
  test('adds what S3 capture needs, and deletes nothing', () => {
    expect(typesOf(HYDRATE_KEEPING_S3, deleted(HYDRATE_KEEPING_S3, HYDRATE))).toEqual(OF_S3);
    expect(deleted(HYDRATE, HYDRATE_KEEPING_S3)).toEqual([]);
  });

  test('changes nothing of the mapping but what it waits for', () => {
    expect(typesOf(HYDRATE, changed(HYDRATE, HYDRATE_KEEPING_S3))).toEqual(['AWS::SQS::QueuePolicy']);
  });

  test('leaves nothing to the next one but where the mapping sends to', () => {
    expect(Object.keys(S3_KEEPING_HYDRATE).sort()).toEqual(Object.keys(HYDRATE_KEEPING_S3).sort());
    const differ = changed(HYDRATE_KEEPING_S3, S3_KEEPING_HYDRATE).filter((id) => HYDRATE[id]?.Type !== 'AWS::SQS::QueuePolicy');
    expect(typesOf(HYDRATE, differ)).toEqual(['AWS::Lambda::EventSourceMapping']);
  });

  test('and lets both in to the undeliverable queue, as the next one does', () => {
    const statements = (resources: Resources) => only(resources, 'AWS::SQS::QueuePolicy', 'Undeliverable')[1].Properties.PolicyDocument.Statement;
    expect(statements(S3_KEEPING_HYDRATE)).toEqual(expect.arrayContaining(statements(HYDRATE_KEEPING_S3)));
  });
});

describe.each(SWITCHES)('the last deployment, with none kept: %s', (_, __, between, after, removed) => {
  test('deletes what the old capture had, and keeps what has data in it', () => {
    expect(typesOf(between, deleted(between, after))).toEqual(removed);
    const withData = deleted(between, after).filter((id) => /SQS::Queue$|S3::Bucket$|Kinesis/.test(between[id].Type));
    expect(withData.map((id) => [between[id].Type, between[id].DeletionPolicy])).toEqual(
      [[removed === OF_S3 ? 'AWS::S3::Bucket' : 'AWS::SQS::Queue', 'RetainExceptOnCreate']],
    );
  });

  test('adds nothing', () => {
    expect(deleted(after, between)).toEqual([]);
  });

  test('leaves the destination of the mapping as it is', () => {
    expect(mappingOf(after).Properties).toEqual(mappingOf(between).Properties);
  });

  test('changes what the old one was let in to', () => {
    expect(typesOf(after, changed(between, after))).toEqual(['AWS::SQS::QueuePolicy']);
  });
});

describe.each([
  ['hydrate to s3', HYDRATE, S3, OF_HYDRATE],
  ['s3 to hydrate', S3, HYDRATE, OF_S3],
] as const)('one deployment, with none kept: %s', (_, before, after, removed) => {
  // The function goes with what SNS, EventBridge or Lambda still hold for it.
  test('deletes the function while failures may be under way, which is why one is not the safe way', () => {
    expect(typesOf(before, deleted(before, after))).toEqual(removed);
  });

  test('keeps the stream, the processor, the queues, the overflow bucket and the mapping in place', () => {
    const kept = Object.keys(before).filter((id) => id in after);
    const types = [
      'AWS::Kinesis::Stream', 'AWS::Lambda::EventSourceMapping', 'AWS::Lambda::Function', 'AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::SQS::Queue',
    ];
    expect(typesOf(before, kept).filter((type) => types.includes(type))).toEqual(types);
  });
});

describe('what Lambda wrote to a bucket, which dead letters of S3 capture point to for as long as they are in the queue,', () => {
  interface Deployment {
    /** Whether S3 is the capture or is kept. */
    readonly s3: 'capture' | 'kept' | 'gone';
    /** What the app itself allows on the bucket that is passed in. */
    readonly keep?: (bucket: IBucket, role: iam.IRole) => void;
  }

  const GONE: Deployment = { s3: 'gone' };
  const DURING: [string, Deployment][] = [
    ['before', { s3: 'capture' }],
    ['while hydrate takes its place', { s3: 'kept' }],
  ];

  function optionsFor({ s3: place }: Deployment, bucket: IBucket | undefined): StreamDlqOptions {
    const ofBucket = FailureCapture.s3({ bucket });
    if (place === 'capture') return { capture: ofBucket };
    return place === 'kept' ? { capture: hydrate, keepCapture: ofBucket } : { capture: hydrate };
  }

  /** Who reads it: an operator, and the function that sends dead letters again. Of each, whether it may get the objects and use the key. */
  function readers(deployment: Deployment, given: (stack: Stack) => { bucket?: IBucket; key: kms.IKey }) {
    const stack = testStack();
    const { bucket, key } = given(stack);
    const ownKey = bucket ? undefined : key;
    const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { processorProps, encryptionKey: ownKey, ...optionsFor(deployment, bucket) });
    const operator = new iam.Role(stack, 'OnCall', { assumedBy: new iam.AccountRootPrincipal() });
    dlq.grantOperatorRead(operator);
    const roles = { operator, redrive: new RedriveFunction(stack, 'Redrive', { dlq }).function.role! };
    for (const role of Object.values(roles)) deployment.keep?.(bucket!, role);
    const captured = bucket ?? (dlq.node.tryFindChild('CaptureBucket') as Bucket | undefined);
    const objects = captured ? resolved(stack, captured.arnForObjects('aws/lambda/*')) : 'none';
    return Object.entries(roles).map(([name, role]) => {
      const granted = statementsOf(role);
      const may = (action: RegExp, resource: unknown) =>
        granted.some((it) => actionsOf([it]).some((one) => action.test(one)) && JSON.stringify(it.Resource).includes(JSON.stringify(resource)));
      return [name, may(/^s3:GetObject/, objects), may(/^kms:Decrypt$/, resolved(stack, key.keyArn))];
    });
  }

  const own = (stack: Stack) => ({ key: new kms.Key(stack, 'Key') });
  const given = (stack: Stack) => {
    const key = new kms.Key(stack, 'Key');
    return { key, bucket: new Bucket(stack, 'Given', { encryptionKey: key }) };
  };
  const BOTH_READ = [['operator', true, true], ['redrive', true, true]];
  const NEITHER_READS = [['operator', false, false], ['redrive', false, false]];

  test.each(DURING)('is read in the bucket that is defined here: %s', (_, deployment) => {
    expect(readers(deployment, own)).toEqual(BOTH_READ);
  });

  test.each(DURING)('is read in a bucket that is passed in: %s', (_, deployment) => {
    expect(readers(deployment, given)).toEqual(BOTH_READ);
  });

  // Nothing names the bucket any more: docs/capture.md says how long to wait, and what to keep.
  test('is out of reach in a bucket that is passed in, once S3 capture is gone', () => {
    expect(readers(GONE, given)).toEqual(NEITHER_READS);
  });

  test('is read there still where the app goes on to allow it', () => {
    expect(readers({ ...GONE, keep: (bucket, role) => bucket.grantRead(role, 'aws/lambda/*') }, given)).toEqual(BOTH_READ);
  });
});

test('back and forth ends where it began', () => {
  expect(deploy({ capture: hydrate })).toEqual(HYDRATE);
  expect(Object.keys(S3_KEEPING_HYDRATE).sort()).toEqual(Object.keys(HYDRATE_KEEPING_S3).sort());
});
