import { shortAge, timeIn } from '../time';

interface FailureTimes {
  readonly failedAt?: Date;
  readonly sentAt: Date;
}

/** When Lambda gave up, by a dead letter, as JSON. Undefined where it does not say. */
export function failureTime(deadLetter: unknown): Date | undefined {
  const { timestamp } = (deadLetter ?? {}) as { timestamp?: unknown };
  return timeIn(timestamp);
}

/** When a batch failed, as far as is known: it was sent to the queue at that time or later. */
export function failedOrSentAt({ failedAt, sentAt }: FailureTimes): Date {
  return failedAt ?? sentAt;
}

/** How long ago a batch failed: at least as long ago as it was sent, where the time is in a body that was not fetched. */
export function failureAge(message: FailureTimes, now: Date): string {
  return `${message.failedAt ? '' : '≥'}${shortAge(now.getTime() - failedOrSentAt(message).getTime())}`;
}
