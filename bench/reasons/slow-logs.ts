import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudWatchLogsClient, FilterLogEventsCommandInput, GetLogEventsCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { filterPattern } from '../../local/cloudwatch-logs/filter-pattern';
import { type LogEvent, LogGroup } from '../../local/cloudwatch-logs/log-group';
import { filteredPage } from '../../local/cloudwatch-logs/pages';

/** What an account and Region allow, in calls a second. */
const QUOTA = 5;
const LATENCY_MILLIS = 300;

/** CloudWatch Logs in memory: with a quota, a delay of each response, and pages of 10,000 lines that were looked at. Time can run faster. */
export class SlowLogs {
  readonly counts = { calls: 0, throttles: 0 };
  readonly groups = new Map<string, LogGroup>();
  readonly client = { send: this.send.bind(this) } as unknown as CloudWatchLogsClient;
  private readonly turns: number[] = [];

  constructor(private readonly speed: number) {}

  /** To be called after the last line: searches need them in the order of their time. */
  order(): void {
    for (const { events } of this.groups.values()) events.sort((one, other) => one.timestamp - other.timestamp);
  }

  private async send(command: { readonly input: FilterLogEventsCommandInput & GetLogEventsCommandInput }): Promise<object> {
    this.counts.calls++;
    this.takeTurn();
    await sleep(LATENCY_MILLIS / this.speed);
    const { input } = command;
    const all = this.groups.get(input.logGroupName!)?.events ?? [];
    const within = all.slice(firstFrom(all, input.startTime!), firstFrom(all, input.endTime! + (input.logStreamName ? 0 : 1)));
    if (input.logStreamName) return { events: within.filter(({ logStreamName }) => logStreamName === input.logStreamName), nextForwardToken: 'end' };
    const matches = filterPattern(input.filterPattern!);
    const { events, next } = filteredPage(within.reverse(), ({ message }) => matches(message), 10_000, Number(input.nextToken ?? 0));
    return { events, ...(next !== undefined && { nextToken: String(next) }) };
  }

  private takeTurn(): void {
    const now = performance.now();
    while (now - this.turns[0] >= 1_000 / this.speed) this.turns.shift();
    if (this.turns.length >= QUOTA) {
      this.counts.throttles++;
      throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', $fault: 'client' });
    }
    this.turns.push(now);
  }
}

/** Place of the first event at a time or after it. */
function firstFrom(events: readonly LogEvent[], time: number): number {
  let [from, to] = [0, events.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (events[middle].timestamp < time) from = middle + 1;
    else to = middle;
  }
  return from;
}
