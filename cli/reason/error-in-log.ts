import { type ReadAttempt, readAttempts } from './attempts';
import type { LoggedError } from './failure-reason';
import { finding, type Finding, Weight } from './finding';
import { errorInJson } from './json-error';
import { type LogEntry, logEntries } from './log-entries';
import { type LogLine, readLine, type ReadLine } from './log-line';
import { errorInText } from './text-log';

export { attemptsIn, type Attempt } from './attempts';
export type { LogLine } from './log-line';

/**
 * The error that ended an invocation: of its last attempt, the last one that Lambda or the runtime reports. Where neither reports any, the
 * last one that the function logged. `lines` are of one log stream, in order: those that name the request id, or all lines of a time.
 */
export function errorInLog(lines: readonly LogLine[], requestId: string): LoggedError | undefined {
  return findingIn(lastAttempt(lines, requestId))?.error;
}

/**
 * Whether lines without the request id may say more than `lines` do, which name it. Some runtimes write errors without the id, and a crashed
 * process writes none: then all lines between the first and the last line of the attempt are needed, and those of the initialization before.
 */
export function needsWholeAttempt(lines: readonly LogLine[], requestId: string): boolean {
  const attempt = lastAttempt(lines, requestId);
  const hasBounds = attempt.lines.some(({ platform }) => platform?.kind === 'start' || platform?.kind === 'end');
  const found = findingIn(attempt);
  return hasBounds && (found === undefined || found.weight < Weight.RUNTIME);
}

function lastAttempt(lines: readonly LogLine[], requestId: string): ReadAttempt {
  return readAttempts(lines.map(readLine), requestId).at(-1) ?? { init: [], lines: [] };
}

function findingIn({ init, lines }: ReadAttempt): Finding | undefined {
  const found = heaviest(lines);
  const hasFailed = lines.some(({ platform }) => platform?.failure !== undefined);
  if (!hasFailed || (found && found.weight >= Weight.LOGGED)) return found;
  // The function failed, and logged nothing since it was invoked: it failed as it was loaded.
  const before = heaviest(init);
  return before && before.weight >= Weight.LOGGED ? before : found;
}

function heaviest(lines: readonly ReadLine[]): Finding | undefined {
  const findings = logEntries(lines).map(errorInEntry).filter((it) => it !== undefined);
  return findings.reduce<Finding | undefined>((best, it) => (best && isBetter(best, it) ? best : it), undefined);
}

/** Whether a finding is better than a later one. */
function isBetter(one: Finding, later: Finding): boolean {
  return one.weight > later.weight || (one.weight === later.weight && later.isBrief === true && one.isBrief !== true);
}

function errorInEntry({ text, json, failure }: LogEntry): Finding | undefined {
  if (failure) {
    const { byLambda, isBrief, type, message } = failure;
    return { ...finding(byLambda ? Weight.BY_LAMBDA : Weight.PLATFORM, type, message), isBrief };
  }
  return json ? errorInJson(json) : errorInText(text);
}
