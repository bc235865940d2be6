import { resourceType } from '../resource-type';

/** Recorded only: no metrics are collected, so the alarm never changes state. */
export const alarm = resourceType({
  type: 'AWS::CloudWatch::Alarm',
  properties: {
    AlarmName: 'string',
    ActionsEnabled: 'boolean',
    AlarmActions: ['string'],
    AlarmDescription: 'string',
    ComparisonOperator: 'string',
    DatapointsToAlarm: 'number',
    Dimensions: [{ Name: 'string', Value: 'string' }],
    EvaluateLowSampleCountPercentile: 'string',
    EvaluationPeriods: 'number',
    ExtendedStatistic: 'string',
    InsufficientDataActions: ['string'],
    MetricName: 'string',
    Metrics: 'json',
    Namespace: 'string',
    OKActions: ['string'],
    Period: 'number',
    Statistic: 'string',
    Tags: 'unused',
    Threshold: 'number',
    ThresholdMetricId: 'string',
    TreatMissingData: 'string',
    Unit: 'string',
  },
  required: ['ComparisonOperator', 'EvaluationPeriods'],
  async create(properties, { account, generatedName }) {
    const name = properties.AlarmName ?? generatedName(255);
    return { physicalId: name, attributes: { Arn: account.arn('cloudwatch', `alarm:${name}`) }, delete: async () => undefined };
  },
});

/** Recorded only. */
export const dashboard = resourceType({
  type: 'AWS::CloudWatch::Dashboard',
  properties: { DashboardName: 'string', DashboardBody: 'string' },
  required: ['DashboardBody'],
  async create(properties, { generatedName }) {
    JSON.parse(properties.DashboardBody);
    return { physicalId: properties.DashboardName ?? generatedName(255), attributes: {}, delete: async () => undefined };
  },
});
