import type { ReadLine } from './log-line';
import type { PlatformFailure } from './platform-log';

/** What was logged at once: a log event, or several that belong together. */
export interface LogEntry {
  readonly text: string;
  readonly json?: Record<string, unknown>;
  readonly failure?: PlatformFailure;
}

const MAX_ENTRY = 65_536;

/** Begins a line of a stack trace, or of what frames one, in the formats that write each line as an event. */
const CONTINUATION = /^(?:\s|Caused by: |Suppressed: |Traceback \(most recent|During handling of the above|The above exception was|goroutine \d)/;
/** Begins something else, whatever came before. */
const PREFIX = /^(?:\d{4}[-/]\d\d[-/]\d\d|\[[A-Z]{4,8}\]|[A-Z], \[|\{)/;

export function logEntries(lines: readonly ReadLine[]): LogEntry[] {
  const entries: LogEntry[] = [];
  for (const { text, json, platform } of lines) {
    const previous = entries.at(-1);
    if (platform) {
      // Other events of Lambda, too, end what was logged before them.
      entries.push({ text: '', failure: platform.kind === 'init' ? undefined : platform.failure });
    } else if (json) {
      entries.push({ text, json });
    } else if (previous && belongsTo(previous, text)) {
      entries[entries.length - 1] = { text: `${previous.text}\n${text}`.slice(0, MAX_ENTRY) };
    } else {
      entries.push({ text });
    }
  }
  return entries;
}

function belongsTo({ text: previous, json }: LogEntry, text: string): boolean {
  if (json || previous === '' || previous.length >= MAX_ENTRY) return false;
  // Pretty-printed JSON, as the runtime of Ruby writes it.
  if (/^\{\s*(?:\n|$)/.test(previous)) return !previous.endsWith('\n}');
  if (CONTINUATION.test(text)) return true;
  if (PREFIX.test(text)) return false;
  if (/^(?:(?:panic|fatal error): |thread '[^'\n]{0,100}' )/.test(previous)) return true;
  const last = previous.slice(previous.lastIndexOf('\n') + 1);
  // The error behind a traceback of Python.
  if (/^\s/.test(last) && previous.includes('Traceback (most recent call last):') && !previous.startsWith('[ERROR] ')) return /^[\w.]{1,200}(?::|$)/.test(text);
  // `message: type` of the runtime of Java, before the stack trace.
  const [type] = /^[\w.$]{1,200}/.exec(text) ?? [];
  return type !== undefined && type.includes('.') && last.endsWith(`: ${type}`);
}
