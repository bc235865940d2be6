import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import type { AlarmStatus } from '../cloudwatch/alarm';
import type { Published, OrderTotals } from './order-totals';

/** What the event source mapping did with one shard. */
export interface ShardCounts {
  readonly shardId: string;
  orders: number;
  /** Invocations of the processor. */
  invocations: number;
  /** Batches that Lambda split after an error. */
  splits: number;
  /** Invocations with a batch that had failed before. */
  retries: number;
  processed: number;
  givenUp: number;
}

/** The result of the demo, which `--json` prints. */
export interface DemoResult {
  readonly reckoning: OrderTotals;
  readonly stack: { readonly name: string; readonly resources: number };
  readonly shards: readonly ShardCounts[];
  readonly iam: { readonly checked: number; readonly denied: readonly string[] };
  /** As Lambda sends them: metadata only. */
  readonly failureRecords: readonly FailureRecord[];
  /** As they are in the queue, with the records. */
  readonly deadLetters: readonly DeadLetter[];
  readonly poison: readonly Pick<Published, 'sequenceNumber' | 'partitionKey' | 'shardId' | 'poison'>[];
  /** Two minutes after the orders. */
  readonly alarms: readonly AlarmStatus[];
  readonly timings: {
    readonly synthMillis: number;
    readonly deployMillis: number;
    readonly publishMillis: number;
    readonly settleMillis: number;
  };
}
