import { FORMAT_VERSION, HydrationStatus, isWhole } from '../../../src/contract';
import { deadLetterId } from './dead-letter-id';
import { BatchInfo, batchOf, FailureRecord } from './failure-record';
import { ReadError, ReadResult } from './read-result';

/** How complete the payload of a dead letter is. */
export interface Hydration {
  /** `FORMAT_VERSION` of the function or tool that wrote the dead letter. */
  readonly formatVersion: string;
  readonly status: HydrationStatus;
  /** Records in the batch that failed. */
  readonly expectedRecords: number;
  /** Records in `payload`. */
  readonly recoveredRecords: number;
  readonly deadLetterId: string;
  /** Why records are missing, where an error is the cause. */
  readonly error?: ReadError;
}

/** The error of the processor that a redrive ended with. */
export interface RedriveError {
  readonly name: string;
  readonly message: string;
  readonly at: string;
  /** Name or ARN of the function. */
  readonly to: string;
}

/** Redrives of a dead letter that the processor failed. */
export interface FailedRedrives {
  /** How many: each ended with a function error or a partial response. Of a remainder, those of the original dead letter count too. */
  readonly attempts: number;
  readonly lastError: RedriveError;
}

/** Where a dead letter is the remainder of another one, of which a redrive sent some records. */
export interface Remainder {
  /** ID of the original dead letter. */
  readonly of: string;
  /** When the redrive sent the other records. */
  readonly at: string;
  /** Why these records remain. */
  readonly reason: { readonly name: string; readonly message: string };
  /** The failed batch of the original failure record. */
  readonly batch: BatchInfo;
}

/** What redrives did with a dead letter: the fields of either or of both are present. */
export type Redrive = Partial<FailedRedrives & Remainder>;

/** A failure record, unchanged, with the records that it names. `payload` is an event for the processor. */
export interface DeadLetter extends FailureRecord {
  readonly payload: { readonly Records: readonly unknown[] };
  readonly hydration: Hydration;
  /**
   * Present where the processor failed a redrive, or a redrive sent some of the records: the batch of the failure record then describes the
   * remainder.
   */
  readonly redrive?: Redrive;
}

export function toDeadLetter(failure: FailureRecord, reading: ReadResult): DeadLetter {
  const { batchSize: expectedRecords = 0 } = batchOf(failure);
  const status = statusOf(expectedRecords, reading);
  return {
    ...failure,
    payload: { Records: reading.records },
    hydration: {
      formatVersion: FORMAT_VERSION,
      status,
      expectedRecords,
      recoveredRecords: reading.records.length,
      deadLetterId: deadLetterId(failure),
      // An error does not matter where the read found all records.
      ...(!isWhole(status) && reading.error && { error: reading.error }),
    },
  };
}

function statusOf(expected: number, reading: ReadResult): HydrationStatus {
  if (reading.unreadable) return HydrationStatus.UNREADABLE;
  const recovered = reading.records.length;
  if (recovered === 0 && expected > 0) return HydrationStatus.EXPIRED;
  // The number of records alone proves nothing: the range can hold records that did not fail.
  if (!reading.hasStart || !reading.hasEnd || reading.hasGap || recovered < expected) return HydrationStatus.PARTIAL;
  return recovered > expected ? HydrationStatus.SUPERSET : HydrationStatus.COMPLETE;
}
