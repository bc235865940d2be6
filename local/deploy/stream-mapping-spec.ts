import { type MappingSpec, validateMappingSpec } from '../mapping/mapping-spec';
import { checkDestination } from './destination-check';
import type { FunctionReference } from './function-reference';
import { countsEvents, filtersOf, type MappingProperties, rejectProperties, reportsItemFailures } from './mapping-properties';
import type { ResourceContext } from './resource-type';
import { checkSource } from './source-check';

const startingPositions = ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'];

/** A mapping on a stream, from what its template says, once Lambda would take it. */
export async function streamMappingSpec(
  properties: MappingProperties,
  { fn, arn: functionArn }: FunctionReference,
  context: ResourceContext,
): Promise<MappingSpec> {
  rejectProperties(properties, ['ScalingConfig', 'ProvisionedPollerConfig'], 'is for queues, and the source is a stream');
  const eventSourceArn = properties.EventSourceArn!;
  const streamArn = await checkSource(context, eventSourceArn, fn.spec.roleArn);
  const onFailureArn = properties.DestinationConfig?.OnFailure?.Destination;
  if (onFailureArn !== undefined) await checkDestination(context.authorizer, fn.spec.roleArn, onFailureArn);
  const spec = {
    uuid: context.uuid(), functionArn, eventSourceArn, streamArn, onFailureArn,
    ...polling(properties), ...failures(properties), filters: filtersOf(properties),
    ...(countsEvents(properties) && { countsEvents: true }),
  };
  validateMappingSpec(spec);
  return spec;
}

/** Bounds are the mapping's own business: it checks them. */
function polling(properties: MappingProperties) {
  const { StartingPosition: position, StartingPositionTimestamp: seconds } = properties;
  if (position === undefined || !startingPositions.includes(position)) {
    throw new Error(`property StartingPosition must be one of ${startingPositions.join(', ')}, got: ${position}`);
  }
  return {
    batchSize: properties.BatchSize ?? 100,
    maximumBatchingWindowSeconds: properties.MaximumBatchingWindowInSeconds ?? 0,
    parallelizationFactor: properties.ParallelizationFactor ?? 1,
    startingPosition: position as MappingSpec['startingPosition'],
    startingPositionTimestamp: seconds === undefined ? undefined : new Date(seconds * 1000),
    tumblingWindowSeconds: properties.TumblingWindowInSeconds,
    enabled: properties.Enabled ?? true,
  };
}

function failures(properties: MappingProperties) {
  return {
    maximumRetryAttempts: properties.MaximumRetryAttempts ?? -1,
    maximumRecordAgeSeconds: properties.MaximumRecordAgeInSeconds ?? -1,
    bisectBatchOnFunctionError: properties.BisectBatchOnFunctionError ?? false,
    reportBatchItemFailures: reportsItemFailures(properties),
  };
}
