import { Annotations, AspectPriority, Aspects, Duration } from 'aws-cdk-lib';
import { CfnQueue, IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { fail } from './fail';
import { messageRetentionOf } from './message-retention';
import { ownResource } from './own-resource';
import { queueUsage, withDeadLetterQueues } from './queue-usage';
import { renderedProperties } from './rendered-properties';

/** Queues that are passed in. */
interface ExistingQueues {
  readonly queue?: IQueue;
  readonly undeliverableQueue?: IQueue;
}

/** What SQS gives a queue that does not say. */
const SHORT_RETENTION = Duration.days(4);

/** What AWS advises where a function receives; each look at a message is a receive as well. */
const FEWEST_RECEIVES = 5;

/** Refuses a queue that is something else to another `StreamDlq`: what is in it would be taken for something else. */
export function refuseSharedQueues(dlq: Construct, { queue, undeliverableQueue }: ExistingQueues): void {
  const asDeadLetters = undeliverableQueue && queueUsage(dlq, undeliverableQueue).deadLetters.entries[0]?.dlq;
  if (asDeadLetters) {
    fail(
      dlq,
      `\`undeliverableQueue\` must not be a dead-letter queue, got: that of '${asDeadLetters.node.path}'; its messages are no dead letters: ` +
        'give one for undeliverables only',
    );
  }
  const asUndeliverables = queue && queueUsage(dlq, queue).undeliverables.entries[0]?.dlq;
  if (asUndeliverables) {
    fail(
      dlq,
      `\`queue\` must not be an undeliverable queue, got: that of '${asUndeliverables.node.path}'; its messages are no dead letters: ` +
        'give one for dead letters only',
    );
  }
}

/** Refuses at synth what loses messages of a queue that is given, and warns of what may. Of an imported one nobody knows. */
export function adviseOnExistingQueues(dlq: Construct, { queue, undeliverableQueue }: ExistingQueues): void {
  if (undeliverableQueue) {
    dlq.node.addValidation({ validate: () => [...unwritable(undeliverableQueue), ...leadsToDeadLetters(dlq, undeliverableQueue)] });
  }
  const given = Object.entries({ queue, undeliverableQueue }).flatMap(([prop, it]) => (it ? [{ prop, queue: it }] : []));
  if (given.length === 0) return;
  Aspects.of(dlq).add(
    {
      visit: (node) => {
        if (node === dlq) given.forEach((it) => adviseOnSettings(dlq, it.prop, it.queue));
      },
    },
    // After all others: they may still change the queues.
    { priority: AspectPriority.READONLY },
  );
}

/** Roles may use the AWS managed key of SQS; a service that delivers there may not. */
function unwritable(queue: IQueue): string[] {
  const resource = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue');
  return resource && renderedProperties(resource).KmsMasterKeyId === 'alias/aws/sqs'
    ? [
        `\`undeliverableQueue\` must not be encrypted with the AWS managed key, got: KMS_MANAGED for '${queue.node.path}'; neither SNS nor EventBridge ` +
          'may use that key, so that what cannot be delivered to the function is lost: use SQS_MANAGED, or a key of your own',
      ]
    : [];
}

function leadsToDeadLetters(dlq: Construct, queue: IQueue): string[] {
  const target = withDeadLetterQueues(queue).flatMap((it) => queueUsage(dlq, it).deadLetters.entries)[0]?.dlq;
  return target
    ? [
        `\`undeliverableQueue\` must not lead to a dead-letter queue, got: '${queue.node.path}', whose messages SQS moves to that of '${target.node.path}'; ` +
          'they are no dead letters: give it another `deadLetterQueue`, or none',
      ]
    : [];
}

function adviseOnSettings(dlq: Construct, prop: string, queue: IQueue): void {
  const resource = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue');
  if (!resource) return;
  const retention = messageRetentionOf(queue);
  if (retention && retention.toSeconds() <= SHORT_RETENTION.toSeconds()) {
    Annotations.of(dlq).addWarningV2(
      `cdk-stream-dlq:${prop}KeptForLess`,
      `\`${prop}\` should keep messages for 14 days, got: ${retention.toHumanString()} for '${queue.node.path}'; it may hold the only copy of ` +
        'what failed: raise its `retentionPeriod`, or acknowledge this',
    );
  }
  const { maxReceiveCount } = (renderedProperties(resource).RedrivePolicy ?? {}) as { maxReceiveCount?: unknown };
  if (typeof maxReceiveCount !== 'number' || maxReceiveCount >= FEWEST_RECEIVES) return;
  Annotations.of(dlq).addWarningV2(
    `cdk-stream-dlq:${prop}MovedByLooks`,
    `\`${prop}\` should let messages be received at least ${FEWEST_RECEIVES} times, got: maxReceiveCount ${maxReceiveCount} of '${queue.node.path}'; ` +
      'each look at a message counts, and SQS then moves it to where nothing here looks: raise it, or remove its `deadLetterQueue`',
  );
}
