import Table from 'cli-table3';
import stringWidth from 'string-width';
import type { Column } from './output';
import { printable } from './printable';

const GAP = 2;
/** A column that shrinks keeps this much, if it ever had it: the beginning of an id or a name. */
const LEAST_WIDTH = 12;
/** The same of one that is cut in the middle: the beginning of a name and its end. */
const LEAST_WIDTH_OF_BOTH_ENDS = 20;

export interface RenderedTable {
  readonly text: string;
  /** Titles of the columns that there was no room for. */
  readonly leftOut: readonly string[];
}

interface SizedColumn<Row> {
  readonly column: Column<Row>;
  /** As wide as its widest value. */
  readonly natural: number;
  readonly least: number;
  /** Whether all rows have the same value in it, and that is said elsewhere. */
  readonly isSaid: boolean;
}

/**
 * A table without lines, as wide as `width` at most: columns that say nothing new are left out, others shrink, then are left out, too.
 * Without a width nothing is cut.
 */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width, head }: { readonly width?: number; readonly head: (title: string) => string },
): RenderedTable {
  const texts = new Map(columns.map((column) => [column, rows.map((row) => printable(column.value(row)))]));
  const sized = columns.map((column): SizedColumn<Row> => {
    const values = texts.get(column)!;
    const natural = values.reduce((most, text) => Math.max(most, stringWidth(text)), stringWidth(column.title));
    const least = column.least ?? (column.shrinks === 'middle' ? LEAST_WIDTH_OF_BOTH_ENDS : LEAST_WIDTH);
    return {
      column,
      natural,
      least: column.shrinks ? Math.min(natural, Math.max(least, stringWidth(column.title))) : natural,
      isSaid: column.isSummarized === true && new Set(values).size === 1,
    };
  });
  const kept = width === undefined ? sized : fitting(withoutSaid(sized, width), width);
  const widths = width === undefined ? kept.map(({ natural }) => natural) : shrunk(kept, width);

  const table = new Table({
    head: kept.map(({ column }) => head(column.title)),
    // Cut off by cli-table3, with an ellipsis.
    colWidths: widths,
    colAligns: kept.map(({ column }) => column.align ?? 'left'),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    chars: { ...NO_LINES, middle: ' '.repeat(GAP) },
  });
  rows.forEach((row, index) => {
    table.push(kept.map(({ column }, place) => {
      const whole = texts.get(column)![index];
      const text = column.shrinks === 'middle' ? cutInTheMiddle(whole, widths[place]) : whole;
      return column.paint && text ? column.paint(text, row) : text;
    }));
  });
  const text = table.toString().split('\n').map((line) => line.trimEnd()).join('\n');
  return { text, leftOut: columns.filter((column) => !kept.some((other) => other.column === column)).map(({ title }) => title) };
}

/** As few columns less as it takes to fit: those that say the same in all rows. */
function withoutSaid<Row>(columns: readonly SizedColumn<Row>[], width: number): readonly SizedColumn<Row>[] {
  const place = columns.findIndex(({ isSaid }) => isSaid);
  if (place < 0 || totalWidth(columns.map(({ natural }) => natural)) <= width) return columns;
  return withoutSaid(columns.filter((_, index) => index !== place), width);
}

/** All columns that fit once the shrinking ones are as narrow as they go; the most expendable are left out first. */
function fitting<Row>(columns: readonly SizedColumn<Row>[], width: number): readonly SizedColumn<Row>[] {
  if (totalWidth(columns.map(({ least }) => least)) <= width) return columns;
  const first = Math.min(...columns.map(({ column }) => column.expendable ?? Infinity));
  return first === Infinity ? columns : fitting(columns.filter(({ column }) => column.expendable !== first), width);
}

/** What is too much is taken from the widest of the shrinking columns first. */
function shrunk<Row>(columns: readonly SizedColumn<Row>[], width: number): number[] {
  const widths = columns.map(({ natural }) => natural);
  for (let excess = totalWidth(widths) - width; excess > 0; excess--) {
    const [widest] = columns
      .map(({ least }, index) => ({ index, spare: widths[index] - least }))
      .filter(({ spare }) => spare > 0)
      .sort((one, other) => widths[other.index] - widths[one.index]);
    if (!widest) break;
    widths[widest.index]--;
  }
  return widths;
}

function cutInTheMiddle(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  // What tells names of a stack apart, and what CloudFormation made unique, is at their end.
  const characters = [...text];
  const tail: string[] = [];
  const head: string[] = [];
  const room = () => width - 1 - stringWidth([...head, ...tail].join(''));
  for (let isTail = true; characters.length > 0; isTail = !isTail) {
    const next = (isTail ? characters.at(-1) : characters[0])!;
    if (stringWidth(next) > room()) break;
    if (isTail) tail.unshift(characters.pop()!);
    else head.push(characters.shift()!);
  }
  return `${head.join('')}…${tail.join('')}`;
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
}

/** What cli-table3 would draw lines with. */
const NO_LINES = Object.fromEntries(
  [
    'top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right',
    'right-mid',
  ].map((name) => [name, '']),
);
