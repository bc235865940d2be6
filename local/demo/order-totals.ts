import type { KinesisStreamRecord } from 'aws-lambda';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { Order } from './orders';

/** An order on the stream. */
export interface Published extends Order {
  readonly sequenceNumber: string;
  readonly shardId: string;
}

export interface OrderTotals {
  readonly published: number;
  readonly poison: number;
  readonly processed: number;
  /** Failing orders that are in a dead letter with the published key, sequence number and bytes. */
  readonly deadLettered: number;
  /** Orders that are neither processed nor in a dead letter. */
  readonly lost: readonly string[];
  /** Records in dead letters that did not fail, or that differ from what was published. */
  readonly foreign: readonly string[];
  readonly undeliverable: number;
  readonly balanced: boolean;
}

/** Compares the published orders with the processed orders and with the dead letters. */
export function countOrders(
  published: readonly Published[],
  processedSequenceNumbers: ReadonlySet<string>,
  deadLetters: readonly DeadLetter[],
  undeliverable: number,
): OrderTotals {
  const records = deadLetters.flatMap(({ payload }) => payload.Records as KinesisStreamRecord[]);
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
