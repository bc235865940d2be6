import fc from 'fast-check';
import stringWidth from 'string-width';
import type { Column } from '../../output/output';
import { renderTable } from '../../output/table';

interface Row {
  readonly id: string;
  readonly count: number;
  readonly reason: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'COUNT', value: ({ count }) => String(count), align: 'right' },
  { title: 'REASON', value: ({ reason }) => reason, shrinks: true, expendable: 1 },
];
const head = (title: string): string => title;
const rows: readonly Row[] = [
  { id: '3f2a', count: 7, reason: 'RetryAttemptsExhausted' },
  { id: '77c0', count: 12345, reason: 'x' },
];

describe('a table', () => {
  it('is whole without a width', () => {
    expect(renderTable(columns, rows, { head })).toEqual({
      text: ['ID    COUNT  REASON', '3f2a      7  RetryAttemptsExhausted', '77c0  12345  x'].join('\n'),
      leftOut: [],
    });
  });

  it('shrinks what may shrink, with an ellipsis', () => {
    expect(renderTable(columns, rows, { head, width: 30 })).toEqual({
      text: ['ID    COUNT  REASON', '3f2a      7  RetryAttemptsExh…', '77c0  12345  x'].join('\n'),
      leftOut: [],
    });
  });

  it('leaves out the most expendable column once nothing shrinks any more, and names it', () => {
    expect(renderTable(columns, rows, { head, width: 24 })).toEqual({ text: ['ID    COUNT', '3f2a      7', '77c0  12345'].join('\n'), leftOut: ['REASON'] });
  });

  it('leaves out others for a column that is to keep more', () => {
    const reason = { ...columns[2], expendable: undefined, least: 20 };
    const text = ['ID    REASON', '3f2a  RetryAttemptsExhaus…', '77c0  x'].join('\n');
    expect(renderTable([columns[0], { ...columns[1], expendable: 1 }, reason], rows, { head, width: 25 })).toEqual({ text, leftOut: ['COUNT'] });
  });

  it('leaves out one after the other, the lowest number first', () => {
    const three = [3, 1, 2].map((expendable): Column<Row> => ({ title: `T${expendable}`, value: () => 'value', expendable }));
    const at = (width: number): readonly string[] => renderTable(three, rows, { head, width }).leftOut;
    expect([19, 18, 12, 11, 5, 4].map(at)).toEqual([[], ['T1'], ['T1'], ['T1', 'T2'], ['T1', 'T2'], ['T3', 'T1', 'T2']]);
  });

  it('cuts names in the middle that begin alike', () => {
    const named: Column<string> = { title: 'FUNCTION', value: (name) => name, shrinks: 'middle' };
    const names = ['Orders-OrdersProcessor8A3F-x1', 'Orders-OrdersProcessor77B0-y2', 'orders'];
    const at = (width: number): string[] => renderTable([named], names, { head, width }).text.split('\n').slice(1);
    expect(at(29)).toEqual(names);
    expect(at(20)).toEqual(['Orders-Or…sor8A3F-x1', 'Orders-Or…sor77B0-y2', 'orders']);
    expect(at(10)).toEqual(at(20));
    expect(renderTable([named], ['日本'.repeat(20)], { head, width: 20 }).text.split('\n')[1]).toBe('日本日本…本日本日本');
  });

  it('leaves out first what is the same in all rows and said elsewhere, where it is too narrow', () => {
    const said: Column<Row> = { title: 'WHY', value: () => 'RetryAttemptsExhausted', isSummarized: true, shrinks: true };
    const all = [columns[0], said, { ...columns[2], isSummarized: true }];
    expect(renderTable(all, rows, { head }).leftOut).toEqual([]);
    expect(renderTable(all, rows, { head, width: 52 }).leftOut).toEqual([]);
    expect(renderTable(all, rows, { head, width: 51 })).toEqual({
      text: ['ID    REASON', '3f2a  RetryAttemptsExhausted', '77c0  x'].join('\n'), leftOut: ['WHY'],
    });
    expect(renderTable(all, rows.slice(0, 1), { head, width: 20 }).leftOut).toEqual(['WHY', 'REASON']);
  });

  it('keeps columns that may not be left out, however narrow the terminal is', () => {
    expect(renderTable(columns.slice(0, 2), rows, { head, width: 3 }).text).toBe(['ID    COUNT', '3f2a      7', '77c0  12345'].join('\n'));
  });

  it('shows what a terminal would act on, and colours only by paint', () => {
    const painted: Column<Row> = { title: 'R', value: ({ reason }) => reason, paint: (text, { count }) => `\u001b[3${count}m${text}\u001b[39m` };
    expect(renderTable([painted], [{ id: '', count: 1, reason: '\u001b[2J\n' }], { head }).text).toBe('R\n\u001b[31m\\u001b[2J\\u000a\u001b[39m');
  });

  it('has a head without rows', () => {
    expect(renderTable(columns, [], { head, width: 80 }).text).toBe('ID  COUNT  REASON');
  });

  it.each([80, 120])('never is wider than a terminal of %i columns where columns shrink enough', (width) => {
    const wide = Array.from({ length: 5 }, (_, index): Column<readonly string[]> => ({ title: `C${index}`, value: (row) => row[index], shrinks: true }));
    fc.assert(fc.property(fc.array(fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 5, maxLength: 5 }), { maxLength: 5 }), (values) => {
      const { text, leftOut } = renderTable(wide, values, { head, width });
      expect(leftOut).toEqual([]);
      expect(text.split('\n')).toHaveLength(values.length + 1);
      for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }));
  });
});
