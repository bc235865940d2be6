import type { HydrationStatus } from '../../../src/contract';
import type { Redrive } from './dead-letter';
import type { FailureRecord } from './failure-record';
import type { DeadLetterPointer } from './pointer';

/** What is known of a dead letter without its body: from the attributes of its message. */
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

/** A dead letter as it was taken from its queue (or from a file), whichever capture made it, with its body wherever that was. */
export interface ReceivedDeadLetter extends DeadLetterSummary {
  /** The failure record, without payload, hydration and redrive. */
  readonly failure: FailureRecord;
  /** Where it is what was left of another dead letter. */
  readonly redrive?: Redrive;
  /** What the processor is invoked with: `payload`, whole, whether it came as text or as JSON. No records: `Records` is empty. */
  readonly event: { readonly Records: readonly unknown[] };
  /** The body, as it was in the queue or in S3. */
  readonly text: string;
}
