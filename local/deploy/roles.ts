import type { Account, PolicyDocument, Role } from '../account';

export function roleByName(account: Account, name: string): Role {
  const prefix = account.arn('iam', 'role/', { global: true });
  const role = [...account.roles.values()].find(({ arn }) => arn.startsWith(prefix) && arn.split('/').at(-1) === name);
  if (!role) throw new Error(`role ${name} does not exist in the account`);
  return role;
}

/** Adds a policy to roles by name; gives what takes it away again. */
export function attachToRoles(
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
