import { LambdaServiceException } from '@aws-sdk/client-lambda';
import { parseJson } from '../dead-letter/failure-record';
import { isOutcomeUnknown } from './send-error';
import { Reason } from './target';

/** What Lambda refuses because of the event. */
const ABOUT_THE_EVENT = new Set([
  'RequestTooLargeException',
  'SerializedRequestEntityTooLargeException',
  'InvalidRequestContentException',
  // The chain of this one letter has gone round too often.
  'RecursiveInvocationException',
]);

const THROTTLED = new Set(['TooManyRequestsException', 'EC2ThrottledException']);

/** What keeps a function from being run at all. Lambda calls it a fault of its own, and means key, network or package of the function. */
const FUNCTION_UNAVAILABLE = /^(KMS|EC2AccessDenied|EC2Unexpected|ENILimit|EFS|S3Files|InvalidRuntime|InvalidS|InvalidZipFile|ResourceNotReady)/;

export function isFunctionUnavailable(error: unknown): boolean {
  return error instanceof LambdaServiceException && FUNCTION_UNAVAILABLE.test(error.name);
}

export function isThrottling(error: unknown): boolean {
  return error instanceof LambdaServiceException && (THROTTLED.has(error.name) || error.$metadata.httpStatusCode === 429);
}

/** Whether a refusal says nothing of other letters. */
export function isAboutOneDeadLetter(error: unknown): boolean {
  if (isFunctionUnavailable(error)) return false;
  return ABOUT_THE_EVENT.has((error as Error).name) || isThrottling(error) || isOutcomeUnknown(error);
}

/**
 * Names of errors as the runtimes of Lambda give them: `TypeError`, `Sandbox.Timedout`, `Function<RuntimeError>`, `a.b.C$D`. They are
 * logged and audited. Whatever else a function calls its error may be data, of any length.
 */
const ERROR_NAME = /^[A-Za-z][\w.$:<>]{0,99}$/;

/** Why a function failed: the error that it threw, or Lambda's word for how it ended. */
export function functionErrorReason(answer: string, functionError: string): Reason {
  const { errorType, errorMessage } = (parseJson(answer) ?? {}) as { errorType?: unknown; errorMessage?: unknown };
  return {
    name: typeof errorType === 'string' && ERROR_NAME.test(errorType) ? errorType : functionError,
    message: typeof errorMessage === 'string' ? errorMessage : 'the function failed without a message: its log says more',
  };
}
