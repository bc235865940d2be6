import { MetricMath, type Series } from './metric-math';
import type { MetricId, Metrics } from './metrics';
import { type Periods, seriesOf } from './statistics';

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export interface DashboardBody {
  readonly widgets: readonly GraphWidget[];
}

/** Places and sizes are in units of the grid, which is 24 wide. */
export interface GraphWidget {
  readonly type: 'metric';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title: string;
    readonly metrics: readonly MetricRow[];
    /** Seconds. */
    readonly period: number;
    readonly yAxis?: { readonly left?: Axis; readonly right?: Axis };
  };
}

interface Axis {
  readonly label?: string;
}

/** Namespace, name, and each dimension with its value; then options. An expression has options only. */
export type MetricRow = readonly [...string[], RowOptions] | readonly [RowOptions];

interface RowOptions {
  readonly id?: string;
  readonly label?: string;
  readonly expression?: string;
  readonly stat?: string;
  readonly visible?: boolean;
  readonly yAxis?: 'left' | 'right';
}

/** A line of a graph. */
export interface Line {
  readonly label: string;
  readonly axis: 'left' | 'right';
  readonly series: Series;
}

/** The lines that a widget shows, with what they show at the end of a run. */
export function linesOf({ properties }: GraphWidget, metrics: Metrics, periods: Periods): Line[] {
  const rows = properties.metrics.map((row) => ({ parts: row.slice(0, -1) as string[], options: row.at(-1) as RowOptions }));
  const seriesOfRow = ({ parts, options: { stat = 'Average' } }: (typeof rows)[number]) => seriesOf(metrics.of(metricOf(parts)), stat, periods);
  const byId = new Map(rows.flatMap((row) => (row.options.id ? [[row.options.id, row] as const] : [])));
  return rows.filter(({ options }) => options.visible !== false).map((row) => {
    const { label, expression, yAxis = 'left' } = row.options;
    const series = expression === undefined ? seriesOfRow(row) : new MetricMath(expression).evaluate((id) => seriesOfRow(byId.get(id)!));
    return { label: label ?? row.parts[1], axis: yAxis, series };
  });
}

function metricOf([namespace, name, ...dimensions]: readonly string[]): MetricId {
  const pairs = Array.from({ length: dimensions.length / 2 }, (_, index) => [dimensions[2 * index], dimensions[2 * index + 1]]);
  return { namespace, name, dimensions: Object.fromEntries(pairs) as Record<string, string> };
}
