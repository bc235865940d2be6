import type { DeadLetterSummary } from '../../lambda/shared/dead-letter/received-dead-letter';
import { HydrationStatus } from '../../src/contract';
import { CliError } from '../cli-error';
import type { QueueContent } from '../dlq';
import { parseTime } from '../time';

/** Names of what a dead letter can be chosen by, and what each takes. */
export const FILTER_KEYS = {
  status: `one of ${Object.values(HydrationStatus).join(', ')}`,
  function: 'name of the processor, with any version or alias, or its exact ARN; * for any part of it, as in Orders*',
  condition: 'why Lambda gave up, such as RetryAttemptsExhausted',
  shard: 'a shard id, or the end of one',
  id: 'a dead-letter or message id, or at least the first 4 characters of one',
  since: 'a time such as 2026-01-31T08:00Z, or an age such as 15m, 2h, 3d: sent to its queue at that time or later',
  until: 'the same: sent to its queue before that time',
} as const;
export type FilterKey = keyof typeof FILTER_KEYS;

/** Keys that messages have which are no dead letters, such as undeliverables. */
const KEYS_OF_ANY_MESSAGE: ReadonlySet<FilterKey> = new Set(['id', 'since', 'until']);
const SHORTEST_ID = 4;
/** What is in a native dead-letter queue. */
export const NATIVE_MESSAGES = 'messages that SQS moved here';

/** What is known of a message without its body. */
export interface FilteredMessage {
  readonly messageId: string;
  readonly sentAt: Date;
  /** Absent where it is no dead letter. */
  readonly summary?: DeadLetterSummary;
  /** Its status in the queue, where a proof gives it another one. */
  readonly provenFrom?: HydrationStatus;
}

type Test = (message: FilteredMessage) => boolean;

/** What `--filter` chooses. Of one key any value will do, of different keys all must match. */
export class Filter {
  /** @throws CliError */
  static parse(texts: readonly string[], now = new Date()): Filter {
    const conditions = new Map<FilterKey, Test[]>();
    for (const text of texts.flatMap((it) => it.split(','))) {
      const [key, value] = parseCondition(text);
      conditions.set(key, [...(conditions.get(key) ?? []), testOf(key, value, now)]);
    }
    return new Filter(texts.join(','), conditions);
  }

  private constructor(
    /** As it was given: for plans and `--json`. */
    readonly text: string,
    private readonly conditions: ReadonlyMap<FilterKey, readonly Test[]>,
  ) {}

  get isEmpty(): boolean {
    return this.conditions.size === 0;
  }

  /** Keys that are given and that only dead letters have. */
  get deadLetterKeys(): readonly FilterKey[] {
    return [...this.conditions.keys()].filter((key) => !KEYS_OF_ANY_MESSAGE.has(key));
  }

  /** Undeliverables have no status, function, condition or shard. @throws CliError */
  refuseFor(content: QueueContent | typeof NATIVE_MESSAGES): void {
    const [key] = this.deadLetterKeys;
    if ((content !== 'undeliverables' && content !== NATIVE_MESSAGES) || key === undefined) return;
    throw new CliError(`--filter ${key}= is for dead letters: ${content} can be chosen by ${[...KEYS_OF_ANY_MESSAGE].join(', ')}.`);
  }

  matches(message: FilteredMessage): boolean {
    return [...this.conditions.values()].every((tests) => tests.some((test) => test(message)));
  }
}

/** Whether an id, or the beginning of one, names a message. */
export function hasId(id: string, { messageId, summary }: Pick<FilteredMessage, 'messageId' | 'summary'>): boolean {
  const text = id.toLowerCase();
  return messageId.toLowerCase().startsWith(text) || summary?.deadLetterId.toLowerCase().startsWith(text) === true;
}

/** @throws CliError */
export function requireId(text: string, what: string): string {
  if (text.length >= SHORTEST_ID && /^[\w.-]+$/.test(text)) return text;
  throw new CliError(`${what} must be a dead-letter or message id, or at least its first ${SHORTEST_ID} characters, got: "${text}". "ls" lists them.`);
}

function parseCondition(text: string): [FilterKey, string] {
  const [, key, value] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(text) ?? [];
  if (key === undefined) throw new CliError(`--filter must be key=value, got: "${text}". Keys are ${Object.keys(FILTER_KEYS).join(', ')}.`);
  if (!Object.hasOwn(FILTER_KEYS, key)) throw new CliError(`--filter knows no key "${key}". Keys are ${Object.keys(FILTER_KEYS).join(', ')}.`);
  if (value === '') throw new CliError(`--filter ${key}= must have a value: ${FILTER_KEYS[key as FilterKey]}.`);
  return [key as FilterKey, value];
}

function testOf(key: FilterKey, value: string, now: Date): Test {
  switch (key) {
    case 'status': {
      const status = requireStatus(value);
      return ({ summary, provenFrom }) => summary?.status === status || provenFrom === status;
    }
    case 'function':
      return ({ summary }) => summary !== undefined && isFunction(summary.functionArn, value);
    case 'condition':
      return ({ summary }) => summary?.condition.toLowerCase() === value.toLowerCase();
    case 'shard':
      return ({ summary }) => summary !== undefined && summary.shardId.toLowerCase().endsWith(value.toLowerCase());
    case 'id': {
      const id = requireId(value, '--filter id=');
      return (message) => hasId(id, message);
    }
    case 'since': {
      const since = requireTime(key, value, now);
      return ({ sentAt }) => sentAt >= since;
    }
    case 'until': {
      const until = requireTime(key, value, now);
      return ({ sentAt }) => sentAt < until;
    }
  }
}

function requireStatus(value: string): HydrationStatus {
  const status = Object.values(HydrationStatus).find((it) => it === value.toUpperCase());
  if (!status) throw new CliError(`--filter status= must be ${FILTER_KEYS.status}, got: "${value}".`);
  return status;
}

function requireTime(key: 'since' | 'until', value: string, now: Date): Date {
  const time = parseTime(value, now);
  if (!time) throw new CliError(`--filter ${key}= must be a time such as 2026-01-31T08:00Z, or an age such as 15m, 2h, 3d, got: "${value}".`);
  return time;
}

/** By its ARN, or by its name with or without the alias or version that the mapping invokes; `*` stands for any characters, or none. */
function isFunction(arn: string, value: string): boolean {
  const qualified = arn.split(':').slice(6).join(':');
  const pattern = new RegExp(`^${value.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's');
  return [arn, qualified, qualified.split(':')[0]].some((name) => pattern.test(name));
}
