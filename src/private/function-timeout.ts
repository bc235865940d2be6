import { Duration, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ownResource } from './own-resource';

/** What Lambda gives a function that does not say. */
const DEFAULT_SECONDS = 3;

/** Timeout of a function. Undefined where it cannot be known at synth. */
export function timeoutOf(fn: lambda.IFunction): Duration | undefined {
  // A version or an alias stands for a function, whichever copy of the CDK made it.
  const { lambda: behind = fn } = fn as Partial<Pick<lambda.IVersion, 'lambda'>>;
  const resource = ownResource<lambda.CfnFunction>(behind, 'AWS::Lambda::Function');
  if (!resource || Token.isUnresolved(resource.timeout)) return undefined;
  return Duration.seconds(resource.timeout ?? DEFAULT_SECONDS);
}
