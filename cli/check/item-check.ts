import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import type { CurrentItems } from './current-items';
import { isSameItem, type Item, itemText } from './same-item';
import { Verdict } from './verdict';

/** A state of an item: `absent`, or undefined where the stream does not show it. */
type State = Item | 'absent' | undefined;

/** The changes of one item in a dead letter, as one: from before the first of them to after the last. */
interface Change {
  readonly keys: Item;
  readonly before: State;
  after: State;
}

interface TableRecord {
  readonly eventName?: unknown;
  readonly dynamodb: { readonly Keys: Item; readonly NewImage?: unknown; readonly OldImage?: unknown };
}

/** Compares the records of a table's stream with the items as they are now. */
export class ItemCheck {
  constructor(private readonly items: Pick<CurrentItems, 'read'>) {}

  /**
   * What each record is. All records of one item in a dead letter have the same verdict: an item is never compared with a state between them.
   * @throws ItemsNotReadError, or what DynamoDB answers
   */
  async verdictsOf({ streamArn, event: { Records: records } }: Pick<ReceivedDeadLetter, 'streamArn' | 'event'>, signal: AbortSignal): Promise<Verdict[]> {
    const changes = changesIn(records);
    const comparable = [...changes.values()].filter(({ before, after }) => before !== undefined || after !== undefined);
    const items = await this.items.read(tableOf(streamArn), comparable.map(({ keys }) => keys), signal);
    return records.map((record) => {
      const text = keyText(record);
      const change = text === undefined ? undefined : changes.get(text);
      return change ? verdictOf(change, items.get(text!) ?? 'absent') : Verdict.UNKNOWN;
    });
  }
}

function changesIn(records: readonly unknown[]): ReadonlyMap<string, Change> {
  const changes = new Map<string, Change>();
  for (const record of records) {
    const text = keyText(record);
    if (text === undefined) continue;
    const { eventName, dynamodb: { Keys: keys, NewImage: newImage, OldImage: oldImage } } = record as TableRecord;
    const after = eventName === 'REMOVE' ? 'absent' : stateOf(newImage);
    const known = changes.get(text);
    if (known) known.after = after;
    else changes.set(text, { keys, before: eventName === 'INSERT' ? 'absent' : stateOf(oldImage), after });
  }
  return changes;
}

function verdictOf({ before, after }: Change, now: Exclude<State, undefined>): Verdict {
  if (after !== undefined && isSame(after, now)) return Verdict.MATCHES_NEW;
  if (before !== undefined && isSame(before, now)) return Verdict.MATCHES_OLD;
  return after === undefined ? Verdict.UNKNOWN : Verdict.DIFFERS;
}

function isSame(one: Exclude<State, undefined>, other: Exclude<State, undefined>): boolean {
  return one === 'absent' || other === 'absent' ? one === other : isSameItem(one, other);
}

function keyText(record: unknown): string | undefined {
  const { Keys: keys } = ((record as { dynamodb?: unknown } | null)?.dynamodb ?? {}) as { readonly Keys?: unknown };
  const isKey = typeof keys === 'object' && keys !== null && Object.keys(keys).length > 0;
  return isKey ? itemText(keys as Item) : undefined;
}

function stateOf(image: unknown): State {
  return typeof image === 'object' && image !== null ? (image as Item) : undefined;
}

function tableOf(streamArn: string): string {
  return streamArn.split(':').slice(5).join(':').split('/')[1];
}
