import type { CloudWatchLogsClient, InputLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { LogStream } from '../../lambda/shared/audit/log-stream';

/** How long lines are gathered, and how long the end of a run waits for the last of them. */
const GATHER_MILLIS = 2_000;
const LAST_MILLIS = 10_000;

/** Lines in a log group, in a log stream of this run. A log group that refuses is warned of once: the file has every line. */
export class CloudWatchLines {
  private events: InputLogEvent[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();
  private isRefused = false;
  private readonly stream: LogStream;

  constructor(
    client: () => Promise<CloudWatchLogsClient>,
    private readonly logGroupName: string,
    command: string,
    private readonly warn: (message: string) => void,
  ) {
    this.stream = new LogStream(client, logGroupName, command);
  }

  add(message: string, time: Date): void {
    if (this.isRefused) return;
    this.events.push({ message, timestamp: time.getTime() });
    this.timer ??= setTimeout(() => this.flush(), GATHER_MILLIS).unref();
  }

  async close(): Promise<void> {
    this.flush(AbortSignal.timeout(LAST_MILLIS));
    await this.sending;
  }

  private flush(signal?: AbortSignal): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const events = this.events;
    this.events = [];
    this.sending = this.sending.then(() => this.send(events, signal));
  }

  private async send(events: readonly InputLogEvent[], signal?: AbortSignal): Promise<void> {
    if (events.length === 0 || this.isRefused) return;
    try {
      await this.stream.put(events, signal);
    } catch (error) {
      this.isRefused = true;
      const { name, message } = error as Error;
      this.warn(`the log group ${this.logGroupName} does not take the audit lines (${name}: ${message})`);
    }
  }
}
