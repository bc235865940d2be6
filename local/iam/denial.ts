import type { AuthorizationRequest, Principal } from './authorizer';

/** The sentence in which AWS refuses a request, down to the reason that it gives. */
export function denialMessage(
  request: AuthorizationRequest,
  policyType: 'identity' | 'resource',
  kind: 'implicit' | 'explicit',
): string {
  const { principal, action, resource } = request;
  const reason =
    kind === 'explicit'
      ? `with an explicit deny in ${policyType === 'identity' ? 'an identity' : 'a resource'}-based policy`
      : `because no ${policyType}-based policy allows the ${action} action`;
  return `User: ${callerArn(principal)} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
}

/** Whether a service, or the key that encrypts what it holds, has refused the caller: who may not today may tomorrow. */
export function isDenial(error: unknown): error is Error {
  return error instanceof Error && error.name.includes('AccessDenied');
}

/** How AWS names the caller: a role acts through a session, whose ARN leaves out the role's path. */
export function callerArn(principal: Principal): string {
  if ('service' in principal) return principal.service;
  const [, partition, , , accountId, role] = principal.roleArn.split(':');
  const name = role.slice(role.lastIndexOf('/') + 1);
  return `arn:${partition}:sts::${accountId}:assumed-role/${name}/${principal.sessionName ?? 'local'}`;
}
