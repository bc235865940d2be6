import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import type { FailureRecord } from '../../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { isServiceError } from '../../aws/aws-error';
import { quoted } from '../../command-line';
import type { Context, GlobalOptions } from '../../context';

/** The longest that an invocation can take: its log lines are at most that much older than the failure record. */
const LONGEST_INVOCATION_MILLIS = 15 * 60_000;
/** What is logged at the end comes after it, by little. */
const END_MILLIS = 60_000;

/** Where a processor logs, as its configuration says. */
export interface ProcessorLog {
  readonly group: string;
  /** Whether every line of an error has the request id: JSON has it, and so has the text of Node.js. That of Python has not. */
  readonly namesRequest: boolean;
}

/** What finds the error in the log of the processor. Undefined where it was not invoked. */
export function logCommand(
  { requestContext, responseContext, timestamp }: FailureRecord, { profile }: GlobalOptions, log?: ProcessorLog,
): string | undefined {
  const { requestId, functionArn } = requestContext;
  const [, , , region, , , name] = functionArn.split(':');
  const failedAt = Date.parse(timestamp);
  // Only what is nothing but a name may stand in a command that is there to be copied.
  if (!responseContext || Number.isNaN(failedAt) || ![requestId, name, region].every((it) => /^[\w-]+$/.test(it ?? ''))) return undefined;
  const place = [
    `--log-group-name ${quoted(log?.group ?? `/aws/lambda/${name}`)} --region ${region}`,
    ...(profile === undefined ? [] : [`--profile ${quoted(profile)}`]),
    // Without times all of the log would be read.
    `--start-time ${failedAt - LONGEST_INVOCATION_MILLIS} --end-time ${failedAt + END_MILLIS}`,
  ].join(' ');
  const find = `aws logs filter-log-events ${place} --filter-pattern '"${requestId}"'`;
  if (log?.namesRequest) return `${find} --query 'events[].[message]' --output text`;
  // The error is between the lines that have the id, in the same stream. Attempts may be in several.
  return [
    `${find} --query 'events[].[logStreamName]' --output text | sort -u`,
    `xargs -I{} aws logs get-log-events ${place} --log-stream-name {} --start-from-head --query 'events[].[message]' --output text`,
    `sed -n '/${requestId}/,/END RequestId: ${requestId}/p'`,
  ].join(' | ');
}

/** Where the processor of a dead letter logs. Undefined where that may not be asked, or it is gone: nothing hangs on it. */
export async function processorLog({ clients, aborted }: Context, { failure }: Pick<ReceivedDeadLetter, 'failure'>): Promise<ProcessorLog | undefined> {
  const { responseContext, requestContext: { functionArn } } = failure;
  if (!responseContext) return undefined;
  try {
    const lambda = await clients.lambda();
    const { LoggingConfig: { LogGroup, LogFormat } = {}, Runtime = '' } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: functionArn }), { abortSignal: aborted },
    );
    const group = LogGroup ?? `/aws/lambda/${functionArn.split(':')[6]}`;
    return { group, namesRequest: LogFormat === 'JSON' || Runtime.startsWith('nodejs') };
  } catch (error) {
    if (isServiceError(error)) return undefined;
    throw error;
  }
}
