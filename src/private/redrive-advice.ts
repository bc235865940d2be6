import { Annotations, AspectPriority, Aspects, Duration, Stack, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnQueue, IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct } from 'constructs';
import { DlqParts } from './dlq-parts';
import { fail } from './fail';
import { timeoutOf } from './function-timeout';
import { ObservableList } from './observable-list';
import { ownResource } from './own-resource';
import { queueUsage } from './queue-usage';
import { isMappingResource, isSameResource } from './source-of-mapping';
import { canReference } from './stack-references';

/** What SQS gives a queue that does not say. */
const DEFAULT_VISIBILITY_SECONDS = 30;

/** What AWS advises, for messages that wait for the function. */
const TIMEOUTS_OF_VISIBILITY = 6;

/** The longest that a function may have. */
const LONGEST_TIMEOUT = Duration.minutes(15);

interface RedriveSettings {
  readonly timeout: Duration;
  readonly maxAttempts: number;
}

/** Sees to it that Lambda takes the dead-letter queue for a mapping, and that the queue leaves its messages to the function. */
export function configureQueue(redrive: Construct, { queue }: DlqParts, { timeout, maxAttempts }: RedriveSettings): void {
  const resource = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue');
  // Of an imported queue Lambda tells at deployment.
  if (!resource) return;
  // Also where it is given to this `StreamDlq` by the one that defines it.
  const ownsQueue = queueUsage(redrive, queue).deadLetters.entries.some((it) => it.ownsQueue);
  if (ownsQueue) resource.visibilityTimeout ??= advisedFor(timeout).toSeconds();
  const visibility = resource.visibilityTimeout ?? DEFAULT_VISIBILITY_SECONDS;
  if (!Token.isUnresolved(visibility) && !timeout.isUnresolved()) checkVisibility(redrive, queue.node.path, Duration.seconds(visibility), timeout);

  const { maxReceiveCount } = (Stack.of(resource).resolve(resource.redrivePolicy) ?? {}) as { maxReceiveCount?: unknown };
  if (typeof maxReceiveCount !== 'number' || Token.isUnresolved(maxAttempts) || maxReceiveCount > maxAttempts) return;
  Annotations.of(redrive).addWarningV2(
    'cdk-stream-dlq:receivesBelowAttempts',
    `the dead-letter queue should let messages be received more often than \`maxAttempts\`, got: maxReceiveCount ${maxReceiveCount} of ` +
      `'${queue.node.path}' for ${maxAttempts}; SQS would move them, without a reason, before they are parked: raise it, or lower \`maxAttempts\``,
  );
}

function advisedFor(timeout: Duration): Duration {
  return Duration.seconds(TIMEOUTS_OF_VISIBILITY * (timeout.isUnresolved() ? LONGEST_TIMEOUT : timeout).toSeconds());
}

function checkVisibility(redrive: Construct, queue: string, visibility: Duration, timeout: Duration): void {
  const advised = advisedFor(timeout);
  const got = `${visibility.toHumanString()} of '${queue}' for ${timeout.toHumanString()}`;
  const fix = `set \`visibilityTimeout\` where the queue is defined, to ${advised.toHumanString()} as AWS advises, or lower \`timeout\``;
  if (visibility.toSeconds() < timeout.toSeconds()) {
    fail(redrive, `the visibility timeout of the dead-letter queue must be at least \`timeout\`, got: ${got}; ${fix}: Lambda refuses the mapping otherwise`);
  }
  if (visibility.toSeconds() < advised.toSeconds()) {
    Annotations.of(redrive).addWarningV2(
      'cdk-stream-dlq:visibilityBelowAdvised',
      `the visibility timeout of the dead-letter queue should be ${TIMEOUTS_OF_VISIBILITY} times \`timeout\`, got: ${got}; ` +
        `a message that waits for the function may be given out twice: ${fix}`,
    );
  }
}

/** Warns of a processor that dead letters could not be sent to, or whose answer would not be waited for. Returns whether it may be named. */
export function adviseOnProcessor(redrive: Construct, dlq: Construct, processor: lambda.IFunction, timeout: Duration): boolean {
  const ofProcessor = timeoutOf(processor);
  if (ofProcessor && !timeout.isUnresolved() && ofProcessor.toSeconds() >= timeout.toSeconds()) {
    Annotations.of(redrive).addWarningV2(
      'cdk-stream-dlq:timeoutBelowProcessor',
      `\`timeout\` should be above that of the processor, got: ${timeout.toHumanString()} for ${ofProcessor.toHumanString()} of ` +
        `'${processor.node.path}'; when it has to give up waiting, it cannot know whether records were processed, and sends them again: raise it, or lower that of the processor`,
    );
  }
  return mayName(redrive, processor, dlq, { whose: 'the processors', missing: 'invoke that' });
}

/** Warns where dead letters come that could not be read: of another `StreamDlq` on the queue. Returns whether that may be named. */
export function adviseOnSharing(redrive: Construct, sharing: Construct, dlq: Construct): boolean {
  return mayName(redrive, sharing, dlq, { whose: 'every StreamDlq on its queue', missing: 'invoke processors of that' });
}

function mayName(redrive: Construct, part: IConstruct, dlq: Construct, { whose, missing }: { whose: string; missing: string }): boolean {
  if (canReference(redrive, part, dlq)) return true;
  Annotations.of(redrive).addWarningV2(
    'cdk-stream-dlq:redriveInEarlierStack',
    `a RedriveFunction should be in the stack of ${whose}, or in a stack that depends on it, ` +
      `got: '${redrive.node.path}' for '${part.node.path}'; it was not allowed to ${missing}, whose dead letters would be parked: define it there`,
  );
  return false;
}

/** Warns, once all mappings are there, of dead letters whose processors nobody has named. */
export function adviseOnMissing(redrive: Construct, sharing: ObservableList<DlqParts>): void {
  Aspects.of(redrive).add(
    {
      visit: (node) => {
        if (node !== redrive) return;
        for (const { dlq } of sharing.entries.filter(({ processors }) => processors.entries.length === 0)) {
          Annotations.of(redrive).addWarningV2(
            'cdk-stream-dlq:redriveWithoutProcessor',
            `the StreamDlq should be the \`onFailure\` of mappings of this app, got: none for '${dlq.node.path}'; a RedriveFunction may invoke the ` +
              'functions of those only, and parks after hours what it may not send: allow others by `processor.grantInvoke(redrive.function)`, ' +
              'and acknowledge this',
          );
        }
      },
    },
    // After all others: they may still add a mapping.
    { priority: AspectPriority.READONLY },
  );
}

/** Warns, once all are there, of another function that takes dead letters off the queue. */
export function adviseOnConsumers(redrive: Construct, queue: IQueue): void {
  Aspects.of(redrive).add(
    {
      visit: (node) => {
        if (node !== redrive) return;
        const others = redrive.node.root.node.findAll().filter(
          (it) =>
            isMappingResource(it) && !it.node.scopes.includes(redrive) && it.enabled !== false && it.eventSourceArn !== undefined &&
            isSameResource(it.eventSourceArn, queue.queueArn),
        );
        for (const { node: { path } } of others) {
          Annotations.of(redrive).addWarningV2(
            'cdk-stream-dlq:redriveBesideConsumer',
            `a RedriveFunction should be the only function that receives from the dead-letter queue, got: mapping '${path}' as well; each gets some of ` +
              'the dead letters, at random: disable that mapping while the RedriveFunction is switched on, or remove one of the two',
          );
        }
      },
    },
    // After all others: they may still add a mapping.
    { priority: AspectPriority.READONLY },
  );
}
