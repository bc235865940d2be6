import { type MappingConfiguration, MappingLifecycle } from '../../mapping/mapping-lifecycle';
import { functionReference } from '../function-reference';
import { mappingProperties } from '../mapping-properties';
import { queueSettings, streamSettings } from '../mapping-settings';
import { queueMappingSpec } from '../queue-mapping-spec';
import { type CreatedResource, type ResourceContext, resourceType } from '../resource-type';
import { streamMappingSpec } from '../stream-mapping-spec';

export const eventSourceMapping = resourceType({
  type: 'AWS::Lambda::EventSourceMapping',
  properties: mappingProperties,
  required: ['FunctionName', 'EventSourceArn'],
  async create(properties, context) {
    const { account, state, runtime, clock } = context;
    const { FunctionName: functionName, EventSourceArn: sourceArn } = properties;
    const fn = functionReference(account, state, functionName);
    const id = `${sourceArn} ${fn.arn}`;
    if (state.mappings.has(id)) throw new Error(`an event source mapping from ${sourceArn} to ${fn.arn} already exists`);

    const created: Pick<CreatedResource, 'mapping' | 'queueMapping'> = isQueue(sourceArn)
      ? { queueMapping: runtime.createQueueMapping(await queueMappingSpec(properties, fn, context)) }
      : { mapping: runtime.createMapping(await streamMappingSpec(properties, fn, context)) };
    const mapping = (created.queueMapping ?? created.mapping)!;
    const { uuid, enabled } = mapping.spec;
    if (enabled) await mapping.start();
    state.mappings.add(id);
    const settings = created.mapping ? streamSettings(created.mapping.spec) : queueSettings(created.queueMapping!.spec);
    const configuration = configurationOf(mapping.spec, settings, properties, context);
    const lifecycle = new MappingLifecycle(configuration, mapping, clock, enabled);
    account.mappings.set(uuid, lifecycle);
    return {
      physicalId: uuid,
      attributes: { Id: uuid, EventSourceMappingArn: configuration.EventSourceMappingArn },
      ...created,
      async delete() {
        state.mappings.delete(id);
        account.mappings.delete(uuid);
        await lifecycle.close();
      },
      close: () => lifecycle.close(),
    };
  },
  updatable: [
    'BatchSize', 'MaximumBatchingWindowInSeconds', 'ParallelizationFactor', 'MaximumRetryAttempts', 'MaximumRecordAgeInSeconds',
    'BisectBatchOnFunctionError', 'FunctionResponseTypes', 'DestinationConfig', 'Enabled', 'MetricsConfig', 'TumblingWindowInSeconds', 'FilterCriteria',
  ],
  async update({ created, after }, context) {
    const { account, state } = context;
    const { mapping } = created;
    if (!mapping) throw new Error('update of a mapping on a queue is not emulated; delete the stack and deploy it again');
    const lifecycle = account.mappings.get(created.physicalId)!;
    await lifecycle.settled();
    const fn = functionReference(account, state, after.FunctionName);
    const spec = await streamMappingSpec(after, fn, { ...context, uuid: () => created.physicalId });
    lifecycle.update({
      configuration: configurationOf(spec, streamSettings(spec), after, context),
      // As Lambda does with an absent value: an operator may have disabled it.
      enabled: after.Enabled ?? lifecycle.state === 'Enabled',
      apply: async () => mapping.update(spec),
    });
    await lifecycle.settled();
    if (lifecycle.failure) throw lifecycle.failure;
    return created;
  },
});

function isQueue(sourceArn: string): boolean {
  return sourceArn.split(':')[2] === 'sqs';
}

function configurationOf(
  { uuid: UUID, functionArn: FunctionArn, batchSize: BatchSize }: { readonly uuid: string; readonly functionArn: string; readonly batchSize: number },
  settings: object,
  { EventSourceArn }: { readonly EventSourceArn: string },
  { account }: ResourceContext,
): MappingConfiguration {
  const EventSourceMappingArn = account.arn('lambda', `event-source-mapping:${UUID}`);
  return { ...settings, UUID, EventSourceMappingArn, EventSourceArn, FunctionArn, BatchSize };
}
