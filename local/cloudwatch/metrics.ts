/** What identifies a metric: CloudWatch compares all dimensions, so one more or less is another metric. */
export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface DataPoint {
  /** Milliseconds since 1970, in the time of `Metrics.now`. */
  readonly timestamp: number;
  readonly value: number;
}

/** The data points of an account's metrics. Their time is wall time, plus the minutes that were let pass. */
export class Metrics {
  private readonly points = new Map<string, DataPoint[]>();
  private passedMillis = 0;

  now(): number {
    return Date.now() + this.passedMillis;
  }

  /** When the last complete minute ended. */
  get lastMinute(): number {
    return Math.floor(this.now() / MINUTE) * MINUTE;
  }

  /** Moves the time of metrics on, to the beginning of a minute: the current minute and all before it are complete then. */
  pass(minutes: number): void {
    const now = Date.now();
    this.passedMillis = (Math.floor((now + this.passedMillis) / MINUTE) + minutes) * MINUTE - now;
  }

  /** @param timestamp by default, now */
  record(metric: MetricId, value: number, timestamp: number = this.now()): void {
    const key = keyOf(metric);
    const points = this.points.get(key);
    if (points) points.push({ timestamp, value });
    else this.points.set(key, [{ timestamp, value }]);
  }

  of(metric: MetricId): readonly DataPoint[] {
    return this.points.get(keyOf(metric)) ?? [];
  }

  /** Every metric that has data. */
  get ids(): MetricId[] {
    return [...this.points.keys()].map((key) => {
      const [namespace, name, dimensions] = JSON.parse(key) as [string, string, [string, string][]];
      return { namespace, name, dimensions: Object.fromEntries(dimensions) };
    });
  }
}

const MINUTE = 60_000;

function keyOf({ namespace, name, dimensions }: MetricId): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
