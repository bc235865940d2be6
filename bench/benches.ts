import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench';

/** Folders with a `bench.ts`. */
export const BENCH_NAMES: readonly string[] = readdirSync(__dirname).filter((name) => existsSync(join(__dirname, name, 'bench.ts'))).sort();

/** Loads one bench only: each needs other parts of the repository. */
export function loadBench(name: string): Bench {
  if (!BENCH_NAMES.includes(name)) throw new Error(`bench must be one of ${BENCH_NAMES.join(', ')}, got: ${name}`);
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require(join(__dirname, name, 'bench')) as { readonly bench: Bench }).bench;
}
