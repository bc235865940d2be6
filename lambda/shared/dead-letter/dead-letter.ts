import { FORMAT_VERSION, HydrationStatus, isWhole } from '../../../src/contract';
import { deadLetterId } from './dead-letter-id';
import { BatchInfo, batchOf, FailureRecord } from './failure-record';
import { ReadError, ReadResult } from './read-result';

/** How the payload of a dead letter came about, and how complete it is. */
export interface Hydration {
  /** `FORMAT_VERSION` of whatever wrote the dead letter. */
  readonly formatVersion: string;
  readonly status: HydrationStatus;
  /** Records in the batch that failed. */
  readonly expectedRecords: number;
  /** Records in `payload`. */
  readonly recoveredRecords: number;
  readonly deadLetterId: string;
  /** Why it is not whole, where something was refused. */
  readonly error?: ReadError;
}

/** What a dead letter is left of, of which some records were sent again. */
export interface Redrive {
  /** Id of the dead letter that it was part of. */
  readonly of: string;
  /** When the others were sent. */
  readonly at: string;
  /** Why these were not taken. */
  readonly reason: { readonly name: string; readonly message: string };
  /** The failed batch, as Lambda told of it. */
  readonly batch: BatchInfo;
}

/** A failure record, untouched, with the records it names. `payload` can be handed to the processor as its event. */
export interface DeadLetter extends FailureRecord {
  readonly payload: { readonly Records: readonly unknown[] };
  readonly hydration: Hydration;
  /** Where some of the records were sent again: the batch of the failure record is what is left then. */
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
      // A refusal on the way says nothing where all was found in the end.
      ...(!isWhole(status) && reading.error && { error: reading.error }),
    },
  };
}

function statusOf(expected: number, reading: ReadResult): HydrationStatus {
  if (reading.unreadable) return HydrationStatus.UNREADABLE;
  const recovered = reading.records.length;
  if (recovered === 0 && expected > 0) return HydrationStatus.EXPIRED;
  // A range that lost some may still hold enough records: others lie between those that failed.
  if (!reading.hasStart || !reading.hasEnd || reading.hasGap || recovered < expected) return HydrationStatus.PARTIAL;
  return recovered > expected ? HydrationStatus.SUPERSET : HydrationStatus.COMPLETE;
}
