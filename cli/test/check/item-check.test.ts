import { TABLE_STREAM_ARN } from '../../../test/support/dynamo-records';
import { ItemCheck } from '../../check/item-check';
import { type Item, itemText } from '../../check/same-item';

const KEY = { id: { S: 'a' } };
const image = (total: number) => ({ ...KEY, total: { N: String(total) } });
const change = (eventName: string, OldImage?: object, NewImage?: object, Keys: object = KEY) =>
  ({ eventName, eventSource: 'aws:dynamodb', dynamodb: { Keys, ...(OldImage && { OldImage }), ...(NewImage && { NewImage }) } });

/** What a check says of records while the items are these. */
async function check(records: readonly unknown[], ...items: Item[]) {
  const asked: Item[][] = [];
  const it = new ItemCheck({
    read: async (table, keys) => {
      expect(table).toBe('orders');
      asked.push([...keys]);
      return new Map(items.map((item) => [itemText({ id: item.id }), item]));
    },
  });
  return { verdicts: await it.verdictsOf({ streamArn: TABLE_STREAM_ARN, event: { Records: records } }, new AbortController().signal), asked };
}

describe('a record', () => {
  test.each<[string, unknown, Item[], string]>([
    ['of an insert whose item is untouched', change('INSERT', undefined, image(1)), [image(1)], 'matches-new'],
    ['of an insert whose item is gone', change('INSERT', undefined, image(1)), [], 'matches-old'],
    ['of an insert whose item was overwritten', change('INSERT', undefined, image(1)), [image(2)], 'differs'],
    ['of a change whose item is untouched', change('MODIFY', image(1), image(2)), [image(2)], 'matches-new'],
    ['of a change that was taken back', change('MODIFY', image(1), image(2)), [image(1)], 'matches-old'],
    ['of a change whose item was overwritten', change('MODIFY', image(1), image(2)), [image(3)], 'differs'],
    ['of a change whose item is gone', change('MODIFY', image(1), image(2)), [], 'differs'],
    ['of a removal whose item is gone', change('REMOVE', image(1)), [], 'matches-new'],
    ['of a removal that was taken back', change('REMOVE', image(1)), [image(1)], 'matches-old'],
    ['of a removal whose item is another one now', change('REMOVE', image(1)), [image(2)], 'differs'],
    ['with the keys only', change('MODIFY'), [image(1)], 'unknown'],
    ['of an insert with the keys only', change('INSERT'), [image(1)], 'unknown'],
    ['of an insert with the keys only, whose item is gone', change('INSERT'), [], 'matches-old'],
    ['of a removal with the keys only', change('REMOVE'), [], 'matches-new'],
    ['of a removal with the keys only, whose item is back', change('REMOVE'), [image(1)], 'differs'],
    ['with the new image only', change('MODIFY', undefined, image(2)), [image(1)], 'differs'],
    ['with the old image only', change('MODIFY', image(1)), [image(1)], 'matches-old'],
    ['with the old image only, whose item is not that', change('MODIFY', image(1)), [image(2)], 'unknown'],
  ])('%s', async (_, record, items, verdict) => {
    expect((await check([record], ...items)).verdicts).toEqual([verdict]);
  });

  test.each([null, 7, 'x', {}, { dynamodb: null }, { dynamodb: {} }, { dynamodb: { Keys: {} } }, { kinesis: {} }])('that is none of a table is unknown: %j', async (record) => {
    expect((await check([record])).verdicts).toEqual(['unknown']);
  });
});

describe('several records of one item in a dead letter', () => {
  const records = [change('INSERT', undefined, image(1)), change('MODIFY', image(1), image(2)), change('MODIFY', image(2), image(3))];

  test.each<[string, Item[], string]>([
    ['untouched since the last', [image(3)], 'matches-new'],
    ['as before the first', [], 'matches-old'],
    ['as between two of them', [image(2)], 'differs'],
    ['another one', [image(9)], 'differs'],
  ])('have one verdict: %s', async (_, items, verdict) => {
    const { verdicts, asked } = await check(records, ...items);
    expect(verdicts).toEqual([verdict, verdict, verdict]);
    expect(asked).toEqual([[KEY]]);
  });

  test('that end where they began match the new state', async () => {
    expect((await check([change('MODIFY', image(1), image(2)), change('MODIFY', image(2), image(1))], image(1))).verdicts).toEqual(['matches-new', 'matches-new']);
  });

  test('say nothing of other items', async () => {
    const other = { id: { S: 'b' } };
    const { verdicts } = await check([records[0], change('INSERT', undefined, other, other), records[1]], image(2));
    expect(verdicts).toEqual(['matches-new', 'matches-old', 'matches-new']);
  });
});

test('items of records that no state is known of are not read', async () => {
  expect((await check([change('MODIFY')])).asked).toEqual([[]]);
});
