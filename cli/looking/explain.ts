import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import type { ReceivedLetter } from '../../lambda/shared/dead-letter/received-letter';
import { BatchInfoKey, HydrationStatus } from '../../src/contract';
import { inStreamUntil, isOver } from './in-stream';

/** Something to do about a dead letter: when, and by which command, ID standing for its id. */
export interface Step {
  readonly when: string;
  readonly command?: string;
}

/** What a status means. */
export const STATUS_MEANINGS: Record<HydrationStatus, string> = {
  [HydrationStatus.COMPLETE]: 'every record of the failed batch, and no other',
  [HydrationStatus.SUPERSET]: 'every record of the failed batch, beside others that did not fail',
  [HydrationStatus.PARTIAL]: 'some records of the failed batch are missing',
  [HydrationStatus.EXPIRED]: 'all records had left the stream before they could be read',
  [HydrationStatus.UNREADABLE]: 'the records could not be read, and would not have been however often it was tried',
};

type Explained = Pick<ReceivedLetter, 'status' | 'recoveredRecords' | 'failure'>;

const DISCARD = 'discard ID --reason "restored from the source"';
const SOURCE = 'the source, by arrival times and range below';
const SOURCE_OF_A_TABLE = `${SOURCE}, or the items as they were at the last arrival from point-in-time recovery of the table, if it was on`;

/** S3 capture has nothing that reads the stream. */
const READER = 'with S3 capture alone deploy standbyCapture: FailureCapture.hydrate() before';

/** What to do about a dead letter, the best first. */
export function stepsOf(letter: Explained, now: Date): readonly Step[] {
  switch (letter.status) {
    case HydrationStatus.COMPLETE:
      return [{ when: 'mend what failed, then send it again:', command: 'redrive ID' }];
    case HydrationStatus.SUPERSET:
      return [
        { when: 'mend what failed; then, if the processor may see a record twice:', command: 'redrive ID --include SUPERSET' },
        { when: 'or pick the records by hand' },
      ];
    case HydrationStatus.PARTIAL:
    case HydrationStatus.EXPIRED:
    case HydrationStatus.UNREADABLE:
      return restoringSteps(letter, now);
  }
}

/** What to do about what is missing. */
function restoringSteps({ status, recoveredRecords, failure }: Explained, now: Date): readonly Step[] {
  const until = inStreamUntil(failure);
  const isGone = status === HydrationStatus.EXPIRED || (until !== undefined && isOver(until, now));
  const mending = status === HydrationStatus.UNREADABLE ? 'mend the reason; then, ' : '';
  const source = failure[BatchInfoKey.DYNAMODB] ? SOURCE_OF_A_TABLE : SOURCE;
  const otherwise = isGone ? '' : 'else ';
  return [
    ...(isGone ? [] : [{ when: `${mending}while the stream has them (${READER}):`, command: 'rehydrate ID' }]),
    ...(recoveredRecords === 0 || status === HydrationStatus.EXPIRED
      ? [{ when: `${otherwise}get them from ${source}; then:`, command: DISCARD }]
      : [
          { when: `${otherwise}get the others from ${source}, and send those that are here:`, command: `redrive ID --include ${status}` },
          { when: 'or, where those were restored as well:', command: DISCARD },
        ]),
  ];
}

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
