import type { HydrationStatus } from '../../../src/contract';
import type { Redrive } from './dead-letter';
import type { FailureRecord } from './failure-record';
import type { DeadLetterPointer } from './pointer';

/** A dead letter without its body, from the attributes of its message. */
export interface DeadLetterSummary {
  readonly deadLetterId: string;
  readonly status: HydrationStatus;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly shardId: string;
  readonly condition: string;
  readonly expectedRecords: number;
  readonly recoveredRecords: number;
  readonly pointer?: DeadLetterPointer;
}

/** A dead letter that was received from its queue or read from a file, with its body. Both captures give this form. */
export interface ReceivedDeadLetter extends DeadLetterSummary {
  /** The failure record, without `payload`, `hydration` and `redrive`. */
  readonly failure: FailureRecord;
  /** Present where the processor failed a redrive, or where it is the remainder of another dead letter. */
  readonly redrive?: Redrive;
  /** The event to invoke the processor with: the whole `payload`, parsed. `Records` is empty where there are none. */
  readonly event: { readonly Records: readonly unknown[] };
  /** Numbers of these records in the stored dead letter, counted from 1. Absent where `event` has all of them. */
  readonly numbers?: readonly number[];
  /** The body as stored in the queue or in S3. */
  readonly text: string;
}
