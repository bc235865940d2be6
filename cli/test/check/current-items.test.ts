import type { BatchGetItemCommand, BatchGetItemCommandInput, BatchGetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { CurrentItems } from '../../check/current-items';
import { type Item, itemText } from '../../check/same-item';

const never = new AbortController().signal;
const keyOf = (number: number) => ({ id: { S: `order-${number}` } });

/** A table that returns so many keys of each call at most, and has an item for each of them. */
function tableOf(limit: (call: number) => number, hasItem: (key: Item) => boolean = () => true) {
  const calls: BatchGetItemCommandInput[] = [];
  const send = async ({ input }: BatchGetItemCommand): Promise<Partial<BatchGetItemCommandOutput>> => {
    calls.push(input);
    const { Keys = [] } = input.RequestItems!.orders;
    const count = limit(calls.length);
    const left = Keys.slice(count);
    return {
      Responses: { orders: Keys.slice(0, count).filter(hasItem).map((key) => ({ ...key, total: { N: '1' } })) },
      UnprocessedKeys: left.length > 0 ? { orders: { Keys: left, ConsistentRead: true } } : {},
    };
  };
  return { calls, items: new CurrentItems({ send } as never, [0, 0, 0]) };
}

test('reads a hundred keys a call, each once, and strongly consistent', async () => {
  const { calls, items } = tableOf(() => 100);
  const keys = Array.from({ length: 250 }, (_, number) => keyOf(number));
  const found = await items.read('orders', [...keys, ...keys.slice(0, 7)], never);
  expect(calls.map(({ RequestItems }) => RequestItems!.orders.Keys!.length)).toEqual([100, 100, 50]);
  expect(calls.every(({ RequestItems }) => RequestItems!.orders.ConsistentRead)).toBe(true);
  expect([...found.keys()].sort()).toEqual(keys.map((key) => itemText(key)).sort());
});

test('asks again for keys that DynamoDB left out', async () => {
  const { calls, items } = tableOf((call) => (call % 2 === 1 ? 0 : 30));
  expect((await items.read('orders', Array.from({ length: 120 }, (_, number) => keyOf(number)), never)).size).toBe(120);
  expect(calls.length).toBeGreaterThan(4);
});

test('gives up where DynamoDB goes on to return nothing', async () => {
  const { calls, items } = tableOf(() => 0);
  await expect(items.read('orders', [keyOf(1)], never)).rejects.toThrow('DynamoDB did not return 1 items of table orders in time: its read capacity is used up');
  expect(calls).toHaveLength(4);
});

test('has no item where there is none, and asks nothing without a key', async () => {
  const { calls, items } = tableOf(() => 100, ({ id }) => (id as { S: string }).S !== 'order-1');
  expect([...(await items.read('orders', [keyOf(1), keyOf(2)], never)).keys()]).toEqual([itemText(keyOf(2))]);
  expect((await items.read('orders', [], never)).size).toBe(0);
  expect(calls).toHaveLength(1);
});

test('gives binary keys as bytes, and finds their items', async () => {
  const { calls, items } = tableOf(() => 100);
  const key = { id: { B: Buffer.from('ab').toString('base64') } };
  expect([...(await items.read('orders', [key], never)).keys()]).toEqual([itemText(key)]);
  expect(calls[0].RequestItems!.orders.Keys).toEqual([{ id: { B: Buffer.from('ab') } }]);
});
