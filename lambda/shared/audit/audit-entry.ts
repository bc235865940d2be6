/** What was done with one message. Never anything of a payload. */
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
  /** A run that changes a queue began. */
  BEGUN: 'begun',
  /** Taken whole by the processor or the stream: the message is deleted next. */
  SENT: 'sent',
  /** The first records were taken: what remains is a smaller dead letter, kept before this line, and the message is deleted next. */
  PARTLY_SENT: 'partly sent',
  /** The first records were taken, but what remains could not be kept by itself: the message stays, with all records. */
  REST_NOT_KEPT: 'rest not kept',
  /** Nothing of it is known to have been taken: the message stays. */
  FAILED: 'failed',
  /** A message that was to go is in the queue still: another run meets it again. */
  NOT_DELETED: 'not deleted',
  /** A new dead letter that is at least as good is in the queue: the message is deleted next. */
  REHYDRATED: 'rehydrated',
  /** What was read again is no better: the message stays. */
  KEPT: 'kept',
  /** The message is deleted next. */
  DISCARDED: 'discarded',
  IMPORTED: 'imported',
  /** Given up on by the redrive function, or what is left of it: it is in the parking queue, and the message is deleted next. */
  PARKED: 'parked',
  REMOTE_STARTED: 'remote started',
  REMOTE_STOPPED: 'remote stopped',
} as const;
export type AuditResult = (typeof AuditResult)[keyof typeof AuditResult];

/** What all lines of a run say alike: who was at work, with what, on which queue. */
export interface AuditSource {
  readonly caller: string;
  readonly command: string;
  readonly queue: string;
}

/** What an entry is as a line: the same fields in the same order, whoever writes it and wherever. */
export function auditLine({ caller, command, queue }: AuditSource, entry: AuditEntry, time: Date): object {
  const { messageId, deadLetterId, records, to, result, reason } = entry;
  return { time: time.toISOString(), caller, command, queue, messageId, deadLetterId, records, to, result, reason };
}
