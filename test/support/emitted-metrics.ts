import { CustomMetric, METRIC_NAMESPACE, MetricDimension } from '../../src/contract';

const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html';
const SQS = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html';
const KINESIS = 'https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html';
const SNS = 'https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html';
const EVENTS = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html';
const EMBEDDED = 'lambda/runtime/metrics.ts';

/** A metric as it is emitted. */
export interface EmittedMetric {
  readonly namespace: string;
  readonly name: string;
  /** All of them: with one dimension more or less, it is another metric. */
  readonly dimensions: readonly string[];
  readonly unit: 'Count' | 'Seconds' | 'Milliseconds' | 'Bytes';
  readonly source: string;
}

function of(namespace: string, dimension: string, source: string, metrics: Readonly<Record<string, EmittedMetric['unit']>>): EmittedMetric[] {
  return Object.entries(metrics).map(([name, unit]) => ({ namespace, name, dimensions: [dimension], unit, source }));
}

/** What AWS emits by itself, as its documentation says, as far as this library and `local/` use it. */
export const SERVICE_METRICS: readonly EmittedMetric[] = [
  // A function name without a version or an alias stands for all of them; see also monitoring-metrics-view.html.
  ...of('AWS/Lambda', 'FunctionName', LAMBDA, {
    Invocations: 'Count',
    Errors: 'Count',
    Throttles: 'Count',
    DestinationDeliveryFailures: 'Count',
    DeadLetterErrors: 'Count',
    IteratorAge: 'Milliseconds',
  }),
  // Only of a mapping whose `MetricsConfig` has `EventCount`.
  ...of('AWS/Lambda', 'EventSourceMappingUUID', LAMBDA, {
    DroppedEventCount: 'Count',
    // Here, of a mapping on a queue only.
    PolledEventCount: 'Count',
    FilteredOutEventCount: 'Count',
    InvokedEventCount: 'Count',
    FailedInvokeEventCount: 'Count',
    DeletedEventCount: 'Count',
  }),
  ...of('AWS/SQS', 'QueueName', SQS, {
    ApproximateNumberOfMessagesVisible: 'Count',
    ApproximateNumberOfMessagesNotVisible: 'Count',
    ApproximateAgeOfOldestMessage: 'Seconds',
    NumberOfMessagesDeleted: 'Count',
  }),
  ...of('AWS/Kinesis', 'StreamName', KINESIS, { IncomingRecords: 'Count' }),
  ...of('AWS/SNS', 'TopicName', SNS, { NumberOfNotificationsFailedToRedriveToDlq: 'Count' }),
  // Of a rule of the default event bus. A rule of another bus also has the dimension `EventBusName`.
  ...of('AWS/Events', 'RuleName', EVENTS, { InvocationsFailedToBeSentToDlq: 'Count' }),
];

/** What the functions of this library write to their logs, where they have `CUSTOM_METRICS`. */
export const CUSTOM_METRICS: readonly EmittedMetric[] = [
  ...of(METRIC_NAMESPACE, MetricDimension.QUEUE, EMBEDDED, {
    [CustomMetric.DEAD_LETTERS_SENT]: 'Count',
    [CustomMetric.INCOMPLETE_DEAD_LETTERS]: 'Count',
    [CustomMetric.RECORDS_RECOVERED]: 'Count',
    [CustomMetric.RECORDS_MISSING]: 'Count',
    [CustomMetric.CAPTURE_LATENCY]: 'Milliseconds',
    [CustomMetric.OVERFLOW_BYTES]: 'Bytes',
    [CustomMetric.DEAD_LETTERS_REDRIVEN]: 'Count',
    [CustomMetric.REDRIVES_FAILED]: 'Count',
  }),
  {
    namespace: METRIC_NAMESPACE, name: CustomMetric.DEAD_LETTERS_SENT, dimensions: [MetricDimension.QUEUE, MetricDimension.STATUS],
    unit: 'Count', source: EMBEDDED,
  },
];

/** Which emitted metric this is. Undefined if nothing emits it. */
export function emittedMetric(namespace: string, name: string, dimensions: readonly string[]): EmittedMetric | undefined {
  const keyOf = (it: Pick<EmittedMetric, 'namespace' | 'name' | 'dimensions'>) => JSON.stringify([it.namespace, it.name, [...it.dimensions].sort()]);
  const key = keyOf({ namespace, name, dimensions });
  return [...SERVICE_METRICS, ...CUSTOM_METRICS].find((it) => keyOf(it) === key);
}
