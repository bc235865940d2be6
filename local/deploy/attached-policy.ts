import type { Account, PolicyDocument } from '../account';
import type { CreatedResource } from './resource-type';

/** A resource whose only effect is the policy of other resources. */
export function attachedPolicy(
  account: Account,
  physicalId: string,
  document: PolicyDocument,
  resourceArns: readonly string[],
): CreatedResource {
  for (const arn of resourceArns) {
    if (account.resourcePolicies.has(arn)) {
      throw new Error(`${arn} already has a resource policy, and a second one would replace it: merge the two`);
    }
  }
  for (const arn of resourceArns) account.resourcePolicies.set(arn, document);
  return {
    physicalId,
    attributes: {},
    delete: async () => {
      for (const arn of resourceArns) account.resourcePolicies.delete(arn);
    },
  };
}
