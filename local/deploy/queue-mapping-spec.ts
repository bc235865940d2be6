import { type QueueMappingSpec, validateQueueMappingSpec } from '../mapping/queue-mapping-spec';
import type { FunctionReference } from './function-reference';
import { countsEvents, filtersOf, type MappingProperties, rejectProperties, reportsItemFailures } from './mapping-properties';
import { checkQueue } from './queue-check';
import type { ResourceContext } from './resource-type';

/** A mapping on a queue, from what its template says, once Lambda would take it. */
export async function queueMappingSpec(
  properties: MappingProperties,
  { fn, arn: functionArn }: FunctionReference,
  context: ResourceContext,
): Promise<QueueMappingSpec> {
  rejectProperties(properties, [
    'ParallelizationFactor', 'StartingPosition', 'StartingPositionTimestamp', 'MaximumRetryAttempts', 'MaximumRecordAgeInSeconds',
    'BisectBatchOnFunctionError', 'DestinationConfig', 'TumblingWindowInSeconds',
  ], 'is for streams, and the source is a queue');
  const queueArn = properties.EventSourceArn!;
  await checkQueue(context, queueArn, fn.spec);
  const { ProvisionedPollerConfig: pollers } = properties;
  const spec = {
    uuid: context.uuid(),
    functionArn,
    queueArn,
    batchSize: properties.BatchSize ?? 10,
    maximumBatchingWindowSeconds: properties.MaximumBatchingWindowInSeconds ?? 0,
    maximumConcurrency: properties.ScalingConfig?.MaximumConcurrency,
    reportBatchItemFailures: reportsItemFailures(properties),
    enabled: properties.Enabled ?? true,
    filters: filtersOf(properties),
    ...(countsEvents(properties) && { countsEvents: true }),
    ...(pollers && { provisionedPollers: { minimumPollers: pollers.MinimumPollers, maximumPollers: pollers.MaximumPollers } }),
  };
  validateQueueMappingSpec(spec);
  return spec;
}
