/** A log event of CloudWatch Logs. Times are milliseconds since 1970. */
export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly logStreamName: string;
  readonly ingestionTime: number;
  readonly eventId: string;
}

/** A log group with its streams. */
export class LogGroup {
  /** Of all streams, in the order of arrival. */
  readonly events: LogEvent[] = [];
  /** Creation times by name. */
  readonly streams = new Map<string, number>();

  createStream(name: string): void {
    this.streams.set(name, Date.now());
  }

  put(logStreamName: string, events: readonly Pick<LogEvent, 'timestamp' | 'message'>[]): void {
    const ingestionTime = Date.now();
    for (const { timestamp, message } of events) {
      this.events.push({ timestamp, message, logStreamName, ingestionTime, eventId: String(this.events.length).padStart(20, '0') });
    }
  }

  /** The messages without what Lambda adds in the text format: START, END and REPORT, and the time, request ID and level in front. */
  get applicationMessages(): string[] {
    return this.events.map(({ message }) => message)
      .filter((message) => !/^(START|END|REPORT) RequestId: /.test(message))
      .map((message) => message.replace(/^[\dTZ:.-]+\t\S+\t[A-Z]+\t/, ''));
  }
}
