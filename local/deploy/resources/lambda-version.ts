import { functionReference } from '../function-reference';
import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';

export const version = resourceType({
  type: 'AWS::Lambda::Version',
  properties: {
    FunctionName: 'string',
    Description: 'unused',
    CodeSha256: 'unused',
    ProvisionedConcurrencyConfig: unsupported('concurrency is not provisioned here'),
    RuntimePolicy: unsupported('runtimes are not updated here'),
  },
  required: ['FunctionName'],
  async create(properties, { account, state }) {
    const { fn } = functionReference(account, state, properties.FunctionName);
    const target = fn.publishVersion();
    const number = target.spec.version!;
    return {
      physicalId: target.functionArn,
      attributes: { Version: number, FunctionArn: target.functionArn },
      delete: () => fn.remove(number),
    };
  },
});
