/** The most runs of a property: few, unless `FAST_CHECK_RUNS` asks for more. 10000 is the full number of every property. */
const MOST = Number(process.env.FAST_CHECK_RUNS ?? 200);

/** How often a property is run: the full number of times, or less in a quick round of tests. */
export function propertyRuns(full: number): { readonly numRuns: number } {
  if (!(MOST >= 1)) throw new Error(`FAST_CHECK_RUNS must be a positive number, got: ${process.env.FAST_CHECK_RUNS}`);
  return { numRuns: Math.min(full, MOST) };
}
