import { join } from 'node:path';
import type { Context } from '../context';
import { stateFolder } from '../file/state-folder';
import { CallPacer } from './call-pacer';
import { errorInLog, needsWholeAttempt } from './error-in-log';
import { failureId } from './failure-id';
import type { FailedBatch, FailureReason, LoggedError, NoReason, ReasonResult, Reasons } from './failure-reason';
import { isReported, reasonInLog, reasonInRecord } from './known-reason';
import { lastAttempt, type StreamAttempt, type StreamLine } from './last-attempt';
import { LogCalls } from './log-calls';
import { readLine } from './log-line';
import { isLogged, logTimes, type LoggedFailure, type Lookup, takeTogether } from './lookup';
import { LATE_MILLIS, NO_LOGS, NO_REQUEST, STOPPED, unreadable, withoutError } from './not-found';
import { type ProcessorLog, ProcessorLogs } from './processor-log';
import { ReasonCache } from './reason-cache';

export interface LogReasonsOptions {
  /** Whether logs are read. Otherwise a reason is known where the failure record or the cache has it. */
  readonly logs: boolean;
  /** Of the cache. */
  readonly file?: string;
  readonly pacer?: CallPacer;
}

/** Searches that are under way at a time: the answer of one can take seconds. */
const AT_A_TIME = 4;
/** The longest that a function is initialized before its first invocation, with a margin. */
const INITIALIZATION_MILLIS = 15_000;

/**
 * Reasons of failures, from the failure record, the cache, and the logs of the processors. Lookups that wait for their turn at the same time
 * share calls. What was found, and what was not, stays the same while the command runs.
 */
export class LogReasons implements Reasons {
  readonly logs: ProcessorLogs;
  private readonly calls: LogCalls;
  private readonly results = new Map<string, Promise<ReasonResult>>();
  private readonly waiting: Lookup[] = [];
  private readonly underWay = new Set<Promise<void>>();
  /** Groups that cannot be read. */
  private readonly closed = new Map<string, NoReason>();
  private cache: Promise<ReasonCache> | undefined;
  private isPumping = false;

  constructor(private readonly context: Pick<Context, 'clients' | 'output' | 'options' | 'stopped' | 'aborted'>, private readonly options: LogReasonsOptions) {
    this.logs = new ProcessorLogs(context);
    this.calls = new LogCalls(context.clients, options.pacer ?? new CallPacer(), AbortSignal.any([context.stopped, context.aborted]));
  }

  /** Calls of CloudWatch Logs so far. */
  get counts(): Readonly<LogCalls['counts']> {
    return this.calls.counts;
  }

  async reasonOf(failure: FailedBatch): Promise<ReasonResult> {
    // Without a call it is found again as fast, however many there are.
    if (!this.options.logs) return this.find(failure);
    const id = failureId(failure);
    let result = this.results.get(id);
    if (!result) this.results.set(id, (result = this.find(failure)));
    return result;
  }

  private async find(failure: FailedBatch): Promise<ReasonResult> {
    const inRecord = reasonInRecord(failure);
    if (inRecord && !isReported(failure)) return { reason: inRecord };
    const cached = (await this.opened()).get(failureId(failure));
    if (cached) return { reason: cached };
    const result = await this.findInLog(failure);
    if (result.reason && !isLate(failure, new Date())) await (await this.opened()).put(failureId(failure), result.reason);
    return result.reason === undefined && inRecord ? { reason: inRecord } : result;
  }

  private async findInLog(failure: FailedBatch): Promise<ReasonResult> {
    if (!this.options.logs) return { notFound: NO_LOGS };
    if (!isLogged(failure)) return { notFound: NO_REQUEST };
    this.context.aborted.throwIfAborted();
    if (this.context.stopped.aborted) return { notFound: STOPPED };
    const log = await this.logs.of(failure.functionArn);
    const closed = this.closed.get(keyOf(log));
    if (closed) return { notFound: closed };
    return new Promise((done, failed) => {
      this.waiting.push({ failure, log, done, failed });
      if (!this.isPumping) void this.pump();
    });
  }

  private async opened(): Promise<ReasonCache> {
    const { file = join(stateFolder(), 'reasons.jsonl') } = this.options;
    return (this.cache ??= ReasonCache.open(file, (message) => this.context.output.note(message)));
  }

  private async pump(): Promise<void> {
    this.isPumping = true;
    // Those that were asked for together are all there then.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      while (this.underWay.size >= AT_A_TIME) await Promise.race(this.underWay);
      const refused = await this.calls.turn().then(() => undefined, (error: unknown) => ({ error }));
      // Other searches may have answered them meanwhile.
      if (this.waiting.length === 0) break;
      const lookups = takeTogether(this.waiting);
      if (refused) {
        this.failAll(lookups, refused.error);
        continue;
      }
      const task = this.search(lookups).catch((error: unknown) => this.failAll(lookups, error)).finally(() => this.underWay.delete(task));
      this.underWay.add(task);
    }
    this.isPumping = false;
  }

  private async search(lookups: readonly Lookup[]): Promise<void> {
    const [{ log }] = lookups;
    const started = new Set<Lookup>();
    // The newest lines come first: before the start of its last attempt there is nothing that counts.
    const isEnough = (newest: readonly StreamLine[]): boolean => {
      for (const { platform, time } of newest.map(readLine)) {
        if (platform?.kind !== 'start') continue;
        for (const lookup of lookups) if (lookup.failure.requestId === platform.requestId && time <= lookup.failure.failedAt) started.add(lookup);
      }
      return started.size === lookups.length;
    };
    const requestIds = [...new Set(lookups.map(({ failure }) => failure.requestId))];
    const lines = (await this.calls.search({ ...log, ...logTimes(lookups.map(({ failure }) => failure.failedAt)) }, requestIds, isEnough)).reverse();
    await Promise.all(lookups.map(async (lookup) => this.answer(lookup, lines).catch((error: unknown) => this.failAll([lookup], error))));
  }

  private async answer({ failure, log, done }: Lookup, lines: readonly StreamLine[]): Promise<void> {
    const own = lines.filter(({ message }) => message.includes(failure.requestId));
    const attempt = lastAttempt(own, failure.requestId, failure.failedAt);
    const reason = attempt && await this.reasonIn(attempt, failure, log);
    done(reason ? { reason } : { notFound: withoutError(failure, log, attempt !== undefined, new Date()) });
  }

  private async reasonIn(attempt: StreamAttempt, failure: LoggedFailure, log: ProcessorLog): Promise<FailureReason | undefined> {
    const error = await this.wholeError(attempt, failure, log) ?? errorInLog(attempt.lines, failure.requestId);
    return error && reasonInLog(failure, error, attempt.endedAt ?? attempt.lines.at(-1)!.time);
  }

  /** By all lines of the attempt, where those with the request id may not have the error. */
  private async wholeError(attempt: StreamAttempt, failure: LoggedFailure, log: ProcessorLog): Promise<LoggedError | undefined> {
    const { stream, lines, startedAt, endedAt } = attempt;
    const { requestId, failedAt } = failure;
    // Of what a processor logged of records that it reported, only lines with the request id are certain to be about them.
    if (isReported(failure) || !needsWholeAttempt(lines, requestId)) return undefined;
    const from = new Date((startedAt ?? lines[0].time).getTime() - INITIALIZATION_MILLIS);
    return errorInLog(await this.calls.read({ ...log, from, to: endedAt ?? logTimes([failedAt]).to }, stream), requestId);
  }

  private failAll(lookups: readonly Lookup[], error: unknown): void {
    const { stopped, aborted, options } = this.context;
    const [{ log }] = lookups;
    if (stopped.aborted && !aborted.aborted) return answerAll(lookups, { notFound: STOPPED });
    const notFound = aborted.aborted ? undefined : unreadable(error, log, options);
    if (!notFound) return lookups.forEach(({ failed }) => failed(error));
    answerAll(lookups, { notFound });
    if (notFound.name === 'Denied' || notFound.name === 'NoLogGroup') this.close(log, notFound);
  }

  /** What holds for one lookup in a group holds for all. */
  private close(log: ProcessorLog, notFound: NoReason): void {
    this.closed.set(keyOf(log), notFound);
    const [own, others] = [true, false].map((isOwn) => this.waiting.filter((lookup) => (keyOf(lookup.log) === keyOf(log)) === isOwn));
    this.waiting.splice(0, this.waiting.length, ...others);
    answerAll(own, { notFound });
  }
}

/** Whether lines of its last attempt may still come: another error may be the reason then. */
function isLate({ failedAt }: FailedBatch, now: Date): boolean {
  return failedAt !== undefined && now.getTime() - failedAt.getTime() < LATE_MILLIS;
}

function keyOf({ region, group }: ProcessorLog): string {
  return `${region} ${group}`;
}

function answerAll(lookups: readonly Lookup[], result: ReasonResult): void {
  for (const { done } of lookups) done(result);
}
