import { Account } from '../account';
import { embeddedMetrics } from '../cloudwatch/embedded-metrics';
import { LogGroup } from '../cloudwatch-logs/log-group';
import type { Authorization } from '../iam/authorization';
import { FunctionSpec, logGroupNameOf } from './function-spec';

export interface LogWriterDeps {
  readonly account: Account;
  readonly authorizer: Authorization;
}

/**
 * One log stream of a function. Lambda writes it with the authority of the function's role: it creates the stream (and
 * the group, when there is none) before the first line, and lines that the role may not write are dropped without a
 * word; the authorizer keeps the refusal. Metrics in written lines become metrics of the account.
 */
export class LogWriter {
  private readonly pending: string[] = [];
  private writing: Promise<void> = Promise.resolve();
  private streamCreated = false;

  constructor(private readonly spec: FunctionSpec, readonly streamName: string, private readonly deps: LogWriterDeps) {}

  write(line: string): void {
    this.pending.push(line);
    if (this.pending.length === 1) this.writing = this.writing.then(() => this.put());
  }

  /** Resolves when every line so far is written or dropped. */
  async flush(): Promise<void> {
    await this.writing;
  }

  private async put(): Promise<void> {
    const timestamp = Date.now();
    const lines = this.pending.splice(0);
    const name = logGroupNameOf(this.spec);
    const groupArn = this.deps.account.arn('logs', `log-group:${name}`);
    const streamArn = `${groupArn}:log-stream:${this.streamName}`;

    const { logGroups, metrics } = this.deps.account;
    if (!this.streamCreated) {
      if (!logGroups.has(name)) {
        if (!(await this.allowed('logs:CreateLogGroup', groupArn))) return;
        if (!logGroups.has(name)) logGroups.set(name, new LogGroup());
      }
      if (!(await this.allowed('logs:CreateLogStream', streamArn))) return;
      logGroups.get(name)?.createStream(this.streamName);
      this.streamCreated = true;
    }
    if (!(await this.allowed('logs:PutLogEvents', streamArn))) return;
    // The runtime writes a line break within a message as a carriage return.
    logGroups.get(name)?.put(this.streamName, lines.map((line) => ({ timestamp, message: line.replaceAll('\r', '\n') })));
    for (const { metric, value } of lines.flatMap(embeddedMetrics)) metrics.record(metric, value);
  }

  private async allowed(action: string, resource: string): Promise<boolean> {
    const { allowed } = await this.deps.authorizer.authorize({ principal: { roleArn: this.spec.roleArn }, action, resource });
    return allowed;
  }
}
