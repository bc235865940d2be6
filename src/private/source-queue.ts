import { Aws, Duration, Fn, Names, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QueueProcessorProps } from '../queue-processor-props';
import { REDRIVE_POLICY_NOT_KNOWN } from './access-rules';
import { fail, isKnown, refuseWithoutEffect } from './checks';
import { acknowledgeRulesOfDeadLetterQueue } from './compliance';
import { storageQueueProps } from './dead-letter-queue';
import { QueuePair } from './queue-parts';
import { LONGEST_TIMEOUT, recommendedVisibility } from './queue-visibility';
import { allowSource, SourceOfDeadLetters } from './redrive-allow-policy';
import { ownResource, renderedProperties, timeoutOf } from './resource-properties';
import { annotate } from './rules';

/** The least that AWS recommends for a queue that a function reads. */
export const FEWEST_RECEIVES = 5;

const LONGEST_WINDOW = Duration.minutes(5);

/** The longest name of a queue, less the suffix of a FIFO queue and the part of the stack. */
const LONGEST_PATH = 80 - '.fifo'.length - '-12345678'.length;

/** The queues of a `QueueProcessor`: those that are passed in, and what is defined for the rest. */
export function defineQueues(owner: Construct, processor: lambda.IFunction, props: QueueProcessorProps): QueuePair {
  return props.queue ? withExistingQueue(owner, props.queue, props) : withNewQueue(owner, processor, props);
}

function withNewQueue(owner: Construct, processor: lambda.IFunction, props: QueueProcessorProps): QueuePair {
  const { queueProps = {}, encryptionKey, maxReceiveCount = FEWEST_RECEIVES } = props;
  const fifo = queueProps.fifo ?? isFifo(queueProps);
  const queueName = queueProps.queueName ?? nameOfStack(owner, fifo);
  const deadLetterQueue = deadLettersFor(owner, props, fifo, {
    stack: Stack.of(owner),
    name: queueName,
    isOfStack: queueProps.queueName === undefined,
  });
  const hasEncryption = queueProps.encryption !== undefined || queueProps.encryptionMasterKey !== undefined;
  const { enforceSSL, encryption, encryptionMasterKey } = storageQueueProps({ encryptionKey }, undefined);
  const queue = new sqs.Queue(owner, 'Queue', {
    ...queueProps,
    enforceSSL: queueProps.enforceSSL ?? enforceSSL,
    ...(!hasEncryption && { encryption, encryptionMasterKey }),
    visibilityTimeout: queueProps.visibilityTimeout ?? visibilityFor(timeoutOf(processor), props.maxBatchingWindow),
    queueName,
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount },
  });
  return { queue, deadLetterQueue };
}

function withExistingQueue(owner: Construct, queue: sqs.IQueue, props: QueueProcessorProps): QueuePair {
  const resource = ownResource<sqs.CfnQueue>(queue, 'AWS::SQS::Queue');
  if (resource && renderedProperties(resource).RedrivePolicy === undefined) return { queue, deadLetterQueue: linked(owner, queue, resource, props) };

  const { deadLetterQueue = (queue as Partial<sqs.Queue>).deadLetterQueue?.queue } = props;
  if (!deadLetterQueue) {
    const given = resource ? 'a queue whose resource has a redrive policy' : 'an imported queue';
    fail(
      owner,
      `\`deadLetterQueue\` must be given with such a \`queue\`, got: none for '${queue.node.path}', ${given}; pass the queue that its redrive ` +
        'policy names',
    );
  }
  const defined: Record<string, boolean> = props.deadLetterQueue ? { deadLetterQueue: false } : { queue: false };
  refuseWithoutEffect(owner, props, 'maxReceiveCount', { queue: false });
  for (const prop of ['deadLetterQueueRetentionPeriod', 'encryptionKey', 'removalPolicy'] as const) refuseWithoutEffect(owner, props, prop, defined);
  if (!resource) annotate(owner, REDRIVE_POLICY_NOT_KNOWN, { path: queue.node.path, policy: policyText(owner, deadLetterQueue) });
  return { queue, deadLetterQueue };
}

/** The dead-letter queue of a queue of this app that has no redrive policy: its resource gets one. */
function linked(owner: Construct, queue: sqs.IQueue, resource: sqs.CfnQueue, props: QueueProcessorProps): sqs.IQueue {
  const stack = Stack.of(queue);
  if (stack !== Stack.of(owner)) {
    fail(
      owner,
      `\`queue\` must be of the stack of its QueueProcessor, or have a \`deadLetterQueue\`, got: '${queue.node.path}' of another stack, without ` +
        'one; set `deadLetterQueue` where the queue is defined: its redrive policy cannot refer to a later stack',
    );
  }
  if (props.deadLetterQueue) refuseWithoutEffect(owner, props, 'encryptionKey', { queue: false, deadLetterQueue: false });
  const { queueName: name } = resource;
  const deadLetterQueue = deadLettersFor(owner, props, queue.fifo, { stack, name, isOfStack: false });
  resource.redrivePolicy = { deadLetterTargetArn: deadLetterQueue.queueArn, maxReceiveCount: props.maxReceiveCount ?? FEWEST_RECEIVES };
  return deadLetterQueue;
}

/** As the CDK takes a queue for a FIFO queue where `fifo` is not set. */
function isFifo({ queueName = '', contentBasedDeduplication = false, deduplicationScope, fifoThroughputLimit }: sqs.QueueProps): boolean {
  const hasSuffix = isKnown(queueName) && queueName.endsWith('.fifo');
  return hasSuffix || contentBasedDeduplication || deduplicationScope !== undefined || fifoThroughputLimit !== undefined;
}

/** A dead-letter queue that may have the messages of a queue: passed in, or defined here. */
function deadLettersFor(owner: Construct, props: QueueProcessorProps, fifo: boolean, source: SourceOfDeadLetters): sqs.IQueue {
  for (const prop of ['deadLetterQueueRetentionPeriod', 'removalPolicy'] as const) {
    refuseWithoutEffect(owner, props, prop, { deadLetterQueue: !props.deadLetterQueue });
  }
  const deadLetterQueue = props.deadLetterQueue ?? defineDeadLetterQueue(owner, props, fifo);
  allowSource(deadLetterQueue, source, props.deadLetterQueue === undefined);
  return deadLetterQueue;
}

function defineDeadLetterQueue(owner: Construct, props: QueueProcessorProps, fifo: boolean): sqs.Queue {
  const queue = new sqs.Queue(owner, 'DeadLetterQueue', {
    ...storageQueueProps(props, props.deadLetterQueueRetentionPeriod),
    fifo: fifo || undefined,
  });
  acknowledgeRulesOfDeadLetterQueue(queue);
  return queue;
}

/**
 * A name that both queues can have in their properties: by references, each would wait for the other. Unlike a fixed name, it is another one in
 * each stack, also after a stack was deleted and some of its queues kept.
 */
function nameOfStack(owner: Construct, fifo: boolean): string {
  const path = Names.uniqueResourceName(owner, { maxLength: LONGEST_PATH, separator: '-', allowedSpecialCharacters: '-_' });
  // The first part of the UUID in the ID of the stack.
  const uuid = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
  return `${path}-${uuid}${fifo ? '.fifo' : ''}`;
}

function visibilityFor(timeout: Duration | undefined, window: Duration | undefined): Duration {
  return recommendedVisibility(timeout ?? LONGEST_TIMEOUT, window?.isUnresolved() ? LONGEST_WINDOW : window);
}

function policyText(owner: Construct, { queueArn }: sqs.IQueue): string {
  return JSON.stringify(Stack.of(owner).resolve({ deadLetterTargetArn: queueArn, maxReceiveCount: FEWEST_RECEIVES }));
}
