import { createHash } from 'node:crypto';
import { EventBus } from './events/event-bus';
import type { FunctionSpec } from './functions/function-spec';
import type { MappingSwitch } from './mapping/mapping-switch';

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Record<string, Record<string, unknown>>;
}

export interface Role {
  readonly arn: string;
  readonly trust: PolicyDocument;
  /** Identity policies by name; changed in place when a policy resource is deployed. */
  readonly policies: Map<string, PolicyDocument>;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** One answer of the authorizer: what was asked, by whom, and what came of it. */
export interface AccessDecision {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
  readonly message: string;
}

/** A log line that a function wrote, as CloudWatch Logs would hold it. */
export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** A target that events can be handed to by ARN: set by whoever deploys the function. */
export interface InvocableFunction {
  readonly functionArn: string;
  readonly roleArn: string;
  /** What GetFunctionConfiguration tells of it. */
  readonly spec?: FunctionSpec;
  /** @param requestId that of the call, where it is not a new one: retries of a mapping share theirs */
  invoke(event: unknown, requestId?: string): Promise<{
    readonly statusCode: 200;
    readonly executedVersion: string;
    readonly functionError?: 'Unhandled';
    readonly payload: string;
  }>;
  /** Hands the event to the function's asynchronous queue (retries, event age and destinations are the function's own). */
  invokeAsync(event: unknown): void;
}

/** What the emulated account holds beside what the emulators hold: identities, policies, keys, functions, logs. */
export class Account {
  readonly partition = 'aws';
  readonly roles = new Map<string, Role>();
  /** Resource policies by resource ARN (queues, topics, buckets, streams, functions). */
  readonly resourcePolicies = new Map<string, PolicyDocument>();
  /** Customer managed keys by key ARN, with their key policies. */
  readonly keys = new Map<string, PolicyDocument>();
  /** Key aliases ('alias/…') to key ARNs. `alias/aws/…` needs no entry: it is an AWS managed key. */
  readonly keyAliases = new Map<string, string>();
  /** The KMS key (ARN, or the ARN of an `alias/aws/…`) that encrypts a resource, by resource ARN. */
  readonly encryption = new Map<string, string>();
  /** Functions by ARN, qualified ARNs (versions, aliases) included. */
  readonly functions = new Map<string, InvocableFunction>();
  /** Event source mappings by UUID. */
  readonly mappings = new Map<string, MappingSwitch>();
  /** Tags by the ARN of their resource: those of functions. */
  readonly tags = new Map<string, Readonly<Record<string, string>>>();
  /** Log groups by name. A group that is not here does not exist. */
  readonly logGroups = new Map<string, LogEvent[]>();
  readonly events = new EventBus();
  /** Buckets, by name, that tell EventBridge of their objects. */
  readonly eventBridgeBuckets = new Set<string>();
  readonly decisions: AccessDecision[] = [];

  private readonly rolesByAccessKey = new Map<string, Role>();

  constructor(
    readonly accountId: string = '123456789012',
    readonly region: string = 'us-east-1',
  ) {}

  arn(service: string, resource: string, options: { readonly global?: boolean } = {}): string {
    return `arn:${this.partition}:${service}:${options.global ? '' : this.region}:${this.accountId}:${resource}`;
  }

  addRole(role: Role): void {
    this.roles.set(role.arn, role);
    this.rolesByAccessKey.set(this.credentialsFor(role.arn).accessKeyId, role);
  }

  removeRole(roleArn: string): void {
    this.roles.delete(roleArn);
    this.rolesByAccessKey.delete(this.credentialsFor(roleArn).accessKeyId);
  }

  /** The credentials a role's sessions carry: the access key id names the role to the gateway. */
  credentialsFor(roleArn: string): Credentials {
    const digest = createHash('sha256').update(roleArn).digest('hex').toUpperCase();
    return { accessKeyId: `ASIA${digest.slice(0, 16)}`, secretAccessKey: 'local', sessionToken: 'local' };
  }

  roleByAccessKey(accessKeyId: string): Role | undefined {
    return this.rolesByAccessKey.get(accessKeyId);
  }

  /** Every refusal so far, for tests and for the demo's last word. */
  get denials(): readonly AccessDecision[] {
    return this.decisions.filter((decision) => !decision.allowed);
  }
}
