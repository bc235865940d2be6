/** An error as the runtime of a function reports it. */
export interface LoggedError {
  /** Type of the error, as the runtime names it, such as `ValidationError`. */
  readonly type: string;
  readonly message: string;
  /** Frames of the stack trace, as logged, without the first line that repeats type and message. */
  readonly stack: readonly string[];
}

/** Why a processor failed a batch. */
export interface FailureReason extends LoggedError {
  /** When it was logged. Absent where no log was read: the failure record itself has the reason. */
  readonly loggedAt?: Date;
  /** Equal for equal failures: the id of their group. */
  readonly fingerprint: string;
}

/** Why no reason was found. */
export interface NoReason {
  /** Such as `Late`, `Expired`, `Denied`. */
  readonly name: string;
  /** A sentence for people: what the rule is and what to do. */
  readonly message: string;
}

export type ReasonResult =
  | { readonly reason: FailureReason; readonly notFound?: undefined }
  | { readonly notFound: NoReason; readonly reason?: undefined };

/** What a reason is looked up by: the part of a dead letter that names the failed invocation. */
export interface FailedBatch {
  readonly deadLetterId: string;
  readonly functionArn: string;
  readonly condition: string;
  /** Request id of the invocation. */
  readonly requestId?: string;
  /** When Lambda gave up. */
  readonly failedAt?: Date;
  /** `null` where the processor reported records as failed (partial batch response). Absent where it was not invoked. */
  readonly functionError?: string | null;
}

/** Looks up why batches failed. */
export interface Reasons {
  /** Asked for many at once, it reads the logs of several failures in one call. Rejects only where everything is let go of. */
  reasonOf(failure: FailedBatch): Promise<ReasonResult>;
}
