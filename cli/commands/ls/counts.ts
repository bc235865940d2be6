import { failedOrSentAt } from '../../messages/failure-time';
import type { MessageInfo } from '../../messages/message-info';

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

/** Counts messages by whatever they have. A field that none has is left out. */
export function countByField(messages: readonly MessageInfo[], now: Date): FieldCounts {
  const fields: Record<string, Counts> = {
    status: countsOf(messages, ({ summary }) => summary?.status),
    function: countsOf(messages, ({ summary }) => summary && functionName(summary.functionArn)),
    condition: countsOf(messages, ({ summary }) => summary?.condition),
    shard: countsOf(messages, ({ summary }) => summary?.shardId),
    origin: countsOf(messages, ({ undeliverable }) => undeliverable?.origin),
    reason: countsOf(messages, ({ undeliverable, parkedBecause }) => undeliverable?.reason ?? parkedBecause),
    age: agesOf(messages, now),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, counts]) => counts.size > 0));
}

/** What comes after `function:` in an ARN: the name, and alias or version where the mapping invokes one. */
export function functionName(arn: string): string {
  return arn.split(':').slice(6).join(':') || arn;
}

function countsOf(messages: readonly MessageInfo[], valueOf: (message: MessageInfo) => string | undefined): Counts {
  const counts = new Map<string, number>();
  for (const message of messages) {
    const value = valueOf(message);
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return new Map([...counts].sort(([, one], [, other]) => other - one));
}

function agesOf(messages: readonly MessageInfo[], now: Date): Counts {
  const counts = countsOf(messages, (message) => AGES.find(([, limit]) => now.getTime() - failedOrSentAt(message).getTime() < limit)![0]);
  return new Map(AGES.flatMap(([name]) => (counts.has(name) ? [[name, counts.get(name)!] as const] : [])));
}
