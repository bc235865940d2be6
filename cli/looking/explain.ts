import type { FailureRecord } from '../../lambda/failure-record';
import { HydrationStatus } from '../../src/contract';

/** Something to do about a dead letter: when, and by which command, ID standing for its id. */
export interface Step {
  readonly when: string;
  readonly command?: string;
}

/** What a status means, and what to do about it, the best first. */
export const STATUS_WORDS: Record<HydrationStatus, { readonly means: string; readonly steps: readonly Step[] }> = {
  [HydrationStatus.COMPLETE]: {
    means: 'every record of the failed batch, and no other',
    steps: [{ when: 'mend what failed, then send it again:', command: 'redrive ID' }],
  },
  [HydrationStatus.SUPERSET]: {
    means: 'every record of the failed batch, beside others that did not fail',
    steps: [
      { when: 'mend what failed; then, if the processor may see a record twice:', command: 'redrive ID --include SUPERSET' },
      { when: 'or pick the records by hand' },
    ],
  },
  [HydrationStatus.PARTIAL]: {
    means: 'some records of the failed batch are missing',
    steps: [
      { when: 'while the stream has them:', command: 'rehydrate ID' },
      { when: 'else get them from the source, and send those that are here:', command: 'redrive ID --include PARTIAL' },
    ],
  },
  [HydrationStatus.EXPIRED]: {
    means: 'all records had left the stream before they could be read',
    steps: [{ when: 'get them from the source, by arrival times and range below; then:', command: 'discard ID --reason "restored from the source"' }],
  },
  [HydrationStatus.UNREADABLE]: {
    means: 'the records could not be read, and would not have been however often it was tried',
    steps: [{ when: 'mend the reason; then, while the stream has the records:', command: 'rehydrate ID' }],
  },
};

const CONDITIONS: Partial<Record<string, string>> = {
  RetryAttemptsExhausted: 'the processor failed on it as often as retryAttempts allows',
  RecordAgeExceeded: 'its records became older than maxRecordAge allows',
};

/** Why Lambda gave up on a batch. */
export function conditionWords({ requestContext: { condition } }: FailureRecord): string {
  const words = CONDITIONS[condition];
  return words ? `${condition}: ${words}` : condition;
}

/** What the processor said the last time. */
export function answerWords({ responseContext: response }: FailureRecord): string {
  if (!response) return 'none: it was not invoked with it (expired, or over the limit of an event)';
  const { statusCode, functionError, executedVersion } = response;
  const said = functionError
    ? `function error ${functionError}: it threw, timed out or ran out of memory`
    : 'no function error: it reported records by batchItemFailures, or could not be reached';
  return `${said} (status ${statusCode}, version ${executedVersion})`;
}

/** Why hydration found less than it was to find, as the dead letter says, if it says so. */
export function hydrationErrorIn(text: string): { readonly name: string; readonly message: string } | undefined {
  const { hydration } = JSON.parse(text) as { hydration?: { error?: { name?: unknown; message?: unknown } } | null };
  const { name, message } = hydration?.error ?? {};
  return name === undefined && message === undefined ? undefined : { name: String(name ?? 'unknown'), message: String(message ?? '') };
}
