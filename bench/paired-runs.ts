import { median } from './median';

/**
 * Runs contestants in turns, each first as often: whatever else the machine does falls on all of them. The first round, with cold caches,
 * does not count. Results of one round are pairs.
 */
export async function inTurns<Name extends string, Result>(
  contestants: Readonly<Record<Name, () => Result | Promise<Result>>>, rounds: number,
): Promise<Readonly<Record<Name, readonly Result[]>>> {
  const names = Object.keys(contestants) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Result[]])) as Record<Name, Result[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const result = await contestants[name]();
      if (round > 0) results[name].push(result);
    }
  }
  return results;
}

/** Median of the ratios of pairs. */
export function pairedRatio(values: readonly number[], rivals: readonly number[]): number {
  return median(values.map((value, pair) => value / rivals[pair]));
}
