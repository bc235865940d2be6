import { Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { numberOf, PROCESSOR_OF_OTHER_ACCOUNT } from './mapping-rules';
import { forgetMappingsOfApp, otherMappings } from './mappings-of-app';
import { QueueParts } from './queue-parts';
import { queueUsage } from './queue-usage';
import { isShorter, recommendedVisibility, visibilityTimeoutOf, VISIBILITY_FACTOR } from './queue-visibility';
import { DEFAULT_MESSAGE_RETENTION, messageRetentionOf, ownResource, renderedProperties, timeoutOf, unqualified } from './resource-properties';
import { annotate, checkAtSynth, Rule, SynthMessage } from './rules';
import { resourceOfMapping } from './source-of-mapping';
import { FEWEST_RECEIVES } from './source-queue';

/** What synth knows of a `QueueProcessor`. A token is undefined, and so is what an imported resource has. */
export interface QueueProcessorFacts {
  readonly queuePath: string;
  readonly deadLetterQueuePath: string;
  readonly isFifo: boolean;
  readonly visibilityTimeout?: Duration;
  readonly processorTimeout?: Duration;
  readonly batchingWindow: Duration;
  readonly maxReceiveCount?: number;
  readonly retention?: Duration;
  readonly deadLetterRetention?: Duration;
  /** What the redrive policy of the queue names, where that is not the dead-letter queue. */
  readonly otherTarget?: string;
  /** Whether the dead-letter queue allows no queue. */
  readonly deniesSources: boolean;
  /** The `StreamDlq` that the dead-letter queue is of, in words. */
  readonly streamDlq?: string;
  readonly maxConcurrency?: number;
  readonly reservedConcurrency?: number;
  readonly processorAccount: string;
  /** Account of the stack of the mapping. */
  readonly account: string;
}

/** Another mapping on the queue. */
export interface OtherConsumerFacts {
  readonly mappingPath: string;
}

const WARN_OF_QUEUE: readonly Rule<QueueProcessorFacts>[] = [
  {
    id: 'queueVisibilityBelowRecommended',
    level: 'warning',
    condition: (facts) => isShorter(facts.visibilityTimeout, visibilityFor(facts)) && !isRefused(facts),
    message: (facts) =>
      `the visibility timeout of \`queue\` should be ${VISIBILITY_FACTOR} times the timeout of the processor, plus \`maxBatchingWindow\`, got: ` +
      `${visibilityText(facts)}; set it to ${visibilityFor(facts)!.toHumanString()}, or lower the timeout: otherwise a message can be received ` +
      'again while Lambda still tries it, which processes it twice and moves it to the dead-letter queue early',
  },
  {
    id: 'maxReceiveCountTooLow',
    level: 'warning',
    condition: ({ maxReceiveCount }) => maxReceiveCount !== undefined && maxReceiveCount < FEWEST_RECEIVES,
    message: ({ maxReceiveCount, queuePath }) =>
      `\`maxReceiveCount\` should be at least ${FEWEST_RECEIVES}, as AWS recommends, got: ${maxReceiveCount} of '${queuePath}'; raise it: each throttled ` +
      'invocation counts as a receive, and moves messages to the dead-letter queue that never failed',
  },
  {
    id: 'deadLettersExpireEarly',
    level: 'warning',
    condition: isKeptTooShort,
    message: ({ retention, deadLetterRetention }) =>
      'the dead-letter queue should keep messages longer than `queue`, got: ' +
      `${deadLetterRetention!.toHumanString()} for ${retention!.toHumanString()}; raise the retention of the dead-letter queue, or lower that of ` +
      '`queue`: SQS counts from when a message was first sent, and can delete a dead letter as soon as it is moved',
  },
  {
    id: 'deadLetterQueueRetentionTooShort',
    level: 'warning',
    condition: (facts) =>
      facts.deadLetterRetention !== undefined && !isShorter(DEFAULT_MESSAGE_RETENTION, facts.deadLetterRetention) && !isKeptTooShort(facts),
    message: ({ deadLetterRetention, deadLetterQueuePath }) =>
      `the dead-letter queue should keep messages for 14 days, got: ${deadLetterRetention!.toHumanString()} for '${deadLetterQueuePath}'; raise its ` +
      'retention, or acknowledge this warning: it may hold the only copy of what failed',
  },
  {
    id: 'reservedConcurrencyBelowMaxConcurrency',
    level: 'warning',
    condition: ({ maxConcurrency, reservedConcurrency }) =>
      maxConcurrency !== undefined && reservedConcurrency !== undefined && reservedConcurrency < maxConcurrency,
    message: ({ maxConcurrency, reservedConcurrency }) =>
      `the reserved concurrency of the processor should be at least \`maxConcurrency\`, got: ${reservedConcurrency} for ${maxConcurrency}; lower ` +
      '`maxConcurrency`, which is enough to limit the function: each throttled invocation counts as a receive',
  },
];

export const QUEUE_PROCESSOR_RULES: readonly Rule<QueueProcessorFacts>[] = [
  ...WARN_OF_QUEUE,
  {
    id: 'queueVisibilityBelowTimeout',
    level: 'error',
    condition: isRefused,
    message: (facts) =>
      `the visibility timeout of \`queue\` must be at least the timeout of the processor, got: ${visibilityText(facts)}; set it to ` +
      `${visibilityFor(facts)!.toHumanString()}, as AWS recommends: Lambda refuses the mapping otherwise`,
  },
  {
    id: 'redrivePolicyOfOtherQueue',
    level: 'error',
    condition: ({ otherTarget }) => otherTarget !== undefined,
    message: ({ otherTarget, queuePath, deadLetterQueuePath }) =>
      `the redrive policy of \`queue\` must name the dead-letter queue '${deadLetterQueuePath}', got: ${otherTarget} for '${queuePath}'; pass the ` +
      'queue that it names as `deadLetterQueue`, or change the policy',
  },
  {
    id: 'deadLetterQueueDeniesSources',
    level: 'error',
    condition: ({ deniesSources }) => deniesSources,
    message: ({ deadLetterQueuePath }) =>
      `\`deadLetterQueue\` must allow \`queue\` in its \`redriveAllowPolicy\`, got: DENY_ALL for '${deadLetterQueuePath}'; allow the queue there: SQS ` +
      'refuses the redrive policy otherwise',
  },
  {
    id: 'deadLetterQueueOfStreamDlq',
    level: 'error',
    condition: ({ streamDlq }) => streamDlq !== undefined,
    message: ({ streamDlq }) =>
      `\`deadLetterQueue\` must not be a queue of a StreamDlq, got: ${streamDlq}; pass a queue for the messages of this queue only: dead letters of ` +
      'a stream are of another kind',
  },
  PROCESSOR_OF_OTHER_ACCOUNT,
];

export const OTHER_CONSUMER_RULES: readonly Rule<OtherConsumerFacts>[] = [
  {
    id: 'queueWithOtherConsumer',
    level: 'warning',
    condition: () => true,
    message: ({ mappingPath }) =>
      `the QueueProcessor should be the only consumer of \`queue\`, got: mapping '${mappingPath}' as well; remove one of the two: each message goes to ` +
      'one of them, at random',
  },
];

const FILTERS_DELETE: SynthMessage<undefined> = {
  id: 'filtersDelete',
  level: 'info',
  message: () => 'Lambda deletes messages that pass none of the `filters`: they are neither processed nor moved to the dead-letter queue',
};

/** Checks a `QueueProcessor` at synth. */
export function checkQueueProcessor(parts: QueueParts): void {
  const { owner, queue, processor: { mapping } } = parts;
  checkAtSynth(owner, QUEUE_PROCESSOR_RULES, () => [factsOf(parts)]);
  const own = resourceOfMapping(mapping);
  checkAtSynth(owner, OTHER_CONSUMER_RULES, () =>
    otherMappings(owner, queue.queueArn).filter((it) => it !== own).map(({ node: { path } }) => ({ mappingPath: path })),
  );
  owner.node.addValidation({
    validate: () => {
      forgetMappingsOfApp(owner);
      return [];
    },
  });
  if (own?.filterCriteria) annotate(owner, FILTERS_DELETE, undefined);
}

function factsOf({ owner, queue, deadLetterQueue, processor: { function: fn, mapping } }: QueueParts): QueueProcessorFacts {
  const resource = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue');
  const { RedrivePolicy: redrive = {} } = (resource ? renderedProperties(resource) : {}) as { RedrivePolicy?: Record<string, unknown> };
  const ofDeadLetters = ownResource<CfnQueue>(deadLetterQueue, 'AWS::SQS::Queue');
  const { RedriveAllowPolicy: allow } = (ofDeadLetters ? renderedProperties(ofDeadLetters) : {}) as { RedriveAllowPolicy?: Record<string, unknown> };
  const ofMapping = renderedProperties(resourceOfMapping(mapping)!) as {
    MaximumBatchingWindowInSeconds?: unknown;
    ScalingConfig?: { MaximumConcurrency?: unknown };
  };
  const ofFunction = ownResource<lambda.CfnFunction>(unqualified(fn), 'AWS::Lambda::Function');
  const { deadLetters, undeliverables } = queueUsage(owner, deadLetterQueue);
  const [named, expected] = [redrive.deadLetterTargetArn, Stack.of(queue).resolve(deadLetterQueue.queueArn)].map((it) => JSON.stringify(it));
  return {
    queuePath: queue.node.path,
    deadLetterQueuePath: deadLetterQueue.node.path,
    isFifo: queue.fifo,
    visibilityTimeout: resource && visibilityTimeoutOf(resource),
    processorTimeout: timeoutOf(fn),
    batchingWindow: Duration.seconds(numberOf(ofMapping.MaximumBatchingWindowInSeconds) ?? 0),
    maxReceiveCount: numberOf(redrive.maxReceiveCount),
    retention: messageRetentionOf(queue),
    deadLetterRetention: messageRetentionOf(deadLetterQueue),
    otherTarget: resource && named !== expected ? named ?? 'none' : undefined,
    deniesSources: allow?.redrivePermission === 'denyAll',
    streamDlq: [...deadLetters.entries, ...undeliverables.entries].map(({ dlq }) => `a queue of '${dlq.node.path}'`)[0],
    maxConcurrency: numberOf(ofMapping.ScalingConfig?.MaximumConcurrency),
    reservedConcurrency: ofFunction && numberOf(renderedProperties(ofFunction).ReservedConcurrentExecutions),
    processorAccount: fn.env.account,
    account: Stack.of(mapping).account,
  };
}

function visibilityFor({ processorTimeout, batchingWindow }: QueueProcessorFacts): Duration | undefined {
  return processorTimeout && recommendedVisibility(processorTimeout, batchingWindow);
}

function isRefused({ visibilityTimeout, processorTimeout }: QueueProcessorFacts): boolean {
  return isShorter(visibilityTimeout, processorTimeout);
}

function visibilityText({ visibilityTimeout, queuePath, processorTimeout, batchingWindow }: QueueProcessorFacts): string {
  const window = batchingWindow.toSeconds() > 0 ? ` and ${batchingWindow.toHumanString()}` : '';
  return `${visibilityTimeout!.toHumanString()} of '${queuePath}' for ${processorTimeout!.toHumanString()}${window}`;
}

/** SQS keeps the age of a message that it moves between standard queues. */
function isKeptTooShort({ isFifo, retention, deadLetterRetention }: QueueProcessorFacts): boolean {
  return !isFifo && retention !== undefined && deadLetterRetention !== undefined && !isShorter(retention, deadLetterRetention);
}
