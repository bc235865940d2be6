import { Duration, Stack, Token } from 'aws-cdk-lib';
import { CfnQueue, IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct } from 'constructs';
import { areDifferent, fail, isPlaceholder } from './checks';
import { DlqParts } from './dlq-parts';
import { otherMappings } from './mappings-of-app';
import { queueUsage, withDeadLetterQueues } from './queue-usage';
import { isShorter, recommendedVisibility, VISIBILITY_FACTOR, visibilityTimeoutOf } from './queue-visibility';
import { messageLimitOf, messageRetentionOf, ownResource, renderedProperties, timeoutOf } from './resource-properties';
import { annotate, checkAtSynth, Rule, SynthMessage } from './rules';
import { canReference } from './stack-references';

/** What synth knows of a `RedriveFunction` and its queues. A token is undefined. */
export interface RedriveFacts {
  readonly queuePath: string;
  readonly visibilityTimeout?: Duration;
  readonly timeout?: Duration;
  readonly maxReceiveCount?: number;
  readonly maxAttempts?: number;
  readonly queueRetention?: Duration;
  readonly parkingRetention?: Duration;
  /** The prop that sets the retention period of the parking queue, in words. */
  readonly parkingRetentionProp: string;
  /** The queue of a `StreamDlq` that the parking queue is, or leads to, in words. */
  readonly parkingLoop?: string;
}

/** What synth knows of another mapping on the dead-letter queue. */
export interface ConsumerFacts {
  readonly mappingPath: string;
}

/** What synth knows of a `StreamDlq` on the queue of a `RedriveFunction`. */
export interface SharingFacts {
  readonly dlqPath: string;
  readonly hasProcessor: boolean;
}

/** What synth knows of a processor that a `RedriveFunction` invokes. */
export interface ProcessorFacts {
  readonly processorPath: string;
  readonly processorTimeout?: Duration;
  readonly timeout?: Duration;
}

/** A construct that the policy of a `RedriveFunction` cannot refer to. */
export interface EarlierStackFacts {
  readonly redrivePath: string;
  readonly path: string;
  readonly is: 'processor' | 'StreamDlq';
}

export const REDRIVE_RULES: readonly Rule<RedriveFacts>[] = [
  {
    id: 'maxReceiveCountBelowMaxAttempts',
    level: 'warning',
    condition: ({ maxReceiveCount, maxAttempts }) => maxReceiveCount !== undefined && maxAttempts !== undefined && maxReceiveCount <= maxAttempts,
    message: ({ maxReceiveCount, queuePath, maxAttempts }) =>
      `\`maxReceiveCount\` of the dead-letter queue should be above \`maxAttempts\`, got: ${maxReceiveCount} of '${queuePath}' ` +
      `for ${maxAttempts}; raise it, or lower \`maxAttempts\`: SQS moves messages, without a reason, before the function parks them`,
  },
  {
    id: 'visibilityTimeoutBelowRecommended',
    level: 'warning',
    condition: ({ visibilityTimeout, timeout }) => isShorter(visibilityTimeout, timeout && recommendedVisibility(timeout)),
    message: (facts) =>
      `the visibility timeout of the dead-letter queue should be ${VISIBILITY_FACTOR} times \`timeout\`, got: ${visibilityOf(facts)}; ` +
      `${fixOfVisibility(facts.timeout!)}: otherwise SQS can deliver a message twice that waits for the function`,
  },
  {
    id: 'parkingQueueRetentionTooShort',
    level: 'warning',
    condition: ({ parkingRetention, queueRetention }) => isShorter(parkingRetention, queueRetention),
    message: ({ parkingRetention, queueRetention, parkingRetentionProp }) =>
      'the parking queue should keep messages as long as the dead-letter queue, ' +
      `got: ${parkingRetention!.toHumanString()} for ${queueRetention!.toHumanString()}; raise ${parkingRetentionProp}: the parking queue ` +
      'has the only copy of what it holds',
  },
  {
    id: 'parkingQueueLeadsToStreamDlq',
    level: 'error',
    condition: ({ parkingLoop }) => parkingLoop !== undefined,
    message: ({ parkingLoop }) =>
      `\`parkingQueue\` must neither be a queue of a StreamDlq nor lead to one, got: ${parkingLoop}; pass a queue for parked messages ` +
      'only: others are redriven, or mistaken for undeliverable events',
  },
];

export const CONSUMER_RULES: readonly Rule<ConsumerFacts>[] = [
  {
    id: 'redriveBesideConsumer',
    level: 'warning',
    condition: () => true,
    message: ({ mappingPath }) =>
      `the RedriveFunction should be the only function that receives from the dead-letter queue, got: mapping '${mappingPath}' as ` +
      'well; disable that mapping while the RedriveFunction is enabled, or remove one of the two: each gets some of the dead ' +
      'letters, at random',
  },
];

export const SHARING_RULES: readonly Rule<SharingFacts>[] = [
  {
    id: 'redriveWithoutProcessor',
    level: 'warning',
    condition: ({ hasProcessor }) => !hasProcessor,
    message: ({ dlqPath }) =>
      `the StreamDlq should be the \`onFailure\` of mappings of this app, got: no mapping for '${dlqPath}'; allow functions of other ` +
      'apps by `processor.grantInvoke(redrive.function)`, and acknowledge this warning: the RedriveFunction parks dead letters whose ' +
      'processor it is not allowed to invoke',
  },
];

export const PROCESSOR_RULES: readonly Rule<ProcessorFacts>[] = [
  {
    id: 'timeoutBelowProcessor',
    level: 'warning',
    condition: ({ processorTimeout, timeout }) => processorTimeout !== undefined && timeout !== undefined && !isShorter(processorTimeout, timeout),
    message: ({ processorPath, processorTimeout, timeout }) =>
      `\`timeout\` should be longer than the timeout of the processor, got: ${timeout!.toHumanString()} for ` +
      `${processorTimeout!.toHumanString()} of '${processorPath}'; raise it, or lower the timeout of the processor: otherwise the ` +
      'function stops waiting, and sends records again that may have been processed',
  },
];

export const REDRIVE_IN_EARLIER_STACK: SynthMessage<EarlierStackFacts> = {
  id: 'redriveInEarlierStack',
  level: 'warning',
  message: ({ redrivePath, path, is }) =>
    `the RedriveFunction should be in the stack of ${is === 'processor' ? 'the processors' : 'every StreamDlq on its queue'}, or in a ` +
    `stack that depends on it, got: '${redrivePath}' for '${path}'; define it there: it is not allowed to invoke ` +
    `${is === 'processor' ? 'this processor, and parks its dead letters' : 'the processors of this StreamDlq, and parks their dead letters'}`,
};

interface RedriveSettings {
  readonly timeout: Duration;
  readonly maxAttempts: number;
  readonly parkingQueue: IQueue;
}

/** Checks a `RedriveFunction` at synth, with what it works on. */
export function checkRedrive(redrive: Construct, parts: DlqParts, settings: RedriveSettings): void {
  const timeout = settings.timeout.isUnresolved() ? undefined : settings.timeout;
  const { deadLetters } = queueUsage(redrive, parts.queue);
  checkAtSynth(redrive, SHARING_RULES, () =>
    deadLetters.entries.map(({ dlq, processors }) => ({ dlqPath: dlq.node.path, hasProcessor: processors.entries.length > 0 })),
  );
  checkAtSynth(redrive, CONSUMER_RULES, () => otherMappings(redrive, parts.queue.queueArn).map(({ node: { path } }) => ({ mappingPath: path })));
  checkAtSynth(redrive, REDRIVE_RULES, () => [factsOf(redrive, parts, settings)]);
  checkAtSynth(redrive, PROCESSOR_RULES, () =>
    deadLetters.entries
      .filter(({ dlq }) => canReference(redrive, dlq, parts))
      .flatMap(({ processors }) => processors.entries)
      .map((it) => ({ processorPath: it.function.node.path, processorTimeout: timeoutOf(it.function), timeout })),
  );
}

/** Whether the policy of a `RedriveFunction` may refer to a processor, or to another `StreamDlq` on its queue. Warns if not. */
export function mayReferTo(redrive: Construct, is: EarlierStackFacts['is'], it: IConstruct, parts: DlqParts): boolean {
  const may = canReference(redrive, it, parts);
  if (!may) annotate(redrive, REDRIVE_IN_EARLIER_STACK, { redrivePath: redrive.node.path, path: it.node.path, is });
  return may;
}

/** Sets the visibility timeout of a dead-letter queue that a `StreamDlq` defines, and refuses one that Lambda refuses. */
export function configureVisibility(redrive: Construct, { queue }: DlqParts, timeout: Duration): void {
  const resource = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue');
  // Lambda checks an imported queue at deployment.
  if (!resource) return;
  // Another `StreamDlq` may define the queue.
  const ownsQueue = queueUsage(redrive, queue).deadLetters.entries.some((it) => it.ownsQueue);
  if (ownsQueue) resource.visibilityTimeout ??= recommendedVisibility(timeout).toSeconds();
  const visibilityTimeout = visibilityTimeoutOf(resource);
  if (timeout.isUnresolved() || !isShorter(visibilityTimeout, timeout)) return;
  fail(
    redrive,
    'the visibility timeout of the dead-letter queue must be at least `timeout`, got: ' +
      `${visibilityOf({ visibilityTimeout, queuePath: queue.node.path, timeout })}; ${fixOfVisibility(timeout)}: Lambda refuses the mapping otherwise`,
  );
}

/** Refuses an existing parking queue that does not take what is parked, or that is used for something else. */
export function checkParkingQueue(redrive: Construct, queue: IQueue, parts: DlqParts): void {
  const parkingLoop = parkingLoopOf(redrive, queue);
  if (parkingLoop) fail(redrive, REDRIVE_RULES.find(({ id }) => id === 'parkingQueueLeadsToStreamDlq')!.message({ parkingLoop } as RedriveFacts));
  // The CDK takes the kind of an imported queue from its ARN.
  if (queue.fifo !== parts.queue.fifo && [queue, parts.queue].every(({ queueArn }) => !isPlaceholder(queueArn))) {
    const kindOf = (it: IQueue) => (it.fifo ? 'a FIFO queue' : 'a standard queue');
    fail(
      redrive,
      `\`parkingQueue\` must be of the same kind as the dead-letter queue, got: ${kindOf(queue)} for ${kindOf(parts.queue)}; pass ` +
        `${kindOf(parts.queue)}`,
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

/** The largest message of an existing parking queue. An imported one must take what the dead-letter queue takes. */
export function parkingLimitOf(queue: IQueue, { maxMessageBytes }: DlqParts): number {
  return messageLimitOf(queue) ?? maxMessageBytes;
}

/** Lambda reads queues of its own Region only. The CDK would report it with a hint about references, which does not help here. */
export function checkRedrivePlace(redrive: Construct, { dlq, queue }: DlqParts): void {
  const [own, there] = [Stack.of(redrive), Stack.of(dlq)];
  // An existing queue may be in another Region than the StreamDlq.
  const region = [there.region, queue.env.region].find((it) => areDifferent(own.region, it));
  if (region === undefined && !areDifferent(own.account, there.account)) return;
  fail(
    redrive,
    `\`dlq\` must be in the account and Region of its RedriveFunction, got: account ${there.account} in ${region ?? there.region} for ` +
      `a RedriveFunction of account ${own.account} in ${own.region}; define it in the stack of the StreamDlq, or in a stack that ` +
      'depends on it, in the same account and Region: Lambda reads queues of its own Region only, and the function uses the queues, ' +
      'buckets and processors of one account',
  );
}

function factsOf(redrive: Construct, { queue }: DlqParts, { timeout, maxAttempts, parkingQueue }: RedriveSettings): RedriveFacts {
  const resource = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue');
  const { maxReceiveCount } = ((resource && renderedProperties(resource).RedrivePolicy) ?? {}) as { maxReceiveCount?: unknown };
  return {
    queuePath: queue.node.path,
    visibilityTimeout: resource && visibilityTimeoutOf(resource),
    timeout: timeout.isUnresolved() ? undefined : timeout,
    maxReceiveCount: typeof maxReceiveCount === 'number' ? maxReceiveCount : undefined,
    maxAttempts: Token.isUnresolved(maxAttempts) ? undefined : maxAttempts,
    queueRetention: messageRetentionOf(queue),
    parkingRetention: messageRetentionOf(parkingQueue),
    parkingRetentionProp: parkingQueue.node.scope === redrive ? '`parkingQueueRetentionPeriod`' : 'its `retentionPeriod`',
    parkingLoop: parkingLoopOf(redrive, parkingQueue),
  };
}

/** Parked messages must stay where they are until an operator handles them. */
function parkingLoopOf(redrive: Construct, parkingQueue: IQueue): string | undefined {
  const [loop] = withDeadLetterQueues(parkingQueue).flatMap((queue) => {
    const { deadLetters, undeliverables } = queueUsage(redrive, queue);
    const uses = [
      ...deadLetters.entries.map(({ dlq }) => `the dead-letter queue of '${dlq.node.path}'`),
      ...undeliverables.entries.map(({ dlq }) => `the undeliverable queue of '${dlq.node.path}'`),
    ];
    const path = queue === parkingQueue ? '' : `'${parkingQueue.node.path}', whose \`deadLetterQueue\` leads to `;
    return uses.map((use) => path + use);
  });
  return loop;
}

function visibilityOf({ visibilityTimeout, queuePath, timeout }: Pick<RedriveFacts, 'visibilityTimeout' | 'queuePath' | 'timeout'>): string {
  return `${visibilityTimeout!.toHumanString()} of '${queuePath}' for ${timeout!.toHumanString()}`;
}

function fixOfVisibility(timeout: Duration): string {
  return (
    `set \`visibilityTimeout\` where the queue is defined, to ${recommendedVisibility(timeout).toHumanString()} as AWS recommends, or ` +
    'lower `timeout`'
  );
}
