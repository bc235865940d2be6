import { Duration, Names, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { storageQueueProps } from './dead-letter-queue';
import { DlqParts } from './dlq-parts';
import { recommendedVisibility } from './queue-visibility';

/**
 * How often a failure record is received before SQS moves it to the undeliverable queue. The function delays what fails by 30 seconds, and then
 * by twice as long each time: a quarter of an hour in all.
 */
const MAX_RECEIVES = 6;

/** What the function does with the intake queue, and its mapping with the role of the function. */
export const INTAKE_ACTIONS = {
  QUEUE: ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  KEY: ['kms:Decrypt'],
};

/** The queue between the topic and the function. It holds failure records while the function reads others. */
export function defineIntakeQueue({ dlq, storage, undeliverableQueue }: DlqParts, timeout: Duration): sqs.Queue {
  return new sqs.Queue(dlq, 'IntakeQueue', {
    ...storageQueueProps(storage, undefined),
    visibilityTimeout: recommendedVisibility(timeout),
    deadLetterQueue: { queue: undeliverableQueue, maxReceiveCount: MAX_RECEIVES },
  });
}

/** Subscribes the queue. `SqsSubscription` would let every topic of the account and of others use the key of the queue. */
export function subscribe(queue: sqs.Queue, topic: sns.ITopic, deadLetterQueue: sqs.IQueue): void {
  const { policyDependable } = queue.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal('sns.amazonaws.com')],
    actions: ['sqs:SendMessage'],
    resources: [queue.queueArn],
    conditions: { ArnEquals: { 'aws:SourceArn': topic.topicArn } },
  }));
  const { region } = topic.env;
  topic.addSubscription({
    bind: () => ({
      subscriberScope: queue,
      subscriberId: Names.nodeUniqueId(topic.node),
      endpoint: queue.queueArn,
      protocol: sns.SubscriptionProtocol.SQS,
      ...(!Token.isUnresolved(region) && region !== Stack.of(queue).region && { region }),
      deadLetterQueue,
      subscriptionDependency: policyDependable,
    }),
  });
}
