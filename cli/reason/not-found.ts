import { explainAwsError, isDenied, isThrottled } from '../aws/aws-error';
import { failedCall } from '../aws/call';
import { actionOf } from '../aws/iam-action';
import { policyHint } from '../aws/policy-hint';
import type { GlobalOptions } from '../context';
import type { FailedBatch, NoReason } from './failure-reason';
import { TooManyLinesError } from './log-calls';
import type { ProcessorLog } from './processor-log';

/** Lines can be read 5 to 12 seconds after they were logged; what is not there after a minute will not come. */
export const LATE_MILLIS = 60_000;
/** The shortest retention of a log group. */
const SHORTEST_RETENTION_MILLIS = 86_400_000;

export const STOPPED: NoReason = { name: 'Stopped', message: 'the search was stopped before its turn: run the command again' };

export const NO_LOGS: NoReason = { name: 'NotLookedUp', message: 'the log was not read, because of --no-logs' };

export const NO_REQUEST: NoReason = {
  name: 'NoRequestId', message: 'the failure record does not name the request, the function and the time to look for: search the log of the function yourself',
};

/** The log was read, and has no error of the request. */
export function withoutError({ failedAt }: Required<Pick<FailedBatch, 'failedAt'>>, log: ProcessorLog, hasLines: boolean, now: Date): NoReason {
  const age = now.getTime() - failedAt.getTime();
  if (age < LATE_MILLIS) {
    const seconds = Math.ceil((LATE_MILLIS - age) / 1_000);
    return { name: 'Late', message: `the log does not have the error yet, because log lines appear some seconds after a failure: try again in ${seconds} s` };
  }
  if (log.leavesOutErrors) {
    return { name: 'LogLevel', message: 'the function logs no errors, because its application log level is FATAL: set it to ERROR or lower' };
  }
  if (hasLines) return { name: 'NoError', message: `${log.group} has lines of the request, and no error among them: look at what the function logged` };
  const group = `${log.group} has no line with the request id`;
  if (age < SHORTEST_RETENTION_MILLIS) {
    const elsewhere = log.isKnown ? '' : `; its log group is not known, because lambda:GetFunctionConfiguration failed: ${log.group} is Lambda's default`;
    return { name: 'NoLogLine', message: `${group}: check that the role of the function may write to the group${elsewhere}` };
  }
  return { name: 'Expired', message: `${group}: its retention may be over, or the role of the function may not write to it` };
}

/** Why a log could not be read. Undefined where it is a mistake of the tool. */
export function unreadable(error: unknown, log: ProcessorLog, given: Partial<GlobalOptions>): NoReason | undefined {
  const { name } = error as Error;
  if (error instanceof TooManyLinesError) {
    return { name: 'TooBusy', message: `${log.group} has too many lines around the failure to read all of them: "show ID" prints a command that does` };
  }
  if (isThrottled(error)) {
    return { name: 'TooBusy', message: 'CloudWatch Logs takes no more requests now (its quota of about five a second is shared): try again later, or with fewer dead letters' };
  }
  if (isDenied(error)) return denied(error as Error, log, given);
  if (name === 'ResourceNotFoundException') {
    const elsewhere = log.isKnown ? '' : ', and lambda:GetFunctionConfiguration failed, which names the log group of the function';
    return { name: 'NoLogGroup', message: `there is no log group ${log.group} in ${log.region}${elsewhere}: check --profile, and whether the group was deleted` };
  }
  const known = explainAwsError(error, given);
  return known && { name: 'Failed', message: known.message };
}

function denied(error: Error, { group }: ProcessorLog, given: Partial<GlobalOptions>): NoReason {
  const call = failedCall(error);
  const action = call ? actionOf(call) : 'logs:FilterLogEvents';
  return { name: 'Denied', message: `not allowed: ${action} on ${group}: ${policyHint(action, call, given)}; in a CDK app, \`grantReadLogs()\` allows it` };
}
