import { unsupported, type PropertyValue } from './property-types';

const notForThese = unsupported('it is neither for streams nor for queues');

/** Properties of an event source mapping, on a stream or on a queue. */
export const mappingProperties = {
  FunctionName: 'string',
  EventSourceArn: 'string',
  BatchSize: 'number',
  MaximumBatchingWindowInSeconds: 'number',
  ParallelizationFactor: 'number',
  StartingPosition: 'string',
  StartingPositionTimestamp: 'number',
  MaximumRetryAttempts: 'number',
  MaximumRecordAgeInSeconds: 'number',
  BisectBatchOnFunctionError: 'boolean',
  FunctionResponseTypes: ['string'],
  DestinationConfig: { OnFailure: { Destination: 'string' } },
  Enabled: 'boolean',
  MetricsConfig: { Metrics: ['string'] },
  Tags: 'unused',
  TumblingWindowInSeconds: 'number',
  FilterCriteria: { Filters: [{ Pattern: 'string' }] },
  ScalingConfig: { MaximumConcurrency: 'number' },
  ProvisionedPollerConfig: { MinimumPollers: 'number', MaximumPollers: 'number' },
  KmsKeyArn: unsupported('it encrypts filters only, and they are read as they are'),
  AmazonManagedKafkaEventSourceConfig: notForThese,
  DocumentDBEventSourceConfig: notForThese,
  LoggingConfig: notForThese,
  Queues: notForThese,
  SelfManagedEventSource: notForThese,
  SelfManagedKafkaEventSourceConfig: notForThese,
  SourceAccessConfigurations: notForThese,
  Topics: notForThese,
} as const;

export type MappingProperties = PropertyValue<typeof mappingProperties>;

export function rejectProperties(properties: MappingProperties, names: readonly (keyof MappingProperties)[], reason: string): void {
  for (const name of names) if (properties[name] !== undefined) throw new Error(`property ${name} ${reason}`);
}

export function reportsItemFailures({ FunctionResponseTypes: types = [] }: MappingProperties): boolean {
  for (const type of types) {
    if (type !== 'ReportBatchItemFailures') {
      throw new Error(`property FunctionResponseTypes knows ReportBatchItemFailures only, got: ${type}`);
    }
  }
  return types.length > 0;
}

export function filtersOf({ FilterCriteria: criteria }: MappingProperties): readonly string[] | undefined {
  return criteria?.Filters?.map(({ Pattern: pattern }) => {
    if (pattern === undefined) throw new Error('property FilterCriteria.Filters needs Pattern in each of its items');
    return pattern;
  });
}

/** Whether the mapping emits the metrics of `EventCount`, the only group that streams and queues have. */
export function countsEvents({ MetricsConfig: config }: MappingProperties): boolean {
  const groups = config?.Metrics ?? [];
  const other = groups.find((group) => group !== 'EventCount');
  if (other !== undefined) throw new Error(`property MetricsConfig.Metrics must be EventCount for a stream or a queue, got: ${other}`);
  return groups.length > 0;
}
