import type { Message } from '@aws-sdk/client-sqs';
import { readDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter-message';
import type { ObjectReader } from '../../../lambda/shared/dead-letter/object-reader';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import { plainItem } from '../../decode/attribute-value';
import { decodeRecord } from '../../decode/stream-record';
import type { SeenMessage } from '../../messages/seen-messages';
import { count } from '../../output/text';
import { Groups, type MessageGrouping } from './groups';

interface Key {
  readonly name: string;
  readonly document: object;
}

/** Dead letters by the keys of their records: one counts in the group of each. */
export class GroupByKey implements MessageGrouping {
  readonly groups = new Groups();
  readonly document = {};
  /** Why some were not read. */
  private readonly unread = new Map<string, number>();

  constructor(private readonly objects: ObjectReader, private readonly aborted: AbortSignal) {}

  async add({ message, seen }: SeenMessage): Promise<void> {
    const found = new Map<string, { readonly key: Key; records: number }>();
    for (const key of await this.keysIn(message)) {
      const known = found.get(key.name) ?? { key, records: 0 };
      known.records++;
      found.set(key.name, known);
    }
    for (const [name, { key, records }] of found) this.groups.add(name, key, seen, records);
  }

  async finish(): Promise<void> {}

  get isWhole(): boolean {
    return this.unread.size === 0;
  }

  get notes(): readonly string[] {
    return [...this.unread].map(([reason, times]) => `${count(times, 'dead letter')} could not be read: ${reason}`);
  }

  private async keysIn(message: Message): Promise<Key[]> {
    try {
      const { event } = await readDeadLetter(message, this.objects, this.aborted);
      return event.Records.flatMap(keysOf);
    } catch (error) {
      if (!(error instanceof UndeliverableError)) throw error;
      this.unread.set(error.message, (this.unread.get(error.message) ?? 0) + 1);
      return [];
    }
  }
}

/** Of an aggregate, those of its user records. */
function keysOf(record: unknown): Key[] {
  const decoded = decodeRecord(record);
  switch (decoded.kind) {
    case 'kinesis': {
      const { partitionKey, userRecords } = decoded.kinesis;
      return (userRecords?.length ? userRecords : [{ partitionKey }]).map(({ partitionKey: key }) => ({ name: key ?? 'none', document: { key: key ?? null } }));
    }
    case 'dynamodb': {
      const { keys } = decoded.change;
      const { dynamodb } = record as { readonly dynamodb: { readonly Keys?: unknown } };
      return [{ name: keys.map(({ name, value }) => `${name} = ${value}`).join(', ') || 'none', document: { keys: plainItem(dynamodb.Keys) ?? null } }];
    }
    case 'unknown':
      return [{ name: 'none', document: { key: null } }];
  }
}
