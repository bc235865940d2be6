import { isObject } from '../is-object';
import { finding, type Finding, Weight } from './finding';
import { framesOf, plainError, tracedError } from './text-error';

type Fields = Readonly<Record<string, unknown>>;

/** Keys that loggers of any language and letter case use: `errorType`, `error_type`, `error.type` of the Elastic Common Schema. */
const TYPE_KEYS = ['errortype', 'exceptionname', 'type', 'name', 'classname', 'class'];
const MESSAGE_KEYS = ['errormessage', 'message', 'msg', 'value'];
const STACK_KEYS = ['stacktrace', 'errorstacktrace', 'stack', 'trace', 'frames'];
const ERROR_KEYS = ['error', 'exception', 'err', 'exc'];
const CAUSE_KEYS = ['cause', 'innerexception'];

const ERROR_LEVELS = new Set(['error', 'err', 'fatal', 'critical', 'severe', 'emergency', 'emerg', 'alert', 'fail', 'crit']);
/** Of loggers that number their levels, as pino does. */
const ERROR_NUMBER = 50;
const MAX_KEYS = 200;
const MAX_CAUSES = 10;

/** The error in a line of JSON, if it has one: as runtimes, Powertools and common loggers write it. */
export function errorInJson(line: Fields): Finding | undefined {
  const fields = lowerCased(line);
  const level = fields.level ?? fields.loglevel ?? fields.severity;
  // The runtime of Node.js logs the error as the message.
  if (isObject(fields.message) && hasError(lowerCased(fields.message))) {
    return isError(level) ? errorIn(lowerCased(fields.message), Weight.RUNTIME) : undefined;
  }
  if (level !== undefined && !isError(level)) return undefined;
  // Runtimes write no `level`: that of Python has `log_level`, those of Go, Ruby and others the error alone.
  const isReported = !Object.hasOwn(line, 'level') && typeof fields.errormessage === 'string';
  const isOfDotnet = (fields.message ?? '') === '' && typeof fields.errortype === 'string';
  if (hasError(fields)) return errorIn(fields, isReported || isOfDotnet ? Weight.RUNTIME : Weight.LOGGED);
  return nestedError(fields) ?? (isError(level) ? errorInMessage(fields) : undefined);
}

/** An object that is the error: `{ "errorType": …, "errorMessage": … }`, with `stack`, `stackTrace` or none. */
export function reportedError(value: Fields, weight: Weight): Finding | undefined {
  const fields = lowerCased(value);
  return hasError(fields) ? errorIn(fields, weight) : undefined;
}

function hasError(fields: Fields): boolean {
  return typeof fields.errortype === 'string' || typeof fields.errormessage === 'string' || typeof fields.exceptionname === 'string';
}

/** An error in a field of its own. Its name may be any: `logger.error('failed', { reason: error })`. */
function nestedError(fields: Fields): Finding | undefined {
  const named = ERROR_KEYS.map((key) => fields[key]);
  for (const value of [...named, ...Object.values(fields)]) {
    if (!isObject(value)) continue;
    const inner = lowerCased(value);
    const [type, message] = [textIn(inner, TYPE_KEYS), textIn(inner, MESSAGE_KEYS)];
    const isErrorField = named.includes(value) || stackIn(inner) !== undefined;
    if (isErrorField && (type || message)) return errorIn(inner, Weight.LOGGED);
  }
  return undefined;
}

/** The runtime of Java, and loggers that know no fields, write the stack trace into the text. */
function errorInMessage(fields: Fields): Finding | undefined {
  const message = textIn(fields, MESSAGE_KEYS);
  const stack = stackIn(fields);
  if (message === undefined) return undefined;
  return tracedError(message) ?? (stack ? tracedError([message, ...stack].join('\n')) : undefined) ?? plainError(message);
}

function errorIn(fields: Fields, weight: Weight): Finding {
  const type = textIn(fields, TYPE_KEYS) ?? 'Error';
  const lines = stackIn(fields) ?? [];
  const frames = [...framesOf(lines), ...causesOf(fields)];
  // Frames of a runtime that this tool does not know are kept as they are.
  const stack = frames.length > 0 ? frames : lines.filter((line) => line.trim() !== '' && !line.startsWith(type));
  // Powertools for Python writes the whole traceback as text, with the message at its end.
  const traced = typeof fields.exception === 'string' ? tracedError(`\n${fields.exception}`) : undefined;
  const message = traced && fields.errormessage === undefined ? traced.error.message : textIn(fields, MESSAGE_KEYS) ?? '';
  return finding(weight, type, message, stack.length > 0 ? stack : traced?.error.stack);
}

function causesOf(fields: Fields): string[] {
  const causes: string[] = [];
  let inner = fields;
  while (causes.length < MAX_CAUSES) {
    const cause = CAUSE_KEYS.map((key) => inner[key]).find(isObject);
    if (!cause) break;
    inner = lowerCased(cause);
    causes.push(`Caused by: ${textIn(inner, TYPE_KEYS) ?? 'Error'}: ${textIn(inner, MESSAGE_KEYS) ?? ''}`);
  }
  return causes;
}

/** Lines of a stack trace: of a text, of a list of texts, or of the objects that Go and Powertools for Python write. */
function stackIn(fields: Fields): string[] | undefined {
  const value = STACK_KEYS.map((key) => fields[key]).find((it) => typeof it === 'string' || Array.isArray(it) || isObject(it));
  if (typeof value === 'string') return value.slice(0, 65_536).split(/\r\n?|\n/, 1_000);
  if (Array.isArray(value)) return (value as unknown[]).slice(0, 1_000).flatMap(frameLines);
  return isObject(value) ? stackIn(lowerCased(value)) : undefined;
}

function frameLines(frame: unknown): string[] {
  if (typeof frame === 'string') return frame.slice(0, 4_096).split(/\r\n?|\n/, 20);
  if (!isObject(frame)) return [];
  const { path, line, label, file, function: name } = frame;
  if (typeof file === 'string') return [`File "${file}", line ${Number(line) || 0}, in ${String(name)}`];
  return typeof path === 'string' ? [`${typeof label === 'string' ? label : 'unknown'} (${path}:${Number(line) || 0})`] : [];
}

function textIn(fields: Fields, keys: readonly string[]): string | undefined {
  return keys.map((key) => fields[key]).find((it): it is string => typeof it === 'string' && it !== '');
}

function isError(level: unknown): boolean {
  if (typeof level === 'number') return level >= ERROR_NUMBER;
  return typeof level === 'string' && ERROR_LEVELS.has(level.toLowerCase());
}

function lowerCased(fields: Fields): Fields {
  const entries = Object.entries(fields).slice(0, MAX_KEYS);
  return Object.assign(Object.create(null) as Fields, Object.fromEntries(entries.map(([key, value]) => [key.toLowerCase().replace(/[_.@-]/g, ''), value])));
}
