import type { RecordsToSend } from '../../dead-letters/record-choice';
import type { MessageResult } from '../../dead-letters/results';
import type { SendRules } from './send-rules';

export const RedriveResult = {
  /** Taken whole, and removed. */
  SENT: 'sent',
  /** Taken in part: a smaller dead letter is in its place. */
  PARTLY: 'partly',
  /** The chosen records were taken: a smaller dead letter with the others is in its place. */
  PICKED: 'picked',
  /** Not taken: it is where it was. */
  FAILED: 'failed',
  /** Not sent: it is where it was. */
  LEFT: 'left',
  /** Taken, or some of it, but whole where it was: the next run would send it again. */
  NOT_REMOVED: 'notRemoved',
} as const;
export type RedriveResult = (typeof RedriveResult)[keyof typeof RedriveResult];

export interface RedriveSettings {
  readonly rules: SendRules;
  /** Which records of a dead letter are sent. By default all of them. */
  readonly recordsToSend?: RecordsToSend;
  /** Names of the functions or streams that dead letters go to, as far as is known before. */
  readonly targets: readonly string[];
  readonly concurrency: number;
  readonly limit?: number;
  readonly rate?: number;
  /** 0: never. */
  readonly stopAfterFailures: number;
  /** A command for the same queue, to be copied. */
  commandOf(command: string): string;
  /** Aborted: nothing new is begun. */
  readonly stopped: AbortSignal;
  /** Aborted: what is under way is let go of. */
  readonly aborted: AbortSignal;
}

/** What a run tells while it goes on. */
export interface RedriveEvents {
  onResult(result: MessageResult<RedriveResult>): void;
  /** Something that needs a look, whatever comes of the run. */
  onAlarm(text: string): void;
}
