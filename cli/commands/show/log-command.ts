import type { FailureRecord } from '../../../lambda/shared/dead-letter/failure-record';
import { quoted } from '../../command-line';
import type { GlobalOptions } from '../../context';
import { logTimes } from '../../reason/lookup';
import type { ProcessorLog } from '../../reason/processor-log';

/** What finds the error in the log of the processor. Undefined where it was not invoked. */
export function logCommand(
  { requestContext, responseContext, timestamp }: FailureRecord, { profile }: GlobalOptions, { group, namesRequest }: Pick<ProcessorLog, 'group' | 'namesRequest'>,
): string | undefined {
  const { requestId, functionArn } = requestContext;
  const [, , , region, , , name] = functionArn.split(':');
  const failedAt = new Date(timestamp);
  // Only what is nothing but a name may stand in a command that is there to be copied.
  if (!responseContext || Number.isNaN(failedAt.getTime()) || ![requestId, name, region].every((it) => /^[\w-]+$/.test(it ?? ''))) return undefined;
  const { from, to } = logTimes([failedAt]);
  const place = [
    `--log-group-name ${quoted(group)} --region ${region}`,
    ...(profile === undefined ? [] : [`--profile ${quoted(profile)}`]),
    // Without times all of the log would be read.
    `--start-time ${from.getTime()} --end-time ${to.getTime()}`,
  ].join(' ');
  const find = `aws logs filter-log-events ${place} --filter-pattern '"${requestId}"'`;
  if (namesRequest) return `${find} --query 'events[].[message]' --output text`;
  // The error is between the lines that have the id, in the same stream. Attempts may be in several.
  return [
    `${find} --query 'events[].[logStreamName]' --output text | sort -u`,
    `xargs -I{} aws logs get-log-events ${place} --log-stream-name {} --start-from-head --query 'events[].[message]' --output text`,
    `sed -n '/${requestId}/,/END RequestId: ${requestId}/p'`,
  ].join(' | ');
}
