import { type PlatformEvent, platformEvent } from './platform-log';

/** A log event of one log stream. */
export interface LogLine {
  readonly time: Date;
  readonly message: string;
}

/** A log event, read as far as it can be. */
export interface ReadLine extends LogLine {
  /** Without the line break at its end. Runtimes that write to standard output write a line break within an event as a carriage return. */
  readonly text: string;
  /** The object in a line of a JSON log. */
  readonly json?: Record<string, unknown>;
  /** What Lambda itself reports. */
  readonly platform?: PlatformEvent;
  /** Of the invocation that the line names. */
  readonly requestId?: string;
}

/** CloudWatch Logs keeps events of up to 1 MB. No error needs more than this. */
const MAX_LENGTH = 262_144;
const MAX_JSON_LENGTH = 2_097_152;

export function readLine(line: LogLine): ReadLine {
  const json = jsonObject(line.message);
  const text = line.message.slice(0, MAX_LENGTH).replace(/\r\n?/g, '\n').trimEnd();
  const platform = platformEvent(text, json);
  const requestId = platform ? platform.requestId : requestIdIn(text, json);
  return { ...line, text, json, platform, requestId };
}

export function jsonObject(text: string): Record<string, unknown> | undefined {
  if (text.length > MAX_JSON_LENGTH) return undefined;
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined;
  try {
    return JSON.parse(trimmed) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Where the loggers of runtimes, Powertools and the Elastic Common Schema write the request id. */
const REQUEST_ID_KEYS = ['requestId', 'request_id', 'AWSRequestId', 'awsRequestId', 'aws_request_id', 'function_request_id', 'functionRequestId',
  'FunctionRequestId', 'faas.execution'];

const REQUEST_ID_IN_TEXT = [
  // Node.js and .NET.
  /^\d{4}-\S{1,40}\t([\da-f]{8}-[\da-f-]{27})\t/,
  // The logger of Python.
  /^\[[A-Z]{4,8}\]\t\S{1,40}\t([\da-f]{8}-[\da-f-]{27})\t/,
  // The logger of Ruby.
  /^[A-Z], \[[^\]]{1,60}\] +[A-Z]{3,8} ([\da-f]{8}-[\da-f-]{27}) -- /,
];

function requestIdIn(text: string, json: Record<string, unknown> | undefined): string | undefined {
  if (json) {
    const key = REQUEST_ID_KEYS.find((it) => Object.hasOwn(json, it) && typeof json[it] === 'string' && json[it] !== '');
    return key && json[key] as string;
  }
  for (const pattern of REQUEST_ID_IN_TEXT) {
    const [, id] = pattern.exec(text) ?? [];
    if (id) return id;
  }
  return undefined;
}
