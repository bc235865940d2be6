import type { KinesisStreamRecord } from 'aws-lambda';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { Order } from './orders';

/** An order on the stream. */
export interface Published extends Order {
  readonly sequenceNumber: string;
  readonly shardId: string;
}

export interface Reckoning {
  readonly published: number;
  readonly poison: number;
  readonly processed: number;
  /** Poison orders that are in a dead letter: key, sequence number and every byte as published. */
  readonly deadLettered: number;
  /** Orders that are neither processed nor in a dead letter. */
  readonly lost: readonly string[];
  /** Records in dead letters that are not poison, or not what was published. */
  readonly foreign: readonly string[];
  readonly undeliverable: number;
  readonly balanced: boolean;
}

/** Compares what was published with what was processed and what waits in the queues, order by order. */
export function reckon(
  published: readonly Published[],
  processedSequenceNumbers: ReadonlySet<string>,
  deadLetters: readonly DeadLetter[],
  undeliverable: number,
): Reckoning {
  const records = deadLetters.flatMap((letter) => letter.payload.Records as KinesisStreamRecord[]);
  const poison = new Map(published.filter((order) => order.poison).map((order) => [order.sequenceNumber, order]));
  const kept = new Set<string>();
  const foreign: string[] = [];
  for (const { kinesis } of records) {
    const order = poison.get(kinesis.sequenceNumber);
    if (order && order.partitionKey === kinesis.partitionKey && Buffer.from(order.data).equals(Buffer.from(kinesis.data, 'base64'))) {
      kept.add(kinesis.sequenceNumber);
    } else {
      foreign.push(kinesis.sequenceNumber);
    }
  }
  const lost = published
    .filter(({ sequenceNumber }) => !kept.has(sequenceNumber) && !processedSequenceNumbers.has(sequenceNumber))
    .map(({ sequenceNumber }) => sequenceNumber);
  const processed = published.filter(({ sequenceNumber }) => processedSequenceNumbers.has(sequenceNumber)).length;
  return {
    published: published.length,
    poison: poison.size,
    processed,
    deadLettered: kept.size,
    lost,
    foreign,
    undeliverable,
    balanced: lost.length === 0 && foreign.length === 0 && undeliverable === 0 && published.length === processed + kept.size,
  };
}
