import { Arn, ArnFormat, Lazy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ownResource, unqualified } from './resource-properties';

/** Whether a function of this app names a log group of its own, as far as is known now. */
export function hasOwnLogGroup(fn: lambda.IFunction): boolean {
  return givenLogGroup(fn) !== undefined;
}

/**
 * ARN of the streams of the log group that a function writes to. `logGroup` of a function would define a custom resource where it has none,
 * and of an imported function only the name is known.
 */
export function logStreamsArnOf(fn: lambda.IFunction): string {
  const { env: { account, region } } = fn;
  const name = Lazy.string({ produce: () => givenLogGroup(fn) ?? `/aws/lambda/${unqualified(fn).functionName}` });
  return Arn.format(
    { service: 'logs', resource: 'log-group', resourceName: `${name}:*`, account, region, arnFormat: ArnFormat.COLON_RESOURCE_NAME },
    Stack.of(fn),
  );
}

function givenLogGroup(fn: lambda.IFunction): string | undefined {
  const resource = ownResource<lambda.CfnFunction>(unqualified(fn), 'AWS::Lambda::Function');
  return (resource?.loggingConfig as lambda.CfnFunction.LoggingConfigProperty | undefined)?.logGroup as string | undefined;
}
