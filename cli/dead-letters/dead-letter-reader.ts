import type { DeadLetter, FailedRedrives } from '../../lambda/shared/dead-letter/dead-letter';
import type { DeadLetterSummary, ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import type { Reason } from '../../lambda/shared/redrive/target';
import type { HydrationStatus } from '../../src/contract';
import type { NativeMessage } from '../native/native-message';
import type { RemainingMessages } from '../queue/remaining-messages';

/** A dead letter that may be sent, where it is. */
export interface FoundDeadLetter {
  readonly messageId: string;
  readonly sentAt: Date;
  /** Absent where it is no dead letter, or one of a newer format: `defect` says why. */
  readonly summary?: DeadLetterSummary;
  /** Its status where it is, if a proof gives it another one in the summary. */
  readonly provenFrom?: HydrationStatus;
  /** Beside a summary: the body says something else, and nothing is done by it. */
  readonly defect?: Reason;
  /** Why there is no place for what would be left of it, if it were taken in part. */
  readonly noRoom?: Reason;
  /** What has an order to keep: the group of a FIFO queue. */
  readonly group?: string;
  /** What SQS says about it, where SQS itself moved it to its queue: then it has no summary. */
  readonly native?: NativeMessage;
  /** @throws UndeliverableError where its body is nothing that can be sent */
  read(signal: AbortSignal): Promise<ReceivedDeadLetter>;
  /** Of a native dead letter, what `--where` is evaluated on. @throws UndeliverableError where its body is in S3 and cannot be read */
  document?(signal: AbortSignal): Promise<object>;
}

/** Where dead letters are taken from: a queue, or a file. */
export interface DeadLetterReader<Found extends FoundDeadLetter = FoundDeadLetter> {
  /** URL of the queue, or path of the file. */
  readonly name: string;
  /** Each once, as they are asked for. */
  deadLetters(ending: AbortSignal): AsyncIterable<Found>;
  /** Whether nobody else has it meanwhile, as far as is known. */
  isHidden(deadLetter: Found): boolean;
  /** What is left of a dead letter takes its place, before it is removed. */
  keepRemainder(deadLetter: Found, remainder: DeadLetter, signal: AbortSignal): Promise<void>;
  /**
   * Notes failed redrives in a dead letter that stays.
   * @throws NotNotedError where it stays without them
   * @throws any other error where it may be there twice, with and without them
   */
  noteFailure(deadLetter: Found, read: ReceivedDeadLetter, failed: FailedRedrives, signal: AbortSignal): Promise<void>;
  /** It was taken: nobody sends it again. */
  remove(deadLetter: Found, result: 'sent' | 'partly', signal: AbortSignal): Promise<void>;
  /** What there is beside the dead letters that were asked for. */
  remaining(signal: AbortSignal): Promise<RemainingMessages>;
  /** What all runs are called that go on with a file: a FIFO queue takes a message of the same work once within five minutes. */
  workId?(): Promise<string>;
  /** Gives back what is left. Never throws: what it says is for the user. */
  close(signal: AbortSignal): Promise<string | undefined>;
}

/** Failed redrives could not be noted: the dead letter is as it was. */
export class NotNotedError extends Error {}
