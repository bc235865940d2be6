import { LambdaServiceException } from '@aws-sdk/client-lambda';
import { isUnanswered } from './send-error';

/** What Lambda refuses because of the event. */
const OF_THE_EVENT = new Set([
  'RequestTooLargeException',
  'SerializedRequestEntityTooLargeException',
  'InvalidRequestContentException',
  // The chain of this one letter has gone round too often.
  'RecursiveInvocationException',
]);

const THROTTLED = new Set(['TooManyRequestsException', 'EC2ThrottledException']);

/** What keeps a function from being run at all. Lambda calls it a fault of its own, and means key, network or package of the function. */
const OF_THE_FUNCTION = /^(KMS|EC2AccessDenied|EC2Unexpected|ENILimit|EFS|S3Files|InvalidRuntime|InvalidS|InvalidZipFile|ResourceNotReady)/;

export function isOfTheFunction(error: unknown): boolean {
  return error instanceof LambdaServiceException && OF_THE_FUNCTION.test(error.name);
}

export function isThrottling(error: unknown): boolean {
  return error instanceof LambdaServiceException && (THROTTLED.has(error.name) || error.$metadata.httpStatusCode === 429);
}

/** Whether a refusal says nothing of other letters. */
export function isOfTheLetter(error: unknown): boolean {
  if (isOfTheFunction(error)) return false;
  return OF_THE_EVENT.has((error as Error).name) || isThrottling(error) || isUnanswered(error);
}
