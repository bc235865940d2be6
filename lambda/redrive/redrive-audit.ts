import { log } from '../runtime/log';
import { AuditEntry, auditLine } from '../shared/audit/audit-entry';
import type { LogStream } from '../shared/audit/log-stream';

/** Where a line of the operator's tool has its command, and what a log stream is named after. */
export const COMMAND = 'RedriveFunction';

/** CloudWatch Logs answers in milliseconds. In a bad hour of it, each dead letter has to wait for as long as this. */
const MAX_MILLIS = 5_000;

/** What was done, and when. */
export interface AuditNote {
  readonly time: Date;
  readonly entry: AuditEntry;
}

/**
 * What the function did to its queue, in the log group of the stack. A log group that refuses keeps nothing from being done: a dead letter
 * that was taken would be sent for as long as it refuses. The function's own log has the lines instead.
 */
export class RedriveAudit {
  constructor(
    private readonly stream: Pick<LogStream, 'put'>,
    private readonly queueUrl: string,
  ) {}

  /** Comes back when the lines are in one of the two logs. */
  async write(caller: string, notes: readonly AuditNote[], signal: AbortSignal): Promise<void> {
    if (notes.length === 0) return;
    const source = { caller, command: COMMAND, queue: this.queueUrl };
    const lines = notes.map(({ time, entry }) => ({ time, line: auditLine(source, entry, time) }));
    try {
      const events = lines.map(({ time, line }) => ({ timestamp: time.getTime(), message: JSON.stringify(line) }));
      await this.stream.put(events, AbortSignal.any([signal, AbortSignal.timeout(MAX_MILLIS)]));
    } catch (error) {
      for (const { line } of lines) log('audit line not written', { error: String(error), line });
    }
  }
}
