import { Aspects, AspectPriority, Duration, Lazy, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CustomMetric } from '../contract';
import { Capture, DlqParts, Processor } from './dlq-parts';
import { customMetric, destinationDeliveryFailures, droppedEvents, functionMetric, iteratorAge, messagesOf, oldestMessageAge } from './metrics';
import { DEFAULT_MESSAGE_RETENTION, messageRetentionOf, renderedProperties, unqualified } from './resource-properties';
import { isMappingResource, isOfStream, Mapping, resourceOfMapping } from './source-of-mapping';
import { DEFAULT_RETENTION_HOURS, LONGEST_RECORD_AGE_HOURS, StreamKind } from './stream-kind';

/** Defines the alarms of a `StreamDlq` of this app, and those of its processors. */
export function defineAlarms(parts: DlqParts): void {
  const { dlq, queue, undeliverableQueue, captures, alarms } = parts;
  const about = { scope: dlq, subject: dlq };
  alarms.define('deadLetters', { ...about, watches: { queue }, metric: (period) => messagesOf(queue, 'Dead letters', { period }) });
  alarms.define('undeliverables', {
    ...about,
    watches: { undeliverableQueue },
    metric: (period) => messagesOf(undeliverableQueue, 'Undeliverables', { period }),
  });
  alarms.define('oldestDeadLetter', {
    ...about,
    watches: { queue },
    threshold: threeQuartersOf(messageRetentionOf(queue)),
    metric: (period) => oldestMessageAge(queue, { period }),
  });
  alarms.define('incompleteDeadLetters', { ...about, metric: (period) => customMetric(dlq, queue, CustomMetric.INCOMPLETE_DEAD_LETTERS, { period }) });
  for (const capture of captures) defineCaptureAlarms(parts, capture);
  defineProcessorAlarms(parts);
}

/** Defines the alarms of the processors of a `StreamDlq`, defined or imported: beside their mappings. */
export function defineProcessorAlarms({ alarms, processors, sources }: DlqParts): void {
  const mappingsOf = new Map<lambda.IFunction, Mapping[]>();
  const watched = new Set<Mapping>();
  processors.each(({ function: fn, mapping }: Processor) => {
    // A mapping may be attached again.
    if (watched.has(mapping)) return;
    watched.add(mapping);
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
      threshold: Lazy.number({ produce: () => Math.min(...mappings.map((it) => highAgeOf(it, sources.entries))) }),
      metric: (period) => iteratorAge(processor, { period }),
    });
  });
}

/** Events for a capture function that are lost: Lambda could not send one to the undeliverable queue, or the service before it could not. */
export function lostCaptureEvents({ function: fn, intakeQueue, deliveredBy: { lostEvents } }: Capture, period: Duration): cloudwatch.IMetric {
  const options = { period, statistic: cloudwatch.Stats.SUM };
  // What is in a queue is not lost.
  if (intakeQueue && lostEvents) return lostEvents(options);
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

/**
 * A failure record that has not become a dead letter for so long may lose its records: each storm ends sooner, or needs more instances. Below an
 * hour: the age leaves out messages from their third receive on, which is then where Lambda throttles the function.
 */
const LATE_SECONDS = 2_700;

function defineCaptureAlarms({ dlq, alarms }: DlqParts, capture: Capture): void {
  // The function is the child of a construct of its own: a kept capture has one as well.
  const about = { scope: capture.function.node.scope as Construct, subject: dlq };
  const { intakeQueue } = capture;
  if (intakeQueue) {
    alarms.define('oldestFailureRecord', {
      ...about, watches: { intakeQueue }, threshold: LATE_SECONDS, metric: (period) => oldestMessageAge(intakeQueue, { period }),
    });
  }
  alarms.define('captureErrors', { ...about, metric: (period) => functionMetric(capture.function, 'Errors', { period }) });
  alarms.define('captureThrottles', { ...about, metric: (period) => functionMetric(capture.function, 'Throttles', { period }) });
  alarms.define('captureDeliveryFailures', { ...about, metric: (period) => lostCaptureEvents(capture, period) });
}

/**
 * Half of the time that Lambda can read records of a stream, in milliseconds. Where the mapping gives up on records before, as they become dead
 * letters then, the age never gets there: three quarters of `maxRecordAge`.
 */
function highAgeOf(mapping: Mapping, sources: readonly StreamKind[]): number {
  const retentions = sources
    .filter(({ streamArn }) => isOfStream(mapping, streamArn))
    .flatMap(({ retention }) => (retention && !retention.isUnresolved() ? retention.toHours({ integral: false }) : []));
  const readable = Math.min(LONGEST_RECORD_AGE_HOURS, retentions.length > 0 ? Math.min(...retentions) : DEFAULT_RETENTION_HOURS);
  const resource = resourceOfMapping(mapping);
  const maxRecordAge = resource && renderedProperties(resource).MaximumRecordAgeInSeconds;
  const givenUp = typeof maxRecordAge === 'number' && maxRecordAge > 0 ? maxRecordAge * 750 : Infinity;
  return Math.min(Duration.hours(readable / 2).toMilliseconds({ integral: false }), givenUp);
}

/** Lambda counts the events of a mapping on request only. */
function turnOnMetrics(mapping: Mapping): void {
  const resource = resourceOfMapping(mapping);
  if (resource) {
    countEvents(resource);
    return;
  }
  // The mapping calls its destination before it has its resource.
  Aspects.of(mapping).add(
    { visit: (node) => { if (isMappingResource(node)) countEvents(node); } },
    { priority: AspectPriority.MUTATING },
  );
}

function countEvents(mapping: lambda.CfnEventSourceMapping): void {
  const { metricsConfig } = mapping;
  if (Token.isUnresolved(metricsConfig)) return;
  const { metrics = [] } = (metricsConfig ?? {}) as Partial<lambda.CfnEventSourceMapping.MetricsConfigProperty>;
  if (Token.isUnresolved(metrics) || metrics.includes(lambda.MetricType.EVENT_COUNT)) return;
  mapping.metricsConfig = { metrics: [...metrics, lambda.MetricType.EVENT_COUNT] };
}

/** The retention of an imported queue may be anything: SQS keeps messages for 4 days by default. */
export function threeQuartersOf(retention: Duration = DEFAULT_MESSAGE_RETENTION): number {
  return Math.floor((retention.toSeconds() * 3) / 4);
}
