import { Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as notifications from 'aws-cdk-lib/aws-s3-notifications';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, KinesisStreamProcessor, S3CaptureOptions, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import {
  annotationsOf, annotationsOfUnbound, countOf, processorProps, propertiesOf, resolved, resourceOf, resourcesOf, testProcessor, testStack,
} from '../support/app';
import { messageOf } from '../support/errors';
import { resourcePolicyOf } from '../support/policies';
import { captureBucketOf, Defined, defineDlq, processWith } from '../support/stream-dlq';

const CUSTOM = 'Custom::S3BucketNotifications';
const ON: s3.CfnBucket.NotificationConfigurationProperty = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:notified';
const WIPED = 'the custom resource of the CDK overwrites the notifications of the resource, and turns all off when it is deleted';

function define(
  options: StreamDlqOptions | ((stack: Stack) => StreamDlqOptions) = {}, capture: (stack: Stack) => S3CaptureOptions = () => ({}),
): Defined {
  return defineDlq((stack) => ({
    capture: FailureCapture.s3(capture(stack)),
    ...(typeof options === 'function' ? options(stack) : options),
  }));
}

const givenBucket = (stack: Stack) => ({ bucket: new s3.Bucket(stack, 'Given') });
const given = ({ stack }: Defined) => stack.node.findChild('Given') as s3.Bucket;

function setOnResource(bucket: s3.IBucket, notificationConfiguration: s3.CfnBucket.NotificationConfigurationProperty | undefined): void {
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = notificationConfiguration;
}

const notNotifying = (whose: string, path: string, got: string) =>
  `\`notificationConfiguration\` of a bucket ${whose} must turn EventBridge on, got: ${got} on '${path}'; set ` +
    '`eventBridgeConfiguration: { eventBridgeEnabled: true }` there, so that S3 sends events of failed batches, and remove deployed ' +
    'notifications of the CDK in a separate deployment first, which turns all off';

/** The one thing that the StreamDlq of a stack refuses at synth. */
function refusalOf(stack: Stack): string {
  const [title, refusal, ...others] = messageOf(() => resourcesOf(stack)).split('\n');
  expect([title, others]).toEqual(['Validation failed with the following errors:', []]);
  return refusal.replace('  [Stack/Dlq] ', '');
}

describe('the capture bucket that a StreamDlq defines', () => {
  test('is private and encrypted, expires failed batches, sends events to EventBridge, and is kept when the stack goes', () => {
    const { dlq, stack } = define();
    expect(resourceOf(captureBucketOf(dlq))).toMatchObject({
      Properties: {
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        LifecycleConfiguration: {
          Rules: [{ Prefix: 'aws/lambda/', Status: 'Enabled', ExpirationInDays: 30, NoncurrentVersionExpiration: { NoncurrentDays: 30 } }],
        },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    expect(countOf(stack, CUSTOM)).toBe(0);
  });

  test('refuses connections without TLS', () => {
    const { dlq } = define();
    expect(resourcePolicyOf(captureBucketOf(dlq), 'AWS::S3::BucketPolicy', 'Bucket')).toEqual([
      expect.objectContaining({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ]);
  });

  test('is another than the overflow bucket, which sends no events', () => {
    const { dlq, stack } = define();
    expect(captureBucketOf(dlq)).not.toBe(dlq.overflowBucket);
    expect(propertiesOf(dlq.overflowBucket)).not.toHaveProperty('NotificationConfiguration');
    expect(propertiesOf(dlq.overflowBucket).LifecycleConfiguration.Rules).toEqual([expect.objectContaining({ Prefix: 'dead-letters/' })]);
    expect(countOf(stack, 'AWS::S3::Bucket')).toBe(2);
  });

  test('is there with FailureCapture.s3() only', () => {
    expect(defineDlq().dlq.node.tryFindChild('CaptureBucket')).toBeUndefined();
    expect(define({}, givenBucket).dlq.node.tryFindChild('CaptureBucket')).toBeUndefined();
  });

  test('is there for each StreamDlq of a stack', () => {
    const { dlq, stack, stream } = define();
    const other = new StreamDlq(stack, 'Other', { source: StreamSource.kinesis(stream), capture: FailureCapture.s3() });
    expect(captureBucketOf(other)).not.toBe(captureBucketOf(dlq));
  });

  test('serves all sources of its StreamDlq', () => {
    const { dlq, stack, stream } = define();
    const others = new kinesis.Stream(stack, 'Others');
    dlq.addSource(StreamSource.kinesis(others));
    const processor = testProcessor(stack);
    const mappings = [stream, others].map((it) => processWith(dlq, processor, it));
    const destinations = mappings.map((it) => propertiesOf(it).DestinationConfig.OnFailure.Destination);
    expect(destinations).toEqual(destinations.map(() => resolved(stack, captureBucketOf(dlq).bucketArn)));
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('keeps failed batches longer than both queues keep messages', () => {
    const days = (options: StreamDlqOptions) =>
      propertiesOf(captureBucketOf(define(options).dlq)).LifecycleConfiguration.Rules[0].ExpirationInDays;
    expect(days({ queueRetentionPeriod: Duration.days(3), undeliverableQueueRetentionPeriod: Duration.hours(36) })).toBe(7);
  });

  test('has the key and the removal policy of the StreamDlq', () => {
    const { dlq, stack } = define((it) => ({ encryptionKey: new kms.Key(it, 'Key'), removalPolicy: RemovalPolicy.DESTROY }));
    const { Properties, DeletionPolicy } = resourceOf(captureBucketOf(dlq));
    expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      {
        BucketKeyEnabled: true,
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: resolved(stack, (stack.node.findChild('Key') as kms.Key).keyArn) },
      },
    ]);
    expect(DeletionPolicy).toBe('Delete');
  });

  const waysToAdd: [string, (bucket: s3.IBucket) => void][] = [
    ['enableEventBridgeNotification()', (bucket) => bucket.enableEventBridgeNotification()],
    [
      'addEventNotification()',
      (bucket) => bucket.addEventNotification(s3.EventType.OBJECT_CREATED, new notifications.SqsDestination(new sqs.Queue(Stack.of(bucket), 'Notified'))),
    ],
  ];

  test.each(waysToAdd)('refuses notifications at synth, which would replace its own: %s', (_, add) => {
    const { dlq, stack } = define();
    add(captureBucketOf(dlq));
    expect(refusalOf(stack)).toBe(
      'notifications must not be added to a bucket that a StreamDlq defines that has notifications on its resource, got: some on ' +
        `'Stack/Dlq/CaptureBucket'; ${WIPED}: set them on its resource, with \`eventBridgeConfiguration\`, or pass an existing bucket ` +
        'to FailureCapture.s3(), and remove deployed ones in a separate deployment first',
    );
  });

  test.each(waysToAdd)('leaves the overflow bucket free for notifications of the app: %s', (_, add) => {
    const { dlq, stack } = define();
    add(dlq.overflowBucket);
    expect(countOf(stack, CUSTOM)).toBe(1);
  });

  test.each([
    [{ queueConfigurations: [] }, '{"queueConfigurations":[]}'],
    [{ eventBridgeConfiguration: { eventBridgeEnabled: false } }, '{"eventBridgeConfiguration":{"eventBridgeEnabled":false}}'],
    [undefined, 'nothing'],
  ])('refuses notifications of its resource at synth that leave EventBridge out: %j', (others, got) => {
    const { dlq, stack } = define();
    setOnResource(captureBucketOf(dlq), others);
    expect(refusalOf(stack)).toBe(notNotifying('that a StreamDlq defines', 'Stack/Dlq/CaptureBucket', got));
  });

  test('takes notifications of its resource beside those to EventBridge', () => {
    const { dlq, stack } = define();
    setOnResource(captureBucketOf(dlq), { ...ON, queueConfigurations: [{ event: 's3:ObjectRemoved:*', queue: QUEUE_ARN }] });
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });
});

describe('a capture bucket that is passed in', () => {
  test('is where Lambda writes to, and the overflow bucket is another', () => {
    const defined = define({}, givenBucket);
    const { dlq, stack, stream } = defined;
    const mapping = processWith(dlq, testProcessor(stack), stream);
    expect(propertiesOf(mapping).DestinationConfig.OnFailure.Destination).toEqual(resolved(stack, given(defined).bucketArn));
    expect(propertiesOf(dlq.captureFunction).Environment.Variables.CAPTURE_BUCKET).toEqual(resolved(stack, given(defined).bucketName));
    expect(countOf(stack, 'AWS::S3::Bucket')).toBe(2);
  });

  test('may be the overflow bucket too', () => {
    const defined = define((stack) => ({ overflowBucket: stack.node.findChild('Given') as s3.Bucket }), givenBucket);
    expect(countOf(defined.stack, 'AWS::S3::Bucket')).toBe(1);
    expect(propertiesOf(defined.dlq.captureFunction).Environment.Variables.OVERFLOW_PREFIX).toBe('dead-letters/');
    expect(annotationsOfUnbound(defined.stack)).toEqual([]);
  });

  test('sends events by the custom resource of the CDK, beside other notifications', () => {
    const defined = define({}, givenBucket);
    given(defined).addEventNotification(s3.EventType.OBJECT_REMOVED, new notifications.SqsDestination(new sqs.Queue(defined.stack, 'Notified')));
    const [custom] = Object.values(resourcesOf(defined.stack)).filter(({ Type }) => Type === CUSTOM);
    expect(custom.Properties.NotificationConfiguration).toEqual({ EventBridgeConfiguration: {}, QueueConfigurations: [expect.anything()] });
    expect(annotationsOfUnbound(defined.stack)).toEqual([]);
  });

  test('may be imported', () => {
    const defined = define({}, (stack) => ({ bucket: s3.Bucket.fromBucketName(stack, 'Given', 'batches') }));
    const [custom] = Object.values(resourcesOf(defined.stack)).filter(({ Type }) => Type === CUSTOM);
    expect(custom.Properties).toMatchObject({ BucketName: 'batches', NotificationConfiguration: { EventBridgeConfiguration: {} } });
    expect(annotationsOfUnbound(defined.stack)).toEqual([]);
  });

  describe('that sends events by its resource', () => {
    function notifying(): Defined {
      return define({}, (stack) => {
        const { bucket } = givenBucket(stack);
        setOnResource(bucket, ON);
        return { bucket };
      });
    }

    test('stays as it is', () => {
      const { stack } = notifying();
      expect(countOf(stack, CUSTOM)).toBe(0);
      expect(annotationsOfUnbound(stack)).toEqual([]);
    });

    test('refuses notifications of the CDK at synth', () => {
      const defined = notifying();
      given(defined).enableEventBridgeNotification();
      expect(refusalOf(defined.stack)).toBe(
        'notifications must not be added to a bucket of FailureCapture.s3() that has notifications on its resource, got: some on ' +
          `'Stack/Given'; ${WIPED}: set them on the resource too, or, where they are deployed, remove \`notificationConfiguration\` ` +
          'from the resource',
      );
    });

    test('must go on to do so', () => {
      const defined = notifying();
      setOnResource(given(defined), {});
      expect(refusalOf(defined.stack)).toBe(notNotifying('of FailureCapture.s3()', 'Stack/Given', '{}'));
    });
  });

  test('must not have notifications on its resource that leave EventBridge out, which the custom resource would replace', () => {
    const message = messageOf(() =>
      define({}, (stack) => {
        const { bucket } = givenBucket(stack);
        setOnResource(bucket, { queueConfigurations: [] });
        return { bucket };
      }),
    );
    expect(message).toBe(`[Stack/Dlq] ${notNotifying('of FailureCapture.s3()', 'Stack/Given', '{"queueConfigurations":[]}')}`);
  });

  test('must not get notifications on its resource later, once the custom resource is there', () => {
    const defined = define({}, givenBucket);
    setOnResource(given(defined), ON);
    expect(refusalOf(defined.stack)).toBe(
      '`notificationConfiguration` must not be set on a bucket of FailureCapture.s3() once the StreamDlq is defined, ' +
        `got: {"eventBridgeConfiguration":{"eventBridgeEnabled":true}} on 'Stack/Given'; ${WIPED}: add notifications by addEventNotification()`,
    );
  });

  test('may have notifications on its resource that are known later', () => {
    const { stack } = define({}, (it) => {
      const { bucket } = givenBucket(it);
      (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = Lazy.any({ produce: () => ON });
      return { bucket };
    });
    expect(countOf(stack, CUSTOM)).toBe(0);
  });

  describe('to a second StreamDlq', () => {
    const named = (stack: Stack, id: string) => s3.Bucket.fromBucketName(stack, id, 'batches');
    const refusal =
      "[Stack/Second] `bucket` must be the capture bucket of one StreamDlq only, got: a bucket that 'Stack/Dlq' takes failed batches from; " +
      'share that StreamDlq, which may have several sources, or pass another bucket';

    test.each<[string, (stack: Stack) => s3.IBucket, (stack: Stack, first: s3.IBucket) => s3.IBucket]>([
      ['is of this app', (stack) => new s3.Bucket(stack, 'Given'), (_, first) => first],
      ['is imported twice', (stack) => named(stack, 'One'), (stack) => named(stack, 'Two')],
      ['is defined with the name that it is imported by', (stack) => new s3.Bucket(stack, 'Given', { bucketName: 'batches' }), (stack) => named(stack, 'Two')],
    ])('is refused where it %s, also for another stream', (_, firstIn, secondIn) => {
      let first: s3.IBucket | undefined;
      const { stack } = define({}, (it) => ({ bucket: (first = firstIn(it)) }));
      const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Other'));
      expect(messageOf(() => new StreamDlq(stack, 'Second', { source, capture: FailureCapture.s3({ bucket: secondIn(stack, first!) }) }))).toBe(refusal);
    });

    test('is taken where the first StreamDlq has it for large dead letters only', () => {
      const { stack, stream } = defineDlq((it) => ({ overflowBucket: new s3.Bucket(it, 'Given') }));
      const bucket = stack.node.findChild('Given') as s3.Bucket;
      new StreamDlq(stack, 'Second', { source: StreamSource.kinesis(stream), capture: FailureCapture.s3({ bucket }) });
      expect(annotationsOfUnbound(stack)).toEqual([]);
    });

    test('is taken in another app', () => {
      const bucket = (stack: Stack) => ({ bucket: named(stack, 'Given') });
      for (let app = 0; app < 2; app += 1) expect(annotationsOfUnbound(define({}, bucket).stack)).toEqual([]);
    });
  });

  test.each([
    ['account', { account: '999999999999', region: 'us-east-1' }, 'account 999999999999 in us-east-1'],
    ['Region', { account: '123456789012', region: 'eu-west-1' }, 'account 123456789012 in eu-west-1'],
  ])('must not be of another %s', (_, env, got) => {
    const stack = testStack({ env: { account: '123456789012', region: 'us-east-1' } });
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Given', { bucketName: 'batches', ...env });
    expect(messageOf(() => new KinesisStreamProcessor(stack, 'Orders', { processorProps, capture: FailureCapture.s3({ bucket }) }))).toBe(
      `[Stack/Orders/Dlq] \`bucket\` must be in the account and Region of its StreamDlq, got: ${got} ` +
        'for a StreamDlq of account 123456789012 in us-east-1; pass a bucket of this account and Region: S3 sends events there only',
    );
  });
});
