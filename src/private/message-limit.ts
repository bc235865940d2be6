import { CfnResource, Token } from 'aws-cdk-lib';
import { CfnQueue, IQueue } from 'aws-cdk-lib/aws-sqs';

/** The largest message of a queue in bytes, where the app itself sets it. */
export function messageLimitOf(queue: IQueue | undefined): number | undefined {
  const resource = queue?.node.defaultChild;
  if (!CfnResource.isCfnResource(resource) || resource.cfnResourceType !== 'AWS::SQS::Queue') return undefined;
  const limit = (resource as CfnQueue).maximumMessageSize;
  return Token.isUnresolved(limit) ? undefined : limit;
}
