import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { widget } from './dashboard';
import { functionMetric, messagesOf, oldestMessageAge } from './metrics';
import { QueueParts } from './queue-parts';
import { unqualified } from './resource-properties';

/** The way of messages from left to right. */
export function queueDashboardWidgets({ queue, deadLetterQueue, processor }: QueueParts): cloudwatch.IWidget[] {
  const [incoming, waiting, processed, failed, deadLetters, redriven] = [
    widget('In'), widget('Waiting', 'Age of the oldest, s'), widget('Processed', 'Duration, ms'), widget('Failed'),
    widget('Dead letters', 'Age of the oldest, s'), widget('Redriven'),
  ];
  const fn = unqualified(processor.function);
  const sum = { statistic: cloudwatch.Stats.SUM };
  incoming.addLeftMetric(queue.metricNumberOfMessagesSent({ ...sum, label: 'messages' }));
  waiting.addLeftMetric(messagesOf(queue, 'messages'));
  waiting.addRightMetric(oldestMessageAge(queue, { label: 'age of the oldest' }));
  processed.addLeftMetric(functionMetric(fn, 'Invocations', { label: 'invocations' }));
  processed.addLeftMetric(queue.metricNumberOfMessagesDeleted({ ...sum, label: 'messages processed' }));
  processed.addRightMetric(functionMetric(fn, 'Duration', { statistic: cloudwatch.Stats.MAXIMUM, label: 'longest' }));
  failed.addLeftMetric(functionMetric(fn, 'Errors', { label: 'errors' }));
  failed.addLeftMetric(functionMetric(fn, 'Throttles', { label: 'throttles' }));
  deadLetters.addLeftMetric(messagesOf(deadLetterQueue, 'dead letters'));
  deadLetters.addRightMetric(oldestMessageAge(deadLetterQueue, { label: 'age of the oldest' }));
  redriven.addLeftMetric(deadLetterQueue.metricNumberOfMessagesDeleted({ ...sum, label: 'left the queue' }));
  return [incoming, waiting, processed, failed, deadLetters, redriven];
}
