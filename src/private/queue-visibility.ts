import { Duration, Token } from 'aws-cdk-lib';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';

/** The default visibility timeout of SQS. */
const DEFAULT_VISIBILITY_SECONDS = 30;

/** How many timeouts of the function AWS recommends as visibility timeout of its queue. */
export const VISIBILITY_FACTOR = 6;

/** The longest timeout that Lambda allows. */
export const LONGEST_TIMEOUT = Duration.minutes(15);

/** What AWS recommends for a queue that a function reads. */
export function recommendedVisibility(timeout: Duration, batchingWindow: Duration = Duration.seconds(0)): Duration {
  return Duration.seconds(VISIBILITY_FACTOR * timeout.toSeconds() + batchingWindow.toSeconds());
}

/** Undefined if it is a token. */
export function visibilityTimeoutOf({ visibilityTimeout = DEFAULT_VISIBILITY_SECONDS }: CfnQueue): Duration | undefined {
  return Token.isUnresolved(visibilityTimeout) ? undefined : Duration.seconds(visibilityTimeout);
}

/** Whether one duration is known to be shorter than another. */
export function isShorter(one: Duration | undefined, other: Duration | undefined): boolean {
  return one !== undefined && other !== undefined && one.toSeconds() < other.toSeconds();
}
