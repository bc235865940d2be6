import { Duration } from 'aws-cdk-lib';
import { CfnQueue, IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { fail } from './checks';
import { queueUsage, withDeadLetterQueues } from './queue-usage';
import { messageRetentionOf, ownResource, renderedProperties } from './resource-properties';
import { checkAtSynth, Rule } from './rules';

/** The queues of a `StreamDlq` that are passed in. */
interface ExistingQueues {
  readonly queue?: IQueue;
  readonly undeliverableQueue?: IQueue;
}

/** What synth knows of an existing queue of this app. */
export interface QueueFacts {
  readonly prop: 'queue' | 'undeliverableQueue';
  readonly path: string;
  /** Undefined if it is a token. */
  readonly retention?: Duration;
  /** Undefined without a `deadLetterQueue`, and if it is a token. */
  readonly maxReceiveCount?: number;
  readonly hasManagedKey: boolean;
  /** Path of the `StreamDlq` to whose dead-letter queue SQS moves the messages of an undeliverable queue. */
  readonly leadsToDlq?: string;
}

/** The default retention period of SQS. */
const SHORT_RETENTION = Duration.days(4);

/** The least that AWS recommends for a queue that a function reads. */
const FEWEST_RECEIVES = 5;

export const QUEUE_RULES: readonly Rule<QueueFacts>[] = [
  ...(['queue', 'undeliverableQueue'] as const).flatMap((prop): Rule<QueueFacts>[] => [
    {
      id: `${prop}RetentionTooShort`,
      level: 'warning',
      condition: (it) => it.prop === prop && it.retention !== undefined && it.retention.toSeconds() <= SHORT_RETENTION.toSeconds(),
      message: ({ retention, path }) =>
        `\`${prop}\` should keep messages for 14 days, got: ${retention!.toHumanString()} for '${path}'; raise its \`retentionPeriod\`, ` +
        'or acknowledge this warning: it may hold the only copy of the failed records',
    },
    {
      id: `${prop}MaxReceiveCountTooLow`,
      level: 'warning',
      condition: (it) => it.prop === prop && it.maxReceiveCount !== undefined && it.maxReceiveCount < FEWEST_RECEIVES,
      message: ({ maxReceiveCount, path }) =>
        `\`maxReceiveCount\` of \`${prop}\` should be at least ${FEWEST_RECEIVES}, got: ${maxReceiveCount} of '${path}'; raise it, or remove ` +
        'the `deadLetterQueue` of that queue: SQS also counts each time that an operator looks at a message',
    },
  ]),
  {
    id: 'undeliverableQueueWithManagedKey',
    level: 'error',
    // Roles may use that key; a service that sends to the queue may not.
    condition: ({ prop, hasManagedKey }) => prop === 'undeliverableQueue' && hasManagedKey,
    message: ({ path }) =>
      `\`undeliverableQueue\` must not be encrypted with the AWS managed key, got: KMS_MANAGED for '${path}'; use SQS_MANAGED, or a ` +
      'customer managed key: SNS and EventBridge cannot use the AWS managed key',
  },
  {
    id: 'undeliverableQueueLeadsToDeadLetters',
    level: 'error',
    condition: ({ leadsToDlq }) => leadsToDlq !== undefined,
    message: ({ path, leadsToDlq }) =>
      `\`undeliverableQueue\` must not lead to a dead-letter queue, got: '${path}', whose \`deadLetterQueue\` leads to the dead-letter ` +
      `queue of '${leadsToDlq}'; give it another \`deadLetterQueue\`, or none: undeliverable events are not dead letters`,
  },
];

/** Refuses a queue that another `StreamDlq` uses for something else. */
export function refuseSharedQueues(dlq: Construct, { queue, undeliverableQueue }: ExistingQueues): void {
  const asDeadLetters = undeliverableQueue && queueUsage(dlq, undeliverableQueue).deadLetters.entries[0]?.dlq;
  if (asDeadLetters) {
    fail(
      dlq,
      `\`undeliverableQueue\` must not be a dead-letter queue, got: the dead-letter queue of '${asDeadLetters.node.path}'; pass a ` +
        'queue for undeliverable events only: they are not dead letters',
    );
  }
  const asUndeliverables = queue && queueUsage(dlq, queue).undeliverables.entries[0]?.dlq;
  if (asUndeliverables) {
    fail(
      dlq,
      `\`queue\` must not be an undeliverable queue, got: the undeliverable queue of '${asUndeliverables.node.path}'; pass a queue ` +
        'for dead letters only: undeliverable events are not dead letters',
    );
  }
}

/** Checks existing queues at synth. Synth knows nothing of an imported queue. */
export function checkExistingQueues(dlq: Construct, { queue, undeliverableQueue }: ExistingQueues): void {
  checkAtSynth(dlq, QUEUE_RULES, () => [
    ...(queue ? [factsOf(dlq, 'queue', queue)] : []),
    ...(undeliverableQueue ? [factsOf(dlq, 'undeliverableQueue', undeliverableQueue)] : []),
  ]);
}

function factsOf(dlq: Construct, prop: QueueFacts['prop'], queue: IQueue): QueueFacts {
  const resource = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue');
  const properties = resource ? renderedProperties(resource) : {};
  const { maxReceiveCount } = (properties.RedrivePolicy ?? {}) as { maxReceiveCount?: unknown };
  const ledTo = prop === 'undeliverableQueue' ? withDeadLetterQueues(queue).flatMap((it) => queueUsage(dlq, it).deadLetters.entries) : [];
  return {
    prop,
    path: queue.node.path,
    retention: messageRetentionOf(queue),
    maxReceiveCount: typeof maxReceiveCount === 'number' ? maxReceiveCount : undefined,
    hasManagedKey: properties.KmsMasterKeyId === 'alias/aws/sqs',
    leadsToDlq: ledTo[0]?.dlq.node.path,
  };
}
