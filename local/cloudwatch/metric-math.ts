/** A term of a sum. */
interface Term {
  /** The ID of a metric. */
  readonly id: string;
  /** What stands for a missing data point. */
  readonly fill?: number;
}

/** One value for each period. Undefined where there is no data. */
export type Series = readonly (number | undefined)[];

/** A sum of metrics, such as `a + b` and `FILL(a, 0) + FILL(b, 0)`. Other metric math is not emulated. */
export class MetricMath {
  private readonly terms: readonly Term[];

  constructor(readonly expression: string) {
    this.terms = expression.split('+').map((term) => {
      const [, id, filled, fill] = /^(?:([a-z]\w*)|FILL\(\s*([a-z]\w*)\s*,\s*(-?\d+(?:\.\d+)?)\s*\))$/.exec(term.trim()) ?? [];
      if (!id && !filled) throw new Error(`metric math must be a sum of metrics and of FILL(metric, number) here, got: ${expression}`);
      return id ? { id } : { id: filled, fill: Number(fill) };
    });
  }

  get ids(): readonly string[] {
    return this.terms.map(({ id }) => id);
  }

  /**
   * Arithmetic treats a missing value as 0, as long as another series has one.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-arithmetic
   */
  evaluate(seriesOf: (id: string) => Series): Series {
    const filled = this.terms.map(({ id, fill }) => seriesOf(id).map((value) => value ?? fill));
    return filled[0].map((_, index) => {
      const values = filled.flatMap((series) => series[index] ?? []);
      return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) : undefined;
    });
  }
}
