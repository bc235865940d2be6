import { type Attempt, attemptsIn, type LogLine } from './error-in-log';

/** A line with the log stream that it is in. */
export interface StreamLine extends LogLine {
  readonly stream: string;
}

/** What one invocation logged in its stream, or as much of it as was read. */
export interface StreamAttempt extends Attempt {
  readonly stream: string;
}

/** The clocks of Lambda and of where a function runs differ by a little. */
const SKEW_MILLIS = 1_000;

/** The last attempt that began before Lambda gave up: retries can share a request id, in one stream or in several. Lines are in order. */
export function lastAttempt(lines: readonly StreamLine[], requestId: string, gaveUpAt: Date): StreamAttempt | undefined {
  const streams = [...new Set(lines.map(({ stream }) => stream))];
  const attempts = streams.flatMap((name): StreamAttempt[] => {
    const inStream = lines.filter(({ stream }) => stream === name);
    return attemptsIn(inStream, requestId).map((attempt) => ({ ...attempt, stream: name }));
  });
  const begunAt = ({ startedAt, lines: own }: StreamAttempt): number => (startedAt ?? own.at(-1)!.time).getTime();
  return attempts
    .filter((attempt) => begunAt(attempt) <= gaveUpAt.getTime() + SKEW_MILLIS)
    .reduce<StreamAttempt | undefined>((last, attempt) => (last && begunAt(last) > begunAt(attempt) ? last : attempt), undefined);
}
