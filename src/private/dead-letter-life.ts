import { Duration } from 'aws-cdk-lib';
import { IEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { LONGEST_RETENTION, longestDaysOf } from './dead-letter-queue';
import { DlqParts } from './dlq-parts';
import { QueuePair } from './queue-parts';
import { messageRetentionOf, renderedProperties } from './resource-properties';
import { resourceOfMapping } from './source-of-mapping';
import { LONGEST_RECORD_AGE_HOURS } from './stream-kind';

/**
 * The longest from the first time that a record is processed to the last time that its dead letter can be redriven: the retries of the
 * mapping, and the retention periods of the undeliverable queue or the intake queue, the dead-letter queue and the parking queue.
 */
export function longestLifeOf(
  { isOfOtherApp, captures, messageLifetime, undeliverableQueue, redriveFunctions }: DlqParts, mapping: IEventSourceMapping,
): Duration {
  // A StreamDlq of another app may have a RedriveFunction there.
  const parked = isOfOtherApp
    ? LONGEST_RETENTION.toDays()
    : Math.max(0, ...redriveFunctions.entries.map(({ parkingQueue }) => longestDaysOf(messageRetentionOf(parkingQueue))));
  // SQS keeps the age of a message that it moves from the intake queue to the undeliverable queue.
  const inIntake = captures.some(({ intakeQueue }) => intakeQueue) ? LONGEST_RETENTION.toDays() : 0;
  const longerInIntake = Math.max(0, inIntake - longestDaysOf(messageRetentionOf(undeliverableQueue)));
  const days = longestRetriesOf(mapping).toDays({ integral: false }) + messageLifetime.toDays() + longerInIntake + parked;
  return Duration.hours(Math.ceil(days * 24));
}

/**
 * The same for a message of SQS. A redrive sends it to the queue again, as a new message. For a standard queue, the time in the dead-letter queue
 * counts from when the message was first sent.
 */
export function longestLifeOfMessage({ queue, deadLetterQueue }: QueuePair): Duration {
  const [inQueue, asDeadLetter] = [queue, deadLetterQueue].map((it) => longestDaysOf(messageRetentionOf(it)));
  return Duration.hours(Math.ceil((asDeadLetter + (queue.fifo ? 2 : 1) * inQueue) * 24));
}

/** How old a record can be when Lambda tries it for the last time. */
function longestRetriesOf(mapping: IEventSourceMapping): Duration {
  const resource = resourceOfMapping(mapping);
  const seconds = resource && renderedProperties(resource).MaximumRecordAgeInSeconds;
  // -1 is no limit, and a token an object.
  return typeof seconds === 'number' && seconds > 0 ? Duration.seconds(seconds) : Duration.hours(LONGEST_RECORD_AGE_HOURS);
}
