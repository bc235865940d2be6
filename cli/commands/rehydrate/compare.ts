import type { DeadLetterResult } from '../../../lambda/shared/dead-letter/capture-result';
import { batchOf } from '../../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { sequenceNumberOf, SequenceRange } from '../../../lambda/shared/dead-letter/sequence-numbers';
import { hasOtherFields } from '../../../lambda/shared/redrive/event-parts';
import { HydrationStatus, isWhole } from '../../../src/contract';
import type { QueuedDeadLetter } from '../../dead-letters/queue-reader';

/** How good a dead letter is: how much is known to be there, and that nothing else is. */
const RANK: Record<HydrationStatus, number> = {
  [HydrationStatus.COMPLETE]: 3,
  [HydrationStatus.SUPERSET]: 2,
  [HydrationStatus.PARTIAL]: 1,
  [HydrationStatus.UNREADABLE]: 1,
  [HydrationStatus.EXPIRED]: 0,
};

/** SQS drops a message with the deduplication id of one that it had in these minutes; one more, for clocks of its own that differ. */
const DEDUPLICATION_MILLIS = 6 * 60_000;

type Before = Pick<ReceivedDeadLetter, 'deadLetterId' | 'status' | 'recoveredRecords' | 'failure' | 'event'>;

/** What was found again, against what there was: better and same hold all that the old one does, which can go. */
export function compare(before: Before, found: DeadLetterResult): 'better' | 'same' | 'worse' {
  if (hasOtherFields(before.event)) return 'worse';
  if (before.recoveredRecords + found.recoveredRecords === 0) return knowsLess(before, found) ? 'worse' : 'same';
  const [rank, records] = [RANK[found.status] - RANK[before.status], found.recoveredRecords - before.recoveredRecords];
  if (rank < 0 || recordsLost(before, found) > 0) return 'worse';
  return rank > 0 || records > 0 ? 'better' : 'same';
}

/** Of two without records: that the stream has them no longer is more than that they could not be read. */
function knowsLess(before: Before, found: DeadLetterResult): boolean {
  return before.status === HydrationStatus.EXPIRED && found.status !== HydrationStatus.EXPIRED;
}

/** How many records of the old one are not known to be in the new one. As many or more of them may be others. */
export function recordsLost(before: Before, found: DeadLetterResult): number {
  const { startSequenceNumber, endSequenceNumber } = batchOf(before.failure);
  const range = new SequenceRange(startSequenceNumber, endSequenceNumber);
  const known = new Set(found.sequenceNumbers);
  const isFound = (it: string) => (isWhole(found.status) ? range.contains(it) : known.has(it));
  return before.event.Records.map(sequenceNumberOf).filter((it) => it === undefined || !isFound(it)).length;
}

/**
 * Whether a FIFO queue may have taken a new dead letter of the same records for the old one, and dropped it. By the times that SQS gave
 * the message alone: this machine's clock may be wrong, and the only copy is at stake.
 */
export function mayBeDropped(before: Before, found: DeadLetterResult, { Attributes }: QueuedDeadLetter['message']): boolean {
  if (found.deadLetterId !== before.deadLetterId || found.status !== before.status) return false;
  const age = Number(Attributes?.ApproximateFirstReceiveTimestamp) - Number(Attributes?.SentTimestamp);
  return !(age >= DEDUPLICATION_MILLIS);
}
