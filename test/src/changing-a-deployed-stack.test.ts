import { fullDiff, ResourceImpact, TemplateDiff } from '@aws-cdk/cloudformation-diff';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { FailureCapture, Idempotency, KinesisStreamProcessor, KinesisStreamProcessorProps } from '../../src';

/*
 * What CloudFormation does when an option changes on a deployed stack: docs/changing-a-deployed-stack.md says what to do about it.
 */
type Options = Partial<KinesisStreamProcessorProps>;

/** The template of an app with a key, a topic and a processor, which uses them or not. */
function templateOf(options: (stack: Stack, topic: sns.ITopic, key: kms.IKey) => Options = () => ({})): Record<string, unknown> {
  const stack = new Stack(new App(), 'Stack');
  const [topic, key] = [new sns.Topic(stack, 'MyTopic', { enforceSSL: true }), new kms.Key(stack, 'MyKey')];
  new KinesisStreamProcessor(stack, 'Orders', {
    stream: new kinesis.Stream(stack, 'Stream'),
    processorProps: { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = async () => {};') },
    ...options(stack, topic, key),
  });
  return Template.fromStack(stack).toJSON();
}

function change(from: Record<string, unknown>, to: Record<string, unknown>): TemplateDiff {
  return fullDiff(from, to, undefined, false);
}

/** `Type: impact` of each resource of some types that a change touches. */
function impacts(diff: TemplateDiff, ...types: readonly string[]): string[] {
  const found: string[] = [];
  diff.resources.forEachDifference((id, { resourceType, changeImpact }) => {
    // The mapping of the intake queue comes and goes with its function.
    if (id.includes('IntakeMapping')) return;
    if (resourceType !== undefined && types.includes(resourceType) && changeImpact !== ResourceImpact.NO_CHANGE) found.push(`${resourceType}: ${changeImpact}`);
  });
  return found.sort();
}

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const TOPIC = 'AWS::SNS::Topic';
const QUEUE = 'AWS::SQS::Queue';
const BUCKET = 'AWS::S3::Bucket';
const STREAM = 'AWS::Kinesis::Stream';
const TABLE = 'AWS::DynamoDB::Table';
const UPDATED = ResourceImpact.WILL_UPDATE;
const KEPT = ResourceImpact.WILL_ORPHAN;
const DELETED = ResourceImpact.WILL_DESTROY;
const NEW = ResourceImpact.WILL_CREATE;

const [hydrate, s3] = [FailureCapture.hydrate(), FailureCapture.s3()];

describe('a change of the idempotency', () => {
  const own = templateOf(() => ({ idempotency: Idempotency.table() }));

  test('to another table keeps the old one, and leaves the mapping as it is', () => {
    const existing = templateOf((stack) => ({ idempotency: Idempotency.existingTable(dynamodb.Table.fromTableName(stack, 'Imported', 'idempotency')) }));
    expect(impacts(change(own, existing), TABLE, MAPPING, STREAM)).toEqual([`${TABLE}: ${KEPT}`]);
  });

  test('to a key of its own replaces no table', () => {
    const encrypted = templateOf((_stack, _topic, encryptionKey) => ({ idempotency: Idempotency.table({ encryptionKey }) }));
    expect(impacts(change(own, encrypted), TABLE, MAPPING)).toEqual([`${TABLE}: ${UPDATED}`]);
  });
});

describe('a change of the capture', () => {
  const both = templateOf(() => ({ capture: hydrate, keepCapture: s3 }));
  const swapped = templateOf(() => ({ capture: s3, keepCapture: hydrate }));

  test('in one deployment deletes the topic, and keeps the intake queue with what is in it', () => {
    const diff = change(templateOf(), templateOf(() => ({ capture: s3 })));
    expect(impacts(diff, TOPIC, MAPPING, QUEUE, STREAM)).toEqual([`${MAPPING}: ${UPDATED}`, `${TOPIC}: ${DELETED}`, `${QUEUE}: ${KEPT}`].sort());
  });

  test('with keepCapture first adds the other capture, and touches no mapping but for what it waits for', () => {
    const diff = change(templateOf(), both);
    expect(impacts(diff, TOPIC, QUEUE, STREAM, BUCKET)).toEqual([`${BUCKET}: ${NEW}`]);
    diff.resources.forEachDifference((_, { resourceType, propertyUpdates }) => {
      if (resourceType === MAPPING) expect(Object.keys(propertyUpdates)).toEqual([]);
    });
  });

  test('then swaps them, which updates the mapping and nothing that holds data', () => {
    expect(impacts(change(both, swapped), TOPIC, QUEUE, STREAM, BUCKET, MAPPING)).toEqual([`${MAPPING}: ${UPDATED}`]);
  });

  test('and last deletes the topic, and keeps the intake queue, once they are empty', () => {
    expect(impacts(change(swapped, templateOf(() => ({ capture: s3 }))), TOPIC, QUEUE, STREAM, BUCKET)).toEqual([`${TOPIC}: ${DELETED}`, `${QUEUE}: ${KEPT}`].sort());
  });

  test('back to hydrate keeps the capture bucket, which leaves the stack', () => {
    const diff = change(templateOf(() => ({ capture: hydrate, keepCapture: s3 })), templateOf());
    expect(impacts(diff, TOPIC, QUEUE, STREAM, BUCKET)).toEqual([`${BUCKET}: ${KEPT}`]);
  });
});

test('another topic deletes the one that the library defined, and updates the mapping', () => {
  const diff = change(templateOf(), templateOf((_, topic) => ({ capture: FailureCapture.hydrate({ topic }) })));
  expect(impacts(diff, TOPIC, QUEUE, STREAM, BUCKET, MAPPING)).toEqual([`${MAPPING}: ${UPDATED}`, `${TOPIC}: ${DELETED}`]);
});

test.each([
  ['on', {}, { enhancedFanOut: true }],
  ['off', { enhancedFanOut: true }, {}],
])('enhancedFanOut turned %s replaces the mapping, and nothing that holds data', (_, before: Options, after: Options) => {
  const diff = change(templateOf(() => before), templateOf(() => after));
  // The CDK gives a mapping on a consumer an id of its own: the old mapping goes, and a new one comes.
  const replaced = [[`${MAPPING}: ${NEW}`, `${MAPPING}: ${DELETED}`].sort(), [`${MAPPING}: ${ResourceImpact.WILL_REPLACE}`]];
  expect(replaced).toContainEqual(impacts(diff, MAPPING));
  expect(impacts(diff, TOPIC, QUEUE, STREAM, BUCKET)).toEqual([]);
});

test('another encryptionKey updates queues and topic, and moves on to another overflow bucket: the old one stays, outside of the stack', () => {
  const diff = change(templateOf(), templateOf((_, __, encryptionKey) => ({ encryptionKey })));
  expect(impacts(diff, TOPIC, QUEUE, STREAM, BUCKET, MAPPING)).toEqual([
    `${BUCKET}: ${NEW}`, `${BUCKET}: ${KEPT}`, `${QUEUE}: ${UPDATED}`, `${QUEUE}: ${UPDATED}`, `${QUEUE}: ${UPDATED}`, `${TOPIC}: ${UPDATED}`,
  ].sort());
});

test.each<[string, Options]>([
  ['batchSize', { batchSize: 10 }],
  ['parallelizationFactor', { parallelizationFactor: 2 }],
  ['retryAttempts', { retryAttempts: 1 }],
  ['reportBatchItemFailures', { reportBatchItemFailures: false }],
])('another %s replaces nothing', (_, options) => {
  const diff = change(templateOf(), templateOf(() => options));
  const replaced: string[] = [];
  diff.resources.forEachDifference((id, { changeImpact }) => {
    if (![ResourceImpact.WILL_UPDATE, ResourceImpact.NO_CHANGE].includes(changeImpact)) replaced.push(`${id}: ${changeImpact}`);
  });
  expect(replaced).toEqual([]);
});
