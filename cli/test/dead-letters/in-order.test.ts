import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { propertyRuns } from '../../../test/support/property-runs';
import { checkedInOrder, Gate } from '../../dead-letters/in-order';

async function* numbers(count: number, onEnd: () => void = () => undefined, failure?: Error): AsyncGenerator<number, void, void> {
  try {
    for (let it = 0; it < count; it++) yield it;
    if (failure) throw failure;
  } finally {
    onEnd();
  }
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const given: Item[] = [];
  for await (const item of items) given.push(item);
  return given;
}

describe('items that are checked in their order', () => {
  test('come in it with their results, however long each check takes', async () => {
    const millis = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 });
    await fc.assert(fc.asyncProperty(millis, fc.integer({ min: 1, max: 5 }), async (waits, most) => {
      let underWay = 0;
      const check = async (it: number): Promise<string> => {
        expect(++underWay).toBeLessThanOrEqual(most);
        await sleep(waits[it]);
        underWay--;
        return `checked ${it}`;
      };
      const given = await all(checkedInOrder(numbers(waits.length), check, most));
      expect(given).toEqual(waits.map((_, item) => ({ item, result: `checked ${item}` })));
    }), propertyRuns(200));
  });

  test('are given as soon as they are checked, while more are awaited', async () => {
    async function* slow(): AsyncGenerator<number, void, void> {
      yield 1;
      await new Promise(() => undefined);
    }
    const { value } = await checkedInOrder(slow(), async (it) => it, 10).next();
    expect(value).toEqual({ item: 1, result: 1 });
  });

  test('one at a time are not asked for ahead', async () => {
    const asked: number[] = [];
    for await (const { item } of checkedInOrder(numbers(5), async (it) => asked.push(it), 1)) {
      expect(asked).toHaveLength(item + 1);
    }
  });

  test('end with what asks for them', async () => {
    const onEnd = jest.fn();
    for await (const { item } of checkedInOrder(numbers(50, onEnd), async (it) => it, 4)) if (item === 2) break;
    expect(onEnd).toHaveBeenCalledTimes(1);
  });

  test('fail in the place of what failed, also where they come from', async () => {
    const given: number[] = [];
    const check = async (it: number) => {
      if (it === 3) throw new Error('check');
      return it;
    };
    const take = async (items: AsyncIterable<{ item: number }>) => {
      for await (const { item } of items) given.push(item);
    };
    await expect(take(checkedInOrder(numbers(9), check, 5))).rejects.toThrow('check');
    expect(given.splice(0)).toEqual([0, 1, 2]);
    await expect(take(checkedInOrder(numbers(2, undefined, new Error('source')), async (it) => sleep(5, it), 5))).rejects.toThrow('source');
    expect(given).toEqual([0, 1]);
  });
});

test('a gate lets so many pass at a time, and everybody in the end', async () => {
  const gate = new Gate(2);
  let [underWay, most] = [0, 0];
  const results = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(async (it) => gate.pass(async () => {
    most = Math.max(most, ++underWay);
    await sleep(1);
    underWay--;
    if (it === 2) throw new Error('no');
    return it;
  })));
  expect(most).toBe(2);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
});
