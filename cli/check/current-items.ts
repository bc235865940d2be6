import { setTimeout as sleep } from 'node:timers/promises';
import { type AttributeValue, BatchGetItemCommand, type BatchGetItemCommandOutput, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Item, itemText } from './same-item';

/** The limit of one call. */
const MAX_KEYS = 100;
/** The maximum delay before what DynamoDB left out is asked for again: about a quarter of a minute in total. */
const PAUSE_MILLIS = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000];

type Keys = NonNullable<NonNullable<BatchGetItemCommandOutput['UnprocessedKeys']>[string]['Keys']>;

/** DynamoDB did not return items, for lack of throughput. */
export class ItemsNotReadError extends Error {
  readonly name = 'ItemsNotRead';
}

/** Reads the items of a table as they are now. */
export class CurrentItems {
  constructor(
    private readonly client: Pick<DynamoDBClient, 'send'>,
    private readonly pauseMillis: readonly number[] = PAUSE_MILLIS,
  ) {}

  /**
   * The items that there are, by the text of their keys: `itemText`. Strongly consistent; no key more than once.
   * @throws ItemsNotReadError
   */
  async read(table: string, keys: readonly Item[], signal: AbortSignal): Promise<ReadonlyMap<string, Item>> {
    const items = new Map<string, Item>();
    const different = [...new Map(keys.map((key) => [itemText(key), key])).values()];
    const names = Object.keys(different[0] ?? {});
    let waiting = different.map(toSdk) as Keys;
    for (let pauses = 0; waiting.length > 0;) {
      const asked = waiting.slice(0, MAX_KEYS);
      const { Responses, UnprocessedKeys } = await this.client.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: asked, ConsistentRead: true } } }),
        { abortSignal: signal },
      );
      for (const item of Responses?.[table] ?? []) items.set(itemText(Object.fromEntries(names.map((name) => [name, item[name]]))), item);
      const left = UnprocessedKeys?.[table]?.Keys ?? [];
      waiting = [...left, ...waiting.slice(MAX_KEYS)];
      if (left.length < asked.length) pauses = 0;
      if (left.length === 0) continue;
      if (pauses === this.pauseMillis.length) throw new ItemsNotReadError(`DynamoDB did not return ${left.length} items of table ${table} in time: its read capacity is used up`);
      await sleep(Math.random() * this.pauseMillis[pauses++], undefined, { signal });
    }
    return items;
  }
}

/** Keys as the SDK takes them: events have binary values as base64. */
function toSdk(keys: Item): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(keys).map(([name, value]) => {
    const { B } = value as { readonly B?: unknown };
    return [name, (typeof B === 'string' ? { B: Buffer.from(B, 'base64') } : value) as AttributeValue];
  }));
}
