import { IResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, Dependable, IDependable } from 'constructs';
import { GRANT_WITHOUT_EFFECT, RESOURCE_OF_OTHER_ACCOUNT } from './access-rules';
import { areDifferent } from './checks';
import { annotate } from './rules';

/** What a policy statement allows. */
export type Permission = Pick<iam.PolicyStatementProps, 'conditions'> & { readonly actions: readonly string[]; readonly resources: readonly string[] };

/** A grant with the resource that it is on. `success` alone is not enough: it is also true for a statement that no policy took. */
export interface GrantedPermission extends Permission {
  readonly grant: iam.Grant;
  readonly on: IResource;
}

/** Whether a grant defined no resource, such as a policy, to wait for. */
export function definesNothing(dependable: IDependable): boolean {
  return Dependable.of(dependable).dependencyRoots.length === 0;
}

/** Whether this app can extend the policies of a principal, by the result of a grant to the principal itself. */
export function takesPolicies({ grantPrincipal }: iam.IGrantable, result: IDependable & { readonly success?: boolean }): boolean {
  // A role of this app takes them, also under `Role.customizeRoles()`, which defines nothing and reports.
  return iam.Role.isRole(grantPrincipal) || (result.success !== false && !definesNothing(result));
}

export function hasEffect({ grant, on }: GrantedPermission, grantee: iam.IGrantable, ofPolicies: boolean): boolean {
  if (!grant.success) return false;
  // In the account of the principal a policy of its own is enough, where the CDK also tries that of the resource.
  return !definesNothing(grant) || (ofPolicies && !isOfOtherAccount(on, grantee));
}

export function isOfOtherAccount({ env }: IResource, { grantPrincipal: { principalAccount } }: iam.IGrantable): boolean {
  return principalAccount !== undefined && areDifferent(env.account, principalAccount);
}

/** Checks the grants to a function of this package: without one of them, dead letters are lost. */
export function checkGranted(owner: Construct, role: iam.IRole, ...granted: readonly GrantedPermission[]): void {
  for (const it of granted.filter((one) => !hasEffect(one, role, true))) {
    const facts = { path: it.on.node.path, statement: statementJson(owner, it, role) };
    if (it.grant.success) annotate(owner, RESOURCE_OF_OTHER_ACCOUNT, { ...facts, account: it.on.env.account });
    // An alias that takes no grants is refused where it is passed in.
    else if (!('aliasName' in it.on)) annotate(owner, GRANT_WITHOUT_EFFECT, facts);
  }
}

export function statementOf({ actions, resources, conditions }: Permission): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: [...actions], resources: [...resources], conditions });
}

/** A policy statement to copy into a policy, with references as in the template. */
export function statementJson(scope: Construct, permission: Permission, principal?: iam.IGrantable): string {
  const json = { ...statementOf(permission).toStatementJson(), ...(principal && { Principal: principalOf(principal) }) };
  return JSON.stringify(Stack.of(scope).resolve(json));
}

/** As a statement has it: one value without a list. */
function principalOf({ grantPrincipal }: iam.IGrantable): unknown {
  const { principalJson } = grantPrincipal.policyFragment;
  return Object.fromEntries(Object.entries(principalJson).map(([type, values]) => [type, values.length === 1 ? values[0] : values]));
}
