import {
  type CloudWatchLogsClient, FilterLogEventsCommand, type FilterLogEventsCommandInput, GetLogEventsCommand, type GetLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { isThrottled, isTransient } from '../aws/aws-error';
import type { Clients } from '../context';
import type { CallPacer } from './call-pacer';
import type { LogLine } from './error-in-log';
import type { StreamLine } from './last-attempt';

/** How often a call is made that is throttled, or fails on the way. */
const ATTEMPTS = 6;
/** Pages of one search: at four calls a second, a quarter of a minute. */
const MOST_PAGES = 60;

/** A log group in the time of some failures. Both ends are included. */
export interface LogRange {
  readonly region: string;
  readonly group: string;
  readonly from: Date;
  readonly to: Date;
}

/** The group has more lines in that time than a search reads. */
export class TooManyLinesError extends Error {}

export interface CallCounts {
  calls: number;
  throttles: number;
}

/** The two calls that read a log, paced, and never unmasked. */
export class LogCalls {
  readonly counts: CallCounts = { calls: 0, throttles: 0 };

  constructor(private readonly clients: Pick<Clients, 'logReader'>, private readonly pacer: CallPacer, private readonly signal: AbortSignal) {}

  /** Comes back when the next call may be made. */
  async turn(): Promise<void> {
    await this.pacer.turn(this.signal);
  }

  /**
   * The lines that name a request id, the newest first: ends as soon as `isEnough` has seen what it needs. Pages can be empty although more
   * follow. The first call has had its turn.
   * @throws TooManyLinesError
   */
  async search(
    { region, group, from, to }: LogRange, requestIds: readonly string[], isEnough: (newest: readonly StreamLine[]) => boolean,
  ): Promise<StreamLine[]> {
    const signal = { abortSignal: this.signal };
    const lines: StreamLine[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const input: FilterLogEventsCommandInput = {
        logGroupName: group,
        startTime: from.getTime(),
        endTime: to.getTime(),
        filterPattern: filterPattern(requestIds),
        startFromHead: false,
        nextToken,
      };
      const answer = await this.call(region, page === 0, async (client) => client.send(new FilterLogEventsCommand(input), signal));
      const found = (answer.events ?? [])
        .map(({ timestamp = 0, message = '', logStreamName: stream = '' }) => ({ time: new Date(timestamp), message, stream }));
      lines.push(...found);
      nextToken = answer.nextToken;
      if (nextToken === undefined || isEnough(found)) return lines;
    }
    throw new TooManyLinesError();
  }

  /** All lines of a stream in a time, in their order. @throws TooManyLinesError */
  async read({ region, group, from, to }: LogRange, stream: string): Promise<LogLine[]> {
    const signal = { abortSignal: this.signal };
    const lines: LogLine[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const input: GetLogEventsCommandInput = {
        // The end is not included here.
        logGroupName: group, logStreamName: stream, startTime: from.getTime(), endTime: to.getTime() + 1, startFromHead: true, nextToken,
      };
      const answer = await this.call(region, false, async (client) => client.send(new GetLogEventsCommand(input), signal));
      lines.push(...(answer.events ?? []).map(({ timestamp = 0, message = '' }) => ({ time: new Date(timestamp), message })));
      // The same token again: the end.
      if (answer.nextForwardToken === nextToken || answer.nextForwardToken === undefined) return lines;
      nextToken = answer.nextForwardToken;
    }
    throw new TooManyLinesError();
  }

  private async call<Answer>(region: string, hasTurn: boolean, send: (client: CloudWatchLogsClient) => Promise<Answer>): Promise<Answer> {
    const client = await this.clients.logReader(region);
    for (let attempt = 1; ; attempt++) {
      if (!hasTurn || attempt > 1) await this.turn();
      this.counts.calls++;
      try {
        const answer = await send(client);
        this.pacer.speedUp();
        return answer;
      } catch (error) {
        if (isThrottled(error)) this.counts.throttles++;
        if (attempt >= ATTEMPTS || !(isThrottled(error) || isTransient(error))) throw error;
        this.pacer.slowDown();
      }
    }
  }
}

/** Any of some texts. One of them alone must not be optional: that would match everything. */
function filterPattern(texts: readonly string[]): string {
  const [first, ...others] = texts.map((text) => `"${text}"`);
  return others.length === 0 ? first : [first, ...others].map((term) => `?${term}`).join(' ');
}
