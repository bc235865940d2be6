/** What a run did with one message. Holds nothing of a payload. */
export interface AuditEntry {
  readonly result: AuditResult;
  readonly messageId?: string;
  readonly deadLetterId?: string;
  readonly records?: number;
  /** ARN of the function or of the stream, or URL of the queue. */
  readonly to?: string;
  readonly reason?: string;
}

export const AuditResult = {
  /** A run that changes a queue started. */
  BEGUN: 'begun',
  /** The processor or the stream accepted all records: the run deletes the message next. */
  SENT: 'sent',
  /** The target accepted the first records: the remainder is stored as a smaller dead letter, and the run deletes the message next. */
  PARTLY_SENT: 'partly sent',
  /** The target accepted the first records, but the remainder could not be stored: the message stays, with all records. */
  REST_NOT_KEPT: 'rest not kept',
  /** No record is known to be accepted: the message stays. */
  FAILED: 'failed',
  /** The message could not be deleted and is still in the queue: the next run finds it again. */
  NOT_DELETED: 'not deleted',
  /** A new dead letter with at least the same records is in the queue: the run deletes the message next. */
  REHYDRATED: 'rehydrated',
  /** The new read did not find more records: the message stays. */
  KEPT: 'kept',
  /** The run deletes the message next. */
  DISCARDED: 'discarded',
  IMPORTED: 'imported',
  /** The dead letter of the failure record is safe, in a file or in another queue: the run deletes the message next. */
  RESCUED: 'rescued',
  /** The dead letter, or its remainder, is in the parking queue: the run deletes the message next. */
  PARKED: 'parked',
  /** SQS moves all messages of a native dead-letter queue. */
  MOVE_STARTED: 'move started',
  MOVE_CANCELLED: 'move cancelled',
  /** The task of SQS is over: `reason` has its status. */
  MOVE_ENDED: 'move ended',
  REMOTE_STARTED: 'remote started',
  REMOTE_STOPPED: 'remote stopped',
} as const;
export type AuditResult = (typeof AuditResult)[keyof typeof AuditResult];

/** The fields that all lines of a run share. */
export interface AuditSource {
  readonly caller: string;
  readonly command: string;
  readonly queue: string;
}

/** The audit line of an entry: the same fields in the same order in every log. */
export function auditLine({ caller, command, queue }: AuditSource, entry: AuditEntry, time: Date): object {
  const { messageId, deadLetterId, records, to, result, reason } = entry;
  return { time: time.toISOString(), caller, command, queue, messageId, deadLetterId, records, to, result, reason };
}
