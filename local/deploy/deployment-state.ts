import type { Account, PolicyDocument } from '../account';
import type { DeployedFunction } from './deployed-function';

export interface StackExport {
  readonly value: string;
  readonly stackName: string;
  /** Stacks that import it: while there are any, the exporting stack cannot be deleted. */
  readonly importers: Set<string>;
}

/** What CloudFormation and the services remember of an account between stacks, beyond what the account itself holds. */
export class DeploymentState {
  private static readonly states = new WeakMap<Account, DeploymentState>();

  static of(account: Account): DeploymentState {
    const state = this.states.get(account) ?? new DeploymentState();
    this.states.set(account, state);
    return state;
  }

  /** Outputs of the stacks by stack name: none while a stack is being created. */
  readonly stacks = new Map<string, Readonly<Record<string, string>>>();
  readonly exports = new Map<string, StackExport>();
  /** Customer managed policies by ARN. */
  readonly managedPolicies = new Map<string, PolicyDocument>();
  /** Functions by name. */
  readonly functions = new Map<string, DeployedFunction>();
  /** `<event source ARN> <function ARN>` of the mappings there are. */
  readonly mappings = new Set<string>();
  /** Names of buckets with the tag of the CDK's `autoDeleteObjects`. */
  readonly autoDeleteBuckets = new Set<string>();
}
