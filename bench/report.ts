import { availableParallelism, cpus } from 'node:os';
import Table from 'cli-table3';
import colors from 'picocolors';
import { type Figure, isMet, ratioOf, type Target } from './bench';

/** What one bench gave. */
export interface BenchResult {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  /** Why it did not run. */
  readonly skipped?: string;
  /** Why it did not end. */
  readonly error?: string;
}

/** All results as one JSON document. */
export function json(results: readonly BenchResult[]): string {
  const machine = { cores: availableParallelism(), processor: cpus()[0]?.model, node: process.version };
  const benches = results.map(({ figures, ...result }) => ({
    ...result,
    figures: figures.map((figure) => ({ ...figure, ratio: ratioOf(figure), met: isMet(figure) })),
  }));
  return `${JSON.stringify({ machine, benches }, null, 2)}\n`;
}

/** One bench as a table. */
export function table({ name, options, seconds, figures, skipped, error }: BenchResult): string {
  if (skipped !== undefined) return `${colors.bold(name)} ${colors.yellow(`skipped: ${skipped}`)}\n`;
  if (error !== undefined) return `${colors.bold(name)} ${colors.red(`failed: ${error}`)}\n`;
  const settings = Object.entries(options).map(([option, value]) => `--${option} ${Array.isArray(value) ? value.join(' ') : String(value)}`).join(' ');
  const rows = new Table({
    head: ['', 'value', 'rival', '', 'ratio', 'target', '', ''].map((title) => colors.dim(title)),
    colAligns: ['left', 'right', 'right', 'left', 'right', 'left', 'left', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const figure of figures) rows.push(row(figure));
  return `${colors.bold(name)} ${colors.dim(`${settings && `${settings} `}(took ${Math.round(seconds)} s)`)}\n${rows.toString()}\n`;
}

function row(figure: Figure): string[] {
  const { name, value, unit, rival, target, note = '' } = figure;
  const ratio = ratioOf(figure);
  const met = isMet(figure);
  const verdict = met === undefined ? '' : met ? colors.green('met') : colors.red('missed');
  return [
    name, withUnit(value, unit), rival ? withUnit(rival.value, unit) : '', rival?.name ?? '', ratio === undefined ? '' : colors.bold(ratio.toFixed(2)),
    target ? limit(target, unit) : '', verdict, note,
  ];
}

function limit({ of, atMost, atLeast }: Target, unit: string): string {
  const text = (value: number) => (of === 'ratio' ? `${value} ×` : withUnit(value, unit));
  return [...(atLeast === undefined ? [] : [`≥ ${text(atLeast)}`]), ...(atMost === undefined ? [] : [`≤ ${text(atMost)}`])].join(', ');
}

function withUnit(value: number, unit: string): string {
  const digits = Number.isInteger(value) || Math.abs(value) >= 1_000 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}
