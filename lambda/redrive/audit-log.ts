import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LogStream } from '../shared/audit/log-stream';
import { clientOptions } from '../shared/client-options';
import { COMMAND } from './redrive-audit';

/** A log stream of the audit log group, with a client of its own. */
export function auditLog(logGroupName: string): LogStream {
  const client = new CloudWatchLogsClient(clientOptions);
  return new LogStream(async () => client, logGroupName, COMMAND);
}
