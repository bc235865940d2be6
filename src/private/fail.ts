import { IConstruct } from 'constructs';

/** Throws an error that says where it comes from. The CDK's own `ValidationError` is internal, and its arguments change. */
export function fail(scope: IConstruct, message: string): never {
  throw new Error(`[${scope.node.path}] ${message}`);
}
