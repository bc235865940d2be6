import { type QueueMappingSpec, validateQueueMappingSpec } from '../mapping/queue-mapping-spec';
import type { FunctionReference } from './function-reference';
import { type MappingProperties, rejectProperties, reportsItemFailures } from './mapping-properties';
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
  rejectProperties(properties, ['FilterCriteria'], 'is not emulated for queues, where what no filter lets through is deleted unseen');
  const queueArn = properties.EventSourceArn!;
  await checkQueue(context, queueArn, fn.spec);
  const spec = {
    uuid: context.uuid(),
    functionArn,
    queueArn,
    batchSize: properties.BatchSize ?? 10,
    maximumBatchingWindowSeconds: properties.MaximumBatchingWindowInSeconds ?? 0,
    maximumConcurrency: properties.ScalingConfig?.MaximumConcurrency,
    reportBatchItemFailures: reportsItemFailures(properties),
    enabled: properties.Enabled ?? true,
  };
  validateQueueMappingSpec(spec);
  return spec;
}
