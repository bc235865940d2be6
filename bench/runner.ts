import type { Bench } from './bench';
import { type Options, parseOptions } from './options';
import type { BenchResult } from './report';

/** What both kinds of runs print on stderr while they run. */
export type Progress = (what: string) => void;

/** Runs one bench with parsed options. @throws Error where the bench cannot run or has a wrong result */
export async function runOne(name: string, bench: Bench, options: Readonly<Record<string, unknown>>, progress: Progress): Promise<BenchResult> {
  const missing = bench.missing?.();
  if (missing !== undefined) throw new Error(missing);
  return measured(name, bench, options, progress);
}

/** Runs all benches in their short size, one after the other. One that cannot run is skipped; one that fails does not stop the others. */
export async function runAll(names: readonly string[], load: (name: string) => Bench, progress: Progress): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const name of names) {
    try {
      const bench = load(name);
      const skipped = bench.missing?.();
      const options = parseOptions(bench.options, {}, 'short');
      results.push(skipped === undefined ? await measured(name, bench, options, progress) : { name, options, seconds: 0, figures: [], skipped });
    } catch (error) {
      results.push({ name, options: {}, seconds: 0, figures: [], error: error instanceof Error ? error.stack ?? error.message : String(error) });
    }
  }
  return results;
}

async function measured(name: string, bench: Bench, options: Readonly<Record<string, unknown>>, progress: Progress): Promise<BenchResult> {
  const start = performance.now();
  const figures = await bench.run(options as never, (what) => progress(`${name}: ${what}`));
  return { name, options, seconds: Math.round((performance.now() - start) / 10) / 100, figures };
}

/** The lines of `--help` about options. */
export function describe(options: Options): string {
  const lines = Object.entries(options).map(([name, it]): [string, string] => [
    `--${name} ${it.placeholder}`, `${it.help} (default: ${it.default}${it.short === undefined ? '' : `, ${it.short} in a run of all`})`,
  ]);
  const width = Math.max(...lines.map(([option]) => option.length), '--json'.length) + 2;
  return [...lines, ['--json', 'print one JSON document on stdout instead of the table'], ['--help', 'print this text']]
    .map(([option, help]) => `  ${option.padEnd(width)}${help}\n`).join('');
}
