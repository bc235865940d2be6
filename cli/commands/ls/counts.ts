import { Duplicates } from '../../messages/duplicates';
import { failedOrSentAt } from '../../messages/failure-time';
import type { MessageInfo } from '../../messages/message-info';
import { sourceName } from './native-columns';

/** Values and how often each was seen, the most frequent first. */
export type Counts = ReadonlyMap<string, number>;

/** What messages are counted by. */
export type FieldCounts = Readonly<Record<string, Counts>>;

/** Ages that say what to do: at once, today, before it expires. */
const AGES = [
  ['under 15m', 15 * 60_000],
  ['15m to 1h', 3_600_000],
  ['1h to 1d', 86_400_000],
  ['1d to 7d', 7 * 86_400_000],
  ['over 7d', Infinity],
] as const;

/** What there is to say of messages, none of which is kept: there may be more than fit into memory. */
export class MessageCounts {
  messages = 0;
  records = 0;
  oldest?: Date;
  newest?: Date;
  private readonly failures = new Duplicates();
  private readonly fields: Readonly<Record<string, Map<string, number>>> = {
    status: new Map(), function: new Map(), condition: new Map(), shard: new Map(), origin: new Map(), reason: new Map(),
    source: new Map(), messageGroup: new Map(), age: new Map(),
  };

  constructor(private readonly now: Date) {}

  add(message: MessageInfo): void {
    const { summary, undeliverable, parkedBecause, native } = message;
    const time = failedOrSentAt(message);
    this.messages++;
    this.records += summary?.recoveredRecords ?? 0;
    if (!this.oldest || time < this.oldest) this.oldest = time;
    if (!this.newest || time > this.newest) this.newest = time;
    this.failures.add(message);
    const values = {
      status: summary?.status,
      function: summary && functionName(summary.functionArn),
      condition: summary?.condition,
      shard: summary?.shardId,
      origin: undeliverable?.origin,
      reason: undeliverable?.reason ?? parkedBecause,
      source: native && sourceName(message),
      messageGroup: native?.messageGroupId,
      age: AGES.find(([, limit]) => this.now.getTime() - time.getTime() < limit)![0],
    };
    for (const [field, value] of Object.entries(values)) {
      if (value !== undefined) this.fields[field].set(value, (this.fields[field].get(value) ?? 0) + 1);
    }
  }

  /** Messages whose failure is that of another one. */
  get repeats(): number {
    return this.failures.count;
  }

  /** A field that none has is left out. */
  get byField(): FieldCounts {
    const { age, ...others } = this.fields;
    const fields = Object.entries(others).map(([field, counts]) => [field, new Map([...counts].sort(mostFrequentFirst))] as const);
    const ages = new Map(AGES.flatMap(([name]) => (age.has(name) ? [[name, age.get(name)!] as const] : [])));
    return Object.fromEntries([...fields, ['age', ages] as const].filter(([, counts]) => counts.size > 0));
  }
}

/** Those that are as frequent in the order of their names: SQS hands out messages in any order. */
function mostFrequentFirst([one, ofOne]: readonly [string, number], [other, ofOther]: readonly [string, number]): number {
  return ofOther - ofOne || (one < other ? -1 : 1);
}

/** What comes after `function:` in an ARN: the name, and alias or version where the mapping invokes one. */
export function functionName(arn: string): string {
  return arn.split(':').slice(6).join(':') || arn;
}
