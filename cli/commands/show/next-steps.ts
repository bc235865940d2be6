import { conditionOf, type FailureRecord, parseJson } from '../../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { BatchInfoKey, HydrationStatus } from '../../../src/contract';
import { quoted } from '../../command-line';
import { isPipe } from '../../messages/pipe';
import { type AvailableUntil, isExpired } from '../../messages/stream-retention';

/** Something to do about a dead letter: when, and by which command, ID standing for its id. */
export interface NextStep {
  readonly when: string;
  readonly command?: string;
  /** What the command works on, where that is not the queue of the dead letter. */
  readonly queue?: string;
}

/** What is known around the queue of a dead letter. */
export interface QueueContext {
  /** The journal that says that it was sent from its file, if it was. */
  readonly sentBy?: string;
  /** Whether it is in a file, where only `redrive` works on it. */
  readonly isInFile?: boolean;
  /** Whether no function is known that writes to it, as where an SqsDlq of the CDK does. */
  readonly isAlone: boolean;
  /** The queue of a StreamDlq on the same stream, looked for where there is none around this one. */
  readonly otherQueue?: string;
  /** How long what is missing can still be read, as far as is known. */
  readonly inStreamUntil?: AvailableUntil;
}

/** What a status means. */
export const STATUS_MEANINGS: Record<HydrationStatus, string> = {
  [HydrationStatus.COMPLETE]: 'every record of the failed batch, and no other',
  [HydrationStatus.SUPERSET]: 'every record of the failed batch, beside others that did not fail',
  [HydrationStatus.PARTIAL]: 'some records of the failed batch are missing',
  [HydrationStatus.EXPIRED]: 'all records had left the stream before they could be read',
  [HydrationStatus.UNREADABLE]: 'the records could not be read, and would not have been however often it was tried',
};

/** The same of a failure record that nothing has read the records of. */
export const PLAIN_FAILURE_RECORD = "Lambda's failure record alone, as an SqsDlq leaves it: its records were not read yet";

/** Whether a dead letter is that. */
export function isPlainFailureRecord({ text }: Pick<ReceivedDeadLetter, 'text'>): boolean {
  const { payload, hydration } = JSON.parse(text) as { payload?: unknown; hydration?: unknown };
  return payload === undefined && hydration === undefined;
}

type Explained = Pick<ReceivedDeadLetter, 'status' | 'recoveredRecords' | 'failure' | 'functionArn' | 'text'>;

const DISCARD = 'discard ID --reason "restored from the source"';
const SOURCE = 'the source, by arrival times and range below';
const SOURCE_OF_A_TABLE = `${SOURCE}, or the items as they were at the last arrival from point-in-time recovery of the table, if it was on`;

/** S3 capture has nothing that reads the stream. */
const READER = 'with S3 capture alone deploy keepCapture: FailureCapture.hydrate() before';

/** What to do about a dead letter, the best first. */
export function nextSteps(deadLetter: Explained, around: QueueContext, now: Date): readonly NextStep[] {
  if (around.sentBy !== undefined) return [{ when: `nothing: it was sent before, as ${around.sentBy} says; to send it again, delete that file` }];
  const redrive = redriveCommand(deadLetter);
  switch (deadLetter.status) {
    case HydrationStatus.COMPLETE:
      return [{ when: 'fix the processor, then send it again:', command: redrive }];
    case HydrationStatus.SUPERSET:
      return [
        { when: 'fix the processor; then, if the processor may see a record twice:', command: `${redrive} --include SUPERSET` },
        { when: 'or pick the records by hand' },
      ];
    case HydrationStatus.PARTIAL:
    case HydrationStatus.EXPIRED:
    case HydrationStatus.UNREADABLE:
      return restoringSteps(deadLetter, around, now);
  }
}

/** A pipe cannot be invoked: NAME is a function that takes Lambda's event. */
function redriveCommand({ functionArn }: Pick<Explained, 'functionArn'>): string {
  return isPipe(functionArn) ? 'redrive ID --function NAME' : 'redrive ID';
}

/** What to do about what is missing. */
function restoringSteps(deadLetter: Explained, around: QueueContext, now: Date): readonly NextStep[] {
  const { status, recoveredRecords, failure } = deadLetter;
  const { inStreamUntil: until } = around;
  const isGone = status === HydrationStatus.EXPIRED || (until !== undefined && isExpired(until, now));
  const fixFirst = status === HydrationStatus.UNREADABLE && !isPlainFailureRecord(deadLetter) ? 'fix the reason; then, ' : '';
  const alone = isPlainFailureRecord(deadLetter) ? rescueSteps(around) : copyingSteps(around);
  const there = around.isAlone ? alone : [{ when: `${fixFirst}while the stream has them (${READER}):`, command: 'rehydrate ID' }];
  const rereading = around.isInFile ? importingSteps(deadLetter, around) : there;
  const source = failure[BatchInfoKey.DYNAMODB] ? SOURCE_OF_A_TABLE : SOURCE;
  const otherwise = isGone ? '' : 'else ';
  return [
    ...(isGone ? [] : rereading),
    ...(recoveredRecords === 0 || status === HydrationStatus.EXPIRED
      ? [around.isInFile ? { when: `${otherwise}get them from ${source}` } : { when: `${otherwise}get them from ${source}; then:`, command: DISCARD }]
      : [
          { when: `${otherwise}get the others from ${source}, and send those that are here:`, command: `${redriveCommand(deadLetter)} --include ${status}` },
          ...(around.isInFile ? [] : [{ when: 'or, where those were restored as well:', command: DISCARD }]),
        ]),
  ];
}

/** `rehydrate` works on queues. */
function importingSteps(deadLetter: Explained, { otherQueue: queue }: QueueContext): readonly NextStep[] {
  if (isPlainFailureRecord(deadLetter)) return [{ when: 'while the stream has them, read them into another file:', command: 'rescue' }];
  const inQueue = 'if it is in its queue still, "show ID --stack NAME" says how to have them read there';
  if (queue === undefined) return [{ when: `while the stream has them: ${inQueue}; else import the file into the queue of a StreamDlq on this stream` }];
  return [
    { when: `while the stream has them: ${inQueue}; else import the file into the queue of the StreamDlq on this stream:`, command: 'import FILE', queue },
    { when: 'and have them read there:', command: 'rehydrate ID', queue },
  ];
}

/** What nothing has read yet is read with the operator's own credentials: no function is needed. */
function rescueSteps({ otherQueue: queue }: QueueContext): readonly NextStep[] {
  if (queue !== undefined) {
    return [{
      when: 'while the stream has them, move the failure records of this queue, with their records, to the queue of the StreamDlq on this stream:',
      command: `rescue --to-queue ${quoted(queue)} --delete`,
    }];
  }
  return [
    { when: 'while the stream has them, write the records of all failure records of this queue to a file, with your own credentials:', command: 'rescue' },
    { when: 'or, where a StreamDlq fills this queue, look with --stack NAME instead of --queue' },
  ];
}

/** `rehydrate` takes a function beside the queue: where there is none, that of another queue does. */
function copyingSteps({ otherQueue: queue }: QueueContext): readonly NextStep[] {
  if (queue === undefined) {
    return [{
      when: 'while the stream has them: where a StreamDlq fills this queue, look with --stack NAME instead of --queue; else define a StreamDlq on the stream in ' +
        'an app and deploy it, after which "show" says how to have it read the records',
    }];
  }
  return [
    { when: 'while the stream has them, copy it into the queue of the StreamDlq on this stream:', command: 'export ID.jsonl --filter id=ID' },
    { when: 'then:', command: 'import ID.jsonl', queue },
    { when: 'and have the records read there:', command: 'rehydrate ID', queue },
    { when: 'then, of the one that is here:', command: 'discard ID --reason "copied into the queue of a StreamDlq"' },
  ];
}

const CONDITIONS: Partial<Record<string, string>> = {
  RetryAttemptsExhausted: 'the processor failed on it as often as retryAttempts allows',
  RecordAgeExceeded: 'its records became older than maxRecordAge allows',
};

/** Why Lambda gave up on a batch. */
export function conditionText(failure: FailureRecord): string {
  const condition = conditionOf(failure);
  const words = conditionMeaning(condition);
  return words ? `${condition}: ${words}` : condition;
}

/** What a condition of a failure record means, where it is a known one. */
export function conditionMeaning(condition: string): string | undefined {
  return Object.hasOwn(CONDITIONS, condition) ? CONDITIONS[condition] : undefined;
}

/** What the processor said the last time. */
export function answerText({ responseContext: response }: FailureRecord): string {
  if (!response) return 'none: the failure record has no response. Lambda did not invoke the function with the batch (expired, or over the limit of an event)';
  const { statusCode, functionError, executedVersion } = response;
  const said = functionError
    ? `function error ${functionError}: it threw, timed out or ran out of memory`
    : 'no function error: it reported records by batchItemFailures, or could not be reached';
  return `${said} (status ${statusCode}, version ${executedVersion})`;
}

/** Why hydration found less than it was to find, as the dead letter says, if it says so. */
export function hydrationErrorIn(text: string): { readonly name: string; readonly message: string } | undefined {
  const { hydration } = parseJson(text) as { hydration?: { error?: { name?: unknown; message?: unknown } } | null };
  const { name, message } = hydration?.error ?? {};
  return name === undefined && message === undefined ? undefined : { name: String(name ?? 'unknown'), message: String(message ?? '') };
}
