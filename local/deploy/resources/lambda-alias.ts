import { functionReference } from '../function-arn';
import { resourceType } from '../resource-type';
import { refuse } from '../shape';

export const alias = resourceType({
  type: 'AWS::Lambda::Alias',
  properties: {
    FunctionName: 'string',
    FunctionVersion: 'string',
    Name: 'string',
    Description: 'unused',
    RoutingConfig: refuse('an alias leads to one version here'),
    ProvisionedConcurrencyConfig: refuse('concurrency is not provisioned here'),
  },
  required: ['FunctionName', 'FunctionVersion', 'Name'],
  async create(properties, { account, state }) {
    const { fn } = functionReference(account, state, properties.FunctionName);
    const target = fn.addAlias(properties.Name, properties.FunctionVersion);
    return {
      physicalId: target.functionArn,
      attributes: { AliasArn: target.functionArn },
      delete: () => fn.remove(properties.Name),
    };
  },
});
