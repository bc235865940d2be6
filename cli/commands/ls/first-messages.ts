import { failedOrSentAt } from '../../messages/failure-time';
import type { MessageInfo } from '../../messages/message-info';
import { functionName } from './counts';

/** What a list of messages is sorted by. */
export const SORTS = ['age', 'status', 'function', 'condition', 'shard', 'records'] as const;
export type Sort = (typeof SORTS)[number];

/** The first messages in an order. As many are kept, however many there are. */
export class FirstMessages {
  private kept: MessageInfo[] = [];

  constructor(private readonly sort: Sort, private readonly most: number) {}

  add(message: MessageInfo): void {
    this.kept.push(message);
    // Not for each: sorting takes longer than keeping as many again.
    if (this.kept.length >= 2 * this.most) this.kept = [...this.sorted];
  }

  get sorted(): readonly MessageInfo[] {
    return this.kept.sort(ORDERS[this.sort]).slice(0, this.most);
  }
}

type Order = (one: MessageInfo, other: MessageInfo) => number;
const byAge: Order = (one, other) => failedOrSentAt(one).getTime() - failedOrSentAt(other).getTime();
const byText = (textOf: (message: MessageInfo) => string | undefined): Order =>
  (one, other) => (textOf(one) ?? '').localeCompare(textOf(other) ?? '') || byAge(one, other);

const ORDERS: Record<Sort, Order> = {
  age: byAge,
  status: byText(({ summary }) => summary?.status),
  function: byText(({ summary }) => summary && functionName(summary.functionArn)),
  condition: byText(({ summary }) => summary?.condition),
  shard: byText(({ summary }) => summary?.shardId),
  // Those with the most at stake.
  records: (one, other) => (other.summary?.recoveredRecords ?? 0) - (one.summary?.recoveredRecords ?? 0) || byAge(one, other),
};
