import type { ReceivedDeadLetter } from '../dead-letter/received-dead-letter';

/** Why a target did not accept records. */
export interface Reason {
  readonly name: string;
  readonly message: string;
}

/** Why the processor failed, where it ran: with a function error or a partial response. Absent where only Lambda or the stream refused. */
interface ProcessorFailure {
  readonly processorError?: Reason;
}

/** The target accepted some records of a dead letter. `remaining` holds the others, in order. */
export interface PartlySent extends ProcessorFailure {
  readonly outcome: 'partly';
  readonly remaining: readonly unknown[];
  readonly reason: Reason;
  /** Whether all remaining records are known to have failed in this attempt. */
  readonly allFailed: boolean;
}

/** The result of sending a dead letter. */
export type SendResult =
  | { readonly outcome: 'sent' }
  /** No record is known to be accepted. */
  | (ProcessorFailure & {
    readonly outcome: 'failed';
    readonly reason: Reason;
    /** The target was throttled: the dead letter is not the cause. */
    readonly isThrottled?: boolean;
  })
  | PartlySent;

/** Where a redrive sends dead letters: the processor or the stream. */
export interface Target {
  /** The name in audit lines and plans: the ARN of the function (with its qualifier) or of the stream. */
  nameFor(deadLetter: ReceivedDeadLetter): string;
  /**
   * Sends the records of a dead letter. The result holds an error that concerns only this dead letter.
   * @throws an error that concerns every dead letter for the same target, such as a missing function
   */
  send(deadLetter: ReceivedDeadLetter, signal: AbortSignal): Promise<SendResult>;
}
