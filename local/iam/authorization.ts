export type Principal = RolePrincipal | ServicePrincipal;

export interface RolePrincipal {
  readonly roleArn: string;
  /** Named in messages. A function's session carries the function's name. @default 'local' */
  readonly sessionName?: string;
}

export interface ServicePrincipal {
  /** 'sns.amazonaws.com' */
  readonly service: string;
  /** The resource that the service acts for. */
  readonly sourceArn?: string;
}

export interface AuthorizationRequest {
  readonly principal: Principal;
  /** 'kinesis:GetRecords' */
  readonly action: string;
  /** An ARN, or '*' for an action that has no resource. */
  readonly resource: string;
  /** Condition keys. They add to the keys that every request has, or replace them. */
  readonly context?: Readonly<Record<string, string | string[]>>;
}

export interface AuthorizationResult {
  readonly allowed: boolean;
  /** AWS's own wording of a denial; empty when allowed. */
  readonly message: string;
}

/** Decides whether a principal may perform an action. */
export interface Authorization {
  authorize(request: AuthorizationRequest): Promise<AuthorizationResult>;
}

/** The error of a service whose caller lacks a permission. */
export class AccessDeniedError extends Error {
  override readonly name = 'AccessDeniedException';
}

/** @throws AccessDeniedError when the request is denied */
export async function requireAccess(authorizer: Authorization, request: AuthorizationRequest): Promise<void> {
  const { allowed, message } = await authorizer.authorize(request);
  if (!allowed) throw new AccessDeniedError(message);
}

/** The message with which AWS denies a request, including the reason. */
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

/** Whether a service, or the KMS key that encrypts its data, denied the request. A policy change can allow the same request later. */
export function isDenial(error: unknown): error is Error {
  return error instanceof Error && error.name.includes('AccessDenied');
}

/** The caller's ARN in AWS's messages. For a role it is the ARN of a session, which has no path. */
export function callerArn(principal: Principal): string {
  if ('service' in principal) return principal.service;
  const [, partition, , , accountId, role] = principal.roleArn.split(':');
  const name = role.slice(role.lastIndexOf('/') + 1);
  return `arn:${partition}:sts::${accountId}:assumed-role/${name}/${principal.sessionName ?? 'local'}`;
}
