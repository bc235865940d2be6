import type { LoggedError } from '../../../reason/failure-reason';

/** What a log stream has, and the error that ended the invocation `REQUEST_ID`. */
export interface LogCase {
  readonly what: string;
  /** Messages of log events, in order. */
  readonly log: readonly string[];
  /** Undefined where the log has no error. `stack` is compared where it is given. */
  readonly error: Pick<LoggedError, 'type' | 'message'> & Partial<LoggedError> | undefined;
  /** Whether the lines that name the request id say too little. Absent where `log` has lines without it. */
  readonly needsWholeAttempt?: boolean;
}

export const REQUEST_ID = '3f1d6c1e-5a0b-4c57-9d2a-7f6f0e1b2c3d';
export const OTHER_ID = '0a9b8c7d-1111-4222-8333-444455556666';
export const TIME = '2026-11-29T10:15:30.123Z';

export const START = `START RequestId: ${REQUEST_ID} Version: $LATEST\n`;
export const END = `END RequestId: ${REQUEST_ID}\n`;

/** A REPORT line, which names status and error type where the invocation failed. */
export function report(status = '', id = REQUEST_ID): string {
  return `REPORT RequestId: ${id}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t${status}\n`;
}

/** The lines of one invocation, in the text format. */
export function invocation(...lines: readonly string[]): string[] {
  return [START, ...lines, END, report()];
}

/** A line that Lambda writes in the JSON format. */
export function platform(type: string, record: object | string): string {
  return JSON.stringify({ time: TIME, type, record });
}

/** The lines of one invocation, in the JSON format. */
export function jsonInvocation(...lines: readonly object[]): string[] {
  return [
    platform('platform.start', { requestId: REQUEST_ID, version: '$LATEST' }),
    ...lines.map((line) => JSON.stringify(line)),
    platform('platform.report', { requestId: REQUEST_ID, metrics: { durationMs: 12.5, billedDurationMs: 13, memorySizeMB: 128 }, status: 'error' }),
  ];
}
