import type { Series } from './metric-math';
import type { DataPoint } from './metrics';

const STATISTICS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Sum: sum,
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
  Average: (values) => sum(values) / values.length,
  SampleCount: (values) => values.length,
};

/** Periods of equal length, the last of which ends at `end`. Milliseconds. */
export interface Periods {
  readonly end: number;
  readonly length: number;
  readonly count: number;
}

export function checkStatistic(statistic: string): void {
  if (!STATISTICS[statistic]) throw new Error(`property Statistic must be one of ${Object.keys(STATISTICS).join(', ')} here, got: ${statistic}`);
}

/** One value for each period, the oldest first. */
export function seriesOf(points: readonly DataPoint[], statistic: string, { end, length, count }: Periods): Series {
  checkStatistic(statistic);
  return Array.from({ length: count }, (_, index) => {
    const from = end - (count - index) * length;
    const values = points.filter(({ timestamp }) => timestamp >= from && timestamp < from + length).map(({ value }) => value);
    return values.length > 0 ? STATISTICS[statistic](values) : undefined;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
