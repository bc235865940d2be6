import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../is-object';
import { anyText, jsonText, MOST_DEPTH, valueText } from './attribute-value';

type Image = Readonly<Record<string, unknown>>;

/** An attribute of an item, before and after a change. Absent where it was not there, or where the view of the stream does not show it. */
export interface AttributeChange {
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'changed' | 'same';
  readonly before?: string;
  readonly after?: string;
}

/** A change of an item, as the stream of its table tells of it. */
export interface ItemChange {
  readonly eventName: string;
  /** Who made it, where the stream says so: `time to live`, or the identity as JSON. Of what an application writes it does not. */
  readonly by?: string;
  readonly keys: readonly { readonly name: string; readonly value: string }[];
  /** Attributes beside the keys, those of the old image first. */
  readonly attributes: readonly AttributeChange[];
  /** Which images the stream has: an attribute is known to be added, removed or changed only where both are there. */
  readonly view: string;
  readonly sequenceNumber: string;
  readonly createdAt?: string;
}

/** The change that a record of a DynamoDB stream is. Never throws, whatever the record holds. */
export function itemChange(record: unknown): ItemChange {
  const { eventName, dynamodb, userIdentity } = objectOf(record);
  const { Keys, OldImage, NewImage, StreamViewType, SequenceNumber, ApproximateCreationDateTime: created } = objectOf(dynamodb);
  const keys = objectOf(Keys);
  const view = anyText(StreamViewType ?? 'unknown');
  return {
    eventName: anyText(eventName ?? 'unknown'),
    ...(isObject(userIdentity) && { by: identityText(userIdentity) }),
    keys: Object.entries(keys).map(([name, value]) => ({ name, value: valueText(value) })),
    attributes: changes(without(objectOf(OldImage), keys), without(objectOf(NewImage), keys), view === 'NEW_AND_OLD_IMAGES'),
    view,
    sequenceNumber: anyText(SequenceNumber ?? 'unknown'),
    ...(typeof created === 'number' && { createdAt: timeOf(created) }),
  };
}

function changes(before: Image, after: Image, hasBoth: boolean): AttributeChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.map((name) => {
    const [wasThere, isThere] = [Object.hasOwn(before, name), Object.hasOwn(after, name)];
    return {
      name,
      kind: hasBoth ? kindOf(before, after, name) : 'same',
      ...(wasThere && { before: valueText(before[name]) }),
      ...(isThere && { after: valueText(after[name]) }),
    };
  });
}

function kindOf(before: Image, after: Image, name: string): AttributeChange['kind'] {
  if (!Object.hasOwn(before, name)) return 'added';
  if (!Object.hasOwn(after, name)) return 'removed';
  return isDeepStrictEqual(ordered(before[name]), ordered(after[name])) ? 'same' : 'changed';
}

/** Sets have no order: each image may have its own, at any depth. */
function ordered(value: unknown, depth = 0): unknown {
  const [[type, content] = [], ...others] = Object.entries(objectOf(value));
  if (type === undefined || others.length > 0 || depth > MOST_DEPTH) return value;
  if (/^(SS|NS|BS)$/.test(type) && Array.isArray(content)) return { [type]: content.map(anyText).sort() };
  if (type === 'L' && Array.isArray(content)) return { L: content.map((it) => ordered(it, depth + 1)) };
  if (type === 'M' && isObject(content)) return { M: Object.fromEntries(Object.entries(content).map(([name, it]) => [name, ordered(it, depth + 1)])) };
  return value;
}

/** Who removes an item when its time to live is over: DynamoDB itself. */
function identityText(identity: Record<string, unknown>): string {
  const { principalId, type } = identity;
  return principalId === 'dynamodb.amazonaws.com' && type === 'Service' ? 'time to live' : jsonText(identity);
}

function without(image: Image, keys: Image): Image {
  return Object.fromEntries(Object.entries(image).filter(([name]) => !Object.hasOwn(keys, name)));
}

function timeOf(seconds: number): string {
  const time = new Date(seconds * 1_000);
  return Number.isNaN(time.getTime()) ? String(seconds) : time.toISOString();
}

function objectOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}
