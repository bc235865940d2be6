import type { LogLine } from './error-in-log';

/** A line with the log stream that it is in. */
export interface StreamLine extends LogLine {
  readonly stream: string;
}

/** What one invocation logged in its stream, or as much of it as was read. */
export interface Attempt {
  readonly stream: string;
  /** Absent where the log has no START line: of JSON logs above the level INFO. */
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  readonly lines: readonly LogLine[];
}

/** The clocks of Lambda and of where a function runs differ by a little. */
const SKEW_MILLIS = 1_000;

/**
 * The last attempt that began before Lambda gave up: retries can share a request id, in one stream or in several. Lines must be in the order
 * of their time.
 */
export function lastAttempt(lines: readonly StreamLine[], requestId: string, gaveUpAt: Date): Attempt | undefined {
  const streams = [...new Set(lines.map(({ stream }) => stream))];
  const attempts = streams.flatMap((name) => attemptsIn(name, lines.filter(({ stream }) => stream === name), requestId));
  const begunAt = ({ startedAt, lines: own }: Attempt): number => (startedAt ?? own.at(-1)!.time).getTime();
  return attempts
    .filter((attempt) => begunAt(attempt) <= gaveUpAt.getTime() + SKEW_MILLIS)
    .reduce<Attempt | undefined>((last, attempt) => (last && begunAt(last) > begunAt(attempt) ? last : attempt), undefined);
}

function attemptsIn(stream: string, lines: readonly StreamLine[], requestId: string): Attempt[] {
  const starts = lines.flatMap(({ message }, index) => (isStart(message, requestId) ? [index] : []));
  const bounds = [...(starts[0] === 0 ? [] : [0]), ...starts];
  return bounds.flatMap((from, place) => {
    const own = lines.slice(from, bounds[place + 1]);
    if (own.length === 0) return [];
    const end = own.findLast(({ message }) => isEnd(message, requestId));
    return [{ stream, ...(starts.includes(from) && { startedAt: own[0].time }), ...(end && { endedAt: end.time }), lines: own }];
  });
}

/** From the START line of an attempt to its last line, of all that a stream has in that time: events of one millisecond may be of others. */
export function withinAttempt(lines: readonly LogLine[], requestId: string): readonly LogLine[] {
  const first = lines.findIndex(({ message }) => isStart(message, requestId));
  const last = lines.findLastIndex(({ message }) => isEnd(message, requestId));
  return lines.slice(Math.max(first, 0), last < 0 ? undefined : last + 1);
}

export function isStart(message: string, requestId: string): boolean {
  return message.startsWith(`START RequestId: ${requestId}`) || isPlatformEvent(message, requestId, ['platform.start']);
}

function isEnd(message: string, requestId: string): boolean {
  return /^(END|REPORT) RequestId: /.test(message) && message.includes(requestId)
    || isPlatformEvent(message, requestId, ['platform.report', 'platform.runtimeDone']);
}

function isPlatformEvent(message: string, requestId: string, types: readonly string[]): boolean {
  if (!message.startsWith('{') || !types.some((type) => message.includes(type))) return false;
  try {
    const { type, record } = JSON.parse(message) as { readonly type?: string; readonly record?: { readonly requestId?: string } };
    return types.includes(type ?? '') && record?.requestId === requestId;
  } catch {
    return false;
  }
}
