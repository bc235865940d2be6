import { join } from 'node:path';
import { type AuditEntry, auditLine, type AuditSource } from '../../lambda/shared/audit/audit-entry';
import { CliError } from '../cli-error';
import type { Context } from '../context';
import type { Dlq } from '../dlq';
import { ExitCode } from '../exit-code';
import { DurableLines } from '../file/durable-lines';
import { stateFolder } from '../file/state-folder';
import { callerOf } from './caller';
import { CloudWatchLines } from './cloudwatch-lines';

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
    private readonly source: AuditSource,
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
  async write(entry: AuditEntry): Promise<void> {
    const time = new Date();
    const line = JSON.stringify(auditLine(this.source, entry, time));
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

export function defaultAuditLog(environment = process.env): string {
  return join(stateFolder(environment), 'audit.jsonl');
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
    `the audit log ${file} cannot be written (${code ?? message}), and the tool changes nothing without it: name another file with --audit-log FILE`,
    ExitCode.USAGE,
  );
}
