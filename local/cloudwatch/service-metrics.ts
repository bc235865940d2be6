import type { MetricId } from './metrics';

/** The metrics that services emit here. What each is, and its source: test/support/emitted-metrics.ts. */
type FunctionMetricName = 'Invocations' | 'Errors' | 'Throttles' | 'IteratorAge' | 'DestinationDeliveryFailures' | 'DeadLetterErrors';
export type MappingMetricName =
  'DroppedEventCount' | 'PolledEventCount' | 'FilteredOutEventCount' | 'InvokedEventCount' | 'FailedInvokeEventCount' | 'DeletedEventCount';
type QueueMetricName =
  'ApproximateNumberOfMessagesVisible' | 'ApproximateNumberOfMessagesNotVisible' | 'ApproximateAgeOfOldestMessage' | 'NumberOfMessagesDeleted';

/** Of a function with all of its versions and aliases. */
export function functionMetric(name: FunctionMetricName, functionArn: string): MetricId {
  return { namespace: 'AWS/Lambda', name, dimensions: { FunctionName: functionArn.split(':')[6] } };
}

export function mappingMetric(name: MappingMetricName, uuid: string): MetricId {
  return { namespace: 'AWS/Lambda', name, dimensions: { EventSourceMappingUUID: uuid } };
}

export function queueMetric(name: QueueMetricName, queueName: string): MetricId {
  return { namespace: 'AWS/SQS', name, dimensions: { QueueName: queueName } };
}

export function streamMetric(name: 'IncomingRecords', streamName: string): MetricId {
  return { namespace: 'AWS/Kinesis', name, dimensions: { StreamName: streamName } };
}

export function topicMetric(name: 'NumberOfNotificationsFailedToRedriveToDlq', topicArn: string): MetricId {
  return { namespace: 'AWS/SNS', name, dimensions: { TopicName: topicArn.split(':').at(-1)! } };
}

/** Of a rule of the default bus. */
export function ruleMetric(name: 'InvocationsFailedToBeSentToDlq', ruleArn: string): MetricId {
  return { namespace: 'AWS/Events', name, dimensions: { RuleName: ruleArn.split('/').at(-1)! } };
}
