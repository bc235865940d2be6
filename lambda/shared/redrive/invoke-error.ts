import { LambdaServiceException } from '@aws-sdk/client-lambda';
import { parseJson } from '../dead-letter/failure-record';
import { isOutcomeUnknown } from './send-error';
import { Reason } from './target';

/** Errors that Lambda returns because of the event. */
const ABOUT_THE_EVENT = new Set([
  'RequestTooLargeException',
  'SerializedRequestEntityTooLargeException',
  'InvalidRequestContentException',
  // Recursive loop detection stopped the chain of this dead letter.
  'RecursiveInvocationException',
]);

const THROTTLED = new Set(['TooManyRequestsException', 'EC2ThrottledException']);

/** Errors that keep the function from starting. Lambda returns them as its own errors, but the cause is the KMS key, network or package. */
const FUNCTION_UNAVAILABLE = /^(KMS|EC2AccessDenied|EC2Unexpected|ENILimit|EFS|S3Files|InvalidRuntime|InvalidS|InvalidZipFile|ResourceNotReady)/;

export function isFunctionUnavailable(error: unknown): boolean {
  return error instanceof LambdaServiceException && FUNCTION_UNAVAILABLE.test(error.name);
}

export function isThrottling(error: unknown): boolean {
  return error instanceof LambdaServiceException && (THROTTLED.has(error.name) || error.$metadata.httpStatusCode === 429);
}

/** Whether an error says nothing about other dead letters. */
export function isAboutOneDeadLetter(error: unknown): boolean {
  if (isFunctionUnavailable(error)) return false;
  return ABOUT_THE_EVENT.has((error as Error).name) || isThrottling(error) || isOutcomeUnknown(error);
}

/**
 * Names of errors in the form of the Lambda runtimes: `TypeError`, `Sandbox.Timedout`, `Function<RuntimeError>`, `a.b.C$D`. Only these are
 * logged and audited: any other name can hold data of any length.
 */
const ERROR_NAME = /^[A-Za-z][\w.$:<>]{0,99}$/;

/** Why a function failed: the error that it threw, or the `FunctionError` of Lambda. */
export function functionErrorReason(answer: string, functionError: string): Reason {
  const { errorType, errorMessage } = (parseJson(answer) ?? {}) as { errorType?: unknown; errorMessage?: unknown };
  return {
    name: typeof errorType === 'string' && ERROR_NAME.test(errorType) ? errorType : functionError,
    message: typeof errorMessage === 'string' ? errorMessage : 'the function failed without a message; see its log',
  };
}
