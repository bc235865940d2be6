import { Duration, Lazy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';
import { CustomMetric, METRIC_NAMESPACE, MetricDimension } from '../contract';
import { unqualified } from './resource-properties';
import { isMappingResource, Mapping } from './source-of-mapping';

/** The messages that a queue has, those that somebody looks at included. */
export function messagesOf(queue: sqs.IQueue, label: string, options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
  const { period = Duration.minutes(5) } = options;
  const metric = { period, statistic: cloudwatch.Stats.MAXIMUM };
  // One widget may show several queues, and its ids must differ.
  const [visible, inFlight] = ['visible', 'inFlight'].map((id) => `${id}_${queue.node.addr.slice(-8)}`);
  return new cloudwatch.MathExpression({
    label,
    ...options,
    period,
    expression: `${visible} + ${inFlight}`,
    usingMetrics: {
      [visible]: queue.metricApproximateNumberOfMessagesVisible(metric),
      [inFlight]: queue.metricApproximateNumberOfMessagesNotVisible(metric),
    },
  });
}

/** Age of the oldest message of a queue, in seconds. */
export function oldestMessageAge(queue: sqs.IQueue, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
  return queue.metricApproximateAgeOfOldestMessage({ statistic: cloudwatch.Stats.MAXIMUM, ...options });
}

/** A metric that a function of this library writes to its log. */
export function customMetric(
  scope: IConstruct, queue: sqs.IQueue, metricName: CustomMetric, options: cloudwatch.MetricOptions = {}, status?: string,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    statistic: cloudwatch.Stats.SUM,
    ...options,
    dimensionsMap: {
      [MetricDimension.QUEUE]: queue.queueName,
      ...(status && { [MetricDimension.STATUS]: status }),
      ...options.dimensionsMap,
    },
  }).attachTo(scope);
}

/**
 * A metric of a function as a whole. Whether Lambda also counts failed deliveries by version and alias is not documented, so a processor with
 * an alias is watched by its name.
 */
export function functionMetric(fn: lambda.IFunction, metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
  return unqualified(fn).metric(metricName, { statistic: cloudwatch.Stats.SUM, ...options });
}

export function iteratorAge(processor: lambda.IFunction, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
  return functionMetric(processor, 'IteratorAge', { statistic: cloudwatch.Stats.MAXIMUM, ...options });
}

export function destinationDeliveryFailures(processor: lambda.IFunction, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
  return functionMetric(processor, 'DestinationDeliveryFailures', options);
}

export function droppedEvents(mapping: Mapping, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/Lambda',
    metricName: 'DroppedEventCount',
    statistic: cloudwatch.Stats.SUM,
    ...options,
    // The mapping calls its destination before it has its id.
    dimensionsMap: { EventSourceMappingUUID: Lazy.string({ produce: () => uuidOf(mapping) }), ...options.dimensionsMap },
  }).attachTo(mapping);
}

function uuidOf(mapping: Mapping): string {
  return isMappingResource(mapping) ? mapping.ref : mapping.eventSourceMappingId;
}
