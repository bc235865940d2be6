import { createHash } from 'node:crypto';
import { BatchInfoKey, FORMAT_VERSION, HydrationStatus, isWhole } from '../../../src/contract';
import { DeadLetter } from '../dead-letter/dead-letter';
import { deadLetterId } from '../dead-letter/dead-letter-id';
import { BatchInfo, batchOf, FailureRecord } from '../dead-letter/failure-record';
import { ReceivedDeadLetter } from '../dead-letter/received-dead-letter';
import { sequenceNumberOf } from '../dead-letter/sequence-numbers';
import { PartlySent } from './target';

/** The dead letter of what is left of one of which some records were taken: it stands for the larger one, which can be deleted then. */
export function remainderOf(deadLetter: ReceivedDeadLetter, { remaining, reason, allFailed }: Omit<PartlySent, 'outcome'>, at: Date): DeadLetter {
  const counts = countsOf(deadLetter, remaining.length, allFailed);
  const batch = batchOf(deadLetter.failure);
  const failure = withBatch(deadLetter.failure, { ...batch, ...rangeOf(deadLetter, remaining), batchSize: counts.expectedRecords });
  return {
    ...failure,
    payload: { ...deadLetter.event, Records: remaining },
    hydration: { formatVersion: FORMAT_VERSION, ...counts, deadLetterId: idOf(failure, remaining) },
    redrive: { of: deadLetter.deadLetterId, at: at.toISOString(), reason, batch: deadLetter.redrive?.batch ?? batch },
  };
}

function countsOf({ status, expectedRecords, event }: ReceivedDeadLetter, left: number, allFailed: boolean) {
  switch (status) {
    case HydrationStatus.COMPLETE:
      return { status, expectedRecords: left, recoveredRecords: left };
    case HydrationStatus.SUPERSET:
      return allFailed
        // Which ones failed is known now.
        ? { status: HydrationStatus.COMPLETE, expectedRecords: left, recoveredRecords: left }
        : { status, expectedRecords: Math.min(expectedRecords, left), recoveredRecords: left };
    default: {
      // What was missing is missing still, so that there is always more to expect than there is: read again, it is not COMPLETE without it.
      const taken = event.Records.length - left;
      return { status, expectedRecords: Math.max(expectedRecords - taken, left + 1), recoveredRecords: left };
    }
  }
}

/** From the first record that is left to the last. Where others are missing, they may be up to the end of the batch. */
function rangeOf({ status, failure }: ReceivedDeadLetter, remaining: readonly unknown[]): Pick<BatchInfo, 'startSequenceNumber' | 'endSequenceNumber'> {
  const { startSequenceNumber, endSequenceNumber } = batchOf(failure);
  const numbers = remaining.map(sequenceNumberOf);
  // Where a record has none, or they are in no order, the range says nothing of the records: it stays.
  const isRange = numbers.every((number, place) => number !== undefined && (place === 0 || BigInt(number) >= BigInt(numbers[place - 1]!)));
  if (!isRange) return { startSequenceNumber, endSequenceNumber };
  const end = isWhole(status) ? numbers.at(-1)! : endSequenceNumber;
  return BigInt(numbers[0]!) <= BigInt(end)
    ? { startSequenceNumber: numbers[0]!, endSequenceNumber: end }
    : { startSequenceNumber, endSequenceNumber };
}

function withBatch(failure: FailureRecord, batch: BatchInfo): FailureRecord {
  return { ...failure, [failure.KinesisBatchInfo ? BatchInfoKey.KINESIS : BatchInfoKey.DYNAMODB]: batch };
}

/** The same for the same remainder, and another one for every other: two can have one range, where some between were taken. */
function idOf(failure: FailureRecord, remaining: readonly unknown[]): string {
  return createHash('sha256').update(deadLetterId(failure)).update(JSON.stringify(remaining)).digest('hex').slice(0, 32);
}
