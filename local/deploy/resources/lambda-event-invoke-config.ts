import { checkDestination } from '../destination-check';
import { functionReference } from '../function-reference';
import type { FunctionTarget } from '../function-target';
import { checkRange, type PropertyValue } from '../property-types';
import { type ResourceContext, resourceType } from '../resource-type';

const configProperties = {
  FunctionName: 'string',
  Qualifier: 'string',
  MaximumRetryAttempts: 'number',
  MaximumEventAgeInSeconds: 'number',
  DestinationConfig: { OnFailure: { Destination: 'string' }, OnSuccess: { Destination: 'string' } },
} as const;

export const eventInvokeConfig = resourceType({
  type: 'AWS::Lambda::EventInvokeConfig',
  properties: configProperties,
  required: ['FunctionName', 'Qualifier'],
  async create(properties, context) {
    const target = await configured(properties, context);
    return {
      physicalId: context.generatedName(128),
      attributes: {},
      delete: async () => target.configureAsync({
        maximumRetryAttempts: undefined, maximumEventAgeSeconds: undefined, onFailureArn: undefined, onSuccessArn: undefined,
      }),
    };
  },
  async update({ created, after }, context) {
    await configured(after, context);
    return created;
  },
});

async function configured(
  properties: PropertyValue<typeof configProperties> & { readonly FunctionName: string; readonly Qualifier: string },
  { account, authorizer, state }: ResourceContext,
): Promise<FunctionTarget> {
  const { fn } = functionReference(account, state, properties.FunctionName);
  const target = fn.target(properties.Qualifier);
  checkRange('MaximumRetryAttempts', properties.MaximumRetryAttempts, 0, 2);
  checkRange('MaximumEventAgeInSeconds', properties.MaximumEventAgeInSeconds, 60, 21_600);
  const onFailureArn = properties.DestinationConfig?.OnFailure?.Destination;
  const onSuccessArn = properties.DestinationConfig?.OnSuccess?.Destination;
  for (const destination of [onFailureArn, onSuccessArn]) {
    if (destination !== undefined) await checkDestination(authorizer, fn.spec.roleArn, destination);
  }
  target.configureAsync({
    maximumRetryAttempts: properties.MaximumRetryAttempts,
    maximumEventAgeSeconds: properties.MaximumEventAgeInSeconds,
    onFailureArn,
    onSuccessArn,
  });
  return target;
}
