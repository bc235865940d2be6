// How Lambda's Node.js runtime writes what a function logs: one line for each call of the console, with the time, the request id and the level.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
import { format } from 'node:util';

const METHODS = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', log: 'INFO', warn: 'WARN', error: 'ERROR' };
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** Replaces the functions of the console, and returns the one that logs the error which ends an invocation. */
export function patchConsole(requestId) {
  const isJson = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
  const least = LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL ?? (isJson ? 'INFO' : 'TRACE'));
  const write = (level, parts) => {
    const line = isJson ? jsonLine(requestId(), level, parts) : [new Date().toISOString(), requestId(), level, format(...parts)].join('\t');
    // One event for each call, also with line breaks.
    process.stdout.write(`${line.replaceAll('\n', '\r')}\n`);
  };
  for (const [method, level] of Object.entries(METHODS)) {
    console[method] = LEVELS.indexOf(level) >= least ? (...parts) => write(level, parts) : () => {};
  }
  return (label, { errorType, errorMessage, trace }) => {
    if (isJson) console.error({ errorType, errorMessage, stackTrace: trace });
    else console.error(label, `\t${JSON.stringify({ errorType, errorMessage, stack: trace })}`);
  };
}

function jsonLine(requestId, level, parts) {
  const line = { timestamp: new Date().toISOString(), level, requestId };
  if (parts.length === 1) {
    try {
      return JSON.stringify({ ...line, message: parts[0] }, (_, value) => (value instanceof Error ? { ...named(value), ...value } : value));
    } catch {
      return JSON.stringify({ ...line, message: format(parts[0]) });
    }
  }
  return JSON.stringify({ ...line, message: format(...parts), ...named(parts.find((part) => part instanceof Error)) });
}

function named(error) {
  return error && { errorType: error.constructor?.name ?? 'UnknownError', errorMessage: error.message, stackTrace: error.stack?.split('\n') ?? [] };
}
