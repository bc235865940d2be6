import { App, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { DynamoStreamProcessor, FailureCapture, KinesisStreamProcessor, RedriveFunction, StreamDlq, StreamSource } from '../../src';
import { BY_CLI, processorProps, testApp, testProcessor } from '../support/app';
import { messageOf } from '../support/errors';
import { processWith } from '../support/stream-dlq';

const ENV = { account: '123456789012', region: 'eu-west-1' };

const lookup = (stack: Stack, name: string) => ssm.StringParameter.valueFromLookup(stack, name);
/** An ARN one part of which is looked up. */
const arnOf = (service: string, resource: string, parts: { name?: string; region?: string; account?: string } = {}) =>
  `arn:aws:${service}:${parts.region ?? ENV.region}:${parts.account ?? ENV.account}:${resource}${parts.name ?? 'orders'}`;
const tableWith = (stack: Stack, tableStreamArn: string) => dynamodb.Table.fromTableAttributes(stack, 'Table', { tableName: 'orders', tableStreamArn });
const streamOf = (stack: Stack, id: string, parts: { name?: string; region?: string; account?: string }) =>
  kinesis.Stream.fromStreamArn(stack, id, arnOf('kinesis', 'stream/', parts));

/** What is looked up, by the name of the parameter. */
const APPS: Record<string, (stack: Stack) => unknown> = {
  'the ARN of the stream of a table': (stack) =>
    new DynamoStreamProcessor(stack, 'Audit', { table: tableWith(stack, lookup(stack, '/value')), processorProps }),
  'the ARN of the stream of a table, with S3 capture': (stack) =>
    new DynamoStreamProcessor(stack, 'Audit', { table: tableWith(stack, lookup(stack, '/value')), processorProps, capture: FailureCapture.s3() }),
  'the name of a stream': (stack) =>
    new KinesisStreamProcessor(stack, 'Orders', { stream: streamOf(stack, 'Stream', { name: lookup(stack, '/value') }), processorProps }),
  'the region of a stream': (stack) =>
    new KinesisStreamProcessor(stack, 'Orders', { stream: streamOf(stack, 'Stream', { region: lookup(stack, '/value') }), processorProps }),
  'the name of the stream of a mapping beside that of the source': (stack) => {
    const dlq = new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(streamOf(stack, 'Known', {})) });
    processWith(dlq, testProcessor(stack), streamOf(stack, 'Stream', { name: lookup(stack, '/value') }));
  },
  'the name of the stream of a consumer beside that of the stream': (stack) => {
    const stream = streamOf(stack, 'Looked', { name: lookup(stack, '/value') });
    const consumer = new kinesis.StreamConsumer(stack, 'Consumer', { stream, streamConsumerName: 'orders' });
    new KinesisStreamProcessor(stack, 'Orders', { stream: streamOf(stack, 'Stream', {}), consumer, processorProps });
  },
  'the account of the audit log group': (stack) =>
    new KinesisStreamProcessor(stack, 'Orders', {
      auditLogGroup: logs.LogGroup.fromLogGroupArn(stack, 'Audit', arnOf('logs', 'log-group:', { account: lookup(stack, '/value') })),
      processorProps,
    }),
  'the name of the audit log group': (stack) =>
    new KinesisStreamProcessor(stack, 'Orders', {
      auditLogGroup: logs.LogGroup.fromLogGroupName(stack, 'Audit', lookup(stack, `/${'long/'.repeat(60)}value`)),
      processorProps,
    }),
  'the region of the dead-letter queue of a RedriveFunction': (stack) => {
    const queue = sqs.Queue.fromQueueArn(stack, 'Queue', arnOf('sqs', '', { region: lookup(stack, '/value') }));
    const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { queue, processorProps });
    new RedriveFunction(stack, 'Redrive', { dlq });
  },
  'the name of a FIFO queue beside a FIFO parking queue': (stack) => {
    const queue = sqs.Queue.fromQueueArn(stack, 'Queue', arnOf('sqs', '', { name: lookup(stack, '/value') }));
    const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { queue, processorProps });
    new RedriveFunction(stack, 'Redrive', { dlq, parkingQueue: new sqs.Queue(stack, 'Parking', { fifo: true }) });
  },
};

const missingOf = (app: App) => app.synth().manifest.missing?.map(({ provider }) => provider);

test.each(Object.entries(APPS))('a first synth gets past the placeholder of %s, so that it is looked up', (_, define) => {
  const app = testApp({ postCliContext: BY_CLI });
  define(new Stack(app, 'Stack', { env: ENV }));
  expect(missingOf(app)).toEqual(['ssm']);
});

test('two constructs of one stack may wait for one value each', () => {
  const app = testApp({ postCliContext: BY_CLI });
  const stack = new Stack(app, 'Stack', { env: ENV });
  for (const id of ['One', 'Two']) {
    const stream = kinesis.Stream.fromStreamArn(stack, `${id}Stream`, arnOf('kinesis', 'stream/', { name: lookup(stack, `/${id}`) }));
    new KinesisStreamProcessor(stack, id, { stream, processorProps, capture: FailureCapture.s3() });
  }
  expect(missingOf(app)).toEqual(['ssm', 'ssm']);
});

test('what was looked up is checked', () => {
  const key = `ssm:account=${ENV.account}:parameterName=/value:region=${ENV.region}`;
  const stack = new Stack(testApp({ context: { [key]: 'arn:aws:dynamodb:eu-west-1:123456789012:table/orders' } }), 'Stack', { env: ENV });
  expect(messageOf(() => APPS['the ARN of the stream of a table'](stack))).toContain('`tableStreamArn` must be the ARN of a stream');
});
