import { Annotations, Duration, Stack, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { canName } from './can-name';
import { DlqParts } from './capture';
import { fail } from './fail';
import { timeoutOf } from './function-timeout';
import { ownResource } from './own-resource';

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
export function settleQueue(redrive: Construct, { queue, ownsQueue }: DlqParts, { timeout, maxAttempts }: RedriveSettings): void {
  const resource = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue');
  // Of an imported queue Lambda tells at deployment.
  if (!resource) return;
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
    fail(redrive, `the visibility timeout of the dead-letter queue must be \`timeout\` at the least, got: ${got}; Lambda refuses the mapping: ${fix}`);
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
  if (canName(redrive, processor, dlq)) return true;
  Annotations.of(redrive).addWarningV2(
    'cdk-stream-dlq:redriveInEarlierStack',
    'a RedriveFunction should be in the stack of the processors, or in a later one, ' +
      `got: '${redrive.node.path}' for '${processor.node.path}'; it was not allowed to invoke that, whose dead letters would be parked: define it there`,
  );
  return false;
}
