import type { ReceivedDeadLetter } from '../dead-letter/received-dead-letter';

/** Why something was not taken. */
export interface Reason {
  readonly name: string;
  readonly message: string;
}

/** Some records of a dead letter were taken; `remaining`, in their order, are not known to be. */
export interface PartlySent {
  readonly outcome: 'partly';
  readonly remaining: readonly unknown[];
  readonly reason: Reason;
  /** Whether all that remain are known to have failed just now: none was merely not tried. */
  readonly allFailed: boolean;
}

/** What became of a dead letter that was sent. */
export type SendResult =
  | { readonly outcome: 'sent' }
  /** Nothing of it is known to have been taken. */
  | {
    readonly outcome: 'failed';
    readonly reason: Reason;
    /** The target had no room for it: that says nothing of the dead letter. */
    readonly isThrottled?: boolean;
  }
  | PartlySent;

/** Where dead letters are sent again: the processor, or the stream. */
export interface Target {
  /** What an audit line and a plan call it: ARN of the function (with qualifier) or of the stream, for this letter. */
  nameFor(deadLetter: ReceivedDeadLetter): string;
  /**
   * Sends the records of a dead letter. Whatever is about this one letter is in the result.
   * @throws what concerns every letter for the same function or stream, such as one that is missing, or every letter there is
   */
  send(deadLetter: ReceivedDeadLetter, signal: AbortSignal): Promise<SendResult>;
}
