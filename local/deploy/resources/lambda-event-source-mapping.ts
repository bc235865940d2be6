import { MappingLifecycle } from '../../mapping/mapping-lifecycle';
import { functionReference } from '../function-reference';
import { mappingProperties } from '../mapping-properties';
import { queueSettings, streamSettings } from '../mapping-settings';
import { queueMappingSpec } from '../queue-mapping-spec';
import { type CreatedResource, resourceType } from '../resource-type';
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

    const created: Pick<CreatedResource, 'mapping' | 'queueMapping'> = sourceArn.split(':')[2] === 'sqs'
      ? { queueMapping: runtime.createQueueMapping(await queueMappingSpec(properties, fn, context)) }
      : { mapping: runtime.createMapping(await streamMappingSpec(properties, fn, context)) };
    const mapping = (created.queueMapping ?? created.mapping)!;
    const { spec } = mapping;
    if (spec.enabled) await mapping.start();
    state.mappings.add(id);
    const arn = account.arn('lambda', `event-source-mapping:${spec.uuid}`);
    const configuration = {
      ...(created.mapping ? streamSettings(created.mapping.spec) : queueSettings(created.queueMapping!.spec)),
      UUID: spec.uuid, EventSourceMappingArn: arn, EventSourceArn: sourceArn, FunctionArn: fn.arn, BatchSize: spec.batchSize,
    };
    const switched = new MappingLifecycle(configuration, mapping, clock, spec.enabled);
    account.mappings.set(spec.uuid, switched);
    return {
      physicalId: spec.uuid,
      attributes: { Id: spec.uuid, EventSourceMappingArn: arn },
      ...created,
      async delete() {
        state.mappings.delete(id);
        account.mappings.delete(spec.uuid);
        await switched.close();
      },
      close: () => switched.close(),
    };
  },
});
