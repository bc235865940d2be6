import { App, Duration, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { FailureCapture, KinesisStreamProcessor, RedriveFunction, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import type * as buckets from '../../src/private/buckets';
import { annotationsOf, countOf, processorProps, propertiesOf, resolved, resourceOf, resourcesOf, testApp, testStack } from '../support/app';
import { allow, statementsOf } from '../support/policies';
import { captureRole } from '../support/stream-dlq';

const BUCKET = 'AWS::S3::Bucket';

function dlqIn(stack: Stack, id: string, options: StreamDlqOptions = {}): StreamDlq {
  return new StreamDlq(stack, id, { source: StreamSource.kinesis(new kinesis.Stream(stack, `${id}Stream`)), ...options });
}

const prefixOf = ({ captureFunction }: StreamDlq): string => propertiesOf(captureFunction).Environment.Variables.OVERFLOW_PREFIX;
const daysOf = ({ overflowBucket }: StreamDlq) => propertiesOf(overflowBucket).LifecycleConfiguration.Rules[0].ExpirationInDays;

describe('two StreamDlqs of a stack', () => {
  test('share an overflow bucket, in which each has a folder', () => {
    const stack = testStack();
    const [one, two] = ['One', 'Two'].map((id) => dlqIn(stack, id));
    expect(one.overflowBucket).toBe(two.overflowBucket);
    expect(one.overflowBucket.node.path).toBe('Stack/StreamDlqOverflowBucket');
    expect(countOf(stack, BUCKET)).toBe(1);
    for (const dlq of [one, two]) expect(prefixOf(dlq)).toMatch(/^dead-letters\/[0-9a-f]{8}\/$/);
    expect(prefixOf(one)).not.toBe(prefixOf(two));
  });

  test('write to their own folder only', () => {
    const stack = testStack();
    for (const dlq of ['One', 'Two'].map((id) => dlqIn(stack, id))) {
      const puts = statementsOf(captureRole(dlq)).filter(({ Action }) => Action === 's3:PutObject');
      expect(puts).toEqual([
        {
          ...allow('s3:PutObject', resolved(stack, dlq.overflowBucket.arnForObjects(`${prefixOf(dlq)}*`))),
          Condition: { StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ]);
    }
  });

  test.each<[string, StreamDlqOptions | ((stack: Stack) => StreamDlqOptions)]>([
    ['key', (stack) => ({ encryptionKey: new kms.Key(stack, 'Key') })],
    ['removal policy', { removalPolicy: RemovalPolicy.DESTROY }],
  ])('have a bucket each where the %s differs', (_, options) => {
    const stack = testStack();
    const [one, two] = [dlqIn(stack, 'One'), dlqIn(stack, 'Two', typeof options === 'function' ? options(stack) : options)];
    expect(one.overflowBucket).not.toBe(two.overflowBucket);
    expect(countOf(stack, BUCKET)).toBe(2);
  });

  test.each<[string, (stack: Stack) => StreamDlqOptions]>([
    ['key', (stack) => ({ encryptionKey: (stack.node.tryFindChild('Key') as kms.Key | undefined) ?? new kms.Key(stack, 'Key') })],
    ['removal policy', () => ({ removalPolicy: RemovalPolicy.DESTROY })],
  ])('share a bucket where both have the same %s', (_, options) => {
    const stack = testStack();
    const [one, two] = ['One', 'Two'].map((id) => dlqIn(stack, id, options(stack)));
    expect(one.overflowBucket).toBe(two.overflowBucket);
  });

  test('have a bucket each where their keys are of other stacks, with the same id there', () => {
    const app = testApp();
    const keys = ['A', 'B'].map((id) => new kms.Key(new Stack(app, id), 'Key'));
    const stack = testStack({}, app);
    const [one, two] = keys.map((encryptionKey, index) => dlqIn(stack, `Dlq${index}`, { encryptionKey }));
    expect([one, two].map(({ overflowBucket }) => overflowBucket.encryptionKey)).toEqual(keys);
  });

  test('have a bucket each in two stacks', () => {
    const app = testApp();
    const [one, two] = ['One', 'Two'].map((id) => dlqIn(new Stack(app, id), 'Dlq'));
    expect(one.overflowBucket).not.toBe(two.overflowBucket);
    expect(prefixOf(one)).toBe(prefixOf(two));
  });
});

test('two copies of the package share the overflow bucket of a stack, as a construct library and its app may have', () => {
  const stack = testStack();
  const { overflowBucket } = dlqIn(stack, 'Dlq', { queueRetentionPeriod: Duration.days(2) });
  const dlq = new Construct(stack, 'OfOtherCopy');
  jest.isolateModules(() => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the way to load a module again
    const { sharedOverflowBucket } = require('../../src/private/buckets') as typeof buckets;
    sharedOverflowBucket(dlq, {}, () => 9);
  });
  expect(resourceOf(overflowBucket).Properties.LifecycleConfiguration.Rules[0].ExpirationInDays).toBe(10);
});

describe('the lifecycle of the overflow bucket', () => {
  test('keeps dead letters a day longer than the one of the queues that keeps messages longest', () => {
    const stack = testStack();
    const [one] = [3, 5, 2].map((days) => dlqIn(stack, `Dlq${days}`, { queueRetentionPeriod: Duration.days(days) }));
    expect(daysOf(one)).toBe(6);
    expect(propertiesOf(one.overflowBucket).LifecycleConfiguration.Rules).toEqual([
      { Prefix: 'dead-letters/', Status: 'Enabled', ExpirationInDays: 6, NoncurrentVersionExpiration: { NoncurrentDays: 6 } },
    ]);
  });

  test('counts the parking queue of a RedriveFunction, also one that is defined later', () => {
    const stack = testStack();
    const [one, two] = ['One', 'Two'].map((id) => dlqIn(stack, id, { queueRetentionPeriod: Duration.days(1) }));
    new RedriveFunction(stack, 'Redrive', { dlq: two, parkingQueueRetentionPeriod: Duration.days(7) });
    expect(daysOf(one)).toBe(8);
  });

  test('is 15 days by default', () => {
    expect(daysOf(dlqIn(testStack(), 'Dlq'))).toBe(15);
  });
});

describe('the overflow bucket', () => {
  test('is private and encrypted, sends no events, and is kept when the stack goes', () => {
    const { overflowBucket } = dlqIn(testStack(), 'Dlq');
    const { Properties, DeletionPolicy, UpdateReplacePolicy } = resourceOf(overflowBucket);
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
    expect(Properties).toMatchObject({
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    expect(Properties).not.toHaveProperty('NotificationConfiguration');
  });

  test('that is passed in has no folder for each, since what it is for is up to the app', () => {
    const stack = testStack();
    const overflowBucket = new s3.Bucket(stack, 'Given');
    const dlqs = ['One', 'Two'].map((id) => dlqIn(stack, id, { overflowBucket }));
    expect(dlqs.map(prefixOf)).toEqual(['dead-letters/', 'dead-letters/']);
    expect(countOf(stack, BUCKET)).toBe(1);
  });
});

describe('in a Stage', () => {
  function define(scope: App | Stage): StreamDlq {
    const stack = new Stack(scope, 'Orders', { stackName: 'orders' });
    const { dlq } = new KinesisStreamProcessor(stack, 'Orders', {
      processorProps, capture: FailureCapture.s3(), keepCapture: FailureCapture.hydrate(), encryptionKey: new kms.Key(stack, 'Key'),
    });
    new RedriveFunction(stack, 'Redrive', { dlq });
    return dlq as StreamDlq;
  }

  // The CDK names mappings and permissions by the whole path, and so are the policies of processors and the subscription.
  const NAMED_BY_PATH = ['AWS::IAM::Policy', 'AWS::Lambda::EventSourceMapping', 'AWS::Lambda::Permission', 'AWS::SNS::Subscription'];
  const idsOf = (dlq: StreamDlq) =>
    Object.entries(resourcesOf(dlq)).filter(([, { Type }]) => !NAMED_BY_PATH.includes(Type)).map(([id]) => id).sort();

  test('the folder in the overflow bucket and the logical ids of what holds data are the same as outside', () => {
    const outside = define(testApp());
    for (const inside of ['Beta', 'Prod'].map((id) => define(new Stage(testApp(), id)))) {
      expect(idsOf(inside)).toEqual(idsOf(outside));
      expect(prefixOf(inside)).toBe(prefixOf(outside));
    }
  });

  test('the overflow bucket of a key of another stack is the same as outside', () => {
    const defineKeyed = (scope: App | Stage) => dlqIn(new Stack(scope, 'Orders'), 'Dlq', { encryptionKey: new kms.Key(new Stack(scope, 'Keys'), 'Key') });
    expect(defineKeyed(new Stage(testApp(), 'Beta')).overflowBucket.node.id).toBe(defineKeyed(testApp()).overflowBucket.node.id);
  });

  test('two of an app synthesize, with nothing shared between them', () => {
    const app = testApp();
    const dlqs = ['Beta', 'Prod'].map((id) => define(new Stage(app, id)));
    for (const dlq of dlqs) expect(annotationsOf(Stack.of(dlq))).toEqual([]);
    expect(dlqs[0].overflowBucket).not.toBe(dlqs[1].overflowBucket);
  });
});
