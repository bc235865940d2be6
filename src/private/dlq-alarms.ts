import { Aspects, AspectPriority, Duration, Lazy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CustomMetric } from '../contract';
import { Capture, DlqParts, Processor } from './dlq-parts';
import { customMetric, destinationDeliveryFailures, droppedEvents, functionMetric, iteratorAge, messagesOf, unqualified } from './metrics';
import { DEFAULT_MESSAGE_RETENTION, messageRetentionOf } from './resource-properties';
import { isMappingResource, isOfStream, Mapping } from './source-of-mapping';
import { DEFAULT_RETENTION_HOURS } from './stream-kind';

/** Defines the alarms of a `StreamDlq` of this app, and those of its processors. */
export function defineAlarms(parts: DlqParts): void {
  const { dlq, queue, undeliverableQueue, captures, alarms } = parts;
  const about = { scope: dlq, subject: dlq };
  alarms.define('deadLetters', { ...about, metric: (period) => messagesOf(queue, 'Dead letters', { period }) });
  alarms.define('undeliverables', { ...about, metric: (period) => messagesOf(undeliverableQueue, 'Undeliverables', { period }) });
  alarms.define('oldestDeadLetter', {
    ...about,
    threshold: threeQuartersOf(messageRetentionOf(queue)),
    metric: (period) => queue.metricApproximateAgeOfOldestMessage({ period, statistic: cloudwatch.Stats.MAXIMUM }),
  });
  alarms.define('incompleteDeadLetters', { ...about, metric: (period) => customMetric(dlq, queue, CustomMetric.INCOMPLETE_DEAD_LETTERS, { period }) });
  for (const capture of captures) defineCaptureAlarms(parts, capture);
  defineProcessorAlarms(parts);
}

/** Defines the alarms of the processors of a `StreamDlq`, defined or imported: beside their mappings. */
export function defineProcessorAlarms({ alarms, processors, sources }: DlqParts): void {
  const mappingsOf = new Map<lambda.IFunction, Mapping[]>();
  processors.each(({ function: fn, mapping }: Processor) => {
    // A mapping that a `StreamDlq` is bound to is defined in this app.
    const scope = mapping as Construct;
    const processor = unqualified(fn);
    alarms.define('droppedEvents', { scope, subject: processor, metric: (period) => droppedEvents(mapping, { period }) });
    if (alarms.has('droppedEvents')) turnOnMetrics(mapping);

    const others = mappingsOf.get(processor);
    if (others) {
      others.push(mapping);
      return;
    }
    const mappings = [mapping];
    mappingsOf.set(processor, mappings);
    const about = { scope, subject: processor };
    alarms.define('destinationDeliveryFailures', { ...about, metric: (period) => destinationDeliveryFailures(processor, { period }) });
    alarms.define('iteratorAge', {
      ...about,
      // Sources are added later, too.
      threshold: Lazy.number({
        produce: () => {
          const read = sources.entries.filter(({ streamArn }) => mappings.some((it) => isOfStream(it, streamArn)));
          const hours = read.map(({ retention: it }) => (it && !it.isUnresolved() ? it.toHours({ integral: false }) : DEFAULT_RETENTION_HOURS));
          return Duration.hours((hours.length > 0 ? Math.min(...hours) : DEFAULT_RETENTION_HOURS) / 2).toMilliseconds({ integral: false });
        },
      }),
      metric: (period) => iteratorAge(processor, { period }),
    });
  });
}

/** Events for a capture function that are lost: Lambda could not send one to the undeliverable queue, or the service before it could not. */
export function lostCaptureEvents({ function: fn, deliveredBy: { lostEvents } }: Capture, period: Duration): cloudwatch.IMetric {
  const options = { period, statistic: cloudwatch.Stats.SUM };
  const byLambda = functionMetric(fn, 'DestinationDeliveryFailures', options);
  if (!lostEvents) return byLambda;
  return new cloudwatch.MathExpression({
    label: 'Lost events',
    period,
    // Each says nothing while the other counts.
    expression: 'FILL(byLambda, 0) + FILL(beforeLambda, 0)',
    usingMetrics: { byLambda, beforeLambda: lostEvents(options) },
  });
}

function defineCaptureAlarms({ dlq, alarms }: DlqParts, capture: Capture): void {
  // The function is the child of a construct of its own: a kept capture has one as well.
  const about = { scope: capture.function.node.scope as Construct, subject: dlq };
  alarms.define('captureErrors', { ...about, metric: (period) => functionMetric(capture.function, 'Errors', { period }) });
  alarms.define('captureThrottles', { ...about, metric: (period) => functionMetric(capture.function, 'Throttles', { period }) });
  alarms.define('captureDeliveryFailures', { ...about, metric: (period) => lostCaptureEvents(capture, period) });
}

/** Lambda counts the events of a mapping on request only. */
function turnOnMetrics(mapping: Mapping): void {
  Aspects.of(mapping).add(
    {
      visit: (node) => {
        if (isMappingResource(node)) node.metricsConfig ??= { metrics: [lambda.MetricType.EVENT_COUNT] };
      },
    },
    { priority: AspectPriority.MUTATING },
  );
}

/** The retention of an imported queue may be anything: SQS keeps messages for 4 days by default. */
function threeQuartersOf(retention: Duration = DEFAULT_MESSAGE_RETENTION): number {
  return Math.floor((retention.toSeconds() * 3) / 4);
}
