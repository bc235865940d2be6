import { FailureRecord } from './failure-record';

export type AttemptOutcome =
  | 'ok'
  /** The function failed. */
  | 'error'
  /** The function reported item failures. */
  | 'partial'
  /** The function was not run: its event would be over 6 MB. */
  | 'oversized'
  /** The function was not run: its concurrency was used up. */
  | 'throttled';

export interface BatchEvent {
  readonly shardId: string;
  /** 0 for the final call of a tumbling window, whose sequence numbers are empty. */
  readonly batchSize: number;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  /** From 1, counted anew for every piece and after progress. */
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  /** Of the last record, when the event was sent to the function. Undefined for the final call of a tumbling window. */
  readonly iteratorAgeMillis?: number;
}

export interface BisectEvent {
  readonly shardId: string;
  readonly batchSize: number;
  readonly pieces: readonly [number, number];
}

export interface MappingEvents {
  batch: [BatchEvent];
  bisect: [BisectEvent];
  giveUp: [{ readonly failureRecord: FailureRecord }];
  destinationFailed: [{ readonly failureRecord: FailureRecord; readonly error: Error }];
  /** A call to the stream that will be tried again. Without a shard, it was for the list of shards. */
  busy: [{ readonly shardId?: string; readonly error: Error }];
  /** The role may not read the stream: the mapping stays enabled, asks again, and goes on once it may. Without a shard, as above. */
  denied: [{ readonly shardId?: string; readonly error: Error }];
  /** The mapping has stopped for good; `idle` is rejected with the same error. */
  failed: [Error];
}

export interface MappingCounters {
  /** Batches as they were cut from the stream. */
  batches: number;
  /** Calls of the function, throttled ones not counted. */
  invocations: number;
  splits: number;
  /** Calls of the function after the first of a batch or piece. */
  retries: number;
  /** Records that no filter let through. */
  recordsFiltered: number;
  recordsProcessed: number;
  recordsGivenUp: number;
  /** Failure records that reached the destination. */
  failureRecords: number;
  failedDeliveries: number;
}

export function newCounters(): MappingCounters {
  return {
    batches: 0,
    invocations: 0,
    splits: 0,
    retries: 0,
    recordsFiltered: 0,
    recordsProcessed: 0,
    recordsGivenUp: 0,
    failureRecords: 0,
    failedDeliveries: 0,
  };
}
