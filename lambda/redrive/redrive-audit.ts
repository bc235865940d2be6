import { log } from '../runtime/log';
import { AuditEntry, auditLine } from '../shared/audit/audit-entry';
import type { LogStream } from '../shared/audit/log-stream';

/** The command in audit lines, and part of the log stream name. */
export const COMMAND = 'RedriveFunction';

/** CloudWatch Logs responds in milliseconds. During an outage, each dead letter waits this long. */
const MAX_MILLIS = 5_000;

/** An audit entry and its time. */
export interface AuditNote {
  readonly time: Date;
  readonly entry: AuditEntry;
}

/**
 * Writes what the function did to the audit log group of the stack. An error of the log group does not fail the invocation: SQS would deliver
 * processed dead letters again. The function's own log has the lines instead.
 */
export class RedriveAudit {
  constructor(
    private readonly stream: Pick<LogStream, 'put'>,
    private readonly queueUrl: string,
  ) {}

  /** Returns when the lines are in one of the two logs. */
  async write(caller: string, notes: readonly AuditNote[], signal: AbortSignal): Promise<void> {
    if (notes.length === 0) return;
    const source = { caller, command: COMMAND, queue: this.queueUrl };
    const lines = notes.map(({ time, entry }) => ({ time, line: auditLine(source, entry, time) }));
    try {
      const events = lines.map(({ time, line }) => ({ timestamp: time.getTime(), message: JSON.stringify(line) }));
      await this.stream.put(events, AbortSignal.any([signal, AbortSignal.timeout(MAX_MILLIS)]));
    } catch (error) {
      for (const { line } of lines) log('ERROR', 'audit line not written', { error: String(error), line });
    }
  }
}
