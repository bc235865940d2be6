import type { FailedBatch, ReasonResult } from './failure-reason';
import type { ProcessorLog } from './processor-log';

/** What a lookup in a log needs. */
export type LoggedFailure = FailedBatch & Required<Pick<FailedBatch, 'requestId' | 'failedAt'>>;

/** A lookup that waits for its turn. */
export interface Lookup {
  readonly failure: LoggedFailure;
  readonly log: ProcessorLog;
  readonly done: (result: ReasonResult) => void;
  readonly failed: (error: unknown) => void;
}

/** The longest that an invocation can take: its log lines are at most that much older than the failure record. */
const LONGEST_INVOCATION_MILLIS = 15 * 60_000;
/** What is logged at the end comes after the failure record, by little. */
const END_MILLIS = 60_000;
/** Their pattern has at most 1,024 characters. */
const MOST_REQUESTS = 25;

const FUNCTION_ARN = /^arn:[\w-]+:lambda:[a-z]+(?:-[a-z]+)+-\d:\d{12}:function:[\w-]+(?::[\w$-]+)?$/;

/** Whether a failure says what to look for. The id becomes a part of a filter pattern, and the Region a part of a host name. */
export function isLogged(failure: FailedBatch): failure is LoggedFailure {
  return failure.failedAt !== undefined && /^[\w-]{1,36}$/.test(failure.requestId ?? '') && FUNCTION_ARN.test(failure.functionArn);
}

/** Takes the first lookup, and those that one call can look up with it: of the same group, and failed at about the same time. */
export function takeTogether(waiting: Lookup[]): Lookup[] {
  const [first] = waiting;
  const timeOf = ({ failure }: Lookup): number => failure.failedAt.getTime();
  const near = waiting
    .filter(({ log }) => log.group === first.log.group && log.region === first.log.region)
    .sort((one, other) => Math.abs(timeOf(one) - timeOf(first)) - Math.abs(timeOf(other) - timeOf(first)));
  const taken = new Set<Lookup>();
  const requests = new Set<string>();
  let [least, most] = [timeOf(first), timeOf(first)];
  for (const lookup of near) {
    const [from, to] = [Math.min(least, timeOf(lookup)), Math.max(most, timeOf(lookup))];
    if (to - from > LONGEST_INVOCATION_MILLIS) continue;
    if (!requests.has(lookup.failure.requestId) && requests.size === MOST_REQUESTS) continue;
    requests.add(lookup.failure.requestId);
    taken.add(lookup);
    [least, most] = [from, to];
  }
  const left = waiting.filter((lookup) => !taken.has(lookup));
  waiting.splice(0, waiting.length, ...left);
  return [...taken];
}

/** When what failed at these times was logged. */
export function logTimes(failedAt: readonly Date[]): { readonly from: Date; readonly to: Date } {
  const times = failedAt.map((time) => time.getTime());
  return { from: new Date(Math.min(...times) - LONGEST_INVOCATION_MILLIS), to: new Date(Math.max(...times) + END_MILLIS) };
}
