import { Duration } from 'aws-cdk-lib';
import { IQueue } from 'aws-cdk-lib/aws-sqs';
import { threeQuartersOf } from './dlq-alarms';
import { messagesOf, oldestMessageAge } from './metrics';
import { QueuePair, QueueParts } from './queue-parts';
import { DEFAULT_MESSAGE_RETENTION, messageRetentionOf } from './resource-properties';

/** Defines the alarms of a `QueueProcessor`. */
export function defineQueueAlarms(parts: QueueParts): void {
  const { owner, queue, deadLetterQueue, alarms } = parts;
  const about = { scope: owner, subject: owner };
  alarms.define('deadLetters', { ...about, watches: { deadLetterQueue }, metric: (period) => messagesOf(deadLetterQueue, 'Dead letters', { period }) });
  alarms.define('oldestDeadLetter', {
    ...about,
    watches: { deadLetterQueue },
    threshold: threeQuartersOf(timeInDeadLetterQueue(parts)),
    metric: (period) => oldestMessageAge(deadLetterQueue, { period }),
  });
  alarms.define('oldestMessage', {
    ...about,
    watches: { queue },
    threshold: Math.floor(retentionOf(queue).toSeconds() / 2),
    metric: (period) => oldestMessageAge(queue, { period }),
  });
}

/** The least that a dead letter stays: the metric counts from the move, but SQS deletes a message of a standard queue by when it was sent. */
function timeInDeadLetterQueue({ queue, deadLetterQueue }: QueuePair): Duration {
  const retention = retentionOf(deadLetterQueue);
  if (deadLetterQueue.fifo) return retention;
  // Synth warns where nothing is left.
  const left = retention.toSeconds() - retentionOf(queue).toSeconds();
  return left > 0 ? Duration.seconds(left) : retention;
}

function retentionOf(queue: IQueue): Duration {
  return messageRetentionOf(queue) ?? DEFAULT_MESSAGE_RETENTION;
}
