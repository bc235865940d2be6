import { Environment, METRIC_NAMESPACE, MetricDimension } from '../../src/contract';
import { emittedMetric } from './emitted-metrics';

interface Dimension {
  readonly Name: string;
  readonly Value: unknown;
}

interface AlarmedMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
}

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** A template, as far as the metrics of its alarms go. */
export interface WatchedTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** How a template refers to the value of a dimension: by `Ref`, or by an attribute. */
const VALUES: Readonly<Record<string, { readonly type: string; readonly attribute?: string }>> = {
  FunctionName: { type: 'AWS::Lambda::Function' },
  EventSourceMappingUUID: { type: 'AWS::Lambda::EventSourceMapping' },
  QueueName: { type: 'AWS::SQS::Queue', attribute: 'QueueName' },
  [MetricDimension.QUEUE]: { type: 'AWS::SQS::Queue', attribute: 'QueueName' },
  TopicName: { type: 'AWS::SNS::Topic', attribute: 'TopicName' },
  RuleName: { type: 'AWS::Events::Rule' },
};

/** The metrics of an alarm: one, or those of its metric math. */
function metricsOf({ Properties: { Metrics: queries, ...properties } }: Resource): AlarmedMetric[] {
  if (!queries) return [properties as unknown as AlarmedMetric];
  return (queries as { readonly MetricStat?: { readonly Metric: AlarmedMetric } }[]).flatMap(({ MetricStat: stat }) => stat?.Metric ?? []);
}

/** Why alarms of a template watch what nothing emits, one line each. */
export function problemsOf({ Resources: resources }: WatchedTemplate): string[] {
  return Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm').flatMap(([id, alarm]) =>
    metricsOf(alarm).flatMap((metric) => problemsOfMetric(metric, resources).map((problem) => `${id}: ${metric.MetricName} ${problem}`)));
}

function problemsOfMetric({ Namespace: namespace, MetricName: name, Dimensions: dimensions = [] }: AlarmedMetric, resources: WatchedTemplate['Resources']): string[] {
  const names = dimensions.map(({ Name }) => Name);
  if (!emittedMetric(namespace, name, names)) return [`of ${namespace} is not emitted with the dimensions ${names.join(', ') || 'none'}`];
  return dimensions.flatMap(({ Name, Value }) => problemOfValue(Name, Value, resources) ?? problemOfSwitch(namespace, Name, Value, resources) ?? []);
}

/** A value of another stack or account is a name. */
function problemOfValue(name: string, value: unknown, resources: WatchedTemplate['Resources']): string | undefined {
  const expected = VALUES[name];
  if (!expected) return undefined;
  if (typeof value === 'string') return /[:/]/.test(value) && name !== 'EventSourceMappingUUID' ? `has a ${name} that is no name, got: ${value}` : undefined;
  const { id, attribute } = reference(value);
  // From another stack, or a part of an ARN.
  if (id === undefined || !resources[id]) return undefined;
  if (resources[id].Type === expected.type && attribute === expected.attribute) return undefined;
  return `has a ${name} that is not the ${attribute ?? 'Ref'} of ${expected.type}, got: ${JSON.stringify(value)}`;
}

/** What is emitted on request only must be requested. */
function problemOfSwitch(namespace: string, name: string, value: unknown, resources: WatchedTemplate['Resources']): string | undefined {
  const { id } = reference(value);
  if (name === 'EventSourceMappingUUID' && id !== undefined) {
    const config = resources[id].Properties.MetricsConfig as { readonly Metrics: readonly string[] } | undefined;
    return config?.Metrics.includes('EventCount') ? undefined : 'needs EventCount in the MetricsConfig of its mapping';
  }
  if (namespace !== METRIC_NAMESPACE || name !== MetricDimension.QUEUE || id === undefined) return undefined;
  const emits = Object.values(resources).some(({ Type, Properties: properties }) => {
    if (Type !== 'AWS::Lambda::Function') return false;
    const { Variables: variables } = (properties.Environment ?? {}) as { readonly Variables?: Readonly<Record<string, unknown>> };
    return variables?.[Environment.CUSTOM_METRICS] === 'true' && reference(variables[Environment.QUEUE_URL]).id === id;
  });
  return emits ? undefined : 'is of a queue that no function of the stack writes metrics of';
}

function reference(value: unknown): { readonly id?: string; readonly attribute?: string } {
  const { Ref: ref, 'Fn::GetAtt': attribute } = (value ?? {}) as { readonly Ref?: string; readonly 'Fn::GetAtt'?: [string, string] };
  return attribute ? { id: attribute[0], attribute: attribute[1] } : { id: ref };
}
