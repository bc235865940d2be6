import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  Alarms, DeadLetterStatus, DynamoStreamProcessor, FailureCapture, KinesisStreamProcessor, QueueProcessor, RedriveFunction, StreamDlq,
} from 'cdk-stream-dlq';
import { countDeadLetter, countRedrive } from '../../lambda/runtime/metrics';
import { embeddedMetrics } from '../../local/cloudwatch/embedded-metrics';
import { Environment } from '../../src/contract';
import { ALARM_NAMES } from '../../src/private/alarm-kinds';
import { problemsOf, type WatchedTemplate } from '../support/alarm-metrics';
import { processorProps } from '../support/app';
import { CUSTOM_METRICS, SERVICE_METRICS } from '../support/emitted-metrics';

const tableProps: dynamodb.TablePropsV2 = { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } };

const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`;

const env = { account: '123456789012', region: 'us-east-1' };
const alarms = Alarms.all();

/** Apps that define every alarm, each in a stack with this scope. */
const APPS: Readonly<Record<string, (stack: Stack) => void>> = {
  'a Kinesis stream and hydrate': (stack) => {
    new KinesisStreamProcessor(stack, 'Orders', { processorProps, alarms });
  },
  'S3 capture': (stack) => {
    new KinesisStreamProcessor(stack, 'Orders', { processorProps, alarms, capture: FailureCapture.s3() });
  },
  'a capture that is kept': (stack) => {
    new KinesisStreamProcessor(stack, 'Orders', { processorProps, alarms, capture: FailureCapture.s3(), keepCapture: FailureCapture.hydrate() });
  },
  'a table': (stack) => {
    new DynamoStreamProcessor(stack, 'Audit', { processorProps, tableProps, alarms });
  },
  'a RedriveFunction': (stack) => {
    const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { processorProps, alarms });
    new RedriveFunction(stack, 'Redrive', { dlq });
  },
  'an alias': (stack) => {
    const alias = new lambda.Alias(stack, 'Live', { aliasName: 'live', version: new lambda.Function(stack, 'Fn', processorProps).currentVersion });
    new KinesisStreamProcessor(stack, 'Orders', { processor: alias, alarms });
  },
  'existing queues': (stack) => {
    const queue = (id: string) => new sqs.Queue(stack, id, { retentionPeriod: Duration.days(14) });
    new KinesisStreamProcessor(stack, 'Orders', { processorProps, alarms, queue: queue('Q'), undeliverableQueue: queue('U') });
  },
  'an imported processor': (stack) => {
    const processor = lambda.Function.fromFunctionAttributes(stack, 'Fn', {
      functionArn: arn('lambda', 'function:orders'), role: iam.Role.fromRoleName(stack, 'Role', 'orders'), sameEnvironment: true,
    });
    new KinesisStreamProcessor(stack, 'Orders', { processor, alarms });
  },
  'an imported StreamDlq': (stack) => {
    const queue = (id: string) => sqs.Queue.fromQueueArn(stack, id, arn('sqs', id));
    const dlq = StreamDlq.fromStreamDlqAttributes(stack, 'Dlq', {
      queue: queue('Q'),
      undeliverableQueue: queue('U'),
      overflowBucket: s3.Bucket.fromBucketName(stack, 'Overflow', 'overflow'),
      captureFunction: lambda.Function.fromFunctionAttributes(stack, 'Hydrate', { functionArn: arn('lambda', 'function:hydrate'), sameEnvironment: true }),
      topic: sns.Topic.fromTopicArn(stack, 'Topic', arn('sns', 'failures')),
      alarms,
    });
    new KinesisStreamProcessor(stack, 'Orders', { processorProps, dlq });
    new RedriveFunction(stack, 'Redrive', { dlq, alarms });
  },
  'a queue': (stack) => {
    new QueueProcessor(stack, 'Orders', { processorProps, alarms });
  },
  'a StreamDlq of another stack': (stack) => {
    const { dlq } = new KinesisStreamProcessor(new Stack(stack.node.root, 'Owner', { env }), 'Owner', { processorProps, alarms });
    new KinesisStreamProcessor(stack, 'Orders', { processorProps, dlq });
  },
};

/** The templates of all stacks of an app. */
function templatesOf(define: (stack: Stack) => void): WatchedTemplate[] {
  const app = new App();
  define(new Stack(app, 'Stack', { env }));
  return app.node.children.filter((it) => it instanceof Stack).map((it) => Template.fromStack(it).toJSON() as WatchedTemplate);
}

test.each(Object.entries(APPS))('with %s, every alarm watches a metric that is emitted', (_, define) => {
  for (const template of templatesOf(define)) expect(problemsOf(template)).toEqual([]);
});

test('these apps define every alarm', () => {
  const templates = JSON.stringify(Object.values(APPS).map(templatesOf));
  expect(ALARM_NAMES.filter((name) => !templates.includes(`#${name.toLowerCase()}`))).toEqual([]);
});

test('every metric method gives a metric that is emitted', () => {
  const [template] = templatesOf((stack) => {
    const orders = new KinesisStreamProcessor(stack, 'Orders', { processorProps, alarms });
    const audit = new DynamoStreamProcessor(stack, 'Audit', { processorProps, tableProps, alarms });
    const redrive = new RedriveFunction(stack, 'Redrive', { dlq: orders.dlq });
    const jobs = new QueueProcessor(stack, 'Jobs', { processorProps, alarms });
    for (const construct of [orders, audit, redrive, orders.dlq, jobs]) {
      const names = metricMethods(construct);
      expect(names.length).toBeGreaterThan(2);
      for (const name of names) metricOf(construct, name).createAlarm(construct, `${name}Alarm`, { threshold: 1, evaluationPeriods: 1 });
    }
  });
  expect(problemsOf(template)).toEqual([]);
});

function metricMethods(construct: object): string[] {
  const prototype = Object.getPrototypeOf(construct) as object | null;
  return prototype ? [...Object.getOwnPropertyNames(prototype).filter((name) => name.startsWith('metric')), ...metricMethods(prototype)] : [];
}

function metricOf(construct: object, name: string): cloudwatch.Metric {
  const method = (construct as Record<string, (...args: unknown[]) => cloudwatch.Metric>)[name].bind(construct);
  return name === 'metricDeadLettersSentWithStatus' ? method(DeadLetterStatus.EXPIRED) : method();
}

describe('an alarm that watches nothing is found', () => {
  const METRIC = { namespace: 'AWS/SQS', metricName: 'ApproximateNumberOfMessagesVisible' };

  test.each<[string, (orders: KinesisStreamProcessor) => cloudwatch.MetricProps, RegExp]>([
    [
      'by the name of a dimension',
      ({ dlq }) => ({ ...METRIC, dimensionsMap: { Queue: dlq.queue.queueName } }),
      /^Broken\w+: ApproximateNumberOfMessagesVisible of AWS\/SQS is not emitted with the dimensions Queue$/,
    ],
    [
      'by a dimension that is missing',
      () => METRIC,
      /is not emitted with the dimensions none$/,
    ],
    [
      'by a dimension too many',
      ({ processor, stream }) => ({
        namespace: 'AWS/Lambda', metricName: 'IteratorAge', dimensionsMap: { FunctionName: processor.functionName, StreamName: stream.streamName },
      }),
      /IteratorAge of AWS\/Lambda is not emitted with the dimensions FunctionName, StreamName$/,
    ],
    [
      'by its namespace',
      ({ dlq }) => ({ ...METRIC, namespace: 'AWS/Sqs', dimensionsMap: { QueueName: dlq.queue.queueName } }),
      /of AWS\/Sqs is not emitted/,
    ],
    [
      'by the value of a dimension',
      ({ dlq }) => ({ ...METRIC, dimensionsMap: { QueueName: dlq.queue.queueUrl } }),
      /has a QueueName that is not the Ref of AWS::SQS::Queue/,
    ],
    [
      'by a value that is no name',
      () => ({ ...METRIC, dimensionsMap: { QueueName: arn('sqs', 'orders') } }),
      /has a QueueName that is no name, got: arn:aws:sqs/,
    ],
    [
      'because its mapping emits nothing',
      ({ mapping }) => ({
        namespace: 'AWS/Lambda', metricName: 'DroppedEventCount', dimensionsMap: { EventSourceMappingUUID: mapping.eventSourceMappingId },
      }),
      /DroppedEventCount needs EventCount in the MetricsConfig of its mapping$/,
    ],
    [
      'because its functions emit nothing',
      ({ dlq }) => ({ namespace: 'CdkStreamDlq', metricName: 'DeadLettersSent', dimensionsMap: { DeadLetterQueue: dlq.queue.queueName } }),
      /DeadLettersSent is of a queue that no function of the stack writes metrics of$/,
    ],
  ])('%s', (_, metric, problem) => {
    const [template] = templatesOf((stack) => {
      const orders = new KinesisStreamProcessor(stack, 'Orders', { processorProps, alarms: Alarms.none() });
      new cloudwatch.Alarm(stack, 'Broken', { metric: new cloudwatch.Metric(metric(orders)), threshold: 1, evaluationPeriods: 1 });
    });
    expect(problemsOf(template)).toEqual([expect.stringMatching(problem)]);
  });
});

describe('the table of emitted metrics', () => {
  test('names a page of AWS for each metric of a service', () => {
    for (const { source } of SERVICE_METRICS) expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/.+\.html$/);
  });

  test('has exactly what the functions write, with their units', () => {
    const lines: string[] = [];
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    const before = { ...process.env };
    Object.assign(process.env, { [Environment.CUSTOM_METRICS]: 'true', [Environment.QUEUE_URL]: 'https://sqs.us-east-1.amazonaws.com/123456789012/orders-dlq' });
    try {
      countDeadLetter({ status: 'PARTIAL', expectedRecords: 2, recoveredRecords: 1, deadLetterId: 'id', formatVersion: '0.1.0' }, { latencyMillis: 1, overflowBytes: 0 });
      countRedrive({ succeeded: true });
    } finally {
      process.env = before;
      write.mockRestore();
    }
    const written = lines.flatMap((line) => {
      const { _aws: { CloudWatchMetrics: directives } } = JSON.parse(line) as EmbeddedLine;
      const units = new Map(directives.flatMap(({ Metrics }) => Metrics.map(({ Name, Unit }) => [Name, Unit])));
      return embeddedMetrics(line).map(({ metric: { namespace, name, dimensions } }) => ({ namespace, name, dimensions, unit: units.get(name) }));
    });
    expect(written.map((it) => ({ ...it, dimensions: Object.keys(it.dimensions) }))).toEqual(
      expect.arrayContaining(CUSTOM_METRICS.map(({ source: _source, ...it }) => it)),
    );
    expect(written).toHaveLength(CUSTOM_METRICS.length);
    // The name of the queue, as an alarm has it.
    expect(new Set(written.map(({ dimensions }) => dimensions.DeadLetterQueue))).toEqual(new Set(['orders-dlq']));
  });
});

interface EmbeddedLine {
  readonly _aws: { readonly CloudWatchMetrics: readonly { readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[] }[] };
}
