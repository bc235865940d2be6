import { type Alarm, type AlarmStatus, MetricAlarm } from './alarm';
import { type Metrics } from './metrics';
import { recordQueueMetrics } from './queue-metrics';

/** CloudWatch's part of an account. */
export interface CloudWatchAccount {
  readonly metrics: Metrics;
  /** By ARN. */
  readonly alarms: ReadonlyMap<string, Alarm>;
}

/** Lets minutes pass for metrics and alarms, without a wait. */
export class CloudWatch {
  constructor(private readonly account: CloudWatchAccount, private readonly admin: { readonly sqs: string }) {}

  /** At the end of each minute, records the metrics of the queues and evaluates the alarms. */
  async passMinutes(minutes: number): Promise<readonly AlarmStatus[]> {
    for (let minute = 0; minute < minutes; minute++) {
      await recordQueueMetrics(this.admin.sqs, this.account.metrics);
      this.account.metrics.pass(1);
      this.evaluate();
    }
    return this.statuses;
  }

  /** In the order in which the alarms were created. */
  get statuses(): readonly AlarmStatus[] {
    return [...this.account.alarms.values()].map(({ status }) => status);
  }

  private evaluate(): void {
    const alarms = [...this.account.alarms.values()];
    // A composite alarm looks at the states of the others.
    for (const alarm of alarms.filter((it) => it instanceof MetricAlarm)) alarm.evaluate();
    for (const alarm of alarms.filter((it) => !(it instanceof MetricAlarm))) alarm.evaluate();
  }
}
