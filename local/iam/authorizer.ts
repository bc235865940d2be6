import { runSimulation, type RequestAnalysis, type Simulation } from '@cloud-copilot/iam-simulate';
import type { Account, PolicyDocument } from '../account';
import { type Authorization, denialMessage, type AuthorizationRequest, type AuthorizationResult, type Principal, type ServicePrincipal } from './authorization';

const CACHE_SIZE = 5_000;

/** Decides as IAM would, from the policies that the account holds at that moment, and records every decision. */
export class Authorizer implements Authorization {
  /** By everything that a decision depends on, the policies' text included: tests edit policies in place. */
  private readonly cache = new Map<string, Promise<AuthorizationResult>>();

  constructor(private readonly account: Account) {}

  async authorize(request: AuthorizationRequest): Promise<AuthorizationResult> {
    const result = await this.decide(request);
    this.account.decisions.push({
      principal: 'service' in request.principal ? request.principal.service : request.principal.roleArn,
      action: request.action,
      resource: request.resource,
      ...result,
    });
    return result;
  }

  private async decide(request: AuthorizationRequest): Promise<AuthorizationResult> {
    if (isAwsManagedKey(request.resource)) return this.decideAwsManagedKey(request);

    const simulation = this.simulation(request);
    const key = JSON.stringify([simulation, callerName(request.principal)]);
    const cached = this.cache.get(key);
    if (cached) return cached;
    if (this.cache.size >= CACHE_SIZE) this.cache.clear();
    const decision = simulate(simulation, request);
    this.cache.set(key, decision);
    return decision;
  }

  /** Their key policies, which nobody can change, let in every principal of the account through the key's service. */
  private decideAwsManagedKey(request: AuthorizationRequest): AuthorizationResult {
    const alias = /alias\/aws\/([a-z0-9]+)$/.exec(request.resource)![1];
    const via = request.context?.['kms:ViaService'];
    const allowed = 'roleArn' in request.principal && via === `${alias}.${this.account.region}.amazonaws.com`;
    return allowed ? { allowed, message: '' } : { allowed, message: denialMessage(request, 'resource', 'implicit') };
  }

  private simulation(request: AuthorizationRequest): Simulation {
    const { principal, action } = request;
    const { accountId } = this.account;
    const resource = this.resolveKeyAlias(request.resource);
    const role = 'roleArn' in principal ? this.role(principal.roleArn) : undefined;
    return {
      request: {
        // The role itself, for its path, which a session's ARN does not tell.
        principal: role?.arn ?? (principal as ServicePrincipal).service,
        action,
        resource: { resource, accountId: resource.split(':')[4] || accountId },
        contextVariables: { ...this.context(principal, action), ...request.context },
      },
      identityPolicies: [...(role?.policies ?? [])].map(([name, policy]) => ({ name, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: this.resourcePolicy(action, resource),
    };
  }

  private context(principal: Principal, action: string): Record<string, string> {
    const { accountId, region } = this.account;
    const caller: Record<string, string> =
      'roleArn' in principal
        ? {
            'aws:PrincipalArn': principal.roleArn,
            'aws:PrincipalAccount': accountId,
            'aws:PrincipalType': 'AssumedRole',
            'aws:PrincipalIsAWSService': 'false',
          }
        : {
            'aws:PrincipalIsAWSService': 'true',
            'aws:PrincipalServiceName': principal.service,
            'aws:SourceAccount': accountId,
            ...(principal.sourceArn !== undefined && { 'aws:SourceArn': principal.sourceArn }),
          };
    return {
      'aws:SecureTransport': 'true',
      'aws:RequestedRegion': region,
      'aws:ResourceAccount': accountId,
      ...caller,
      ...(action.startsWith('s3:') && { 's3:ResourceAccount': accountId }),
      ...(action.startsWith('kms:') && { 'kms:CallerAccount': accountId }),
    };
  }

  private role(roleArn: string) {
    const role = this.account.roles.get(roleArn);
    if (!role) throw new Error(`the role is not in the account: ${roleArn}`);
    return role;
  }

  private resourcePolicy(action: string, resource: string): PolicyDocument | undefined {
    if (action.startsWith('kms:')) return this.account.keys.get(resource);
    // An object has no policy of its own: its bucket's counts.
    const owner = action.startsWith('s3:') ? resource.split('/')[0] : resource;
    return this.account.resourcePolicies.get(owner);
  }

  private resolveKeyAlias(resource: string): string {
    const alias = /^arn:[^:]+:kms:[^:]*:[^:]*:(alias\/.+)$/.exec(resource)?.[1];
    return alias ? (this.account.keyAliases.get(alias) ?? resource) : resource;
  }
}

export function isAwsManagedKey(keyArn: string): boolean {
  return /(^|:)alias\/aws\/[a-z0-9]+$/.test(keyArn);
}

async function simulate(simulation: Simulation, request: AuthorizationRequest): Promise<AuthorizationResult> {
  const outcome = await runSimulation(simulation, {});
  if (outcome.resultType === 'error') {
    throw new Error(
      `cannot decide on ${request.action} for ${request.resource} by ${callerName(request.principal)}: `
        + JSON.stringify(outcome.errors),
    );
  }
  if (outcome.overallResult === 'Allowed') return { allowed: true, message: '' };
  const analysis =
    outcome.resultType === 'single'
      ? outcome.result.analysis
      : outcome.results.find((result) => result.analysis.result !== 'Allowed')?.analysis;
  return { allowed: false, message: explain(request, analysis) };
}

function explain(request: AuthorizationRequest, analysis: RequestAnalysis | undefined): string {
  if (analysis?.identityAnalysis?.result === 'ExplicitlyDenied') return denialMessage(request, 'identity', 'explicit');
  if (
    analysis?.resourceAnalysis?.result === 'ExplicitlyDenied'
    || analysis?.resourceAnalysis?.result === 'DeniedForAccount'
  ) {
    return denialMessage(request, 'resource', 'explicit');
  }
  const identityAllows = analysis?.identityAnalysis?.result === 'Allowed';
  const resourceDecides = 'service' in request.principal || identityAllows;
  return denialMessage(request, resourceDecides ? 'resource' : 'identity', 'implicit');
}

function callerName(principal: Principal): string {
  return 'service' in principal ? principal.service : `${principal.roleArn} (${principal.sessionName ?? 'local'})`;
}
