import { createHash } from 'node:crypto';
import type { Alarm } from './cloudwatch/alarm';
import type { DashboardBody } from './cloudwatch/dashboard';
import { Metrics } from './cloudwatch/metrics';
import type { LogGroup } from './cloudwatch-logs/log-group';
import { EventBus } from './events/event-bus';
import type { FunctionSpec } from './functions/function-spec';
import type { MappingLifecycle } from './mapping/mapping-lifecycle';

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

/** One decision of the authorizer. */
export interface AccessDecision {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
  readonly message: string;
}

/** A function that can be invoked by ARN. */
export interface InvocableFunction {
  readonly functionArn: string;
  readonly roleArn: string;
  /** What GetFunctionConfiguration returns. */
  readonly spec?: FunctionSpec;
  /** @param requestId the request ID of the invocation; retries of an event source mapping share one. Default: a new one */
  invoke(event: unknown, requestId?: string): Promise<{
    readonly statusCode: 200;
    readonly executedVersion: string;
    readonly functionError?: 'Unhandled';
    readonly payload: string;
  }>;
  /** Adds the event to the function's asynchronous queue, which has its own retries, event age and destinations. */
  invokeAsync(event: unknown): void;
}

/**
 * The part of the AWS account that no emulator holds: roles, policies, keys, functions, event source mappings, logs,
 * metrics, alarms, dashboards.
 */
export class Account {
  readonly partition = 'aws';
  readonly roles = new Map<string, Role>();
  /** Resource policies by resource ARN (queues, topics, buckets, streams, functions). */
  readonly resourcePolicies = new Map<string, PolicyDocument>();
  /** Customer managed keys by key ARN, with their key policies. */
  readonly keys = new Map<string, PolicyDocument>();
  /** Key ARNs by alias ('alias/…'). `alias/aws/…` is an AWS managed key and needs no entry. */
  readonly keyAliases = new Map<string, string>();
  /** The KMS key (ARN, or the ARN of an `alias/aws/…`) that encrypts a resource, by resource ARN. */
  readonly encryption = new Map<string, string>();
  /** Functions by ARN, qualified ARNs (versions, aliases) included. */
  readonly functions = new Map<string, InvocableFunction>();
  /** Event source mappings by UUID. */
  readonly mappings = new Map<string, MappingLifecycle>();
  /** Tags of functions, by ARN. */
  readonly tags = new Map<string, Readonly<Record<string, string>>>();
  /** Log groups by name. A group that is not here does not exist. */
  readonly logGroups = new Map<string, LogGroup>();
  /** How long after their arrival log events can be read. On AWS, it is seconds. */
  logDelayMillis = 0;
  /** `FilterLogEvents` calls a second, over which they are throttled. `Infinity`: never. */
  filterLogEventsPerSecond = 5;
  readonly metrics = new Metrics();
  /** Alarms by ARN. */
  readonly alarms = new Map<string, Alarm>();
  /** Bodies of dashboards by name. */
  readonly dashboards = new Map<string, DashboardBody>();
  readonly events = new EventBus();
  /** Names of the buckets that send events to EventBridge. */
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

  /** The credentials of a role's sessions. The gateway finds the role by the access key ID. */
  credentialsFor(roleArn: string): Credentials {
    const digest = createHash('sha256').update(roleArn).digest('hex').toUpperCase();
    return { accessKeyId: `ASIA${digest.slice(0, 16)}`, secretAccessKey: 'local', sessionToken: 'local' };
  }

  roleByAccessKey(accessKeyId: string): Role | undefined {
    return this.rolesByAccessKey.get(accessKeyId);
  }

  /** All denials so far. */
  get denials(): readonly AccessDecision[] {
    return this.decisions.filter((decision) => !decision.allowed);
  }
}
