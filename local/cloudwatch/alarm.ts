import { type AlarmSettings, type AlarmState, alarmState, evaluationRange } from './alarm-state';
import { MetricMath } from './metric-math';
import type { MetricId, Metrics } from './metrics';
import { checkStatistic, type Periods, seriesOf } from './statistics';

/** What an alarm says of itself. */
export interface AlarmStatus {
  readonly name: string;
  readonly state: AlarmState;
  /** The latest value. Absent where there is no data, and of a composite alarm. */
  readonly value?: number;
  /** Such as `>= 1`. Absent of a composite alarm. */
  readonly condition?: string;
}

export interface Alarm {
  readonly name: string;
  readonly arn: string;
  readonly state: AlarmState;
  readonly status: AlarmStatus;
  evaluate(): void;
}

/** A metric of an alarm, and how the data points of a period become one value. */
export interface MetricStat {
  readonly metric: MetricId;
  readonly statistic: string;
}

export interface MetricAlarmSpec extends Pick<AlarmSettings, 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData'> {
  readonly name: string;
  readonly arn: string;
  readonly comparisonOperator: string;
  readonly threshold: number;
  readonly periodSeconds: number;
  /** By ID. */
  readonly metrics: ReadonlyMap<string, MetricStat>;
  /** Of the IDs. */
  readonly math: MetricMath;
}

const OPERATORS: Readonly<Record<string, { readonly sign: string; compare(value: number, threshold: number): boolean }>> = {
  GreaterThanOrEqualToThreshold: { sign: '>=', compare: (value, threshold) => value >= threshold },
  GreaterThanThreshold: { sign: '>', compare: (value, threshold) => value > threshold },
  LessThanThreshold: { sign: '<', compare: (value, threshold) => value < threshold },
  LessThanOrEqualToThreshold: { sign: '<=', compare: (value, threshold) => value <= threshold },
};

/** An alarm on a metric, or on a sum of metrics. */
export class MetricAlarm implements Alarm {
  /** An alarm has no data when it is created. */
  state: AlarmState = 'INSUFFICIENT_DATA';
  private value?: number;
  private readonly settings: AlarmSettings;

  constructor(readonly spec: MetricAlarmSpec, private readonly metrics: Metrics) {
    const { comparisonOperator, threshold, periodSeconds, math } = spec;
    const operator = OPERATORS[comparisonOperator];
    if (!operator) throw new Error(`property ComparisonOperator must be one of ${Object.keys(OPERATORS).join(', ')} here, got: ${comparisonOperator}`);
    if (!(periodSeconds > 0 && periodSeconds % 60 === 0)) throw new Error(`property Period must be a multiple of 60 here, got: ${periodSeconds}`);
    for (const { statistic } of spec.metrics.values()) checkStatistic(statistic);
    for (const id of math.ids) {
      if (!spec.metrics.has(id)) throw new Error(`property Metrics must define all metrics of ${math.expression}, got none with the ID ${id}`);
    }
    this.settings = { ...spec, isBreaching: (value) => operator.compare(value, threshold) };
  }

  get name(): string {
    return this.spec.name;
  }

  get arn(): string {
    return this.spec.arn;
  }

  get status(): AlarmStatus {
    const { spec: { name, comparisonOperator, threshold }, state, value } = this;
    return { name, state, ...(value !== undefined && { value }), condition: `${OPERATORS[comparisonOperator].sign} ${threshold}` };
  }

  evaluate(): void {
    const series = this.spec.math.evaluate((id) => {
      const { metric, statistic } = this.spec.metrics.get(id)!;
      return seriesOf(this.metrics.of(metric), statistic, this.periods);
    });
    this.value = series.findLast((value) => value !== undefined);
    this.state = alarmState(series, this.settings, this.state);
  }

  /**
   * One value for each period of the evaluation range. The last period ends with the last complete minute: CloudWatch evaluates an alarm every
   * minute, also one with a longer period.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
   */
  private get periods(): Periods {
    return { end: this.metrics.lastMinute, length: this.spec.periodSeconds * 1_000, count: evaluationRange(this.spec) };
  }
}

/** An alarm on the states of other alarms. */
export class CompositeAlarm implements Alarm {
  state: AlarmState = 'INSUFFICIENT_DATA';
  /** ARNs or names. */
  private readonly children: readonly string[];

  /** @param rule alarms in ALARM, joined by OR */
  constructor(readonly name: string, readonly arn: string, rule: string, private readonly alarms: () => Iterable<Alarm>) {
    this.children = rule.trim().replace(/^\((.*)\)$/s, '$1').split(/\s+OR\s+/).map((term) => {
      const child = /^\(*ALARM\("?([^"()]+)"?\)\)*$/.exec(term.trim())?.[1];
      if (!child) throw new Error(`property AlarmRule must be ALARM(…), joined by OR, here, got: ${rule}`);
      return child;
    });
  }

  get status(): AlarmStatus {
    return { name: this.name, state: this.state };
  }

  evaluate(): void {
    const isChild = ({ name, arn }: Alarm) => this.children.includes(arn) || this.children.includes(name);
    this.state = [...this.alarms()].some((alarm) => isChild(alarm) && alarm.state === 'ALARM') ? 'ALARM' : 'OK';
  }
}
