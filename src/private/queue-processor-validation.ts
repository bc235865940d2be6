import { Duration, Resource, Stack, Token } from 'aws-cdk-lib';
import { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QueueProcessorProps } from '../queue-processor-props';
import { checkAuditLogGroup } from './audit-log-group';
import { areDifferent, checkDuration, checkInteger, checkRemovalPolicy, checkSameEnvironment, fail, isKnown, isPlaceholder } from './checks';
import { checkKey } from './encryption-key';
import { validateProcessorOptions } from './processor-options';
import { QueuePair } from './queue-parts';
import { withDeadLetterQueues } from './queue-usage';
import { isSameResource } from './source-of-mapping';

/** The largest batch of a mapping on a FIFO queue, and of one without a batching window. */
const SMALL_BATCH = 10;

/** What SQS takes as the name of a queue. */
const QUEUE_NAME = /^(?=.{1,80}$)[\w-]+(\.fifo)?$/;

/** Refuses props that contradict each other, or that Lambda or SQS refuse. */
export function validateQueueProcessor(owner: Construct, props: QueueProcessorProps): void {
  validateProcessorOptions(owner, props, 'receive from the queue');
  if (props.queue && props.queueProps) {
    fail(owner, '`queue` and `queueProps` must not be set together, got: both; remove `queueProps`: it is for a new queue');
  }
  if (props.queueProps?.deadLetterQueue) {
    fail(owner, '`queueProps` must have no `deadLetterQueue`, got: one; use `deadLetterQueue` and `maxReceiveCount` of the QueueProcessor');
  }
  const { queueName } = props.queueProps ?? {};
  if (queueName !== undefined && isKnown(queueName) && !QUEUE_NAME.test(queueName)) {
    fail(owner, '`queueName` in `queueProps` must have 1 to 80 letters, digits, hyphens and underscores, with .fifo at the end for a FIFO queue, got: ' +
      `${queueName}, of ${queueName.length}; change it, or leave it out: SQS refuses it`);
  }
  checkInteger(owner, 'maxReceiveCount', props.maxReceiveCount, 1, 1_000);
  checkDuration(owner, 'deadLetterQueueRetentionPeriod', props.deadLetterQueueRetentionPeriod, Duration.minutes(1), Duration.days(14));
  checkRemovalPolicy(owner, props.removalPolicy);
  checkKey(owner, '`encryptionKey`', props.encryptionKey);
  checkKey(owner, 'the key of `queue`', props.queue?.encryptionMasterKey);
  checkKey(owner, 'the key of `deadLetterQueue`', props.deadLetterQueue?.encryptionMasterKey);
  if (props.auditLogGroup) checkAuditLogGroup(owner, props.auditLogGroup, 'QueueProcessor', 'the dead-letter queue');
  validateScaling(owner, props);
}

/** Refuses queues that cannot be a queue and its dead-letter queue, or that the mapping cannot read. */
export function validateQueues(owner: Construct, { queue, deadLetterQueue }: QueuePair, props: QueueProcessorProps): void {
  const { region } = Stack.of(owner);
  if (areDifferent(region, queue.env.region)) {
    fail(owner, `\`queue\` must be of the Region of its QueueProcessor, got: one of ${queue.env.region} for a QueueProcessor of ${region}; define ` +
      'the QueueProcessor in a stack of the Region of the queue: Lambda reads queues of its own Region only');
  }
  if (withDeadLetterQueues(deadLetterQueue).some((it) => isSameResource(it.queueArn, queue.queueArn))) {
    fail(owner, `\`deadLetterQueue\` must be another queue than \`queue\`, and not lead back to it, got: '${deadLetterQueue.node.path}'; pass a ` +
      'queue for dead letters only: messages would never leave the two');
  }
  // The CDK takes the kind of an imported queue from its ARN.
  if (queue.fifo !== deadLetterQueue.fifo && [queue, deadLetterQueue].every(({ queueArn }) => !isPlaceholder(queueArn))) {
    const unknown = [queue, deadLetterQueue].find(mayBeFifo);
    const hint = unknown ? `import '${unknown.node.path}' by Queue.fromQueueAttributes() with \`fifo: true\` if it is a FIFO queue, otherwise ` : '';
    fail(owner, `\`deadLetterQueue\` must be of the same kind as \`queue\`, got: ${kindOf(deadLetterQueue)} for ${kindOf(queue)}; ${hint}pass ` +
      `${kindOf(queue)}: SQS refuses the redrive policy otherwise`);
  }
  checkSameEnvironment(owner, 'deadLetterQueue', deadLetterQueue, {
    of: '`queue`',
    what: 'queue',
    fix: 'pass a queue of that account and Region: SQS moves messages within them only',
    stack: queue.env,
  });
  validateBatches(owner, queue, props);
}

function validateBatches(owner: Construct, queue: IQueue, { batchSize, maxBatchingWindow: window }: QueueProcessorProps): void {
  checkInteger(owner, 'batchSize', batchSize, 1, 10_000);
  checkDuration(owner, 'maxBatchingWindow', window, Duration.seconds(0), Duration.minutes(5));
  if (window?.isUnresolved()) return;
  const hasWindow = window !== undefined && window.toSeconds() > 0;
  const isLarge = batchSize !== undefined && !Token.isUnresolved(batchSize) && batchSize > SMALL_BATCH;
  if (queue.fifo && hasWindow) {
    fail(owner, `\`maxBatchingWindow\` must not be set for a FIFO queue, got: ${window.toHumanString()}; remove it: Lambda gathers messages of standard ` +
      'queues only');
  }
  if (queue.fifo && isLarge) {
    fail(owner, `\`batchSize\` must be at most ${SMALL_BATCH} for a FIFO queue, got: ${batchSize}; lower it: Lambda refuses a larger batch`);
  }
  if (isLarge && !hasWindow) {
    fail(owner, `\`batchSize\` above ${SMALL_BATCH} must have a \`maxBatchingWindow\` of at least 1 second, got: ${batchSize} without a window; set ` +
      '`maxBatchingWindow`, or lower `batchSize`');
  }
}

function validateScaling(owner: Construct, { maxConcurrency, provisionedPollerConfig: pollers }: QueueProcessorProps): void {
  checkInteger(owner, 'maxConcurrency', maxConcurrency, 2, 1_000);
  if (!pollers) return;
  if (maxConcurrency !== undefined) {
    fail(owner, '`maxConcurrency` and `provisionedPollerConfig` must not be set together, got: both; remove one of the two: Lambda refuses both together');
  }
  const { minimumPollers: minimum, maximumPollers: maximum } = pollers;
  checkInteger(owner, 'provisionedPollerConfig.minimumPollers', minimum, 2, 200);
  checkInteger(owner, 'provisionedPollerConfig.maximumPollers', maximum, 2, 2_000);
  const known = minimum !== undefined && maximum !== undefined && !Token.isUnresolved(minimum) && !Token.isUnresolved(maximum);
  if (known && minimum > maximum) {
    fail(owner, `\`provisionedPollerConfig.maximumPollers\` must be at least \`minimumPollers\`, got: ${maximum} for ${minimum}; raise it, or lower ` +
      '`minimumPollers`');
  }
}

/** The CDK takes a queue that is imported by a token for a standard queue. */
function mayBeFifo(queue: IQueue): boolean {
  return !queue.fifo && !Resource.isOwnedResource(queue) && Token.isUnresolved(queue.queueArn);
}

function kindOf(queue: IQueue): string {
  return queue.fifo ? 'a FIFO queue' : 'a standard queue';
}
