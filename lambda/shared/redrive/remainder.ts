import { createHash } from 'node:crypto';
import { BatchInfoKey, FORMAT_VERSION, HydrationStatus, isWhole } from '../../../src/contract';
import { DeadLetter } from '../dead-letter/dead-letter';
import { deadLetterId } from '../dead-letter/dead-letter-id';
import { BatchInfo, batchOf, FailureRecord } from '../dead-letter/failure-record';
import { ReceivedDeadLetter } from '../dead-letter/received-dead-letter';
import { sequenceNumberOf } from '../dead-letter/sequence-numbers';
import { failedAgain, failedRedrives } from './failed-redrives';
import { PartlySent } from './target';

/** The dead letter of the records that remain after a partial redrive. Once it is stored, the original can be deleted. */
export function remainderOf(
  deadLetter: ReceivedDeadLetter, { remaining, reason, allFailed, processorError }: Omit<PartlySent, 'outcome'>, at: Date, to: string,
): DeadLetter {
  const counts = countsOf(deadLetter, remaining.length, allFailed);
  const batch = batchOf(deadLetter.failure);
  const failure = withBatch(deadLetter.failure, { ...batch, ...rangeOf(deadLetter, remaining), batchSize: counts.expectedRecords });
  return {
    ...failure,
    payload: { ...deadLetter.event, Records: remaining },
    hydration: { formatVersion: FORMAT_VERSION, ...counts, deadLetterId: idOf(failure, remaining) },
    redrive: {
      of: deadLetter.deadLetterId,
      at: at.toISOString(),
      reason,
      batch: deadLetter.redrive?.batch ?? batch,
      ...(processorError ? failedAgain(deadLetter.redrive, processorError, at, to) : failedRedrives(deadLetter.redrive)),
    },
  };
}

function countsOf({ status, expectedRecords, event }: ReceivedDeadLetter, remaining: number, allFailed: boolean) {
  switch (status) {
    case HydrationStatus.COMPLETE:
      return { status, expectedRecords: remaining, recoveredRecords: remaining };
    case HydrationStatus.SUPERSET:
      return allFailed
        // The failed records are now known.
        ? { status: HydrationStatus.COMPLETE, expectedRecords: remaining, recoveredRecords: remaining }
        : { status, expectedRecords: Math.min(expectedRecords, remaining), recoveredRecords: remaining };
    default: {
      // Missing records stay missing: more records are expected than recovered, so that no later read is COMPLETE without them.
      const taken = event.Records.length - remaining;
      return { status, expectedRecords: Math.max(expectedRecords - taken, remaining + 1), recoveredRecords: remaining };
    }
  }
}

type BatchRange = Pick<BatchInfo, 'startSequenceNumber' | 'endSequenceNumber'>;

/**
 * The range of the remaining records. Where records are missing, the range extends to the end of the batch; and if records between were taken,
 * it is that of the first dead letter: it holds so many records that a later read is a SUPERSET, not COMPLETE.
 */
function rangeOf(deadLetter: ReceivedDeadLetter, remaining: readonly unknown[]): BatchRange {
  const { status, failure, redrive } = deadLetter;
  const { startSequenceNumber, endSequenceNumber } = batchOf(failure);
  if (!isWhole(status) && !areTheLast(remaining, deadLetter)) {
    const first = isRange(redrive?.batch) ? redrive.batch : batchOf(failure);
    return { startSequenceNumber: first.startSequenceNumber, endSequenceNumber: first.endSequenceNumber };
  }
  const numbers = remaining.map(sequenceNumberOf);
  // Where sequence numbers are missing or out of order, the range of the batch stays.
  const areInOrder = numbers.every((number, place) => number !== undefined && (place === 0 || BigInt(number) >= BigInt(numbers[place - 1]!)));
  if (!areInOrder) return { startSequenceNumber, endSequenceNumber };
  const end = isWhole(status) ? numbers.at(-1)! : endSequenceNumber;
  return BigInt(numbers[0]!) <= BigInt(end)
    ? { startSequenceNumber: numbers[0]!, endSequenceNumber: end }
    : { startSequenceNumber, endSequenceNumber };
}

/** Whether only the first records of a dead letter were taken, now and before. */
function areTheLast(remaining: readonly unknown[], { failure, event: { Records: records }, redrive }: ReceivedDeadLetter): boolean {
  // A remainder has the range of the first dead letter where records between were taken.
  const { startSequenceNumber } = batchOf(failure);
  if (redrive?.of !== undefined && !(isRange(redrive.batch) && redrive.batch.startSequenceNumber !== startSequenceNumber)) return false;
  return remaining.every((record, place) => record === records[records.length - remaining.length + place]);
}

/** The JSON can hold any value in place of the batch. */
function isRange(batch: unknown): batch is BatchRange {
  const { startSequenceNumber, endSequenceNumber } = (batch ?? {}) as Partial<Record<keyof BatchRange, unknown>>;
  return [startSequenceNumber, endSequenceNumber].every((number) => typeof number === 'string' && /^\d+$/.test(number));
}

function withBatch(failure: FailureRecord, batch: BatchInfo): FailureRecord {
  return { ...failure, [failure.KinesisBatchInfo ? BatchInfoKey.KINESIS : BatchInfoKey.DYNAMODB]: batch };
}

/** The ID depends on the remaining records: two remainders can have the same range. */
function idOf(failure: FailureRecord, remaining: readonly unknown[]): string {
  return createHash('sha256').update(deadLetterId(failure)).update(JSON.stringify(remaining)).digest('hex').slice(0, 32);
}
