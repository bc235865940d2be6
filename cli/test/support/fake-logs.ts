import {
  type CloudWatchLogsClient, CloudWatchLogsServiceException, type FilterLogEventsCommandInput, type FilterLogEventsCommandOutput,
  type GetLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';

export interface FakeLine {
  readonly stream: string;
  readonly time: number;
  readonly message: string;
}

export interface FakeLogCall {
  readonly name: string;
  readonly region: string;
  readonly input: FilterLogEventsCommandInput & GetLogEventsCommandInput;
}

/** The part of CloudWatch Logs that the tool uses, in memory. A page holds a few lines, and every second one of a search is empty. */
export class FakeLogs {
  readonly calls: FakeLogCall[] = [];
  readonly groups = new Map<string, FakeLine[]>();
  pageLines = 3;
  private readonly failures = new Map<string, Error[]>();

  /** Lines of one stream, a millisecond apart. */
  log(group: string, stream: string, time: Date, ...messages: readonly string[]): void {
    const lines = messages.map((message, index) => ({ stream, time: time.getTime() + index, message }));
    this.groups.set(group, [...this.groups.get(group) ?? [], ...lines]);
  }

  failNext(name: string, error: Error): void {
    this.failures.set(name, [...(this.failures.get(name) ?? []), error]);
  }

  get names(): readonly string[] {
    return this.calls.map(({ name }) => name);
  }

  clientOf(region: string): CloudWatchLogsClient {
    const send = async (command: object, options?: { readonly abortSignal?: AbortSignal }) => this.send(region, command as never, options);
    return { send } as never;
  }

  private async send(region: string, command: { readonly input: FakeLogCall['input'] }, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) {
    const name = command.constructor.name.replace(/Command$/, '');
    const { input } = command;
    this.calls.push({ name, region, input });
    await new Promise((resolve) => setImmediate(resolve));
    abortSignal?.throwIfAborted();
    const failure = this.failures.get(name)?.shift();
    if (failure) throw failure;
    const lines = this.groups.get(input.logGroupName!);
    if (!lines) throw logsError('ResourceNotFoundException', 'The specified log group does not exist.');
    const within = lines.filter(({ time }) => time >= input.startTime!).sort((one, other) => one.time - other.time);
    switch (name) {
      case 'FilterLogEvents':
        return this.filter(within.filter(({ time }) => time <= input.endTime!), input);
      case 'GetLogEvents':
        return this.get(within.filter(({ time, stream }) => time < input.endTime! && stream === input.logStreamName), input);
      default:
        throw new Error(`the fake CloudWatch Logs has no ${name}`);
    }
  }

  private filter(lines: readonly FakeLine[], input: FilterLogEventsCommandInput): Partial<FilterLogEventsCommandOutput> {
    const { filterPattern = '', startFromHead, nextToken = '0', unmask } = input;
    if (unmask) throw new Error('nothing is to be unmasked');
    if (filterPattern.length > 1_024) throw logsError('InvalidParameterException', 'the pattern is too long');
    const terms = [...filterPattern.matchAll(/"([\w-]+)"/g)].map(([, term]) => term);
    const found = lines.filter(({ message }) => terms.some((term) => message.includes(term)));
    if (!startFromHead) found.reverse();
    const page = Number(nextToken);
    const from = (page >> 1) * this.pageLines;
    const isEmpty = page % 2 === 0;
    const isLast = isEmpty ? found.length <= from : found.length <= from + this.pageLines;
    const events = found.slice(from, from + this.pageLines).map(({ stream, time, message }) => ({ logStreamName: stream, timestamp: time, message }));
    return {
      events: isEmpty ? [] : events,
      ...(!isLast && { nextToken: String(page + 1) }),
    };
  }

  /** At the end, the token is the same again. */
  private get(lines: readonly FakeLine[], { nextToken = '0', unmask }: GetLogEventsCommandInput): object {
    if (unmask) throw new Error('nothing is to be unmasked');
    const from = Number(nextToken);
    const to = Math.min(lines.length, from + this.pageLines);
    return { events: lines.slice(from, to).map(({ time, message }) => ({ timestamp: time, message })), nextForwardToken: String(to) };
  }
}

export function logsError(name: string, message: string): Error {
  return new CloudWatchLogsServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode: 400 } });
}
