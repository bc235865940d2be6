import { existsSync } from 'node:fs';
import { App, Duration, Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, S3CaptureOptions, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import {
  annotationsOfUnbound, logicalId, propertiesOf, resolved, resourceOf, resourcesOf, testApp, testProcessor,
} from '../support/app';
import { messageOf } from '../support/errors';
import { allow, managedPoliciesOf, queuePolicyOf, resourcePolicyOf, sorted, Statement, statementsOf } from '../support/policies';
import { captureBucketOf, Defined, defineDlq, processWith } from '../support/stream-dlq';

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

/** The one thing that the StreamDlq of a stack refuses at synth. */
function refusalOf(stack: Stack): string {
  const [title, refusal, ...others] = messageOf(() => (stack.node.root as App).synth()).split('\n');
  expect([title, others]).toEqual(['Validation failed with the following errors:', []]);
  return refusal.replace('  [Stack/Dlq] ', '');
}

/** The bucket that Lambda writes to: the one that a test gives, or that of the StreamDlq. */
const bucketOf = ({ dlq, stack }: Defined) => (stack.node.tryFindChild('Given') as s3.IBucket | undefined) ?? captureBucketOf(dlq);
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
    expect(existsSync(`${__dirname}/../../assets/capture-s3/index.mjs`)).toBe(true);
  });

  test('knows queues and buckets, and nothing else', () => {
    const { dlq } = define();
    expect(propertiesOf(dlq.captureFunction).Environment).toEqual({
      Variables: {
        QUEUE_URL: resolved(dlq, dlq.queue.queueUrl),
        QUEUE_MAX_MESSAGE_BYTES: '1048576',
        UNDELIVERABLE_QUEUE_URL: resolved(dlq, dlq.undeliverableQueue.queueUrl),
        CAPTURE_BUCKET: resolved(dlq, captureBucketOf(dlq).bucketName),
        OVERFLOW_BUCKET: resolved(dlq, dlq.overflowBucket.bucketName),
        OVERFLOW_PREFIX: expect.stringMatching(/^dead-letters\/[0-9a-f]{8}\/$/),
        FORMAT_VERSION: '0.1.0',
      },
    });
  });

  test('tells the operator\'s tool where large dead letters go, which is another bucket', () => {
    const { dlq } = define();
    const { CAPTURE_BUCKET, OVERFLOW_BUCKET } = propertiesOf(dlq.captureFunction).Environment.Variables;
    expect(OVERFLOW_BUCKET).toEqual(resolved(dlq, dlq.overflowBucket.bucketName));
    expect(OVERFLOW_BUCKET).not.toEqual(CAPTURE_BUCKET);
  });

  describe('knows the streams whose failed batches it takes', () => {
    const streamsOf = ({ captureFunction }: StreamDlq) => propertiesOf(captureFunction).Environment.Variables.STREAM_ARNS;
    const imported = (stack: Stack) => ({ bucket: s3.Bucket.fromBucketName(stack, 'Given', 'batches') });
    const streamArn = (name: string) => `arn:aws:kinesis:us-east-1:123456789012:stream/${name}`;
    const addStream = ({ dlq, stack }: Defined, name: string) =>
      dlq.addSource(StreamSource.kinesis(kinesis.Stream.fromStreamArn(stack, name, streamArn(name))));

    test('where its bucket is imported: other apps may use the bucket too', () => {
      const defined = defineDlq((it) => ({ capture: FailureCapture.s3(imported(it)) }), (it) => kinesis.Stream.fromStreamArn(it, 'Stream', streamArn('orders')));
      addStream(defined, 'payments');
      expect(streamsOf(defined.dlq)).toBe(JSON.stringify([streamArn('orders'), streamArn('payments')]));
    });

    test('also one that this app defines', () => {
      const { dlq, stream, stack } = define({}, imported);
      expect(streamsOf(dlq)).toEqual({ 'Fn::Join': ['', ['["', resolved(stack, stream.streamArn), '"]']] });
    });

    test.each([
      ['it has its own', () => define()],
      ['it is given one of this app', () => define({}, givenBucket)],
    ])('not where %s, in which every failed batch is one of the StreamDlq', (_, defineIt) => {
      expect(streamsOf(defineIt().dlq)).toBeUndefined();
    });

    test('up to about 20, which is what fits into the environment of a function', () => {
      const defined = define({}, imported);
      for (let index = 1; index < 25; index += 1) addStream(defined, `${index}`.padStart(96, 'x'));
      expect(refusalOf(defined.stack)).toBe(
        'an imported `bucket` of FailureCapture.s3() must serve at most about 20 sources, got: 25; remove `bucket`, or pass a bucket ' +
          'of this app: the ARNs of more sources do not fit into the environment of the function',
      );
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

  test('gets nothing from a bucket of another account, also where one of this account is given', () => {
    const defined = define({}, givenBucket);
    const reading = statementsOf(defined.dlq.captureFunction.role!).filter(({ Action }) => Action === 's3:GetObject');
    expect(reading).toEqual([{ ...allow('s3:GetObject', objectsOf(defined)), ...ofThisAccount(defined) }]);
  });

  test('decrypts with the key of the bucket, and does no more with it', () => {
    const { dlq, stack } = define({}, (it) => ({ bucket: new s3.Bucket(it, 'Given', { encryptionKey: new kms.Key(it, 'Key') }) }));
    const ofKeys = statementsOf(dlq.captureFunction.role!).filter(({ Action }) => JSON.stringify(Action).includes('kms:'));
    expect(ofKeys).toEqual([allow('kms:Decrypt', resolved(stack, (stack.node.findChild('Key') as kms.Key).keyArn))]);
  });

  test('sends to a FIFO queue', () => {
    const { dlq, stack } = define((it) => ({ queue: new sqs.Queue(it, 'Given', { fifo: true, retentionPeriod: Duration.days(14) }) }));
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
  test('lets EventBridge, and no other service that delivers there, use the key of the undeliverable queue, without a condition', () => {
    const { stack } = define((it) => ({ encryptionKey: new kms.Key(it, 'Key') }));
    const statements = propertiesOf(stack.node.findChild('Key')).KeyPolicy.Statement as Statement[];
    expect(statements.filter(({ Principal }) => /amazonaws.com/.test(JSON.stringify(Principal)) && !/logs/.test(JSON.stringify(Principal)))).toEqual([
      {
        Effect: 'Allow',
        Action: USE_KEY,
        Principal: { Service: 'events.amazonaws.com' },
        Resource: '*',
      },
    ]);
  });
});

describe('the role of the processor', () => {
  test.each([
    ['defined here', () => define()],
    ['given', () => define({}, givenBucket)],
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
        'for the capture that is kept as well',
        () => define((stack) => ({ keepCapture: FailureCapture.hydrate(), ...key(stack) })),
        ['s3:PutObject', 's3:ListBucket', 'kms:GenerateDataKey', 'sns:Publish', ['kms:Decrypt', 'kms:GenerateDataKey']],
      ],
    ])('where it is not known: %s', (_, defineIt, needs) => {
      const [warning, ...others] = importedTo(defineIt());
      const lead =
        'warning /Stack/Dlq: processor \'Stack/Imported\' must have a role that is allowed to send failure records, got: a function ' +
          'imported without its role; import it by Function.fromFunctionAttributes() with `role`, or allow this yourself: ';
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

describe('encryptionKey', () => {
  test('is taken where queues and buckets are passed in: the function has it for its log and its environment', () => {
    const { dlq, stack } = define(
      (it) => ({
        queue: new sqs.Queue(it, 'Queue', { retentionPeriod: Duration.days(14) }),
        undeliverableQueue: new sqs.Queue(it, 'UndeliverableQueue', { retentionPeriod: Duration.days(14) }),
        overflowBucket: new s3.Bucket(it, 'Bucket'),
        encryptionKey: new kms.Key(it, 'Key'),
      }),
      givenBucket,
    );
    expect(propertiesOf(dlq.captureFunction).KmsKeyArn).toEqual(resolved(stack, (stack.node.findChild('Key') as kms.Key).keyArn));
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });
});

describe('several stacks', () => {
  test('stream, StreamDlq and processor may each have their own', () => {
    const app = testApp();
    const [streams, deadLetters, functions] = ['Streams', 'DeadLetters', 'Functions'].map((id) => new Stack(app, id));
    const stream = new kinesis.Stream(streams, 'Stream');
    const dlq = new StreamDlq(deadLetters, 'Dlq', { source: StreamSource.kinesis(stream), capture: FailureCapture.s3() });
    processWith(dlq, testProcessor(functions), stream);
    const waits = app.synth().stacks.map((it) => [it.stackName, it.dependencies.map(({ id }) => id).filter((id) => !id.endsWith('.assets')).sort()]);
    expect(Object.fromEntries(waits)).toEqual({ Streams: [], DeadLetters: [], Functions: ['DeadLetters', 'Streams'] });
  });
});
