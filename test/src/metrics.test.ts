import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { DeadLetterStatus, DynamoStreamProcessor, KinesisStreamProcessor, RedriveFunction } from 'cdk-stream-dlq';
import { CustomMetric, HydrationStatus } from '../../src/contract';
import { processorProps } from '../support/app';

const stack = new Stack();
const orders = new KinesisStreamProcessor(stack, 'Orders', { processorProps });
const audit = new DynamoStreamProcessor(stack, 'Audit', {
  processorProps, tableProps: { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } },
});
const redrive = new RedriveFunction(stack, 'Redrive', { dlq: orders.dlq });
const { dlq } = orders;

type MetricMethod = (options?: cloudwatch.MetricOptions) => cloudwatch.Metric;

const [ofQueue, ofCapture, ofRedrive, ofProcessor] = [
  { QueueName: dlq.queue.queueName },
  { FunctionName: dlq.captureFunction.functionName },
  { FunctionName: redrive.function.functionName },
  { FunctionName: orders.processor.functionName },
];
const custom = { DeadLetterQueue: dlq.queue.queueName };

const METRICS: [MetricMethod, string, string, string, cloudwatch.DimensionsMap][] = [
  [(it) => dlq.metricOldestDeadLetterAge(it), 'AWS/SQS', 'ApproximateAgeOfOldestMessage', 'Maximum', ofQueue],
  [(it) => dlq.metricCaptureErrors(it), 'AWS/Lambda', 'Errors', 'Sum', ofCapture],
  [(it) => dlq.metricCaptureThrottles(it), 'AWS/Lambda', 'Throttles', 'Sum', ofCapture],
  [(it) => dlq.metricDeadLettersSent(it), 'CdkStreamDlq', 'DeadLettersSent', 'Sum', custom],
  [
    (it) => dlq.metricDeadLettersSentWithStatus(DeadLetterStatus.EXPIRED, it), 'CdkStreamDlq', 'DeadLettersSent', 'Sum',
    { ...custom, HydrationStatus: 'EXPIRED' },
  ],
  [(it) => dlq.metricIncompleteDeadLetters(it), 'CdkStreamDlq', 'IncompleteDeadLetters', 'Sum', custom],
  [(it) => dlq.metricRecordsRecovered(it), 'CdkStreamDlq', 'RecordsRecovered', 'Sum', custom],
  [(it) => dlq.metricRecordsMissing(it), 'CdkStreamDlq', 'RecordsMissing', 'Sum', custom],
  [(it) => dlq.metricCaptureLatency(it), 'CdkStreamDlq', 'CaptureLatency', 'Maximum', custom],
  [(it) => dlq.metricOverflowBytes(it), 'CdkStreamDlq', 'OverflowBytes', 'Sum', custom],
  [(it) => redrive.metricErrors(it), 'AWS/Lambda', 'Errors', 'Sum', ofRedrive],
  [(it) => redrive.metricThrottles(it), 'AWS/Lambda', 'Throttles', 'Sum', ofRedrive],
  [(it) => redrive.metricDeadLettersRedriven(it), 'CdkStreamDlq', 'DeadLettersRedriven', 'Sum', custom],
  [(it) => redrive.metricRedrivesFailed(it), 'CdkStreamDlq', 'RedrivesFailed', 'Sum', custom],
  [(it) => orders.metricIteratorAge(it), 'AWS/Lambda', 'IteratorAge', 'Maximum', ofProcessor],
  [(it) => orders.metricDestinationDeliveryFailures(it), 'AWS/Lambda', 'DestinationDeliveryFailures', 'Sum', ofProcessor],
  [
    (it) => orders.metricDroppedEvents(it), 'AWS/Lambda', 'DroppedEventCount', 'Sum',
    { EventSourceMappingUUID: orders.mapping.eventSourceMappingId },
  ],
  [(it) => audit.metricIteratorAge(it), 'AWS/Lambda', 'IteratorAge', 'Maximum', { FunctionName: audit.processor.functionName }],
];

test.each(METRICS)('%s is of %s, named %s, with the statistic %s', (metric, namespace, metricName, statistic, dimensions) => {
  const { dimensions: actual, ...rest } = metric();
  expect(rest).toMatchObject({ namespace, metricName, statistic });
  expect(stack.resolve(actual)).toEqual(stack.resolve(dimensions));
  expect(metric({ period: Duration.minutes(1), statistic: 'p90', label: 'Mine' })).toMatchObject({
    period: Duration.minutes(1), statistic: 'p90', label: 'Mine',
  });
});

test('there is a metric for everything that the functions write', () => {
  const names = METRICS.filter(([, namespace]) => namespace === 'CdkStreamDlq').map(([, , name]) => name);
  expect(new Set(names)).toEqual(new Set(Object.values(CustomMetric)));
});

test('the statuses are those of dead letters', () => {
  expect({ ...DeadLetterStatus }).toEqual({ ...HydrationStatus });
});

test.each([
  [(it?: cloudwatch.MathExpressionOptions) => dlq.metricDeadLetters(it), dlq.queue, 'Dead letters'],
  [(it?: cloudwatch.MathExpressionOptions) => dlq.metricUndeliverables(it), dlq.undeliverableQueue, 'Undeliverables'],
  [(it?: cloudwatch.MathExpressionOptions) => redrive.metricParkedDeadLetters(it), redrive.parkingQueue, 'Parked dead letters'],
] as const)('%s is what is visible and what is in flight', (metric, queue, label) => {
  const { expression, usingMetrics, label: actual } = metric();
  expect(expression).toBe(Object.keys(usingMetrics).join(' + '));
  expect(actual).toBe(label);
  for (const it of Object.values(usingMetrics) as cloudwatch.Metric[]) {
    expect(it).toMatchObject({ namespace: 'AWS/SQS', statistic: 'Maximum', period: Duration.minutes(5) });
    expect(stack.resolve(it.dimensions)).toEqual(stack.resolve({ QueueName: queue.queueName }));
  }
  const fast = metric({ period: Duration.minutes(1), label: 'Mine' });
  expect([fast.label, ...Object.values(fast.usingMetrics as Record<string, cloudwatch.Metric>).map(({ period }) => period.toSeconds())]).toEqual(['Mine', 60, 60]);
});
