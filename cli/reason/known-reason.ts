import { conditionMeaning } from '../commands/show/next-steps';
import type { FailedBatch, FailureReason, LoggedError } from './failure-reason';
import { fingerprintOf } from './fingerprint';

const REPORTED = 'ReportedByProcessor';
const REPORTED_MESSAGE = 'the processor reported records as failed (partial batch response)';

/** Whether the processor itself reported records as failed: no error ended the invocation. */
export function isReported({ functionError }: FailedBatch): boolean {
  return functionError === null;
}

/** The reason that the failure record itself has. Undefined where only the log of the processor has it. */
export function reasonInRecord(failure: FailedBatch): FailureReason | undefined {
  if (failure.functionError === undefined) {
    const { condition } = failure;
    return withFingerprint({ type: condition, message: conditionMeaning(condition) ?? 'Lambda did not invoke the function with the batch', stack: [] });
  }
  return isReported(failure) ? withFingerprint({ type: REPORTED, message: REPORTED_MESSAGE, stack: [] }) : undefined;
}

/** The reason by what the log says. What a processor logged of records that it reported did not end the invocation, but tells why. */
export function reasonInLog(failure: FailedBatch, error: LoggedError, loggedAt: Date): FailureReason {
  const { type, message, stack } = error;
  return withFingerprint(isReported(failure) ? { type: REPORTED, message: message ? `${type}: ${message}` : type, stack } : error, loggedAt);
}

export function withFingerprint({ type, message, stack }: LoggedError, loggedAt?: Date): FailureReason {
  const error = { type, message, stack };
  return { ...error, ...(loggedAt && { loggedAt }), fingerprint: fingerprintOf(error) };
}
