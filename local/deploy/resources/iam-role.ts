import type { PolicyDocument } from '../../account';
import { awsManagedPolicy } from '../aws-managed-policies';
import type { DeploymentState } from '../deployment-state';
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
    const policies = ownPolicies(properties, state);
    account.addRole({ arn, trust: properties.AssumeRolePolicyDocument, policies });
    return {
      physicalId: name,
      attributes: { Arn: arn, RoleId: `AROA${uuid().replaceAll('-', '').slice(0, 17).toUpperCase()}` },
      delete: async () => account.removeRole(arn),
    };
  },
  async update({ created, before, after }, { account, state }) {
    const current = account.roles.get(created.attributes.Arn)!;
    const own = ownPolicies(after, state);
    // AWS::IAM::Policy and AWS::IAM::ManagedPolicy attach to the same map.
    for (const name of ownPolicies(before, state).keys()) current.policies.delete(name);
    for (const [name, document] of own) current.policies.set(name, document);
    account.addRole({ ...current, trust: after.AssumeRolePolicyDocument });
    return created;
  },
});

interface RolePolicies {
  readonly Policies?: readonly { readonly PolicyName?: string; readonly PolicyDocument?: PolicyDocument }[];
  readonly ManagedPolicyArns?: readonly string[];
}

/** The policies that the role itself names, by name or ARN. */
function ownPolicies({ Policies: inline = [], ManagedPolicyArns: managed = [] }: RolePolicies, state: DeploymentState): Map<string, PolicyDocument> {
  const policies = new Map<string, PolicyDocument>();
  for (const { PolicyName: name, PolicyDocument: document } of inline) {
    if (name === undefined || document === undefined) {
      throw new Error('property Policies needs PolicyName and PolicyDocument in each of its items');
    }
    policies.set(name, document);
  }
  for (const arn of managed) policies.set(arn, state.managedPolicies.get(arn) ?? awsManagedPolicy(arn));
  return policies;
}
