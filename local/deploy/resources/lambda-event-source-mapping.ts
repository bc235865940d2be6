import { type MappingSpec, validateMappingSpec } from '../../mapping/mapping-spec';
import { checkDestination } from '../destination-check';
import { functionReference } from '../function-arn';
import { resourceType } from '../resource-type';
import { refuse } from '../shape';
import { checkSource } from '../source-check';

const notForStreams = refuse('it is not for streams');
const startingPositions = ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'];

export const eventSourceMapping = resourceType({
  type: 'AWS::Lambda::EventSourceMapping',
  properties: {
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
    MetricsConfig: 'unused',
    Tags: 'unused',
    TumblingWindowInSeconds: 'number',
    FilterCriteria: { Filters: [{ Pattern: 'string' }] },
    KmsKeyArn: refuse('it encrypts filters only, and they are read as they are'),
    AmazonManagedKafkaEventSourceConfig: notForStreams,
    DocumentDBEventSourceConfig: notForStreams,
    LoggingConfig: notForStreams,
    ProvisionedPollerConfig: notForStreams,
    Queues: notForStreams,
    ScalingConfig: notForStreams,
    SelfManagedEventSource: notForStreams,
    SelfManagedKafkaEventSourceConfig: notForStreams,
    SourceAccessConfigurations: notForStreams,
    Topics: notForStreams,
  },
  required: ['FunctionName', 'EventSourceArn'],
  async create(properties, context) {
    const { account, authorizer, state, runtime, uuid } = context;
    const { fn, arn: functionArn } = functionReference(account, state, properties.FunctionName);
    const streamArn = await checkSource(context, properties.EventSourceArn, fn.spec.roleArn);
    const id = `${properties.EventSourceArn} ${functionArn}`;
    if (state.mappings.has(id)) {
      throw new Error(`an event source mapping from ${properties.EventSourceArn} to ${functionArn} already exists`);
    }
    const onFailureArn = properties.DestinationConfig?.OnFailure?.Destination;
    if (onFailureArn !== undefined) await checkDestination(authorizer, fn.spec.roleArn, onFailureArn);
    const spec: MappingSpec = {
      uuid: uuid(), functionArn, eventSourceArn: properties.EventSourceArn, streamArn, onFailureArn,
      ...polling(properties), ...failures(properties), ...filters(properties.FilterCriteria?.Filters),
    };

    validateMappingSpec(spec);
    const mapping = runtime.createMapping(spec);
    if (spec.enabled) await mapping.start();
    state.mappings.add(id);
    return {
      physicalId: spec.uuid,
      attributes: { Id: spec.uuid, EventSourceMappingArn: account.arn('lambda', `event-source-mapping:${spec.uuid}`) },
      mapping,
      async delete() {
        state.mappings.delete(id);
        await mapping.stop();
      },
      close: () => mapping.stop(),
    };
  },
});

interface Polling {
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly ParallelizationFactor?: number;
  readonly StartingPosition?: string;
  readonly StartingPositionTimestamp?: number;
  readonly TumblingWindowInSeconds?: number;
  readonly Enabled?: boolean;
}

/** Bounds are the mapping's own business: it checks them. */
function polling(properties: Polling) {
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

function filters(given?: readonly { readonly Pattern?: string }[]) {
  return {
    filters: given?.map(({ Pattern: pattern }) => {
      if (pattern === undefined) throw new Error('property FilterCriteria.Filters needs Pattern in each of its items');
      return pattern;
    }),
  };
}

interface Failures {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumRecordAgeInSeconds?: number;
  readonly BisectBatchOnFunctionError?: boolean;
  readonly FunctionResponseTypes?: readonly string[];
}

function failures(properties: Failures) {
  for (const type of properties.FunctionResponseTypes ?? []) {
    if (type !== 'ReportBatchItemFailures') {
      throw new Error(`property FunctionResponseTypes knows ReportBatchItemFailures only, got: ${type}`);
    }
  }
  return {
    maximumRetryAttempts: properties.MaximumRetryAttempts ?? -1,
    maximumRecordAgeSeconds: properties.MaximumRecordAgeInSeconds ?? -1,
    bisectBatchOnFunctionError: properties.BisectBatchOnFunctionError ?? false,
    reportBatchItemFailures: (properties.FunctionResponseTypes ?? []).length > 0,
  };
}
