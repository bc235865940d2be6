import type { MappingSpec } from '../mapping/mapping-spec';
import type { QueueMappingSpec } from '../mapping/queue-mapping-spec';

/** What Lambda answers of a mapping on a stream: every setting, those that nobody gave with their defaults. */
export function streamSettings(spec: MappingSpec): object {
  const { startingPositionTimestamp: timestamp, onFailureArn, filters = [] } = spec;
  return {
    StartingPosition: spec.startingPosition,
    ...(timestamp && { StartingPositionTimestamp: timestamp.getTime() / 1000 }),
    MaximumBatchingWindowInSeconds: spec.maximumBatchingWindowSeconds,
    ParallelizationFactor: spec.parallelizationFactor,
    DestinationConfig: { OnFailure: { ...(onFailureArn !== undefined && { Destination: onFailureArn }) } },
    MaximumRecordAgeInSeconds: spec.maximumRecordAgeSeconds,
    BisectBatchOnFunctionError: spec.bisectBatchOnFunctionError,
    MaximumRetryAttempts: spec.maximumRetryAttempts,
    TumblingWindowInSeconds: spec.tumblingWindowSeconds ?? 0,
    FunctionResponseTypes: responseTypes(spec),
    // The one setting without a default: it is absent where there is no filter.
    ...(filters.length > 0 && filterCriteria(filters)),
  };
}

/** What Lambda answers of a mapping on a queue. */
export function queueSettings(spec: QueueMappingSpec): object {
  const { maximumConcurrency, provisionedPollers: pollers, filters = [] } = spec;
  return {
    MaximumBatchingWindowInSeconds: spec.maximumBatchingWindowSeconds,
    FunctionResponseTypes: responseTypes(spec),
    ...(maximumConcurrency !== undefined && { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
    ...(pollers && { ProvisionedPollerConfig: { MinimumPollers: pollers.minimumPollers, MaximumPollers: pollers.maximumPollers } }),
    ...(filters.length > 0 && filterCriteria(filters)),
  };
}

function responseTypes({ reportBatchItemFailures }: { readonly reportBatchItemFailures: boolean }): string[] {
  return reportBatchItemFailures ? ['ReportBatchItemFailures'] : [];
}

function filterCriteria(filters: readonly string[]): object {
  return { FilterCriteria: { Filters: filters.map((Pattern) => ({ Pattern })) } };
}
