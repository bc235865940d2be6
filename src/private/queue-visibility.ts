import { Duration } from 'aws-cdk-lib';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { renderedProperties } from './resource-properties';

/** The default visibility timeout of SQS. */
const DEFAULT_VISIBILITY_SECONDS = 30;

/** How many timeouts of the function AWS recommends as visibility timeout of its queue. */
export const VISIBILITY_FACTOR = 6;

/** The longest timeout that Lambda allows, for one that synth does not know. */
export const LONGEST_TIMEOUT = Duration.minutes(15);

/** What AWS recommends for a queue that a function reads. */
export function recommendedVisibility(timeout: Duration, batchingWindow: Duration = Duration.seconds(0)): Duration {
  const seconds = timeout.isUnresolved() ? LONGEST_TIMEOUT.toSeconds() : Math.min(timeout.toSeconds(), LONGEST_TIMEOUT.toSeconds());
  return Duration.seconds(VISIBILITY_FACTOR * seconds + batchingWindow.toSeconds());
}

/** As in the template. Undefined if it is a token. */
export function visibilityTimeoutOf(queue: CfnQueue): Duration | undefined {
  const { VisibilityTimeout: seconds = DEFAULT_VISIBILITY_SECONDS } = renderedProperties(queue);
  return typeof seconds === 'number' ? Duration.seconds(seconds) : undefined;
}

/** Whether one duration is known to be shorter than another. */
export function isShorter(one: Duration | undefined, other: Duration | undefined): boolean {
  return one !== undefined && other !== undefined && one.toSeconds() < other.toSeconds();
}
