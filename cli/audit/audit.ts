import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { CliError } from '../cli-error';
import type { Context } from '../context';
import type { Dlq } from '../dlq';
import { ExitCode } from '../exit-code';
import { callerOf } from './caller';
import { CloudWatchLines } from './cloudwatch-lines';
import { DurableLines } from './durable-lines';

/** What was done with one message. Never anything of a payload. */
export interface AuditEntry {
  readonly result: AuditResult;
  readonly messageId?: string;
  readonly deadLetterId?: string;
  readonly records?: number;
  /** ARN of the function or of the stream, or URL of the queue. */
  readonly to?: string;
  readonly reason?: string;
}

export const AuditResult = {
  /** A run that changes a queue began. */
  BEGUN: 'begun',
  /** Taken whole by the processor or the stream: the message is deleted next. */
  SENT: 'sent',
  /** The first records were taken: what remains is a smaller dead letter in the queue, and the message is deleted next. */
  PARTLY_SENT: 'partly sent',
  /** The first records were taken, but what remains could not be kept by itself: the message stays, with all records. */
  REST_NOT_KEPT: 'rest not kept',
  /** Nothing of it is known to have been taken: the message stays. */
  FAILED: 'failed',
  /** A message that was to go is in the queue still: another run meets it again. */
  NOT_DELETED: 'not deleted',
  /** A new dead letter that is at least as good is in the queue: the message is deleted next. */
  REHYDRATED: 'rehydrated',
  /** What was read again is no better: the message stays. */
  KEPT: 'kept',
  /** The message is deleted next. */
  DISCARDED: 'discarded',
  IMPORTED: 'imported',
  REMOTE_STARTED: 'remote started',
  REMOTE_STOPPED: 'remote stopped',
} as const;
export type AuditResult = (typeof AuditResult)[keyof typeof AuditResult];

export interface AuditOptions {
  readonly command: string;
  readonly dlq: Pick<Dlq, 'queueUrl' | 'auditLogGroup'>;
  /** The queue that is changed, where it is another one of the stack. */
  readonly queueUrl?: string;
  /** `--audit-log` */
  readonly file?: string;
}

/** Who did what to a queue, in a file of this machine, and in the log group of the stack where there is one. */
export class Audit {
  private constructor(
    private readonly local: DurableLines,
    private readonly remote: CloudWatchLines | undefined,
    private readonly common: { readonly caller: string; readonly command: string; readonly queue: string },
  ) {}

  /** @throws CliError where the file cannot be written: nothing is to be changed then */
  static async open(context: Context, { command, dlq, queueUrl = dlq.queueUrl, file }: AuditOptions): Promise<Audit> {
    const local = await openLocal(file ?? defaultAuditLog());
    try {
      const caller = await callerOf(context);
      const remote = dlq.auditLogGroup === undefined
        ? undefined
        : new CloudWatchLines(() => context.clients.logs(), dlq.auditLogGroup, command, (message) =>
          context.output.warn(`${message}; every line is in ${local.file}`));
      return new Audit(local, remote, { caller, command, queue: queueUrl });
    } catch (error) {
      await local.close();
      throw error;
    }
  }

  get file(): string {
    return this.local.file;
  }

  /** Comes back when the line is on the disk: what it tells of may be done then. @throws CliError */
  async write({ result, messageId, deadLetterId, records, to, reason }: AuditEntry): Promise<void> {
    const time = new Date();
    const { caller, command, queue } = this.common;
    const line = JSON.stringify({ time: time.toISOString(), caller, command, queue, messageId, deadLetterId, records, to, result, reason });
    this.remote?.add(line, time);
    try {
      await this.local.append(line);
    } catch (error) {
      throw notWritable(this.local.file, error);
    }
  }

  async close(): Promise<void> {
    await this.remote?.close();
    await this.local.close();
  }
}

/** Where programs keep what they did, by the XDG Base Directory Specification: a relative path counts as none. */
export function defaultAuditLog(environment = process.env): string {
  const { XDG_STATE_HOME: given } = environment;
  const state = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.local', 'state');
  return join(state, 'cdk-stream-dlq', 'audit.jsonl');
}

async function openLocal(file: string): Promise<DurableLines> {
  try {
    return await DurableLines.open(file);
  } catch (error) {
    throw notWritable(file, error);
  }
}

function notWritable(file: string, error: unknown): CliError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new CliError(
    `the audit log ${file} cannot be written (${code ?? message}), and nothing is changed without it: name a file that can be, by --audit-log FILE`,
    ExitCode.USAGE,
  );
}
