import type { LoggedError } from './failure-reason';

/** What Lambda itself logs: the bounds of an invocation, and how it ended. */
export interface PlatformEvent {
  readonly kind: 'start' | 'end' | 'init' | 'other';
  readonly requestId?: string;
  readonly failure?: PlatformFailure;
}

export interface PlatformFailure extends LoggedError {
  /**
   * Lambda ended the invocation: out of time, out of memory, a crashed extension. What the function logged before is not the reason. Otherwise
   * the function failed, and its own lines say more.
   */
  readonly byLambda: boolean;
  /** Lambda gives the type alone, and the message is of this tool. */
  readonly isBrief?: boolean;
}

/** The error type in the response of an invocation that timed out. */
const TIMED_OUT = 'Sandbox.Timedout';
const OUT_OF_MEMORY = 'Runtime.OutOfMemory';

/** Neither the runtime nor the function logs these. */
const BY_LAMBDA = /^(?:Extension\.|Sandbox\.|Function\.ResponseSize|Runtime\.(?:OutOfMemory|InvalidEntrypoint|InvalidWorkingDir))/;

export function platformEvent(text: string, json: Record<string, unknown> | undefined): PlatformEvent | undefined {
  return json ? jsonEvent(json) : textEvent(text);
}

function textEvent(text: string): PlatformEvent | undefined {
  // Longer lines are of the function. The longest of Lambda's is a REPORT with a trace id.
  const line = text.slice(0, 4_096);
  const [, bound, boundId] = /^(START|END|REPORT) RequestId: (\S{1,100})/.exec(line) ?? [];
  if (bound === 'START') return { kind: 'start', requestId: boundId };
  if (bound) return { kind: 'end', requestId: boundId, ...(bound === 'REPORT' && withFailure(reportFailure(line))) };
  if (/^(?:INIT|RESTORE)_REPORT /.test(line)) return { kind: 'init', ...withFailure(reportFailure(line)) };
  if (/^(?:INIT_START|RESTORE_START|EXTENSION|TELEMETRY|LOGS|XRAY)\b/.test(line)) return { kind: 'other' };
  return faultEvent(line);
}

/** Faults have lines of their own, with the request id in front: in some formats before the END line, in some after it. */
function faultEvent(line: string): PlatformEvent | undefined {
  const [, timedOutId, seconds] = /^(?:\d{4}-\S{1,40} )?(\S{1,100}) Task timed out after ([\d.]{1,20}) seconds/.exec(line) ?? [];
  if (seconds) return { kind: 'other', requestId: timedOutId, failure: timedOut(seconds) };
  const [, faultId, message, type] = /^RequestId: (\S{1,100}) (?:Error: )?([^\n]{1,3000})(?:\n+(\S{1,200})\s*$)?/.exec(line) ?? [];
  if (faultId) return { kind: 'other', requestId: faultId, failure: failureOf(type ?? 'Runtime.ExitError', message.trim()) };
  const [, unknown, unknownType] = /^(Unknown application error occurred)(?:\n+(\S{1,200})\s*$)?/.exec(line) ?? [];
  if (unknown) return { kind: 'other', failure: { ...failureOf(unknownType ?? 'Runtime.Unknown', meaningOf(unknownType, undefined)), isBrief: true } };
  return undefined;
}

function reportFailure(line: string): PlatformFailure | undefined {
  const [, status] = /\bStatus: (\w{1,20})/.exec(line) ?? [];
  const [, type] = /\bError Type: ([^\t\n]{1,200})/.exec(line) ?? [];
  const [, durationMs] = /\bDuration: ([\d.]{1,20}) ms/.exec(line) ?? [];
  const [, memorySizeMb] = /\bMemory Size: (\d{1,10}) MB/.exec(line) ?? [];
  return endFailure({ status, type: type?.trim(), durationMs, memorySizeMb });
}

function jsonEvent({ type, record }: Record<string, unknown>): PlatformEvent | undefined {
  if (typeof type !== 'string' || !type.startsWith('platform.')) return undefined;
  if (typeof record === 'string') return { ...faultEvent(record), kind: 'other' };
  const { requestId: id, status, errorType, metrics } = fieldsOf(record);
  const { durationMs, memorySizeMB } = fieldsOf(metrics);
  const requestId = typeof id === 'string' ? id : undefined;
  if (type === 'platform.start') return { kind: 'start', requestId };
  const kind = type === 'platform.report' || type === 'platform.runtimeDone' ? 'end' : /^platform\.(?:init|restore)/.test(type) ? 'init' : 'other';
  const failure = endFailure({ status: textOf(status), type: textOf(errorType), durationMs: textOf(durationMs), memorySizeMb: textOf(memorySizeMB) });
  return { kind, requestId, ...withFailure(failure) };
}

interface InvocationEnd {
  readonly status?: string;
  readonly type?: string;
  readonly durationMs?: string;
  readonly memorySizeMb?: string;
}

function endFailure({ status, type, durationMs, memorySizeMb }: InvocationEnd): PlatformFailure | undefined {
  if (status === undefined || status === 'success') return undefined;
  if (status === 'timeout') return timedOut((Number(durationMs ?? 0) / 1_000).toFixed(2));
  return { ...failureOf(type || 'Runtime.Unknown', meaningOf(type, memorySizeMb)), isBrief: true };
}

function meaningOf(type: string | undefined, memorySizeMb: string | undefined): string {
  switch (type) {
    case OUT_OF_MEMORY: return `the function ran out of memory${memorySizeMb ? `: ${memorySizeMb} MB` : ''}`;
    case 'Runtime.ExitError': return 'the runtime exited';
    case 'Extension.Crash': return 'an extension crashed';
    default: return 'Lambda logs the type of this error, and the function logs no error';
  }
}

function timedOut(seconds: string): PlatformFailure {
  return { type: TIMED_OUT, message: `Task timed out after ${seconds} seconds`, stack: [], byLambda: true };
}

function failureOf(type: string, message: string): PlatformFailure {
  // A process that a signal ended logs nothing: `killed` means that it needed more memory than there is.
  const byLambda = message.includes('signal: ') || BY_LAMBDA.test(type);
  return { type, message, stack: [], byLambda };
}

function withFailure(failure: PlatformFailure | undefined): Pick<PlatformEvent, 'failure'> {
  return failure ? { failure } : {};
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
