import { CustomMetric, Environment, isWhole, METRIC_NAMESPACE, MetricDimension } from '../../src/contract';
import { Hydration } from '../shared/dead-letter/dead-letter';
import { requireEnv } from './require-env';

/** Units of CloudWatch, by metric. */
const UNITS: { readonly [Name in CustomMetric]: 'Count' | 'Milliseconds' | 'Bytes' } = {
  [CustomMetric.DEAD_LETTERS_SENT]: 'Count',
  [CustomMetric.INCOMPLETE_DEAD_LETTERS]: 'Count',
  [CustomMetric.RECORDS_RECOVERED]: 'Count',
  [CustomMetric.RECORDS_MISSING]: 'Count',
  [CustomMetric.CAPTURE_LATENCY]: 'Milliseconds',
  [CustomMetric.OVERFLOW_BYTES]: 'Bytes',
  [CustomMetric.DEAD_LETTERS_REDRIVEN]: 'Count',
  [CustomMetric.REDRIVES_FAILED]: 'Count',
};

/** What was measured while a dead letter was sent. */
export interface Measurements {
  /** From the failure record to the dead letter in the queue. Undefined where the failure record has no time. */
  readonly latencyMillis?: number;
  /** Bytes of the dead letter in S3: 0 where the queue has it. */
  readonly overflowBytes: number;
}

export function countDeadLetter({ status, expectedRecords, recoveredRecords }: Hydration, { latencyMillis, overflowBytes }: Measurements): void {
  writeMetrics(
    {
      [CustomMetric.DEAD_LETTERS_SENT]: 1,
      [CustomMetric.INCOMPLETE_DEAD_LETTERS]: isWhole(status) ? 0 : 1,
      [CustomMetric.RECORDS_RECOVERED]: recoveredRecords,
      [CustomMetric.RECORDS_MISSING]: Math.max(0, expectedRecords - recoveredRecords),
      ...(latencyMillis !== undefined && { [CustomMetric.CAPTURE_LATENCY]: latencyMillis }),
      [CustomMetric.OVERFLOW_BYTES]: overflowBytes,
    },
    status,
  );
}

export function countRedrive({ succeeded }: { readonly succeeded: boolean }): void {
  writeMetrics({ [CustomMetric.DEAD_LETTERS_REDRIVEN]: succeeded ? 1 : 0, [CustomMetric.REDRIVES_FAILED]: succeeded ? 0 : 1 });
}

/**
 * Writes one line in the CloudWatch embedded metric format where `CUSTOM_METRICS` is set. The number of dead letters also has the status as a
 * dimension.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
function writeMetrics(values: Partial<Record<CustomMetric, number>>, status?: string): void {
  if (process.env[Environment.CUSTOM_METRICS] !== 'true') return;
  const definitions = (names: readonly CustomMetric[]) => names.map((name) => ({ Name: name, Unit: UNITS[name] }));
  const line = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        { Namespace: METRIC_NAMESPACE, Dimensions: [[MetricDimension.QUEUE]], Metrics: definitions(Object.keys(values) as CustomMetric[]) },
        ...(status
          ? [{
              Namespace: METRIC_NAMESPACE,
              Dimensions: [[MetricDimension.QUEUE, MetricDimension.STATUS]],
              Metrics: definitions([CustomMetric.DEAD_LETTERS_SENT]),
            }]
          : []),
      ],
    },
    [MetricDimension.QUEUE]: requireEnv(Environment.QUEUE_URL).split('/').at(-1),
    ...(status && { [MetricDimension.STATUS]: status }),
    ...values,
  };
  // Not by the console, which puts the time and the request id before the JSON: CloudWatch finds no metrics in that.
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
