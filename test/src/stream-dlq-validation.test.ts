import fs from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, StreamDlq, StreamSource } from '../../src';
import { propertiesOf, resourceOf, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { captureBucketOf, defineDlq, topicOf } from '../support/stream-dlq';

const refusal = (...args: Parameters<typeof defineDlq>) => messageOf(() => defineDlq(...args));
const FIFO_TOPIC =
  '[Stack/Dlq] `topic` must be a standard topic, got: a FIFO topic; pass a standard topic: Lambda does not send failure records to a ' +
    'FIFO topic';
const FIFO_QUEUE =
  '[Stack/Dlq] `undeliverableQueue` must be a standard queue, got: a FIFO queue; pass a standard queue: neither SNS nor Lambda ' +
    'delivers to a FIFO queue here';

describe('the source', () => {
  const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
  const TABLE = { tableArn: 'arn:aws:dynamodb:us-east-1:123456789012:table/customers' };
  const TABLE_STREAM = { ...TABLE, tableStreamArn: `${TABLE.tableArn}/stream/2026-11-21T10:00:00.000` };
  const sources = [
    ['a stream', (stack: Stack) => StreamSource.kinesis(kinesis.Stream.fromStreamArn(stack, 'Stream', STREAM_ARN))],
    ['a table', (stack: Stack) => StreamSource.dynamo(dynamodb.Table.fromTableAttributes(stack, 'Table', TABLE_STREAM))],
  ] as const;

  test.each(sources)('must be in the Region of the StreamDlq: %s', (_, sourceIn) => {
    const stack = testStack({ env: { region: 'eu-west-1' } });
    expect(messageOf(() => new StreamDlq(stack, 'Dlq', { source: sourceIn(stack) }))).toBe(
      '[Stack/Dlq] `source` must be a stream of the Region of its StreamDlq, got: one of us-east-1 for a StreamDlq of eu-west-1; ' +
        'define the StreamDlq in a stack of the Region of the stream: a mapping cannot read across Regions',
    );
  });

  test.each(sources)('is taken where the Region of the stack is not known, or the same: %s', (_, sourceIn) => {
    for (const env of [undefined, { region: 'us-east-1' }]) {
      const stack = testStack({ env });
      expect(new StreamDlq(stack, 'Dlq', { source: sourceIn(stack) }).sources).toHaveLength(1);
    }
  });
});

describe('the topic', () => {
  test('must not be that of another StreamDlq', () => {
    const stack = testStack();
    const topic = new sns.Topic(stack, 'Topic');
    const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Stream'));
    const capture = FailureCapture.hydrate({ topic });
    new StreamDlq(stack, 'First', { source, capture });
    expect(messageOf(() => new StreamDlq(stack, 'Second', { source, capture }))).toBe(
      "[Stack/Second] `topic` must serve one StreamDlq only, got: a topic that 'Stack/First' subscribes to; share that StreamDlq instead",
    );
  });

  test('must not be a FIFO topic of this app', () => {
    expect(refusal((stack) => ({ capture: FailureCapture.hydrate({ topic: new sns.Topic(stack, 'Topic', { fifo: true }) }) }))).toBe(FIFO_TOPIC);
  });

  test('must be of the Region of the StreamDlq: its subscription has a dead-letter queue there', () => {
    const stack = testStack({ env: { account: '123456789012', region: 'eu-west-1' } });
    const topic = sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:123456789012:failures');
    expect(messageOf(() => new StreamDlq(stack, 'Dlq', { capture: FailureCapture.hydrate({ topic }) }))).toBe(
      '[Stack/Dlq] `topic` must be of the Region of its StreamDlq, got: one of us-east-1 for a StreamDlq of eu-west-1; pass a topic of that ' +
        'Region: SNS keeps what it cannot deliver in a queue of the Region of the topic only',
    );
  });

  test('must not be an imported FIFO topic', () => {
    const arn = 'arn:aws:sns:us-east-1:123456789012:failures.fifo';
    expect(refusal((stack) => ({ capture: FailureCapture.hydrate({ topic: sns.Topic.fromTopicArn(stack, 'Topic', arn) }) }))).toBe(FIFO_TOPIC);
  });
});

describe('the undeliverable queue', () => {
  test('must not be the dead-letter queue, imported twice', () => {
    const arn = 'arn:aws:sqs:us-east-1:123456789012:letters';
    const imported = (stack: Stack, id: string) => sqs.Queue.fromQueueArn(stack, id, arn);
    expect(refusal((stack) => ({ queue: imported(stack, 'One'), undeliverableQueue: imported(stack, 'Two') }))).toContain('another queue');
  });

  test('must not be the dead-letter queue', () => {
    const message = refusal((stack) => {
      const queue = new sqs.Queue(stack, 'Queue');
      return { queue, undeliverableQueue: queue };
    });
    expect(message).toBe(
      '[Stack/Dlq] `undeliverableQueue` must be another queue than `queue`, got: the same for both; pass a queue for undeliverable ' +
        'events only',
    );
  });

  test('must not be a FIFO queue of this app', () => {
    expect(refusal((stack) => ({ undeliverableQueue: new sqs.Queue(stack, 'Queue', { fifo: true }) }))).toBe(FIFO_QUEUE);
  });

  test('must not be an imported FIFO queue', () => {
    const arn = 'arn:aws:sqs:us-east-1:123456789012:undeliverable.fifo';
    expect(refusal((stack) => ({ undeliverableQueue: sqs.Queue.fromQueueArn(stack, 'Queue', arn) }))).toBe(FIFO_QUEUE);
  });
});

describe('props without effect', () => {
  const everything = (stack: Stack) => ({
    queue: new sqs.Queue(stack, 'Queue'),
    undeliverableQueue: new sqs.Queue(stack, 'UndeliverableQueue'),
    overflowBucket: new s3.Bucket(stack, 'Bucket'),
  });

  test.each([
    ['queueRetentionPeriod', 'queue', { queueRetentionPeriod: Duration.days(1) }],
    ['queueVisibilityTimeout', 'queue', { queueVisibilityTimeout: Duration.minutes(1) }],
    ['undeliverableQueueRetentionPeriod', 'undeliverableQueue', { undeliverableQueueRetentionPeriod: Duration.days(1) }],
  ] as const)('%s is refused beside `%s`', (prop, queue, props) => {
    expect(refusal((stack) => ({ [queue]: new sqs.Queue(stack, 'Queue'), ...props }))).toBe(
      `[Stack/Dlq] \`${prop}\` must not be set with \`${queue}\`, got: both; set it where the existing resource is defined`,
    );
  });

  test('removalPolicy is refused where both queues and the bucket are passed in', () => {
    expect(refusal((stack) => ({ ...everything(stack), removalPolicy: RemovalPolicy.DESTROY }))).toBe(
      '[Stack/Dlq] `removalPolicy` must not be set with `queue`, `undeliverableQueue`, `overflowBucket`, got: both; set it where the ' +
        'existing resources are defined',
    );
  });

  test('removalPolicy is taken where a capture bucket is defined', () => {
    const { dlq } = defineDlq((stack) => ({ ...everything(stack), capture: FailureCapture.s3(), removalPolicy: RemovalPolicy.DESTROY }));
    expect(resourceOf(captureBucketOf(dlq)).DeletionPolicy).toBe('Delete');
  });

  test('encryptionKey is taken where queues, bucket and topic are passed in, for the function', () => {
    const { dlq } = defineDlq((stack) => ({
      ...everything(stack),
      capture: FailureCapture.hydrate({ topic: new sns.Topic(stack, 'Topic') }),
      encryptionKey: new kms.Key(stack, 'Key'),
    }));
    expect(propertiesOf(dlq.captureFunction)).toHaveProperty('KmsKeyArn');
  });

  test('encryptionKey is taken where both queues and the bucket are given, for the topic', () => {
    const { dlq, stack } = defineDlq((it) => ({ ...everything(it), encryptionKey: new kms.Key(it, 'Key') }));
    expect(topicOf(dlq).masterKey).toBe(stack.node.findChild('Key'));
  });
});

describe('removalPolicy', () => {
  test('must not be SNAPSHOT', () => {
    expect(refusal({ removalPolicy: RemovalPolicy.SNAPSHOT })).toBe(
      '[Stack/Dlq] `removalPolicy` must be one that queues and buckets have, got: SNAPSHOT; use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY',
    );
  });
});

describe('ranges', () => {
  test.each([2_047, 1_048_577, 0, -1, 3_000.5])('queueMaxMessageSizeBytes %d is refused', (queueMaxMessageSizeBytes) => {
    expect(refusal({ queueMaxMessageSizeBytes })).toBe(
      `[Stack/Dlq] \`queueMaxMessageSizeBytes\` must be a whole number from 2048 to 1048576, got: ${queueMaxMessageSizeBytes}`,
    );
  });

  test.each(['queueRetentionPeriod', 'undeliverableQueueRetentionPeriod'])('%s out of range is refused', (prop) => {
    for (const period of [Duration.seconds(59), Duration.seconds(1_209_601)]) {
      expect(refusal({ [prop]: period })).toBe(`[Stack/Dlq] \`${prop}\` must be from 1 minute to 14 days, got: ${period.toHumanString()}`);
    }
  });

  test('queueVisibilityTimeout out of range is refused', () => {
    expect(refusal({ queueVisibilityTimeout: Duration.hours(13) })).toBe(
      '[Stack/Dlq] `queueVisibilityTimeout` must be from 0 seconds to 12 hours, got: 13 hours',
    );
  });
});

describe('a package without its bundled function', () => {
  afterEach(() => jest.restoreAllMocks());

  test('says so, and what to do in a checkout', () => {
    const exists = fs.existsSync;
    jest.spyOn(fs, 'existsSync').mockImplementation((path) => !String(path).endsWith('hydrate') && exists(path));
    const folder = join(__dirname, '../../assets/hydrate');
    expect(refusal()).toBe(
      `[Stack/Dlq/Hydrate] the function hydrate must be in the package, got: nothing at ${folder}; ` +
        'in a checkout run `npx projen bundle`',
    );
  });
});

describe('the log group for what operators do', () => {
  const ENV = { account: '123456789012', region: 'us-east-1' };
  const named = (name: string) => (stack: Stack) => ({ auditLogGroup: logs.LogGroup.fromLogGroupName(stack, 'Audit', name) });
  const of = (region: string, account: string) => (stack: Stack) => ({
    auditLogGroup: logs.LogGroup.fromLogGroupArn(stack, 'Audit', `arn:aws:logs:${region}:${account}:log-group:operators:*`),
  });

  test.each([
    ['another account', 'us-east-1', '999999999999'],
    ['another region', 'eu-west-1', '123456789012'],
  ])('must not be of %s', (_, region, account) => {
    expect(refusal(of(region, account), undefined, testStack({ env: ENV }))).toBe(
      `[Stack/Dlq] \`auditLogGroup\` must be in the account and Region of its StreamDlq, got: account ${account} in ${region} for a ` +
        'StreamDlq of account 123456789012 in us-east-1; pass a log group of this account and Region: the operator\'s tool writes to it',
    );
  });

  test.each(['/ops/orders#1', 'l'.repeat(257)])('must have a name that a tag takes: %s', (name) => {
    expect(refusal(named(name))).toBe(
      `[Stack/Dlq] \`auditLogGroup\` must have a name of at most 256 characters, without #, got: ${name}, of ${name.length}; pass a ` +
        'log group with another name: the name becomes the value of a tag of the functions',
    );
  });

  test.each([
    ['has the longest name', named('l'.repeat(256)), ENV],
    ['is of the account and region of the stack', of('us-east-1', '123456789012'), ENV],
    ['is of one that is not known of the stack', of('us-east-1', '123456789012'), undefined],
    ['has a name that is a token', (stack: Stack) => ({ auditLogGroup: new logs.LogGroup(stack, 'Audit') }), ENV],
  ])('is taken where it %s', (_, options, env) => {
    const { dlq } = defineDlq(options, undefined, testStack({ env }));
    expect(dlq.auditLogGroup?.node.id).toBe('Audit');
  });
});
