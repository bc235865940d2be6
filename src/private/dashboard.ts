import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CustomMetric } from '../contract';
import { DlqParts } from './dlq-parts';
import { customMetric, destinationDeliveryFailures, functionMetric, iteratorAge, messagesOf, oldestMessageAge } from './metrics';
import { unqualified } from './resource-properties';

/** Six widgets of this width fill a row. */
const WIDTH = 4;

/** The way of records from left to right. What is added to the `StreamDlq` later appears too. */
export function dashboardWidgets(parts: DlqParts): cloudwatch.IWidget[] {
  const { dlq, queue, undeliverableQueue, captures, customMetrics, sources, processors, redriveFunctions } = parts;
  const [incoming, processed, failed, captured, waiting, redriven] = [
    widget('In'), widget('Processed', 'Iterator age, ms'), widget('Failed'), widget('Captured'), widget('Waiting', 'Age of the oldest, s'), widget('Redriven'),
  ];

  sources.each(({ incomingMetric, construct }) => incoming.addLeftMetric(incomingMetric({ label: construct.node.path })));

  const known = new Set<lambda.IFunction>();
  processors.each(({ function: fn }) => {
    const processor = unqualified(fn);
    if (known.has(processor)) return;
    known.add(processor);
    const { path } = processor.node;
    const metric = (name: string, label: string) => functionMetric(processor, name, { label: `${path} ${label}` });
    processed.addLeftMetric(metric('Invocations', 'invocations'));
    processed.addRightMetric(iteratorAge(processor, { label: `${path} iterator age` }));
    failed.addLeftMetric(metric('Errors', 'errors'));
    failed.addLeftMetric(metric('Throttles', 'throttles'));
    failed.addLeftMetric(destinationDeliveryFailures(processor, { label: `${path} failure records not sent` }));
  });

  for (const { function: fn } of captures) {
    captured.addLeftMetric(functionMetric(fn, 'Invocations', { label: 'invocations' }));
    captured.addLeftMetric(functionMetric(fn, 'Errors', { label: 'errors' }));
    captured.addLeftMetric(functionMetric(fn, 'Throttles', { label: 'throttles' }));
  }
  if (customMetrics) {
    captured.addLeftMetric(customMetric(dlq, queue, CustomMetric.DEAD_LETTERS_SENT, { label: 'dead letters' }));
    captured.addLeftMetric(customMetric(dlq, queue, CustomMetric.INCOMPLETE_DEAD_LETTERS, { label: 'incomplete' }));
  }

  waiting.addLeftMetric(messagesOf(queue, 'dead letters'));
  waiting.addLeftMetric(messagesOf(undeliverableQueue, 'undeliverables'));
  for (const { intakeQueue } of captures) if (intakeQueue) waiting.addLeftMetric(messagesOf(intakeQueue, 'failure records'));
  waiting.addRightMetric(oldestMessageAge(queue, { label: 'age of the oldest' }));

  redriven.addLeftMetric(queue.metricNumberOfMessagesDeleted({ statistic: cloudwatch.Stats.SUM, label: 'left the queue' }));
  redriveFunctions.each(({ function: fn, parkingQueue }) => {
    redriven.addLeftMetric(functionMetric(fn, 'Invocations', { label: 'attempts' }));
    redriven.addLeftMetric(functionMetric(fn, 'Errors', { label: 'errors' }));
    redriven.addLeftMetric(messagesOf(parkingQueue, 'parked'));
  });
  return [incoming, processed, failed, captured, waiting, redriven];
}

export function widget(title: string, right?: string): cloudwatch.GraphWidget {
  const axis = { min: 0, showUnits: false };
  return new cloudwatch.GraphWidget({
    title, width: WIDTH, period: Duration.minutes(5), leftYAxis: axis, ...(right && { rightYAxis: { ...axis, label: right } }),
  });
}
