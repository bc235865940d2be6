import type { Account } from '../account';
import { type HttpRequest, ServiceError } from './types';

/** A request of Lambda's API, as its operations see it. */
export interface LambdaRequest extends HttpRequest {
  /** The function or the mapping in the path. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly account: Account;
}

/** A function's ARN from what the API takes: a name, the end of an ARN, or an ARN, with or without a qualifier. */
export function namedFunctionArn(given: string, qualifier: string | null, account: Account): string {
  const { partition, region, accountId } = account;
  const [, name, ownQualifier] = /^(?:(?:arn:[^:]+:lambda:[^:]+:)?\d{12}:function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?$/.exec(given) ?? [];
  if (name === undefined) {
    throw new ServiceError('ValidationException', `1 validation error detected: Value '${given}' at 'functionName' failed to satisfy constraint`);
  }
  if (ownQualifier !== undefined && qualifier !== null && ownQualifier !== qualifier) {
    throw new ServiceError(
      'InvalidParameterValueException', 'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  const [, of] = /^arn:[^:]+:lambda:([^:]+:\d{12}):/.exec(given) ?? [undefined, `${region}:${accountId}`];
  const chosen = ownQualifier ?? qualifier;
  return `arn:${partition}:lambda:${of}:function:${name}${chosen ? `:${chosen}` : ''}`;
}

export function functionNotFound(arn: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
}
