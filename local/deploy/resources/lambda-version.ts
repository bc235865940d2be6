import { functionReference } from '../function-arn';
import { resourceType } from '../resource-type';
import { refuse } from '../shape';

export const version = resourceType({
  type: 'AWS::Lambda::Version',
  properties: {
    FunctionName: 'string',
    Description: 'unused',
    CodeSha256: 'unused',
    ProvisionedConcurrencyConfig: refuse('concurrency is not provisioned here'),
    RuntimePolicy: refuse('runtimes are not updated here'),
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
