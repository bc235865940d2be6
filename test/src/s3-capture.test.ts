import { existsSync } from 'node:fs';
import { App, Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as notifications from 'aws-cdk-lib/aws-s3-notifications';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, S3CaptureOptions, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import {
  annotationsOf, countOf, logicalId, propertiesOf, resolved, resourceOf, resourcesOf, testApp, testProcessor, testStack,
} from '../support/app';
import { messageOf } from '../support/errors';
import { allow, managedPoliciesOf, queuePolicyOf, resourcePolicyOf, sorted, Statement, statementsOf } from '../support/policies';
import { defineDlq, Defined, processWith } from '../support/stream-dlq';

const ANNOUNCED = { EventBridgeConfiguration: { EventBridgeEnabled: true } };
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

const bucketOf = ({ dlq }: Defined) => dlq.captureBucket!;
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
    expect(propertiesOf(dlq.captureFunction!)).toMatchObject({
      Handler: 'index.handler',
      Description: 'Makes dead letters of the failed batches that Lambda writes to S3 (cdk-stream-dlq)',
      Code: { S3Key: expect.stringMatching(/^[0-9a-f]{64}\.zip$/) },
    });
    expect(existsSync(`${__dirname}/../../assets/capture-s3/index.js`)).toBe(true);
  });

  test('knows queues, stream and bucket, and nothing else', () => {
    const { dlq, stream } = define();
    expect(propertiesOf(dlq.captureFunction!).Environment).toEqual({
      Variables: {
        QUEUE_URL: resolved(dlq, dlq.queue.queueUrl),
        QUEUE_MAX_MESSAGE_BYTES: '1048576',
        UNDELIVERABLE_QUEUE_URL: resolved(dlq, dlq.undeliverableQueue.queueUrl),
        STREAM_ARN: resolved(dlq, stream.streamArn),
        CAPTURE_BUCKET: resolved(dlq, dlq.overflowBucket.bucketName),
      },
    });
  });

  test('knows the limit of the queue', () => {
    const { dlq } = define({ queueMaxMessageSizeBytes: 262_144 });
    expect(propertiesOf(dlq.captureFunction!).Environment.Variables.QUEUE_MAX_MESSAGE_BYTES).toBe('262144');
  });

  test('sends events that it fails to handle to the undeliverable queue', () => {
    const { dlq, stack } = define();
    const [config] = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::Lambda::EventInvokeConfig');
    expect(config.Properties).toMatchObject({
      FunctionName: resolved(stack, dlq.captureFunction!.functionName),
      DestinationConfig: { OnFailure: { Destination: resolved(stack, dlq.undeliverableQueue.queueArn) } },
    });
  });

  test('may write its log, send to both queues and get what Lambda wrote, and nothing else', () => {
    const defined = define();
    const { dlq, stack } = defined;
    const [log] = Object.entries(resourcesOf(stack)).find(([, { Type }]) => Type === 'AWS::Logs::LogGroup')!;
    expect(sorted(statementsOf(dlq.captureFunction!.role!))).toEqual(
      sorted([
        allow(LOG, { 'Fn::GetAtt': [log, 'Arn'] }),
        allow('sqs:SendMessage', resolved(stack, dlq.queue.queueArn)),
        allow('sqs:SendMessage', resolved(stack, dlq.undeliverableQueue.queueArn)),
        { ...allow('s3:GetObject', objectsOf(defined)), ...ofThisAccount(defined) },
      ]),
    );
    expect(managedPoliciesOf(dlq.captureFunction!.role!)).toEqual([]);
  });

  test('decrypts with the key of the bucket, and does no more with it', () => {
    const { dlq, stack } = define({}, (it) => ({ bucket: new s3.Bucket(it, 'Given', { encryptionKey: new kms.Key(it, 'Key') }) }));
    const ofKeys = statementsOf(dlq.captureFunction!.role!).filter(({ Action }) => JSON.stringify(Action).includes('kms:'));
    expect(ofKeys).toEqual([allow('kms:Decrypt', resolved(stack, dlq.captureBucket!.encryptionKey!.keyArn))]);
  });

  test('sends to a FIFO queue', () => {
    const { dlq, stack } = define((it) => ({ queue: new sqs.Queue(it, 'Letters', { fifo: true }) }));
    expect(statementsOf(dlq.captureFunction!.role!)).toContainEqual(allow('sqs:SendMessage', resolved(stack, dlq.queue.queueArn)));
    expect(annotationsOf(stack)).toEqual([]);
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
        Arn: resolved(stack, dlq.captureFunction!.functionArn),
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
        FunctionName: resolved(defined.stack, defined.dlq.captureFunction!.functionArn),
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

  test('lets EventBridge of this account, and no other service, use the key of the undeliverable queue', () => {
    const { stack } = define((it) => ({ encryptionKey: new kms.Key(it, 'Key') }));
    const statements = propertiesOf(stack.node.findChild('Key')).KeyPolicy.Statement as Statement[];
    expect(statements.filter(({ Principal }) => JSON.stringify(Principal).includes('amazonaws.com'))).toEqual([
      {
        Effect: 'Allow',
        Action: USE_KEY,
        Principal: { Service: 'events.amazonaws.com' },
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceAccount': resolved(stack, stack.account) } },
      },
    ]);
  });
});

describe('the bucket that StreamDlq defines', () => {
  test('announces its objects without a custom resource', () => {
    const defined = define();
    expect(propertiesOf(bucketOf(defined)).NotificationConfiguration).toEqual(ANNOUNCED);
    expect(countOf(defined.stack, CUSTOM)).toBe(0);
  });

  test('is the overflow bucket, and otherwise what it is with hydrate', () => {
    expect(propertiesOf(define().dlq.overflowBucket)).toEqual({
      ...propertiesOf(defineDlq().dlq.overflowBucket),
      NotificationConfiguration: ANNOUNCED,
    });
  });

  test.each([
    ['enableEventBridgeNotification()', (bucket: s3.IBucket) => bucket.enableEventBridgeNotification()],
    [
      'addEventNotification()',
      (bucket: s3.IBucket) =>
        bucket.addEventNotification(s3.EventType.OBJECT_CREATED, new notifications.SqsDestination(new sqs.Queue(Stack.of(bucket), 'Notified'))),
    ],
  ])('refuses notifications at synth, which would replace its own: %s', (_, add) => {
    const { dlq, stack } = define();
    add(dlq.overflowBucket);
    expect(messageOf(() => (stack.node.root as App).synth())).toBe(
      'Validation failed with the following errors:\n' +
        '  [Stack/Dlq] notifications must not be added to the bucket that a StreamDlq with FailureCapture.s3() defines, ' +
        "got: some on 'Stack/Dlq/OverflowBucket'; they would replace those that the StreamDlq needs: " +
        'define the bucket yourself and give it as `overflowBucket`',
    );
  });

  test('takes notifications with FailureCapture.hydrate(), which needs none', () => {
    const { dlq, stack } = defineDlq();
    dlq.overflowBucket.enableEventBridgeNotification();
    expect(annotationsOf(stack)).toEqual([]);
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
    expect(propertiesOf(dlq.captureFunction!).Environment.Variables.CAPTURE_BUCKET).toEqual(resolved(stack, bucketOf(defined).bucketName));
    expect(countOf(stack, 'AWS::S3::Bucket')).toBe(buckets);
  });

  test('announces its objects as the CDK has it, beside other notifications', () => {
    const defined = define({}, givenBucket);
    bucketOf(defined).addEventNotification(
      s3.EventType.OBJECT_REMOVED, new notifications.SqsDestination(new sqs.Queue(defined.stack, 'Notified')),
    );
    const [custom] = Object.values(resourcesOf(defined.stack)).filter(({ Type }) => Type === CUSTOM);
    expect(custom.Properties.NotificationConfiguration).toEqual({ EventBridgeConfiguration: {}, QueueConfigurations: [expect.anything()] });
    expect(annotationsOf(defined.stack)).toEqual([]);
  });

  test('can be imported', () => {
    const defined = define({}, (stack) => ({ bucket: s3.Bucket.fromBucketName(stack, 'Given', 'letters') }));
    const [custom] = Object.values(resourcesOf(defined.stack)).filter(({ Type }) => Type === CUSTOM);
    expect(custom.Properties).toMatchObject({ BucketName: 'letters', NotificationConfiguration: { EventBridgeConfiguration: {} } });
    expect(annotationsOf(defined.stack)).toEqual([]);
  });

  test('can be that of another StreamDlq, whose objects are announced already', () => {
    const { dlq, stack } = define();
    const other = new kinesis.Stream(stack, 'Other');
    const bucket = dlq.captureBucket!;
    new StreamDlq(stack, 'OtherDlq', { source: StreamSource.kinesis(other), capture: FailureCapture.s3({ bucket }) });
    expect(countOf(stack, CUSTOM)).toBe(0);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('can be that of another StreamDlq with FailureCapture.hydrate()', () => {
    const { dlq, stack } = defineDlq();
    const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Other'));
    new StreamDlq(stack, 'OtherDlq', { source, capture: FailureCapture.s3({ bucket: dlq.overflowBucket }) });
    expect(countOf(stack, CUSTOM)).toBe(1);
    expect(annotationsOf(stack)).toEqual([]);
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
  test('puts objects and lists the bucket, of this account, and does not read', () => {
    const defined = define();
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

  test('has the same on a bucket that is given, of whichever account it is', () => {
    const defined = define({}, givenBucket);
    expect(sorted(addedTo(defined))).toEqual(
      sorted([allow('s3:PutObject', objectsOf(defined)), allow('s3:ListBucket', resolved(defined.stack, bucketOf(defined).bucketArn))]),
    );
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

  test('is asked of the user where it is not known', () => {
    const { dlq, stack, stream } = define();
    const processor = lambda.Function.fromFunctionArn(stack, 'Imported', 'arn:aws:lambda:us-east-1:123456789012:function:orders');
    processor.addEventSourceMapping('Mapping', {
      eventSourceArn: stream.streamArn, startingPosition: lambda.StartingPosition.LATEST, onFailure: dlq, retryAttempts: 3,
    });
    expect(annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq'))).toEqual([
      "warning /Stack/Dlq: processor 'Stack/Imported' is imported without its role, so it was not allowed to send failure records; " +
        'import it by Function.fromFunctionAttributes() with its role, ' +
        'or allow s3:PutObject on the objects of the bucket and s3:ListBucket on the bucket yourself ' +
        '[ack: cdk-stream-dlq:processorWithoutRole]',
    ]);
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
    const { dlq, stack } = define((it) => ({ ...everything(it), standbyCapture: FailureCapture.hydrate() }));
    expect(dlq.topic!.masterKey).toBe(stack.node.findChild('Key'));
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
