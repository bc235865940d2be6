import { failedOrSentAt } from '../../messages/failure-time';
import type { MessageInfo } from '../../messages/message-info';
import type { SeenMessage } from '../../messages/seen-messages';
import type { FailureReason, NoReason } from '../../reason/failure-reason';
import { functionName } from './counts';
import { sourceName } from './native-columns';

/** What `ls --by` groups dead letters by. */
export const GROUPINGS = ['error', 'function', 'key', 'shard', 'hour', 'source', 'message-group'] as const;
export type Grouping = (typeof GROUPINGS)[number];
/** What is known without the body of a message. */
export type FieldGrouping = 'function' | 'shard' | 'hour' | NativeGrouping;
/** What only a native dead letter has. */
export type NativeGrouping = 'source' | 'message-group';

/** Dead letters that have something in common. */
export interface Group {
  /** What it is, for people. */
  readonly name: string;
  /** The same for `--json`. */
  readonly document: object;
  /** For --group: of dead letters with the same reason. */
  readonly id?: string;
  /** Why they have none, where no reason was found. */
  readonly notFound?: NoReason;
  readonly functions: ReadonlySet<string>;
  readonly deadLetters: number;
  readonly records: number;
  readonly first: Date;
  readonly last: Date;
  /** The newest of them. */
  readonly example: string;
}

type Kind = Pick<Group, 'name' | 'document' | 'id' | 'notFound'>;

/** Counts dead letters by what they have in common. */
export class Groups {
  private readonly byKey = new Map<string, { -readonly [Field in keyof Group]: Group[Field] } & { readonly functions: Set<string> }>();

  /** @param records how many of its records are meant */
  add(key: string, kind: Kind, message: MessageInfo, records = message.summary?.recoveredRecords ?? 0): void {
    const time = failedOrSentAt(message);
    const example = message.summary?.deadLetterId ?? message.messageId;
    const known = this.byKey.get(key);
    const group = known ?? { ...kind, functions: new Set<string>(), deadLetters: 0, records: 0, first: time, last: time, example };
    if (!known) this.byKey.set(key, group);
    group.deadLetters++;
    group.records += records;
    if (time < group.first) group.first = time;
    if (time > group.last) Object.assign(group, { last: time, example });
    if (message.summary) group.functions.add(functionName(message.summary.functionArn));
  }

  addReason({ type, message, fingerprint }: FailureReason, of: MessageInfo): void {
    this.add(fingerprint, { name: message ? `${type}: ${message}` : type, document: { group: fingerprint, error: { type, message } }, id: fingerprint }, of);
  }

  addNoReason(notFound: NoReason, of: MessageInfo): void {
    this.add(`not found: ${notFound.name}`, { name: `no reason found (${notFound.name})`, document: { notFound }, notFound }, of);
  }

  /** The largest first, those without a reason last. */
  get sorted(): readonly Group[] {
    return [...this.byKey.values()].sort((one, other) =>
      Number(one.notFound !== undefined) - Number(other.notFound !== undefined)
      || other.deadLetters - one.deadLetters || other.records - one.records || other.last.getTime() - one.last.getTime());
  }
}

/** Groups messages as they come: by what is known of them, what is in their bodies, or in logs. */
export interface MessageGrouping {
  readonly groups: Groups;
  add(message: SeenMessage): Promise<void> | void;
  /** After the last message. */
  finish(): Promise<void>;
  /** Whether all messages could be read. */
  readonly isWhole: boolean;
  /** What there is to say of it. */
  readonly notes: readonly string[];
  /** For `--json`. */
  readonly document: object;
}

/** Groups messages by what is known of them without their bodies. */
export class GroupByField implements MessageGrouping {
  readonly groups = new Groups();
  readonly isWhole = true;
  readonly notes = [];
  readonly document = {};

  constructor(private readonly by: FieldGrouping) {}

  add({ seen }: SeenMessage): void {
    const name = FIELDS[this.by](seen) ?? 'not a dead letter';
    this.groups.add(name, { name, document: { [this.by]: name } }, seen);
  }

  async finish(): Promise<void> {}
}

const FIELDS: Record<FieldGrouping, (message: MessageInfo) => string | undefined> = {
  'function': ({ summary }) => summary && functionName(summary.functionArn),
  'shard': ({ summary }) => summary?.shardId,
  'source': (message) => message.native && sourceName(message),
  'message-group': ({ native }) => native && (native.messageGroupId ?? 'none'),
  'hour': (message) => failedOrSentAt(message).toISOString().replace(/:.*/, ':00Z'),
};
