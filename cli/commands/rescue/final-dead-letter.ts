import type { DeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { HydrationStatus } from '../../../src/contract';

/** Errors after which another read may find more, although records were read. */
const NOT_FINAL: readonly unknown[] = ['EmptyPages', 'RangeTooLarge'];

/** Whether the next run would find no more: with permissions, or a key, it may read what this one may not. */
export function isFinal({ hydration: { status, error } }: Pick<DeadLetter, 'hydration'>): boolean {
  return status !== HydrationStatus.UNREADABLE && !NOT_FINAL.includes(error?.name);
}
