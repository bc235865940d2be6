import { Annotations, Token } from 'aws-cdk-lib';
import { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DlqParts } from './dlq-parts';
import { fail } from './fail';
import { isPlaceholder } from './known';
import { messageLimitOf } from './message-limit';
import { messageRetentionOf } from './message-retention';
import { queueUsage, withDeadLetterQueues } from './queue-usage';

/** Refuses a parking queue that is given where it does not take what is parked, or does not keep it apart. */
export function checkParkingQueue(redrive: Construct, queue: IQueue, parts: DlqParts): void {
  const [loop] = redriveLoops(redrive, queue);
  if (loop) fail(redrive, loop);
  // The CDK takes the kind of an imported queue from its ARN.
  if (queue.fifo !== parts.queue.fifo && [queue, parts.queue].every(({ queueArn }) => !isPlaceholder(queueArn))) {
    const kindOf = (it: IQueue) => (it.fifo ? 'a FIFO queue' : 'a standard queue');
    fail(
      redrive,
      `\`parkingQueue\` must be of the kind of the dead-letter queue, got: ${kindOf(queue)} for ${kindOf(parts.queue)}; give ${kindOf(parts.queue)}`,
    );
  }
  const limit = parkingLimitOf(queue, parts);
  if (!Token.isUnresolved(limit) && !Token.isUnresolved(parts.maxMessageBytes) && limit < parts.maxMessageBytes) {
    fail(
      redrive,
      `\`parkingQueue\` must take messages as large as those of the dead-letter queue, got: ${limit} bytes for ${parts.maxMessageBytes}; ` +
        'raise its `maxMessageSizeBytes`',
    );
  }
}

/** The limit of a queue that is given; of an imported one it is not known, and must be that of the dead-letter queue at the least. */
export function parkingLimitOf(queue: IQueue, { maxMessageBytes }: DlqParts): number {
  return messageLimitOf(queue) ?? maxMessageBytes;
}

/** Refuses at synth what makes a circle of it later, and warns of a parking queue that drops messages sooner than they are dropped unparked. */
export function watchParkingQueue(redrive: Construct, queue: IQueue, { queue: deadLetterQueue }: DlqParts): void {
  redrive.node.addValidation({ validate: () => redriveLoops(redrive, queue) });

  const [parked, unparked] = [queue, deadLetterQueue].map(messageRetentionOf);
  if (!parked || !unparked || parked.toSeconds() >= unparked.toSeconds()) return;
  const fix = queue.node.scope === redrive ? '`parkingQueueRetentionPeriod`' : 'its `retentionPeriod`';
  Annotations.of(redrive).addWarningV2(
    'cdk-stream-dlq:parkedForLess',
    'the parking queue should keep messages as long as the dead-letter queue, ' +
      `got: ${parked.toHumanString()} for ${unparked.toHumanString()}; it is the only place of what is parked: raise ${fix}`,
  );
}

/** What is parked is to stay, until an operator takes it. */
function redriveLoops(redrive: Construct, parkingQueue: IQueue): string[] {
  return withDeadLetterQueues(parkingQueue).flatMap((queue) => {
    const { deadLetters, undeliverables } = queueUsage(redrive, queue);
    const used = [
      ...deadLetters.entries.map(({ dlq }) => `the dead-letter queue of '${dlq.node.path}'`),
      ...undeliverables.entries.map(({ dlq }) => `the undeliverable queue of '${dlq.node.path}'`),
    ];
    const lead = queue === parkingQueue ? '' : `'${parkingQueue.node.path}', whose \`deadLetterQueue\` leads to `;
    return used.slice(0, 1).map(
      (use) =>
        `\`parkingQueue\` must neither be a queue of a StreamDlq nor lead to one, got: ${lead}${use}; ` +
        'what is parked would be taken for something else, or go round in circles: give one for parking only',
    );
  });
}
