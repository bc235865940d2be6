import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import type { GlobalOptions } from '../context';
import { quoted } from './operator-command';

/** The longest that an invocation can take: what it logged came before the failure record, by that much at the most. */
const LONGEST_INVOCATION_MILLIS = 15 * 60_000;
/** What is logged at the end comes after it, by little. */
const END_MILLIS = 60_000;

/** What finds the error in the log of the processor. Undefined where it was not invoked. */
export function logCommand({ requestContext, responseContext, timestamp }: FailureRecord, { profile }: GlobalOptions): string | undefined {
  const { requestId, functionArn } = requestContext;
  const [, , , region, , , name] = functionArn.split(':');
  const failedAt = Date.parse(timestamp);
  // Only what is nothing but a name may stand in a command that is there to be copied.
  if (!responseContext || ![requestId, name, region].every((it) => /^[\w-]+$/.test(it ?? ''))) return undefined;
  return [
    `aws logs filter-log-events --log-group-name /aws/lambda/${name} --region ${region}`,
    ...(profile === undefined ? [] : [`--profile ${quoted(profile)}`]),
    // Without times all of the log would be read.
    `--start-time ${failedAt - LONGEST_INVOCATION_MILLIS} --end-time ${failedAt + END_MILLIS}`,
    `--filter-pattern '"${requestId}"' --query 'events[].message' --output text`,
  ].join(' ');
}
