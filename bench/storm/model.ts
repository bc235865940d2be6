import { BYTES_PER_SECOND, READS_PER_SECOND } from '../../lambda/shared/stream/read-pace';

/** What a storm is, and what hydrates it. */
export interface StormModel {
  readonly shards: number;
  readonly failures: number;
  /** Bytes of the range of each failure. */
  readonly bytes: number;
  readonly maxConcurrency: number;
}

/** Until all failure records are in the queue, and the instances run. */
const START_SECONDS = 2;
/** What each failure takes of an instance: an iterator, a read, a message to the dead-letter queue, and its share of a receive of ten. */
const MILLIS_OF_FAILURE = 20 + 20 + 20 + 3;
/** A receive gives failures of any shards, and an instance waits for those that it read a moment ago. Measured: 1.2 to 1.8. */
const WAITS = 1.5;

/**
 * Seconds until the last dead letter. The assumptions: failures are spread evenly over the shards, each has its own range, each call takes 20
 * ms, and no call fails. Either the shards are the limit, by their reads or bytes, or the instances, which read one range at a time.
 */
export function modelledSeconds({ shards, failures, bytes, maxConcurrency }: StormModel): number {
  const byShards = (failures / shards) * Math.max(1 / READS_PER_SECOND, bytes / BYTES_PER_SECOND);
  const byInstances = (failures * MILLIS_OF_FAILURE) / 1_000 / maxConcurrency;
  return START_SECONDS + WAITS * Math.max(byShards, byInstances);
}
