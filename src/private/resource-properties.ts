import { CfnResource, Duration, IPostProcessor, IResolvable, Stack, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnQueue, IQueue } from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';

/** The timeout of a function that sets none. */
const DEFAULT_TIMEOUT_SECONDS = 3;

/** The retention period of a queue that sets none. */
export const DEFAULT_MESSAGE_RETENTION = Duration.days(4);

/** A resource of a template. */
interface Definition {
  readonly Properties?: Record<string, unknown>;
}

/** The resource of a construct of this app, if it is of a type. An imported construct has none. */
export function ownResource<Resource extends CfnResource>(construct: IConstruct | undefined, type: string): Resource | undefined {
  const resource = construct?.node.defaultChild;
  return CfnResource.isCfnResource(resource) && resource.cfnResourceType === type ? (resource as Resource) : undefined;
}

/**
 * Properties as the template will have them, property overrides included. Only final at synth.
 *
 * Resolves nothing else of the resource: dependencies and metadata take longer than most properties.
 */
export function renderedProperties(resource: CfnResource): Record<string, unknown> {
  const { Resources = {} } = resource._toCloudFormation() as { Resources?: Record<string, IResolvable & IPostProcessor> };
  const [whole] = Object.values(Resources);
  return (whole && Stack.of(resource).resolve(propertiesOf(whole))) ?? {};
}

/** The properties of a resource that the CDK completes once it is resolved. */
function propertiesOf(whole: IResolvable & IPostProcessor): IResolvable {
  return {
    creationStack: whole.creationStack,
    resolve: (context) => {
      const { Properties } = whole.resolve({ ...context, registerPostProcessor: () => {} }) as Definition;
      context.registerPostProcessor({
        postProcess: (resolved: Definition['Properties'], of) => (whole.postProcess({ Properties: resolved }, of) as Definition).Properties,
      });
      return Properties ?? {};
    },
  };
}

/** The function of a version or an alias, whichever copy of the CDK defines them. */
export function unqualified(fn: lambda.IFunction): lambda.IFunction {
  return (fn as Partial<Pick<lambda.IVersion, 'lambda'>>).lambda ?? fn;
}

/** Timeout of a function. Undefined if synth does not know it. */
export function timeoutOf(fn: lambda.IFunction): Duration | undefined {
  const resource = ownResource<lambda.CfnFunction>(unqualified(fn), 'AWS::Lambda::Function');
  if (!resource || Token.isUnresolved(resource.timeout)) return undefined;
  return Duration.seconds(resource.timeout ?? DEFAULT_TIMEOUT_SECONDS);
}

/** The largest message of a queue in bytes, if this app sets it. */
export function messageLimitOf(queue: IQueue | undefined): number | undefined {
  const limit = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue')?.maximumMessageSize;
  return Token.isUnresolved(limit) ? undefined : limit;
}

/** How long a queue keeps messages. Undefined if synth does not know it. */
export function messageRetentionOf(queue: IQueue): Duration | undefined {
  const resource = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue');
  if (!resource) return undefined;
  const seconds = resource.messageRetentionPeriod;
  if (seconds === undefined) return DEFAULT_MESSAGE_RETENTION;
  return Token.isUnresolved(seconds) ? undefined : Duration.seconds(seconds);
}
