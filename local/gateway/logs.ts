import type { Account } from '../account';
import { filterPattern } from '../cloudwatch-logs/filter-pattern';
import type { LogEvent, LogGroup } from '../cloudwatch-logs/log-group';
import { filteredPage, PAGE_EVENTS, streamPage } from '../cloudwatch-logs/pages';
import { jsonError } from './error-bodies';
import { JSON_REFUSALS, jsonResponse, jsonRequest } from './json-protocol';
import { type GatewayResponse, type HttpRequest, type Operation, required, type ServiceAdapter, ServiceError } from './types';

type Input = Readonly<Record<string, unknown>>;

interface Action {
  /** What follows `log-stream:` in the ARN that the action is authorized for. */
  readonly stream: (input: Input) => string;
  readonly answer: (input: Input, group: LogGroup, readable: (event: LogEvent) => boolean) => object;
}

/** Of one `PutLogEvents`. */
const MAXIMUM_EVENTS = 10_000;
const MAXIMUM_BYTES = 1_048_576;
const BYTES_PER_EVENT = 26;
const DEFAULT_PAGE = 50;

const streamOf = (input: Input) => required(input, 'logStreamName');
const wholeGroup = () => '';

const ACTIONS: Readonly<Record<string, Action>> = {
  CreateLogStream: {
    stream: streamOf,
    answer: (input, group) => {
      const name = streamOf(input);
      if (group.streams.has(name)) throw new ServiceError('ResourceAlreadyExistsException', 'The specified log stream already exists');
      group.createStream(name);
      return {};
    },
  },
  DescribeLogStreams: { stream: wholeGroup, answer: describe },
  FilterLogEvents: { stream: wholeGroup, answer: filter },
  GetLogEvents: { stream: streamOf, answer: get },
  PutLogEvents: { stream: streamOf, answer: put },
};

/** The JSON protocol of CloudWatch Logs. */
export class LogsAdapter implements ServiceAdapter {
  readonly name = 'logs';
  readonly refusals = JSON_REFUSALS;
  /** When `FilterLogEvents` was called lately. */
  private readonly turns: number[] = [];

  parse(request: HttpRequest, account: Account): Operation {
    const { name, action, input } = jsonRequest(request, 'logs', 'Logs_20140328', ACTIONS);
    const groupName = required(input, 'logGroupName');
    const resource = account.arn('logs', `log-group:${groupName}:log-stream:${action.stream(input)}`);
    return {
      name,
      input,
      permissions: [{ action: `logs:${name}`, resource }],
      answer: async () => {
        if (name === 'FilterLogEvents') this.takeTurn(account);
        const group = account.logGroups.get(groupName);
        if (!group) throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
        const readable = ({ ingestionTime }: LogEvent) => ingestionTime + account.logDelayMillis <= Date.now();
        return jsonResponse(action.answer(input, group, readable));
      },
    };
  }

  /** Calls of the last second count, also those that fail. */
  private takeTurn({ filterLogEventsPerSecond: limit }: Account): void {
    const now = performance.now();
    while (now - this.turns[0] >= 1_000) this.turns.shift();
    if (this.turns.length >= limit) throw new ServiceError('ThrottlingException', 'Rate exceeded');
    this.turns.push(now);
  }

  error(code: string, message: string, status: number): GatewayResponse {
    return jsonError(code, message, status, 'application/x-amz-json-1.1');
  }
}

function put(input: Input, group: LogGroup): object {
  checkStream(input, group);
  const events = (input.logEvents ?? []) as LogEvent[];
  if (events.length < 1 || events.length > MAXIMUM_EVENTS) throw invalid(`logEvents must be 1 to ${MAXIMUM_EVENTS} events, got: ${events.length}`);
  if (events.some(({ timestamp }, index) => index > 0 && timestamp < events[index - 1].timestamp)) {
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
  }
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + BYTES_PER_EVENT, 0);
  if (bytes > MAXIMUM_BYTES) throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${MAXIMUM_BYTES}`);
  group.put(streamOf(input), events);
  return {};
}

function describe(input: Input, group: LogGroup): object {
  const { logStreamNamePrefix: prefix = '', limit = DEFAULT_PAGE, nextToken: token } = input as {
    logStreamNamePrefix?: string; limit?: number; nextToken?: string;
  };
  const names = [...group.streams.keys()].filter((name) => name.startsWith(prefix)).sort();
  const from = token === undefined ? 0 : names.indexOf(token);
  if (from < 0) throw invalid('The specified nextToken is invalid.');
  return {
    logStreams: names.slice(from, from + limit).map((logStreamName) => {
      const events = group.events.filter((event) => event.logStreamName === logStreamName);
      return {
        logStreamName, creationTime: group.streams.get(logStreamName),
        ...(events.length > 0 && { firstEventTimestamp: events[0].timestamp, lastEventTimestamp: events.at(-1)!.timestamp }),
      };
    }),
    ...(names[from + limit] !== undefined && { nextToken: names[from + limit] }),
  };
}

function filter(input: Input, group: LogGroup, readable: (event: LogEvent) => boolean): object {
  const { filterPattern: pattern = '', logStreamNames: names, logStreamNamePrefix: prefix = '', limit = PAGE_EVENTS } = input as {
    filterPattern?: string; logStreamNames?: string[]; logStreamNamePrefix?: string; limit?: number;
  };
  // The token says the direction again.
  const { startFromHead = true, nextToken = `${startFromHead ? 'f' : 'b'}/0` } = input as { startFromHead?: boolean; nextToken?: string };
  const [, way, place] = /^([fb])\/(\d+)$/.exec(nextToken) ?? [];
  checkLimit(limit);
  if (names && prefix) throw invalid('You cannot specify both logStreamNames and logStreamNamePrefix');
  if (!way) throw invalid('The specified nextToken is invalid.');
  const matches = filterPattern(pattern);
  const within = inTimes(input, true);
  const events = group.events.filter((event) => within(event) && readable(event)
    && (names?.includes(event.logStreamName) ?? event.logStreamName.startsWith(prefix)));
  const ordered = way === 'f' ? inOrder(events) : inOrder(events).reverse();
  const page = filteredPage(ordered, ({ message }) => matches(message), limit, Number(place));
  return {
    events: page.events,
    searchedLogStreams: [],
    ...(page.next !== undefined && { nextToken: `${way}/${page.next}` }),
  };
}

function get(input: Input, group: LogGroup, readable: (event: LogEvent) => boolean): object {
  checkStream(input, group);
  const { limit = PAGE_EVENTS, startFromHead = false, nextToken } = input as { limit?: number; startFromHead?: boolean; nextToken?: string };
  checkLimit(limit);
  const within = inTimes(input, false);
  const all = inOrder(group.events.filter((event) => event.logStreamName === streamOf(input) && within(event) && readable(event)));
  const [, way, place] = nextToken === undefined ? ['', startFromHead ? 'f' : 'b', startFromHead ? '0' : String(all.length)] : /^([fb])\/(\d+)$/.exec(nextToken) ?? [];
  if (!way) throw invalid('The specified nextToken is invalid.');
  const [from, to] = streamPage(all, limit, Number(place), way === 'f' ? 1 : -1);
  return {
    events: all.slice(from, to).map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: `f/${to}`,
    nextBackwardToken: `b/${from}`,
  };
}

/** By time; events of one time in the order of arrival. */
function inOrder(events: readonly LogEvent[]): LogEvent[] {
  return [...events].sort((a, b) => a.timestamp - b.timestamp);
}

/** FilterLogEvents includes events of the end time, GetLogEvents does not. */
function inTimes(input: Input, includesEnd: boolean): (event: LogEvent) => boolean {
  const { startTime = 0, endTime = Infinity } = input as { startTime?: number; endTime?: number };
  return ({ timestamp }) => timestamp >= startTime && (timestamp < endTime || (includesEnd && timestamp === endTime));
}

function checkStream(input: Input, group: LogGroup): void {
  if (!group.streams.has(streamOf(input))) throw new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');
}

function checkLimit(limit: number): void {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= PAGE_EVENTS)) throw invalid(`limit must be 1 to ${PAGE_EVENTS}, got: ${limit}`);
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}
