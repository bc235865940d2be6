import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { VirtualTime } from './virtual-time';

/** What a way from the topic to the function gets: the failure records, and what the function works with. */
export interface Storm {
  readonly time: VirtualTime;
  readonly random: () => number;
  /** Failure records, as the topic has them. */
  readonly failures: readonly string[];
  readonly timeoutMillis: number;
  readonly accountConcurrency: number;
  readonly maxBytes: number;
  coldStartMillis(): number;
  client(): KinesisClient;
  send(deadLetter: DeadLetter): Promise<void>;
}

/** A way of the failure records from the topic to the function. It ends when all of them are dead letters or undeliverable. */
export type Delivery = (storm: Storm) => Promise<{ readonly undeliverable: number }>;
