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
  async update({ created, before, after: { PolicyName: name, PolicyDocument: document, Roles: roles } }, { account }) {
    detachFromRoles(account, before.Roles, before.PolicyName);
    return { ...created, delete: attachToRoles(account, roles, name, document) };
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
  updatable: ['PolicyDocument', 'Roles'],
  async update({ created, before, after }, { account, state }) {
    const { physicalId: arn } = created;
    detachFromRoles(account, before.Roles ?? [], arn);
    // Also roles that name it in their ManagedPolicyArns have its new version.
    for (const { policies } of account.roles.values()) if (policies.has(arn)) policies.set(arn, after.PolicyDocument);
    const detach = attachToRoles(account, after.Roles ?? [], arn, after.PolicyDocument);
    state.managedPolicies.set(arn, after.PolicyDocument);
    return {
      ...created,
      async delete() {
        await detach();
        state.managedPolicies.delete(arn);
      },
    };
  },
});

function roleByName(account: Account, name: string): Role | undefined {
  const prefix = account.arn('iam', 'role/', { global: true });
  return [...account.roles.values()].find(({ arn }) => arn.startsWith(prefix) && arn.split('/').at(-1) === name);
}

/** Adds a policy to roles by name. Returns a function that removes it. */
function attachToRoles(
  account: Account,
  roleNames: readonly string[],
  policyName: string,
  document: PolicyDocument,
): () => Promise<void> {
  const roles = roleNames.map((name) => {
    const role = roleByName(account, name);
    if (!role) throw new Error(`role ${name} does not exist in the account`);
    return role;
  });
  for (const role of roles) role.policies.set(policyName, document);
  return async () => detachFromRoles(account, roleNames, policyName);
}

function detachFromRoles(account: Account, roleNames: readonly string[], policyName: string): void {
  for (const name of roleNames) roleByName(account, name)?.policies.delete(policyName);
}
