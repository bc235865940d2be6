import { Annotations } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Capture } from './dlq-parts';

/**
 * Warns of an undeliverable queue whose policy is out of reach, as that of an imported one is. Functions and Lambda itself send there, and
 * to the other queues, by the policies of their roles; SNS and EventBridge have none.
 */
export function adviseOnUndeliverableQueue(dlq: Construct, queue: sqs.IQueue, captures: readonly Capture[]): void {
  // By now the CDK has let them in where it could.
  if (queue.node.tryFindChild('Policy')) return;
  const senders = captures.map(({ deliveredBy: { service, from } }) => `${service} from ${from}`).join(' and ');
  Annotations.of(dlq).addWarningV2(
    'cdk-stream-dlq:undeliverableQueueWithoutPolicy',
    `\`undeliverableQueue\` should have a policy that this app can extend, got: an imported queue, '${queue.node.path}'; unless its policy lets ` +
      `${senders} send to it, what cannot be delivered to the function is lost: allow sqs:SendMessage there, and acknowledge this`,
  );
}
