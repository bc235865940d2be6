import { checkDestination } from '../destination-check';
import { functionReference } from '../function-reference';
import { checkRange } from '../property-types';
import { resourceType } from '../resource-type';

export const eventInvokeConfig = resourceType({
  type: 'AWS::Lambda::EventInvokeConfig',
  properties: {
    FunctionName: 'string',
    Qualifier: 'string',
    MaximumRetryAttempts: 'number',
    MaximumEventAgeInSeconds: 'number',
    DestinationConfig: { OnFailure: { Destination: 'string' }, OnSuccess: { Destination: 'string' } },
  },
  required: ['FunctionName', 'Qualifier'],
  async create(properties, { account, authorizer, state, generatedName }) {
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
    return {
      physicalId: generatedName(128),
      attributes: {},
      delete: async () => target.configureAsync({
        maximumRetryAttempts: undefined, maximumEventAgeSeconds: undefined, onFailureArn: undefined, onSuccessArn: undefined,
      }),
    };
  },
});
