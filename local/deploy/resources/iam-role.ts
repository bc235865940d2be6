import type { PolicyDocument } from '../../account';
import { awsManagedPolicy } from '../aws-managed-policies';
import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';

export const role = resourceType({
  type: 'AWS::IAM::Role',
  properties: {
    RoleName: 'string',
    AssumeRolePolicyDocument: 'policy',
    Policies: [{ PolicyName: 'string', PolicyDocument: 'policy' }],
    ManagedPolicyArns: ['string'],
    Path: 'string',
    Description: 'unused',
    MaxSessionDuration: 'unused',
    Tags: 'unused',
    PermissionsBoundary: unsupported('permissions boundaries are not evaluated'),
  },
  required: ['AssumeRolePolicyDocument'],
  async create(properties, { account, state, generatedName, uuid }) {
    const name = properties.RoleName ?? generatedName(64);
    const arn = account.arn('iam', `role${properties.Path ?? '/'}${name}`, { global: true });
    if (account.roles.has(arn)) throw new Error(`role ${name} already exists`);
    const policies = new Map<string, PolicyDocument>();
    for (const { PolicyName: policyName, PolicyDocument: document } of properties.Policies ?? []) {
      if (policyName === undefined || document === undefined) {
        throw new Error('property Policies needs PolicyName and PolicyDocument in each of its items');
      }
      policies.set(policyName, document);
    }
    for (const policyArn of properties.ManagedPolicyArns ?? []) {
      policies.set(policyArn, state.managedPolicies.get(policyArn) ?? awsManagedPolicy(policyArn));
    }
    account.addRole({ arn, trust: properties.AssumeRolePolicyDocument, policies });
    return {
      physicalId: name,
      attributes: { Arn: arn, RoleId: `AROA${uuid().replaceAll('-', '').slice(0, 17).toUpperCase()}` },
      delete: async () => account.removeRole(arn),
    };
  },
});
