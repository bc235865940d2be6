import { resourceType } from '../resource-type';
import { attachToRoles } from '../roles';
import { refuse } from '../shape';

export const managedPolicy = resourceType({
  type: 'AWS::IAM::ManagedPolicy',
  properties: {
    ManagedPolicyName: 'string',
    PolicyDocument: 'policy',
    Roles: ['string'],
    Path: 'string',
    Description: 'unused',
    Users: refuse('there are roles only'),
    Groups: refuse('there are roles only'),
  },
  required: ['PolicyDocument'],
  async create(properties, { account, state, generatedName }) {
    const name = properties.ManagedPolicyName ?? generatedName(128);
    const arn = account.arn('iam', `policy${properties.Path ?? '/'}${name}`, { global: true });
    if (state.managedPolicies.has(arn)) throw new Error(`managed policy ${name} already exists`);
    const detach = attachToRoles(account, properties.Roles ?? [], arn, properties.PolicyDocument);
    state.managedPolicies.set(arn, properties.PolicyDocument);
    return {
      physicalId: arn,
      attributes: { PolicyArn: arn },
      async delete() {
        await detach();
        state.managedPolicies.delete(arn);
      },
    };
  },
});
