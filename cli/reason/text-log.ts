import { type Finding, Weight } from './finding';
import { errorInJson, reportedError } from './json-error';
import { jsonObject } from './log-line';
import { crash, plainError, tracedError } from './text-error';

interface Leveled {
  readonly level?: string;
  /** What the function or the runtime logged. */
  readonly body: string;
}

/** What loggers write in front, with the level. */
const PREFIXES = [
  // Node.js and .NET.
  /^\d{4}-\S{1,40}\t\S{0,80}\t([A-Za-z]{3,11})\t([^]*)$/,
  // The logger of Python.
  /^\[([A-Z]{4,8})\]\t[^\t\n]{0,40}\t[^\t\n]{0,80}\t([^]*)$/,
  // The runtime of Python, and the logger of Java.
  /^\[([A-Z]{4,8})\] ([^]*)$/,
  // The logger of Ruby.
  /^[A-Z], \[[^\]]{1,60}\] +([A-Z]{3,8}) \S{0,80} -- [^:\n]{0,100}: ([^]*)$/,
  // Log4j, Logback, tracing of Rust and others.
  /^[^\n]{0,200}?\b(ERROR|FATAL|CRITICAL|SEVERE|WARN|WARNING|INFO|DEBUG|TRACE)\b[\s:\]|-]{0,20}([^]*)$/,
];

const ERROR_LEVELS = new Set(['error', 'fatal', 'critical', 'severe', 'fail', 'crit']);

/** What the runtimes of Node.js, Ruby and Go write in front of the error as JSON. */
const RUNTIME_LABEL = new RegExp(`^(?:${[
  'Invoke Error', 'Uncaught Exception', 'Unhandled Promise Rejection', 'Init Error',
  'Error raised from handler method', 'Critical exception from handler', String.raw`Init error when loading handler[^\n]{0,200}`,
  String.raw`\d{4}/\d\d/\d\d \d\d:\d\d:\d\d`,
].join('|')})?$`);

/** The error in a text, if it has one. */
export function errorInText(text: string): Finding | undefined {
  const crashed = crash(text);
  if (crashed) return crashed;
  const { level, body } = leveled(text);
  const isError = level !== undefined && ERROR_LEVELS.has(level);
  if (level !== undefined && !isError) return undefined;
  return jsonBehind(body, level) ?? traced(text, body, level) ?? (isError ? plainError(body) : undefined);
}

function leveled(text: string): Leveled {
  for (const prefix of PREFIXES) {
    const [, level, body] = prefix.exec(text) ?? [];
    if (level !== undefined) return { level: level.toLowerCase(), body };
  }
  return { body: text };
}

function jsonBehind(body: string, level: string | undefined): Finding | undefined {
  const brace = body.slice(0, 300).indexOf('{');
  const object = brace < 0 ? undefined : jsonObject(body.slice(brace));
  if (!object) return undefined;
  const isReported = RUNTIME_LABEL.test(body.slice(0, brace).trim());
  return reportedError(object, isReported ? Weight.RUNTIME : Weight.LOGGED) ?? errorInJson({ level, ...object });
}

function traced(text: string, body: string, level: string | undefined): Finding | undefined {
  // The runtime of Python is known by its prefix.
  const found = tracedError(text.startsWith('[ERROR] ') ? text : body) ?? (text === body ? undefined : tracedError(body));
  // The runtime of .NET logs the exception alone.
  const isReported = found !== undefined && level === 'fail' && body.startsWith(found.error.type);
  return isReported ? { ...found, weight: Weight.RUNTIME } : found;
}
