import type { Account, LogEvent } from '../account';
import { jsonError } from './error-bodies';
import { JSON_REFUSALS, jsonResponse, jsonRequest } from './json-protocol';
import { type GatewayResponse, type HttpRequest, type Operation, required, type ServiceAdapter, ServiceError } from './types';

type Input = Readonly<Record<string, unknown>>;

/** Of one log stream. */
interface StreamTimes {
  readonly creationTime: number;
  firstEventTimestamp?: number;
  lastEventTimestamp?: number;
}

interface Action {
  /** What follows `log-stream:` in the ARN that the action is authorized for. */
  readonly stream: (input: Input) => string;
  readonly answer: (input: Input, group: LogEvent[], streams: Map<string, StreamTimes>) => object;
}

/** Of one `PutLogEvents`. */
const MAXIMUM_EVENTS = 10_000;
const MAXIMUM_BYTES = 1_048_576;
const BYTES_PER_EVENT = 26;
const DEFAULT_PAGE = 50;

const ACTIONS: Readonly<Record<string, Action>> = {
  CreateLogStream: {
    stream: (input) => required(input, 'logStreamName'),
    answer: (input, _, streams) => {
      const name = required(input, 'logStreamName');
      if (streams.has(name)) throw new ServiceError('ResourceAlreadyExistsException', 'The specified log stream already exists');
      streams.set(name, { creationTime: Date.now() });
      return {};
    },
  },
  DescribeLogStreams: { stream: () => '', answer: (input, _, streams) => describe(input, streams) },
  PutLogEvents: { stream: (input) => required(input, 'logStreamName'), answer: put },
};

/** The JSON protocol of CloudWatch Logs. The account holds the events of a group; which stream they came by is not kept. */
export class LogsAdapter implements ServiceAdapter {
  readonly name = 'logs';
  readonly refusals = JSON_REFUSALS;

  /** By the group, with which they are forgotten. */
  private readonly streams = new WeakMap<LogEvent[], Map<string, StreamTimes>>();

  parse(request: HttpRequest, account: Account): Operation {
    const { name, action, input } = jsonRequest(request, 'logs', 'Logs_20140328', ACTIONS);
    const groupName = required(input, 'logGroupName');
    const resource = account.arn('logs', `log-group:${groupName}:log-stream:${action.stream(input)}`);
    return {
      name,
      input,
      permissions: [{ action: `logs:${name}`, resource }],
      answer: async () => {
        const group = account.logGroups.get(groupName);
        if (!group) throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
        const streams = this.streams.get(group) ?? new Map<string, StreamTimes>();
        this.streams.set(group, streams);
        return jsonResponse(action.answer(input, group, streams));
      },
    };
  }

  error(code: string, message: string, status: number): GatewayResponse {
    return jsonError(code, message, status, 'application/x-amz-json-1.1');
  }
}

function put(input: Input, group: LogEvent[], streams: Map<string, StreamTimes>): object {
  const stream = streams.get(required(input, 'logStreamName'));
  if (!stream) throw new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');
  const events = (input.logEvents ?? []) as LogEvent[];
  if (events.length < 1 || events.length > MAXIMUM_EVENTS) throw invalid(`logEvents must be 1 to ${MAXIMUM_EVENTS} events, got: ${events.length}`);
  if (events.some(({ timestamp }, index) => index > 0 && timestamp < events[index - 1].timestamp)) {
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
  }
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + BYTES_PER_EVENT, 0);
  if (bytes > MAXIMUM_BYTES) throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${MAXIMUM_BYTES}`);

  group.push(...events.map(({ timestamp, message }) => ({ timestamp, message })));
  stream.firstEventTimestamp ??= events[0].timestamp;
  stream.lastEventTimestamp = events.at(-1)!.timestamp;
  return {};
}

function describe(input: Input, streams: ReadonlyMap<string, StreamTimes>): object {
  const { logStreamNamePrefix: prefix = '', limit = DEFAULT_PAGE, nextToken: token } = input as {
    logStreamNamePrefix?: string; limit?: number; nextToken?: string;
  };
  const names = [...streams.keys()].filter((name) => name.startsWith(prefix)).sort();
  const from = token === undefined ? 0 : names.indexOf(token);
  if (from < 0) throw invalid('The specified nextToken is invalid.');
  return {
    logStreams: names.slice(from, from + limit).map((logStreamName) => ({ logStreamName, ...streams.get(logStreamName) })),
    ...(names[from + limit] !== undefined && { nextToken: names[from + limit] }),
  };
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}
