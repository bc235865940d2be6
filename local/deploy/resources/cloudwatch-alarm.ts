import { type Alarm, CompositeAlarm, MetricAlarm, type MetricAlarmSpec, type MetricStat } from '../../cloudwatch/alarm';
import { isTreatment } from '../../cloudwatch/alarm-state';
import { MetricMath } from '../../cloudwatch/metric-math';
import { unsupported, type PropertyValue } from '../property-types';
import { type CreatedResource, type ResourceContext, resourceType } from '../resource-type';

const actions = {
  AlarmName: 'string',
  // Actions are not called.
  ActionsEnabled: 'boolean',
  AlarmActions: ['string'],
  AlarmDescription: 'string',
  InsufficientDataActions: ['string'],
  OKActions: ['string'],
  Tags: 'unused',
} as const;

const dimensions = [{ Name: 'string', Value: 'string' }] as const;
const oneAccount = unsupported('there is one account and region');

const alarmProperties = {
  ...actions,
  ComparisonOperator: 'string',
  DatapointsToAlarm: 'number',
  Dimensions: dimensions,
  EvaluationPeriods: 'number',
  MetricName: 'string',
  Metrics: [{
    Id: 'string',
    Expression: 'string',
    Label: 'unused',
    ReturnData: 'boolean',
    Period: 'number',
    MetricStat: {
      Metric: { Namespace: 'string', MetricName: 'string', Dimensions: dimensions },
      Period: 'number',
      Stat: 'string',
      Unit: 'unused',
    },
    AccountId: oneAccount,
  }],
  Namespace: 'string',
  Period: 'number',
  Statistic: 'string',
  Threshold: 'number',
  TreatMissingData: 'string',
  Unit: unsupported('data points have no unit here'),
  EvaluateLowSampleCountPercentile: unsupported('percentiles are not computed'),
  ExtendedStatistic: unsupported('percentiles are not computed'),
  ThresholdMetricId: unsupported('there is no anomaly detection'),
} as const;

type AlarmProperties = PropertyValue<typeof alarmProperties>;

export const alarm = resourceType({
  type: 'AWS::CloudWatch::Alarm',
  properties: alarmProperties,
  required: ['ComparisonOperator', 'EvaluationPeriods', 'Threshold'],
  create: async (properties, context) => created(metricAlarm(properties, properties.AlarmName ?? context.generatedName(255), context), context),
  update: async (change, context) => changed(change.created, metricAlarm(change.after, change.created.physicalId, context), context),
});

function metricAlarm(
  properties: AlarmProperties & Required<Pick<AlarmProperties, 'ComparisonOperator' | 'EvaluationPeriods' | 'Threshold'>>,
  name: string,
  context: ResourceContext,
): MetricAlarm {
  const treatMissingData = properties.TreatMissingData ?? 'missing';
  if (!isTreatment(treatMissingData)) {
    throw new Error(`property TreatMissingData must be missing, ignore, breaching or notBreaching, got: ${treatMissingData}`);
  }
  return new MetricAlarm({
    name,
    arn: arnOf(name, context),
    comparisonOperator: properties.ComparisonOperator,
    threshold: properties.Threshold,
    evaluationPeriods: properties.EvaluationPeriods,
    datapointsToAlarm: properties.DatapointsToAlarm ?? properties.EvaluationPeriods,
    treatMissingData,
    ...(properties.Metrics ? mathOf(properties.Metrics) : metricOf(properties)),
  }, context.account.metrics);
}

export const compositeAlarm = resourceType({
  type: 'AWS::CloudWatch::CompositeAlarm',
  properties: {
    ...actions,
    AlarmRule: 'string',
    ActionsSuppressor: 'unused',
    ActionsSuppressorExtensionPeriod: 'unused',
    ActionsSuppressorWaitPeriod: 'unused',
  },
  required: ['AlarmRule'],
  async create({ AlarmName: givenName, AlarmRule: rule }, context) {
    const name = givenName ?? context.generatedName(255);
    return created(compositeOf(name, rule, context), context);
  },
  update: async (change, context) => changed(change.created, compositeOf(change.created.physicalId, change.after.AlarmRule, context), context),
});

function compositeOf(name: string, rule: string, context: ResourceContext): CompositeAlarm {
  return new CompositeAlarm(name, arnOf(name, context), rule, () => context.account.alarms.values());
}

type Watched = Pick<MetricAlarmSpec, 'metrics' | 'math' | 'periodSeconds'>;

function metricOf(properties: AlarmProperties): Watched {
  const { Namespace: namespace, MetricName: name, Statistic: statistic, Period: periodSeconds } = properties;
  if (namespace === undefined || name === undefined || statistic === undefined || periodSeconds === undefined) {
    throw new Error('properties Namespace, MetricName, Statistic and Period are required without Metrics');
  }
  const metric = { namespace, name, dimensions: byName(properties.Dimensions) };
  return { metrics: new Map([['metric', { metric, statistic }]]), math: new MetricMath('metric'), periodSeconds };
}

function mathOf(queries: NonNullable<AlarmProperties['Metrics']>): Watched {
  const periods = new Set<number | undefined>();
  const metrics = new Map<string, MetricStat>();
  for (const { Id: id, MetricStat: stat } of queries) {
    if (!stat) continue;
    const { Namespace: namespace, MetricName: name, Dimensions: named } = stat.Metric!;
    metrics.set(id!, { metric: { namespace: namespace!, name: name!, dimensions: byName(named) }, statistic: stat.Stat! });
    periods.add(stat.Period);
  }
  const [returned, ...others] = queries.filter(({ ReturnData: isReturned = true }) => isReturned);
  if (!returned || others.length > 0) throw new Error(`property Metrics must return data of one item, got: ${others.length + (returned ? 1 : 0)}`);
  const [periodSeconds, ...otherPeriods] = periods;
  if (periodSeconds === undefined || otherPeriods.length > 0) {
    throw new Error(`property Metrics must have one period, got: ${[...periods].join(', ') || 'none'}`);
  }
  return { metrics, math: new MetricMath(returned.Expression ?? returned.Id!), periodSeconds };
}

function byName(list: AlarmProperties['Dimensions'] = []): Record<string, string> {
  return Object.fromEntries(list.map(({ Name: name, Value: value }) => [name!, value!]));
}

function arnOf(name: string, { account }: ResourceContext): string {
  return account.arn('cloudwatch', `alarm:${name}`);
}

function created(it: Alarm, { account: { alarms } }: ResourceContext): CreatedResource {
  if (alarms.has(it.arn)) throw new Error(`alarm ${it.name} already exists`);
  alarms.set(it.arn, it);
  return { physicalId: it.name, attributes: { Arn: it.arn }, delete: async () => void alarms.delete(it.arn) };
}

/** A changed alarm keeps its state until it is evaluated. */
function changed(resource: CreatedResource, it: MetricAlarm | CompositeAlarm, { account: { alarms } }: ResourceContext): CreatedResource {
  it.state = alarms.get(it.arn)!.state;
  alarms.set(it.arn, it);
  return resource;
}
