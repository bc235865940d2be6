import { randomUUID } from 'node:crypto';
import { CloudWatchLogsClient, CreateLogStreamCommand, InputLogEvent, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';

/** Of one PutLogEvents: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;
const BYTES_BESIDE_MESSAGE = 26;

/** How long lines are gathered, and how long the end of a run waits for the last of them. */
const GATHER_MILLIS = 2_000;
const LAST_MILLIS = 10_000;

/** Lines in a log group, in a log stream of this run. A log group that refuses is warned of once: the file has every line. */
export class CloudWatchLines {
  private events: InputLogEvent[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();
  private isRefused = false;
  private readonly logStreamName: string;
  private isStreamThere = false;

  constructor(
    private readonly client: () => Promise<CloudWatchLogsClient>,
    private readonly logGroupName: string,
    command: string,
    private readonly warn: (message: string) => void,
  ) {
    this.logStreamName = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/${command}/${randomUUID()}`;
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

  private async send(events: readonly InputLogEvent[], abortSignal?: AbortSignal): Promise<void> {
    if (events.length === 0 || this.isRefused) return;
    const { logGroupName, logStreamName } = this;
    try {
      const client = await this.client();
      if (!this.isStreamThere) await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }), { abortSignal });
      this.isStreamThere = true;
      for (const logEvents of batches(events)) {
        await client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }), { abortSignal });
      }
    } catch (error) {
      this.isRefused = true;
      const { name, message } = error as Error;
      this.warn(`the log group ${logGroupName} does not take the audit lines (${name}: ${message})`);
    }
  }
}

function* batches(events: readonly InputLogEvent[]): Generator<InputLogEvent[]> {
  // The service wants them in order of time, and clocks may be set back.
  const rest = [...events].sort((one, other) => one.timestamp! - other.timestamp!);
  let batch: InputLogEvent[] = [];
  let bytes = 0;
  for (const event of rest) {
    const size = Buffer.byteLength(event.message!) + BYTES_BESIDE_MESSAGE;
    if (batch.length === MOST_EVENTS || bytes + size > MOST_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  yield batch;
}
