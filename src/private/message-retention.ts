import { Duration, Token } from 'aws-cdk-lib';
import { CfnQueue, IQueue } from 'aws-cdk-lib/aws-sqs';
import { ownResource } from './own-resource';

/** What SQS keeps messages for unless told otherwise. */
const DEFAULT_RETENTION = Duration.days(4);

/** How long a queue keeps messages. Undefined where it cannot be known at synth. */
export function messageRetentionOf(queue: IQueue): Duration | undefined {
  const resource = ownResource<CfnQueue>(queue, 'AWS::SQS::Queue');
  if (!resource) return undefined;
  const seconds = resource.messageRetentionPeriod;
  if (seconds === undefined) return DEFAULT_RETENTION;
  return Token.isUnresolved(seconds) ? undefined : Duration.seconds(seconds);
}
