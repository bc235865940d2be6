import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { MonitoringFacade } from 'cdk-monitoring-constructs';
import { Alarms, DynamoStreamProcessor, FailureCapture, KinesisStreamProcessor, RedriveFunction, StreamDlq } from 'cdk-stream-dlq';
import { processorProps } from '../support/app';

interface Widget {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: { readonly title: string; readonly metrics?: unknown[][]; readonly region: string };
}

/** The widgets of the only dashboard of a stack, with logical ids in place of references. */
function widgetsOf(stack: Stack): Widget[] {
  const [dashboard] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const { 'Fn::Join': [, parts] } = dashboard.Properties.DashboardBody;
  const body = parts.map((part: unknown) => (typeof part === 'string' ? part : Object.values(part as object).flat().join('.'))).join('');
  return JSON.parse(body).widgets;
}

const TITLES = ['In', 'Processed', 'Failed', 'Captured', 'Waiting', 'Redriven'];

test('is one row from left to right, in which no widget is empty and none overlap', () => {
  const stack = new Stack();
  const orders = new KinesisStreamProcessor(stack, 'Orders', { processorProps });
  new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [orders.dlq.dashboardWidgets()] });
  const widgets = widgetsOf(stack);
  expect(widgets.map(({ properties }) => properties.title)).toEqual(TITLES);
  expect(widgets.map(({ x, y, width, height }) => [x, y, width, height])).toEqual(TITLES.map((_, index) => [index * 4, 0, 4, 6]));
  for (const { properties } of widgets) expect([properties.title, properties.metrics?.length]).toEqual([properties.title, expect.any(Number)]);
});

test('shows what is added after it: processors, streams and a RedriveFunction', () => {
  const stack = new Stack();
  const dlq = new StreamDlq(stack, 'Dlq', { alarms: Alarms.all() });
  new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [dlq.dashboardWidgets()] });
  new KinesisStreamProcessor(stack, 'Orders', { processorProps, dlq });
  new DynamoStreamProcessor(stack, 'Audit', {
    processorProps, dlq, tableProps: { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } },
  });
  new RedriveFunction(stack, 'Redrive', { dlq });
  const names = Object.fromEntries(widgetsOf(stack).map(({ properties: { title, metrics } }) =>
    [title, metrics!.flatMap(([namespace, name]) => (typeof namespace === 'string' ? [name] : []))]));
  expect(names).toEqual({
    In: ['IncomingRecords', 'ConsumedWriteCapacityUnits'],
    Processed: ['Invocations', 'Invocations', 'IteratorAge', 'IteratorAge'],
    Failed: ['Errors', 'Throttles', 'DestinationDeliveryFailures', 'Errors', 'Throttles', 'DestinationDeliveryFailures'],
    Captured: ['Invocations', 'Errors', 'Throttles', 'DeadLettersSent', 'IncompleteDeadLetters'],
    Waiting: [
      'ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesVisible',
      'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateAgeOfOldestMessage',
    ],
    Redriven: ['NumberOfMessagesDeleted', 'Invocations', 'Errors', 'ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible'],
  });
});

test('a function with several mappings is shown once', () => {
  const stack = new Stack();
  const processor = new lambda.Function(stack, 'Processor', processorProps);
  const dlq = new StreamDlq(stack, 'Dlq');
  for (const id of ['A', 'B']) new KinesisStreamProcessor(stack, id, { processor, dlq });
  new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [dlq.dashboardWidgets()] });
  expect(widgetsOf(stack)[1].properties.metrics).toHaveLength(2);
  expect(widgetsOf(stack)[0].properties.metrics).toHaveLength(2);
});

test('metrics work with the monitors of cdk-monitoring-constructs', () => {
  const stack = new Stack(new App(), 'Stack');
  const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { processorProps });
  new MonitoringFacade(stack, 'Monitoring').monitorCustom({
    alarmFriendlyName: 'Orders',
    metricGroups: [{ title: 'Dead letters', metrics: [dlq.metricDeadLetters(), dlq.metricUndeliverables(), dlq.metricDeadLettersSent()] }],
  });
  const [body] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const text = JSON.stringify(body);
  for (const name of ['ApproximateNumberOfMessagesNotVisible', 'DeadLettersSent']) expect(text).toContain(name);
});

test('the widgets of two StreamDlqs, and of both captures, fit in one dashboard', () => {
  const app = new App();
  const stack = new Stack(app);
  const [one, two] = ['One', 'Two'].map((id) => new KinesisStreamProcessor(stack, id, { processorProps, keepCapture: FailureCapture.s3() }).dlq);
  new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [one.dashboardWidgets(), two.dashboardWidgets()] });
  expect(widgetsOf(stack).map(({ x, y }) => [x, y])).toEqual([0, 6].flatMap((y) => TITLES.map((_, index) => [index * 4, y])));
  expect(widgetsOf(stack)[3].properties.metrics).toHaveLength(6);
});
