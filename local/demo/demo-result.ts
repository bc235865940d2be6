import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import type { Published, Reckoning } from './reckoning';

/** What the mapping did with one shard. */
export interface ShardStory {
  readonly shardId: string;
  orders: number;
  /** Invocations of the processor. */
  invocations: number;
  /** Batches cut in two after an error. */
  splits: number;
  /** Invocations with records that had failed as they were before. */
  retries: number;
  processed: number;
  givenUp: number;
}

/** Everything the demo found out; `--json` prints it. */
export interface DemoResult {
  readonly reckoning: Reckoning;
  readonly stack: { readonly name: string; readonly resources: number };
  readonly shards: readonly ShardStory[];
  readonly iam: { readonly checked: number; readonly denied: readonly string[] };
  /** As Lambda wrote them: no data. */
  readonly failureRecords: readonly FailureRecord[];
  /** As they wait in the queue: with data. */
  readonly deadLetters: readonly DeadLetter[];
  readonly poison: readonly Pick<Published, 'sequenceNumber' | 'partitionKey' | 'shardId' | 'poison'>[];
  readonly timings: {
    readonly synthMillis: number;
    readonly deployMillis: number;
    readonly publishMillis: number;
    readonly settleMillis: number;
  };
}
