import { functionReference } from '../function-reference';
import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';

export const alias = resourceType({
  type: 'AWS::Lambda::Alias',
  properties: {
    FunctionName: 'string',
    FunctionVersion: 'string',
    Name: 'string',
    Description: 'unused',
    RoutingConfig: unsupported('an alias leads to one version here'),
    ProvisionedConcurrencyConfig: unsupported('concurrency is not provisioned here'),
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
  async update({ created, after }, { account, state }) {
    await functionReference(account, state, after.FunctionName).fn.changeAlias(after.Name, after.FunctionVersion);
    return created;
  },
});
