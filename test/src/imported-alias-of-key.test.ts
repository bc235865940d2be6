import { Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { DynamoStreamProcessor, FailureCapture, KinesisStreamProcessor, RedriveFunction, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import { annotationsOf, BY_CLI, processorProps, resourcesOf, testApp } from '../support/app';
import { topicOf } from '../support/stream-dlq';

const FLAG = '@aws-cdk/aws-kms:applyImportedAliasPermissionsToPrincipal';
const ENV = { account: '123456789012', region: 'eu-west-1' };

const appWith = (flag: boolean, others: object = {}) => testApp({ postCliContext: { [FLAG]: flag, ...others } });
const stackWith = (flag: boolean, others?: object) => new Stack(appWith(flag, others), 'Stack', { env: ENV });
const alias = (stack: Stack) => kms.Alias.fromAliasName(stack, 'Key', 'alias/corp-data');
const errorsOf = (stack: Stack) => annotationsOf(stack).filter((it) => it.startsWith('error'));
const warningsOf = (stack: Stack) => annotationsOf(stack).filter((it) => it.startsWith('warning'));

const processed = (options: StreamDlqOptions, stack: Stack, stream?: kinesis.IStream) =>
  new KinesisStreamProcessor(stack, 'Orders', { stream, processorProps, ...options });
const queueWith = (stack: Stack, encryptionMasterKey: kms.IKey, id = 'Given') =>
  new sqs.Queue(stack, id, { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey });
const bucketWith = (stack: Stack, encryptionKey: kms.IKey) => new s3.Bucket(stack, 'Bucket', { encryption: s3.BucketEncryption.KMS, encryptionKey });
const streamWith = (stack: Stack, encryptionKey: kms.IKey) =>
  new kinesis.Stream(stack, 'Stream', { encryption: kinesis.StreamEncryption.KMS, encryptionKey });

/** Every way to give a key. */
const USES: Record<string, (stack: Stack, key: kms.IKey) => unknown> = {
  '`encryptionKey`': (stack, encryptionKey) => processed({ encryptionKey }, stack),
  'the key of `queue`': (stack, key) => processed({ queue: queueWith(stack, key) }, stack),
  'the key of `undeliverableQueue`': (stack, key) => processed({ undeliverableQueue: queueWith(stack, key) }, stack),
  'the key of `overflowBucket`': (stack, key) => processed({ overflowBucket: bucketWith(stack, key) }, stack),
  'the key of `bucket`': (stack, key) => processed({ capture: FailureCapture.s3({ bucket: bucketWith(stack, key) }) }, stack),
  'the key of `topic`': (stack, masterKey) =>
    processed({ capture: FailureCapture.hydrate({ topic: new sns.Topic(stack, 'Topic', { masterKey }) }) }, stack),
  'the key of `source`': (stack, key) => processed({ capture: FailureCapture.s3() }, stack, streamWith(stack, key)),
  '`environmentEncryption`': (stack, key) => processed({ capture: FailureCapture.hydrate({ environmentEncryption: key }) }, stack),
  'the key of `parkingQueue`': (stack, key) =>
    new RedriveFunction(stack, 'Redrive', { dlq: processed({}, stack).dlq, parkingQueue: queueWith(stack, key) }),
};
const OF_TABLE = (stack: Stack, encryptionKey: kms.IKey) =>
  new DynamoStreamProcessor(stack, 'Audit', {
    processorProps,
    table: new dynamodb.Table(stack, 'Table', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      stream: dynamodb.StreamViewType.NEW_IMAGE,
      encryptionKey,
    }),
  });

/** Resources of the statements on keys, of every policy of roles. */
function resourcesOnKeys(stack: Stack): string[] {
  return Object.values(resourcesOf(stack))
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[])
    .filter(({ Action }) => [Action].flat().some((it) => it.startsWith('kms:')))
    .map(({ Resource }) => JSON.stringify(Resource));
}

describe.each([...Object.entries(USES), ['the key of `source`', OF_TABLE] as const])('an alias imported by its name as %s', (whose, use) => {
  test('is refused without the feature flag, since grants on it do nothing', () => {
    const stack = stackWith(false, BY_CLI);
    use(stack, alias(stack));
    expect(errorsOf(stack)).toEqual([
      expect.stringContaining(
        `: ${whose} must be a key that this app can grant permissions on, got: 'Stack/Key', imported by Alias.fromAliasName(); ` +
          `set the feature flag \`${FLAG}\`, or import the key by Key.fromLookup() or Key.fromKeyArn(): without permissions, failure ` +
          'records and dead letters are lost',
      ),
    ]);
  });

  test('is granted with the feature flag, and no policy names an alias', () => {
    const stack = stackWith(true);
    use(stack, alias(stack));
    expect(errorsOf(stack)).toEqual([]);
    const resources = resourcesOnKeys(stack);
    expect(resources).not.toEqual([]);
    expect(resources.filter((it) => it.includes('alias/'))).toEqual([]);
  });

  test('is refused where the ARN of an alias is given for that of a key', () => {
    const stack = stackWith(true, BY_CLI);
    use(stack, kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:123456789012:alias/corp-data'));
    expect(errorsOf(stack)).toEqual([
      expect.stringContaining(`${whose} must be imported by the ARN of a key, got: 'Stack/Key', imported by the ARN of an alias`),
    ]);
  });

  test.each([true, false])('is taken where this app defines it, and policies name the key (feature flag %s)', (flag) => {
    const stack = stackWith(flag);
    const key = new kms.Key(stack, 'Target');
    use(stack, new kms.Alias(stack, 'Alias', { aliasName: 'alias/orders', targetKey: key }));
    expect(errorsOf(stack)).toEqual([]);
    expect(new Set(resourcesOnKeys(stack))).toEqual(new Set([JSON.stringify(stack.resolve(key.keyArn))]));
  });
});

describe('the policy of a processor', () => {
  test('allows the key by its alias, with the feature flag', () => {
    const stack = stackWith(true);
    const { processor, dlq } = processed({ encryptionKey: alias(stack) }, stack);
    const policy = processor.role!.node.children.find(({ node }) => node.id.startsWith('PublishTo'))!;
    expect(stack.resolve((policy as unknown as { document: unknown }).document)).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Action: 'sns:Publish', Effect: 'Allow', Resource: stack.resolve(topicOf(dlq).topicArn) },
        {
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/corp-data' } },
          Effect: 'Allow',
          Resource: stack.resolve(stack.formatArn({ service: 'kms', resource: 'key', resourceName: '*' })),
        },
      ],
    });
  });

  test('serves two StreamDlqs of one stack, and one whose key is of another stack', () => {
    const app = appWith(true);
    const keys = new Stack(app, 'Keys', { env: ENV });
    const stack = new Stack(app, 'Stack', { env: ENV });
    const stream = new kinesis.Stream(stack, 'Stream');
    const { processor } = new KinesisStreamProcessor(stack, 'One', { stream, processorProps, encryptionKey: alias(keys) });
    const two = new StreamDlq(stack, 'Two', { source: StreamSource.kinesis(stream), encryptionKey: new kms.Key(keys, 'Own') });
    processor.addEventSourceMapping('Mapping', { eventSourceArn: stream.streamArn, onFailure: two });
    expect(errorsOf(stack)).toEqual([]);
    expect(resourcesOnKeys(stack).filter((it) => it.includes('alias/'))).toEqual([]);
  });
});

describe('a key whose policy is out of reach', () => {
  const KEY_ARN = 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555';
  const imported = {
    'is imported': (stack: Stack) => kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
    'is an alias imported by its name': alias,
  };

  test.each(Object.entries(imported))('is warned of with the statement to add, where it %s', (_, keyOf) => {
    const stack = stackWith(true);
    processed({ encryptionKey: keyOf(stack) }, stack);
    expect(warningsOf(stack)).toEqual([
      'warning /Stack/Orders/Dlq: the key of the intake queue and the undeliverable queue should have a policy that this app can extend, got: an ' +
        'imported key, \'Stack/Key\'; let sns.amazonaws.com use it, or what it sends there is lost: add ' +
        '{"Action":["kms:Decrypt","kms:GenerateDataKey"],"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}},"Effect":"Allow","Resource":"*","Principal":{"Service":"sns.amazonaws.com"}} ' +
        'there, and acknowledge this warning [ack: cdk-stream-dlq:keyWithoutPolicy]',
    ]);
  });

  test('is not warned of where this app defines it', () => {
    const stack = stackWith(true);
    processed({ encryptionKey: new kms.Key(stack, 'Key') }, stack);
    expect(warningsOf(stack)).toEqual([]);
  });
});
