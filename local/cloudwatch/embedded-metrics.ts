import { isObject } from '../json';
import type { MetricId } from './metrics';

export interface EmbeddedMetric {
  readonly metric: MetricId;
  readonly value: number;
}

interface MetricDirective {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
}

/**
 * The metrics of a log line in the embedded metric format. CloudWatch finds metrics only in a line that is JSON from its first character, and
 * ignores a metric whose value is not a number, or a dimension without a value. Its time stamp is not used: that is wall time.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(line: string): EmbeddedMetric[] {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return [];
  const root = parse(line);
  if (!isObject(root) || !isObject(root._aws) || !Array.isArray(root._aws.CloudWatchMetrics)) return [];
  return (root._aws.CloudWatchMetrics as MetricDirective[]).flatMap(({ Namespace: namespace, Dimensions: sets, Metrics: metrics }) =>
    sets.filter((names) => names.every((name) => name in root)).flatMap((names) => metrics.flatMap(({ Name: name }) => {
      const dimensions = Object.fromEntries(names.map((dimension) => [dimension, String(root[dimension])]));
      return [root[name]].flat()
        .filter((value) => typeof value === 'number')
        .map((value) => ({ metric: { namespace, name, dimensions }, value }));
    })));
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
