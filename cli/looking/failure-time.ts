import type { SeenMessage } from '../queue/seen-message';
import { shortAge } from '../time';

/** When Lambda gave up, by a dead letter, as JSON. Undefined where it does not say. */
export function failureTime(letter: unknown): Date | undefined {
  const { timestamp } = (letter ?? {}) as { timestamp?: unknown };
  const time = new Date(typeof timestamp === 'string' ? timestamp : NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** When a batch failed, as far as is known: it was sent to the queue at that time or later. */
export function knownSince({ failedAt, sentAt }: Pick<SeenMessage, 'failedAt' | 'sentAt'>): Date {
  return failedAt ?? sentAt;
}

/** How long ago a batch failed: at least as long ago as it was sent, where the time is in a body that was not fetched. */
export function failureAge(message: Pick<SeenMessage, 'failedAt' | 'sentAt'>, now: Date): string {
  return `${message.failedAt ? '' : '≥'}${shortAge(now.getTime() - knownSince(message).getTime())}`;
}
