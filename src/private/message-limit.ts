import { Token } from 'aws-cdk-lib';
import { CfnQueue, IQueue } from 'aws-cdk-lib/aws-sqs';
import { ownResource } from './own-resource';

/** The largest message of a queue in bytes, where the app itself sets it. */
export function messageLimitOf(queue: IQueue | undefined): number | undefined {
  const limit = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue')?.maximumMessageSize;
  return Token.isUnresolved(limit) ? undefined : limit;
}
