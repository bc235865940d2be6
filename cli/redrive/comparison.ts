import type { CaptureResult } from '../../lambda/capture-result';
import type { LetterSummary } from '../../lambda/redrive/received-letter';
import { deadLetterName, HydrationStatus } from '../../src/contract';

/** How good a dead letter is: how much is known to be there, and that nothing else is. */
const RANK: Record<HydrationStatus, number> = {
  [HydrationStatus.COMPLETE]: 3,
  [HydrationStatus.SUPERSET]: 2,
  [HydrationStatus.PARTIAL]: 1,
  [HydrationStatus.UNREADABLE]: 1,
  [HydrationStatus.EXPIRED]: 0,
};

/** SQS drops a message with the deduplication id of one that it had in these minutes; one more, for clocks that differ. */
const DEDUPLICATION_MILLIS = 6 * 60_000;

type Found = CaptureResult['deadLetters'][number];

/** What was found again, against what there was. */
export function compare(before: LetterSummary, found: Found): 'better' | 'same' | 'worse' {
  const [rank, records] = [RANK[found.status] - RANK[before.status], found.recoveredRecords - before.recoveredRecords];
  if (rank < 0 || records < 0) return 'worse';
  return rank > 0 || records > 0 ? 'better' : 'same';
}

/** Whether a FIFO queue may have taken the new dead letter for the old one, and dropped it. */
export function mayBeDropped(before: LetterSummary, found: Found, sentAt: Date, now = new Date()): boolean {
  return deadLetterName(found) === deadLetterName(before) && now.getTime() - sentAt.getTime() < DEDUPLICATION_MILLIS;
}
