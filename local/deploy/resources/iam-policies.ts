import type { Account, PolicyDocument, Role } from '../../account';
import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';

export const policy = resourceType({
  type: 'AWS::IAM::Policy',
  properties: {
    PolicyName: 'string',
    PolicyDocument: 'policy',
    Roles: ['string'],
    Users: unsupported('there are roles only'),
    Groups: unsupported('there are roles only'),
  },
  required: ['PolicyName', 'PolicyDocument', 'Roles'],
  async create({ PolicyName: name, PolicyDocument: document, Roles: roles }, { account, generatedName }) {
    return { physicalId: generatedName(128), attributes: {}, delete: attachToRoles(account, roles, name, document) };
  },
});

export const managedPolicy = resourceType({
  type: 'AWS::IAM::ManagedPolicy',
  properties: {
    ManagedPolicyName: 'string',
    PolicyDocument: 'policy',
    Roles: ['string'],
    Path: 'string',
    Description: 'unused',
    Users: unsupported('there are roles only'),
    Groups: unsupported('there are roles only'),
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

function roleByName(account: Account, name: string): Role {
  const prefix = account.arn('iam', 'role/', { global: true });
  const role = [...account.roles.values()].find(({ arn }) => arn.startsWith(prefix) && arn.split('/').at(-1) === name);
  if (!role) throw new Error(`role ${name} does not exist in the account`);
  return role;
}

/** Adds a policy to roles by name. Returns a function that removes it. */
function attachToRoles(
  account: Account,
  roleNames: readonly string[],
  policyName: string,
  document: PolicyDocument,
): () => Promise<void> {
  const roles = roleNames.map((name) => roleByName(account, name));
  for (const role of roles) role.policies.set(policyName, document);
  return async () => {
    for (const role of roles) role.policies.delete(policyName);
  };
}
