import type { Account } from '../account';
import type { DeployedFunction } from './deployed-function';
import type { DeploymentState } from './deployment-state';

export interface FunctionReference {
  readonly fn: DeployedFunction;
  readonly qualifier?: string;
  /** With the qualifier, if there is one. */
  readonly arn: string;
}

/** Finds a function by what Lambda's API takes: a name or an ARN, with or without a version or alias. */
export function functionReference(account: Account, state: DeploymentState, value: string): FunctionReference {
  const prefix = account.arn('lambda', 'function:');
  const [name, qualifier, ...more] = (value.startsWith(prefix) ? value.slice(prefix.length) : value).split(':');
  const fn = state.functions.get(name);
  if (!fn || more.length > 0) throw new Error(`function ${value} does not exist in the account`);
  if (qualifier === undefined) return { fn, arn: fn.arn };
  fn.target(qualifier);
  return { fn, qualifier, arn: `${fn.arn}:${qualifier}` };
}
