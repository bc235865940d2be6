import { existsSync } from 'node:fs';
import { App, Duration, Fn, Lazy, Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as notifications from 'aws-cdk-lib/aws-s3-notifications';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, S3CaptureOptions, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import {
  annotationsOfUnbound, countOf, logicalId, propertiesOf, resolved, resourceOf, resourcesOf, testApp, testProcessor, testStack,
} from '../support/app';
import { messageOf } from '../support/errors';
import { allow, managedPoliciesOf, queuePolicyOf, resourcePolicyOf, sorted, Statement, statementsOf } from '../support/policies';
import { captureBucketOf, Defined, defineDlq, processWith, topicOf } from '../support/stream-dlq';

const USE_KEY = ['kms:Decrypt', 'kms:GenerateDataKey'];
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const CUSTOM = 'Custom::S3BucketNotifications';

function define(
  options: StreamDlqOptions | ((stack: Stack) => StreamDlqOptions) = {}, capture: (stack: Stack) => S3CaptureOptions = () => ({}),
): Defined {
  return defineDlq((stack) => ({
    capture: FailureCapture.s3(capture(stack)),
    ...(typeof options === 'function' ? options(stack) : options),
  }));
}

/** What is set on the resource of a bucket to have its objects announced. */
const ON: s3.CfnBucket.NotificationConfigurationProperty = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:notified';
const WIPED = 'the custom resource of the CDK replaces what the resource says, and turns all off when it goes';

function setOnResource(bucket: s3.IBucket, notificationConfiguration: s3.CfnBucket.NotificationConfigurationProperty | undefined): void {
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = notificationConfiguration;
}

const unannounced = (whose: string, path: string, got: string) =>
  `\`notificationConfiguration\` of a bucket ${whose} must turn EventBridge on, got: ${got} on '${path}'; ` +
  'failed batches would not be announced: set `eventBridgeConfiguration: { eventBridgeEnabled: true }` there; ' +
  'where notifications of the CDK are deployed, remove them in a deployment of its own before, since that turns all off';

/** The one thing that the StreamDlq of a stack refuses at synth. */
function refusalOf(stack: Stack): string {
  const [title, refusal, ...others] = messageOf(() => (stack.node.root as App).synth()).split('\n');
  expect([title, others]).toEqual(['Validation failed with the following errors:', []]);
  return refusal.replace('  [Stack/Dlq] ', '');
}

const bucketOf = ({ dlq }: Defined) => captureBucketOf(dlq);
const objectsOf = (defined: Defined) => resolved(defined.stack, bucketOf(defined).arnForObjects('aws/lambda/*'));
const ofThisAccount = ({ stack }: Defined) => ({ Condition: { StringEquals: { 's3:ResourceAccount': resolved(stack, stack.account) } } });
const ruleOf = ({ dlq }: Defined) => dlq.node.findChild('ObjectCreated');
const policyOf = (bucket: s3.IBucket) => resourcePolicyOf(bucket, 'AWS::S3::BucketPolicy', 'Bucket');
const givenBucket = (stack: Stack) => ({ bucket: new s3.Bucket(stack, 'Given') });

/** What binding adds to the role of a processor, less what the mapping itself needs. */
function addedTo(defined: Defined): Statement[] {
  const processor = testProcessor(defined.stack);
  processWith(defined.dlq, processor, defined.stream);
  return statementsOf(processor.role!).filter(({ Action }) => !JSON.stringify(Action).includes('kinesis:'));
}

describe('the capture function', () => {
  test('is the bundled handler, and says what it is', () => {
    const { dlq } = define();
    expect(propertiesOf(dlq.captureFunction)).toMatchObject({
      Handler: 'index.handler',
      Description: 'Makes dead letters of the failed batches that Lambda writes to S3 (cdk-stream-dlq)',
      Code: { S3Key: expect.stringMatching(/^[0-9a-f]{64}\.zip$/) },
    });
    expect(existsSync(`${__dirname}/../../assets/capture-s3/index.js`)).toBe(true);
  });

  test('knows queues, stream and buckets, and nothing else', () => {
    const { dlq, stream } = define();
    expect(propertiesOf(dlq.captureFunction).Environment).toEqual({
      Variables: {
        QUEUE_URL: resolved(dlq, dlq.queue.queueUrl),
        QUEUE_MAX_MESSAGE_BYTES: '1048576',
        UNDELIVERABLE_QUEUE_URL: resolved(dlq, dlq.undeliverableQueue.queueUrl),
        STREAM_ARN: resolved(dlq, stream.streamArn),
        CAPTURE_BUCKET: resolved(dlq, dlq.overflowBucket.bucketName),
        CAPTURE_BUCKET_SHARED: 'false',
        OVERFLOW_BUCKET: resolved(dlq, dlq.overflowBucket.bucketName),
        FORMAT_VERSION: '0.1.0',
      },
    });
  });

  test('tells the operator\'s tool where large dead letters go, where that is another bucket', () => {
    const { dlq } = define({}, givenBucket);
    const { CAPTURE_BUCKET, OVERFLOW_BUCKET } = propertiesOf(dlq.captureFunction).Environment.Variables;
    expect(OVERFLOW_BUCKET).toEqual(resolved(dlq, dlq.overflowBucket.bucketName));
    expect(OVERFLOW_BUCKET).not.toEqual(CAPTURE_BUCKET);
  });

  describe('knows whether others take failed batches from its bucket', () => {
    const sharedOf = ({ captureFunction }: StreamDlq) => propertiesOf(captureFunction!).Environment.Variables.CAPTURE_BUCKET_SHARED;

    const importedBucket = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'Given', 'batches');

    test.each([
      ['bucket', () => define({}, (stack) => ({ bucket: importedBucket(stack) }))],
      ['overflowBucket', () => define((stack) => ({ overflowBucket: importedBucket(stack) }))],
    ])('others may, where it is imported and given as %s', (_, defineIt) => {
      expect(sharedOf(defineIt().dlq)).toBe('true');
    });

    // Left alone, what names another stream would be told of by a log line only.
    test.each([
      ['bucket', () => define({}, givenBucket)],
      ['overflowBucket', () => define((stack) => ({ overflowBucket: new s3.Bucket(stack, 'Given') }))],
    ])('others do not, where it is of this app and given to one StreamDlq only, as %s', (_, defineIt) => {
      expect(sharedOf(defineIt().dlq)).toBe('false');
    });

    test('others do, where one of this app is given to two', () => {
      const { dlq, stack } = define({}, givenBucket);
      const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Other'));
      const other = new StreamDlq(stack, 'OtherDlq', { source, capture: FailureCapture.s3({ bucket: captureBucketOf(dlq) }) });
      expect([dlq, other].map(sharedOf)).toEqual(['true', 'true']);
    });

    test('others do, where another StreamDlq of the app imports it by its name', () => {
      const { dlq, stack } = define({}, (it) => ({ bucket: new s3.Bucket(it, 'Defined', { bucketName: 'batches' }) }));
      const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Other'));
      const other = new StreamDlq(stack, 'OtherDlq', { source, capture: FailureCapture.s3({ bucket: importedBucket(stack) }) });
      expect([dlq, other].map(sharedOf)).toEqual(['true', 'true']);
    });

    test('others do, where a StreamDlq of another stream has it as well', () => {
      const { dlq, stack } = define();
      const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Other'));
      const other = new StreamDlq(stack, 'OtherDlq', { source, capture: FailureCapture.s3({ bucket: captureBucketOf(dlq) }) });
      expect([dlq, other].map(sharedOf)).toEqual(['true', 'true']);
    });

    test('others do not, where they have it for dead letters only', () => {
      const { dlq, stack } = define();
      const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Other'));
      new StreamDlq(stack, 'OtherDlq', { source, overflowBucket: captureBucketOf(dlq) });
      expect(sharedOf(dlq)).toBe('false');
    });

    test('others do not, where each has its own', () => {
      const { dlq, stack } = define();
      const other = new StreamDlq(stack, 'OtherDlq', { source: dlq.source, capture: FailureCapture.s3() });
      expect([dlq, other].map(sharedOf)).toEqual(['false', 'false']);
    });
  });

  test('knows the limit of the queue', () => {
    const { dlq } = define({ queueMaxMessageSizeBytes: 262_144 });
    expect(propertiesOf(dlq.captureFunction).Environment.Variables.QUEUE_MAX_MESSAGE_BYTES).toBe('262144');
  });

  test('sends events that it fails to handle to the undeliverable queue', () => {
    const { dlq, stack } = define();
    const [config] = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::Lambda::EventInvokeConfig');
    expect(config.Properties).toMatchObject({
      FunctionName: resolved(stack, dlq.captureFunction.functionName),
      DestinationConfig: { OnFailure: { Destination: resolved(stack, dlq.undeliverableQueue.queueArn) } },
    });
  });

  test('may write its log, send to both queues and get what Lambda wrote, and nothing else', () => {
    const defined = define();
    const { dlq, stack } = defined;
    const [log] = Object.entries(resourcesOf(stack)).find(([, { Type }]) => Type === 'AWS::Logs::LogGroup')!;
    expect(sorted(statementsOf(dlq.captureFunction.role!))).toEqual(
      sorted([
        allow(LOG, { 'Fn::GetAtt': [log, 'Arn'] }),
        allow('sqs:SendMessage', resolved(stack, dlq.queue.queueArn)),
        allow('sqs:SendMessage', resolved(stack, dlq.undeliverableQueue.queueArn)),
        { ...allow('s3:GetObject', objectsOf(defined)), ...ofThisAccount(defined) },
      ]),
    );
    expect(managedPoliciesOf(dlq.captureFunction.role!)).toEqual([]);
  });

  test('gets nothing from a bucket of another account, also where one of this was given', () => {
    const defined = define({}, givenBucket);
    const reading = statementsOf(defined.dlq.captureFunction.role!).filter(({ Action }) => Action === 's3:GetObject');
    expect(reading).toEqual([{ ...allow('s3:GetObject', objectsOf(defined)), ...ofThisAccount(defined) }]);
  });

  test('decrypts with the key of the bucket, and does no more with it', () => {
    const { dlq, stack } = define({}, (it) => ({ bucket: new s3.Bucket(it, 'Given', { encryptionKey: new kms.Key(it, 'Key') }) }));
    const ofKeys = statementsOf(dlq.captureFunction.role!).filter(({ Action }) => JSON.stringify(Action).includes('kms:'));
    expect(ofKeys).toEqual([allow('kms:Decrypt', resolved(stack, captureBucketOf(dlq).encryptionKey!.keyArn))]);
  });

  test('sends to a FIFO queue', () => {
    const { dlq, stack } = define((it) => ({ queue: new sqs.Queue(it, 'Letters', { fifo: true, retentionPeriod: Duration.days(14) }) }));
    expect(statementsOf(dlq.captureFunction.role!)).toContainEqual(allow('sqs:SendMessage', resolved(stack, dlq.queue.queueArn)));
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });
});

describe('the rule', () => {
  test('is for objects that Lambda writes to the bucket', () => {
    const defined = define();
    expect(propertiesOf(ruleOf(defined)).EventPattern).toEqual({
      'source': ['aws.s3'],
      'detail-type': ['Object Created'],
      'detail': {
        bucket: { name: [resolved(defined.stack, bucketOf(defined).bucketName)] },
        object: { key: [{ prefix: 'aws/lambda/' }] },
      },
    });
  });

  test('invokes the function, and leaves what it cannot deliver in the undeliverable queue', () => {
    const defined = define();
    const { dlq, stack } = defined;
    expect(propertiesOf(ruleOf(defined)).Targets).toEqual([
      {
        Id: 'Target0',
        Arn: resolved(stack, dlq.captureFunction.functionArn),
        DeadLetterConfig: { Arn: resolved(stack, dlq.undeliverableQueue.queueArn) },
      },
    ]);
  });

  test('may invoke the function, and nobody else may', () => {
    const defined = define();
    const permissions = Object.values(resourcesOf(defined.stack)).filter(({ Type }) => Type === 'AWS::Lambda::Permission');
    expect(permissions.map(({ Properties }) => Properties)).toEqual([
      {
        Action: 'lambda:InvokeFunction',
        FunctionName: resolved(defined.stack, defined.dlq.captureFunction.functionArn),
        Principal: 'events.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': [logicalId(ruleOf(defined)), 'Arn'] },
      },
    ]);
  });

  test('may send to the undeliverable queue, and nobody else may', () => {
    const defined = define();
    expect(queuePolicyOf(defined.dlq.undeliverableQueue).filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [logicalId(ruleOf(defined)), 'Arn'] } } },
      }),
    ]);
  });

  // EventBridge does not support conditions on the source there, and would be refused.
  test('lets EventBridge, and no other service, use the key of the undeliverable queue, without a condition', () => {
    const { stack } = define((it) => ({ encryptionKey: new kms.Key(it, 'Key') }));
    const statements = propertiesOf(stack.node.findChild('Key')).KeyPolicy.Statement as Statement[];
    expect(statements.filter(({ Principal }) => JSON.stringify(Principal).includes('amazonaws.com'))).toEqual([
      {
        Effect: 'Allow',
        Action: USE_KEY,
        Principal: { Service: 'events.amazonaws.com' },
        Resource: '*',
      },
    ]);
  });
});

describe('the bucket that StreamDlq defines', () => {
  test('is the overflow bucket as it is with hydrate, which announces its objects without a custom resource', () => {
    const { dlq, stack } = define();
    expect(propertiesOf(dlq.overflowBucket)).toEqual(propertiesOf(defineDlq().dlq.overflowBucket));
    expect(countOf(stack, CUSTOM)).toBe(0);
  });

  const waysToAdd: [string, (bucket: s3.IBucket) => void][] = [
    ['enableEventBridgeNotification()', (bucket: s3.IBucket) => bucket.enableEventBridgeNotification()],
    [
      'addEventNotification()',
      (bucket: s3.IBucket) =>
        bucket.addEventNotification(s3.EventType.OBJECT_CREATED, new notifications.SqsDestination(new sqs.Queue(Stack.of(bucket), 'Notified'))),
    ],
  ];
  describe.each([
    ['s3', () => define()],
    ['hydrate', () => defineDlq()],
  ])('with FailureCapture.%s()', (_, defineIt) => {
    test.each(waysToAdd)('refuses notifications at synth, which would replace its own: %s', (__, add) => {
      const { dlq, stack } = defineIt();
      add(dlq.overflowBucket);
      expect(refusalOf(stack)).toBe(
        'notifications must not be added to a bucket that a StreamDlq defines beside those of its resource, ' +
          `got: some on 'Stack/Dlq/OverflowBucket'; ${WIPED}: ` +
          'set them on its resource, beside `eventBridgeConfiguration`, or define the bucket yourself and give it as `overflowBucket`; ' +
          'where they are deployed, remove them in a deployment of its own before',
      );
    });

    test.each([
      [{ queueConfigurations: [] }, '{"queueConfigurations":[]}'],
      [{ eventBridgeConfiguration: { eventBridgeEnabled: false } }, '{"eventBridgeConfiguration":{"eventBridgeEnabled":false}}'],
      [undefined, 'nothing'],
    ])('refuses notifications of its resource at synth that leave EventBridge out: %j', (others, got) => {
      const { dlq, stack } = defineIt();
      setOnResource(dlq.overflowBucket, others);
      expect(refusalOf(stack)).toBe(unannounced('that a StreamDlq defines', 'Stack/Dlq/OverflowBucket', got));
    });

    test('takes notifications of its resource beside those to EventBridge', () => {
      const { dlq, stack } = defineIt();
      setOnResource(dlq.overflowBucket, { ...ON, queueConfigurations: [{ event: 's3:ObjectRemoved:*', queue: QUEUE_ARN }] });
      expect(annotationsOfUnbound(stack)).toEqual([]);
    });
  });
});

describe('a bucket that is given', () => {
  test.each([
    ['as overflowBucket', () => define((stack) => ({ overflowBucket: new s3.Bucket(stack, 'Given') })), 1],
    ['as bucket, beside the overflow bucket', () => define({}, givenBucket), 2],
  ])('is where Lambda writes to: %s', (_, defineIt, buckets) => {
    const defined = defineIt();
    const { dlq, stack } = defined;
    const processor = testProcessor(stack);
    const mapping = processWith(dlq, processor, defined.stream);
    expect(bucketOf(defined)).toBe(stack.node.findChild('Given'));
    expect(propertiesOf(mapping).DestinationConfig.OnFailure.Destination).toEqual(resolved(stack, bucketOf(defined).bucketArn));
    expect(propertiesOf(dlq.captureFunction).Environment.Variables.CAPTURE_BUCKET).toEqual(resolved(stack, bucketOf(defined).bucketName));
    expect(countOf(stack, 'AWS::S3::Bucket')).toBe(buckets);
  });

  test('announces its objects as the CDK has it, beside other notifications', () => {
    const defined = define({}, givenBucket);
    bucketOf(defined).addEventNotification(
      s3.EventType.OBJECT_REMOVED, new notifications.SqsDestination(new sqs.Queue(defined.stack, 'Notified')),
    );
    const [custom] = Object.values(resourcesOf(defined.stack)).filter(({ Type }) => Type === CUSTOM);
    expect(custom.Properties.NotificationConfiguration).toEqual({ EventBridgeConfiguration: {}, QueueConfigurations: [expect.anything()] });
    expect(annotationsOfUnbound(defined.stack)).toEqual([]);
  });

  test('can be imported', () => {
    const defined = define({}, (stack) => ({ bucket: s3.Bucket.fromBucketName(stack, 'Given', 'letters') }));
    const [custom] = Object.values(resourcesOf(defined.stack)).filter(({ Type }) => Type === CUSTOM);
    expect(custom.Properties).toMatchObject({ BucketName: 'letters', NotificationConfiguration: { EventBridgeConfiguration: {} } });
    expect(annotationsOfUnbound(defined.stack)).toEqual([]);
  });

  test('can be that of another StreamDlq, whose objects are announced already', () => {
    const { dlq, stack } = define();
    const other = new kinesis.Stream(stack, 'Other');
    const bucket = captureBucketOf(dlq);
    new StreamDlq(stack, 'OtherDlq', { source: StreamSource.kinesis(other), capture: FailureCapture.s3({ bucket }) });
    expect(countOf(stack, CUSTOM)).toBe(0);
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });

  test('can be that of another StreamDlq with FailureCapture.hydrate()', () => {
    const { dlq, stack } = defineDlq();
    const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Other'));
    new StreamDlq(stack, 'OtherDlq', { source, capture: FailureCapture.s3({ bucket: dlq.overflowBucket }) });
    expect(countOf(stack, CUSTOM)).toBe(0);
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });

  describe('that announces its objects by its resource', () => {
    function announced(): Defined {
      return define({}, (stack) => {
        const given = givenBucket(stack);
        setOnResource(given.bucket, ON);
        return given;
      });
    }

    test('is left as it is', () => {
      const defined = announced();
      expect(countOf(defined.stack, CUSTOM)).toBe(0);
      expect(annotationsOfUnbound(defined.stack)).toEqual([]);
    });

    test('refuses notifications of the CDK at synth', () => {
      const defined = announced();
      bucketOf(defined).enableEventBridgeNotification();
      expect(refusalOf(defined.stack)).toBe(
        "notifications must not be added to a bucket of FailureCapture.s3() beside those of its resource, got: some on 'Stack/Given'; " +
          `${WIPED}: set them on the resource, too; where they are deployed, take \`notificationConfiguration\` off the resource instead`,
      );
    });

    test('must go on to do so', () => {
      const defined = announced();
      setOnResource(bucketOf(defined), {});
      expect(refusalOf(defined.stack)).toBe(unannounced('of FailureCapture.s3()', 'Stack/Given', '{}'));
    });
  });

  test('must not have notifications on its resource that leave EventBridge out, which the custom resource would replace', () => {
    const message = messageOf(() =>
      define({}, (stack) => {
        const given = givenBucket(stack);
        setOnResource(given.bucket, { queueConfigurations: [] });
        return given;
      }),
    );
    expect(message).toBe(`[Stack/Dlq] ${unannounced('of FailureCapture.s3()', 'Stack/Given', '{"queueConfigurations":[]}')}`);
  });

  test('must not get notifications on its resource later, once the custom resource is there', () => {
    const defined = define({}, givenBucket);
    setOnResource(bucketOf(defined), ON);
    expect(refusalOf(defined.stack)).toBe(
      '`notificationConfiguration` must not be set on a bucket of FailureCapture.s3() once the StreamDlq is defined, ' +
        `got: {"eventBridgeConfiguration":{"eventBridgeEnabled":true}} on 'Stack/Given'; ${WIPED}: ` +
        'add notifications by addEventNotification()',
    );
  });

  test('may have notifications on its resource that are known later', () => {
    const defined = define({}, (stack) => {
      const given = givenBucket(stack);
      (given.bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = Lazy.any({ produce: () => ON });
      return given;
    });
    expect(countOf(defined.stack, CUSTOM)).toBe(0);
  });

  describe('to two StreamDlqs', () => {
    const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
    const named = (stack: Stack, id: string) => s3.Bucket.fromBucketName(stack, id, 'batches');
    const orders = (stack: Stack, id: string) => kinesis.Stream.fromStreamArn(stack, id, STREAM_ARN);

    test('must not be of one stream', () => {
      const { stack, dlq } = define({}, givenBucket);
      const capture = FailureCapture.s3({ bucket: captureBucketOf(dlq) });
      expect(messageOf(() => new StreamDlq(stack, 'Second', { source: dlq.source, capture }))).toBe(
        "[Stack/Second] `bucket` must serve one StreamDlq of a stream only, got: a bucket that 'Stack/Dlq' takes failed batches of " +
          'Stack/Stream from; share that StreamDlq instead, or give each a bucket',
      );
    });

    test('must not be of one stream, which is imported twice as the bucket is', () => {
      const { stack } = defineDlq((it) => ({ capture: FailureCapture.s3(), overflowBucket: named(it, 'One') }), (it) => orders(it, 'Stream'));
      const source = StreamSource.kinesis(orders(stack, 'Again'));
      const second = () => new StreamDlq(stack, 'Second', { source, capture: FailureCapture.s3(), overflowBucket: named(stack, 'Two') });
      expect(messageOf(second)).toContain("`overflowBucket` must serve one StreamDlq of a stream only, got: a bucket that 'Stack/Dlq'");
    });

    test('may be of streams that are known at deployment only', () => {
      const unknown = (stack: Stack, id: string) => kinesis.Stream.fromStreamArn(stack, id, Fn.importValue(id));
      const { stack, dlq } = defineDlq((it) => ({ capture: FailureCapture.s3(givenBucket(it)) }), (it) => unknown(it, 'One'));
      const capture = FailureCapture.s3({ bucket: captureBucketOf(dlq) });
      new StreamDlq(stack, 'Second', { source: StreamSource.kinesis(unknown(stack, 'Two')), capture });
      expect(annotationsOfUnbound(stack)).toEqual([]);
    });
  });

  test.each([
    ['account', { account: '999999999999', region: 'us-east-1' }, 'account 999999999999 in us-east-1'],
    ['region', { account: '123456789012', region: 'eu-west-1' }, 'account 123456789012 in eu-west-1'],
  ])('must not be of another %s', (_, env, got) => {
    const stack = testStack({ env: { account: '123456789012', region: 'us-east-1' } });
    const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Stream'));
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Given', { bucketName: 'letters', ...env });
    const refusal = (prop: string) =>
      `[Stack/${prop}] \`${prop}\` must be in the account and region of its StreamDlq for FailureCapture.s3(), got: ${got} ` +
      'for a StreamDlq of account 123456789012 in us-east-1; its events stay there: give a bucket of this account and region';
    const messages = [
      messageOf(() => new StreamDlq(stack, 'bucket', { source, capture: FailureCapture.s3({ bucket }) })),
      messageOf(() => new StreamDlq(stack, 'overflowBucket', { source, capture: FailureCapture.s3(), overflowBucket: bucket })),
    ];
    expect(messages).toEqual([refusal('bucket'), refusal('overflowBucket')]);
  });
});

describe('the role of the processor', () => {
  test.each([
    ['defined here', () => define()],
    ['given', () => define({}, givenBucket)],
    ['given as overflowBucket', () => define((stack) => ({ overflowBucket: new s3.Bucket(stack, 'Given') }))],
    ['imported', () => define({}, (stack) => ({ bucket: s3.Bucket.fromBucketName(stack, 'Given', 'letters') }))],
  ])('puts objects and lists the bucket, of this account, and does not read: a bucket that is %s', (_, defineIt) => {
    const defined = defineIt();
    expect(sorted(addedTo(defined))).toEqual(
      sorted([
        { ...allow('s3:PutObject', objectsOf(defined)), ...ofThisAccount(defined) },
        { ...allow('s3:ListBucket', resolved(defined.stack, bucketOf(defined).bucketArn)), ...ofThisAccount(defined) },
      ]),
    );
  });

  test('encrypts with the key of the bucket, and does not decrypt', () => {
    const defined = define((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));
    const key = resolved(defined.stack, bucketOf(defined).encryptionKey!.keyArn);
    expect(addedTo(defined)).toContainEqual(allow('kms:GenerateDataKey', key));
    expect(addedTo(define()).some(({ Action }) => JSON.stringify(Action).includes('kms:'))).toBe(false);
  });

  test('is let in by the bucket where it cannot be changed', () => {
    const defined = define();
    const role = iam.Role.fromRoleArn(defined.stack, 'Role', 'arn:aws:iam::999999999999:role/elsewhere', { mutable: false });
    const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:orders';
    processWith(defined.dlq, lambda.Function.fromFunctionAttributes(defined.stack, 'Processor', { functionArn, role }), defined.stream);
    const principal = { Principal: { AWS: role.roleArn } };
    expect(policyOf(bucketOf(defined)).filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({ ...allow('s3:PutObject', objectsOf(defined)), ...principal }),
      expect.objectContaining({ ...allow('s3:ListBucket', resolved(defined.stack, bucketOf(defined).bucketArn)), ...principal }),
    ]);
  });

  describe('is asked of the user', () => {
    const warningsOf = (stack: Stack) => annotationsOfUnbound(stack).filter((it) => it.includes('cdk-stream-dlq'));

    function importedTo({ dlq, stack, stream }: Defined): string[] {
      const processor = lambda.Function.fromFunctionArn(stack, 'Imported', 'arn:aws:lambda:us-east-1:123456789012:function:orders');
      processor.addEventSourceMapping('Mapping', {
        eventSourceArn: stream.streamArn, startingPosition: lambda.StartingPosition.LATEST, onFailure: dlq, retryAttempts: 3,
        maxRecordAge: Duration.hours(18),
      });
      return warningsOf(stack);
    }

    const key = (stack: Stack) => ({ encryptionKey: new kms.Key(stack, 'Key') });

    test.each([
      ['without a key', () => define(), ['s3:PutObject', 's3:ListBucket']],
      ['with a key', () => define(key), ['s3:PutObject', 's3:ListBucket', 'kms:GenerateDataKey']],
      [
        'for the capture that stands by as well',
        () => define((stack) => ({ keepCapture: FailureCapture.hydrate(), ...key(stack) })),
        ['s3:PutObject', 's3:ListBucket', 'kms:GenerateDataKey', 'sns:Publish', ['kms:Decrypt', 'kms:GenerateDataKey']],
      ],
    ])('where it is not known: %s', (_, defineIt, needs) => {
      const [warning, ...others] = importedTo(defineIt());
      const lead =
        "warning /Stack/Dlq: processor 'Stack/Imported' is imported without its role, so it was not allowed to send failure records; " +
        'import it by Function.fromFunctionAttributes() with its role, or allow it yourself: ';
      const end = ' [ack: cdk-stream-dlq:processorWithoutRole]';
      expect([warning.slice(0, lead.length), warning.slice(-end.length), others]).toEqual([lead, end, []]);
      const statements = JSON.parse(`[${warning.slice(lead.length, -end.length)}]`) as Statement[];
      expect(statements.map(({ Action }) => Action)).toEqual(needs);
    });
  });
});

describe('before the mapping there are', () => {
  const ofType = (type: string) => ({ stack }: Defined) => Object.entries(resourcesOf(stack)).find(([, it]) => it.Type === type)![0];

  test.each([
    ['the rule', {}, ofType('AWS::Events::Rule')],
    ['its permission to invoke the function', {}, ofType('AWS::Lambda::Permission')],
    ['the destination of what the function fails to handle', {}, ofType('AWS::Lambda::EventInvokeConfig')],
    ['the policy of the undeliverable queue', {}, ({ dlq }: Defined) => logicalId(dlq.undeliverableQueue.node.findChild('Policy'))],
    ['the policy of the bucket', {}, ofType('AWS::S3::BucketPolicy')],
    ['the notifications of a bucket that is given', { given: true }, ofType(CUSTOM)],
    [
      'the permission of the processor to write',
      {},
      (defined: Defined) => {
        const { role } = defined.stack.node.findChild('Processor') as lambda.Function;
        return logicalId(role!.node.findChild(`WriteTo${Names.nodeUniqueId(bucketOf(defined).node)}`));
      },
    ],
  ])('%s', (_, { given = false }: { given?: boolean }, awaited) => {
    const defined = given ? define({}, givenBucket) : define();
    const mapping = processWith(defined.dlq, testProcessor(defined.stack), defined.stream);
    expect(resourceOf(mapping).DependsOn).toContain(awaited(defined));
  });
});

describe('props', () => {
  const everything = (stack: Stack) => ({
    queue: new sqs.Queue(stack, 'Queue'),
    undeliverableQueue: new sqs.Queue(stack, 'UndeliverableQueue'),
    overflowBucket: new s3.Bucket(stack, 'Bucket'),
    encryptionKey: new kms.Key(stack, 'Key'),
  });

  test('encryptionKey is refused where queues and bucket are given: there is no topic to encrypt', () => {
    expect(messageOf(() => define(everything))).toBe(
      '[Stack/Dlq] `encryptionKey` is for what is defined here, got: it beside `queue`, `undeliverableQueue`, `overflowBucket`, ' +
        'which leave nothing to define; set it on those',
    );
  });

  test('encryptionKey is taken beside a standby capture that has a topic', () => {
    const { dlq, stack } = define((it) => ({ ...everything(it), keepCapture: FailureCapture.hydrate() }));
    expect(topicOf(dlq).masterKey).toBe(stack.node.findChild('Key'));
  });
});

describe('several stacks', () => {
  test('stream, StreamDlq and processor may each have their own', () => {
    const app = testApp();
    const [streams, letters, functions] = ['Streams', 'Letters', 'Functions'].map((id) => new Stack(app, id));
    const stream = new kinesis.Stream(streams, 'Stream');
    const dlq = new StreamDlq(letters, 'Dlq', { source: StreamSource.kinesis(stream), capture: FailureCapture.s3() });
    processWith(dlq, testProcessor(functions), stream);
    const waits = app.synth().stacks.map((it) => [it.stackName, it.dependencies.map(({ id }) => id).filter((id) => !id.endsWith('.assets')).sort()]);
    expect(Object.fromEntries(waits)).toEqual({ Streams: [], Letters: ['Streams'], Functions: ['Letters', 'Streams'] });
  });
});
