import { Duration, Names } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MAX_INTAKE_RECEIVES } from '../contract';
import { storageQueueProps } from './dead-letter-queue';
import { DlqParts } from './dlq-parts';
import { recommendedVisibility } from './queue-visibility';
import { ownResource, renderedProperties } from './resource-properties';
import { checkAtSynth, Rule } from './rules';

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
    deadLetterQueue: { queue: undeliverableQueue, maxReceiveCount: MAX_INTAKE_RECEIVES },
  });
}

interface UndeliverableFacts {
  readonly path: string;
  /** `redrivePermission` of its redrive-allow policy. */
  readonly permission?: unknown;
}

const UNDELIVERABLE_RULES: readonly Rule<UndeliverableFacts>[] = [
  {
    id: 'undeliverableQueueDeniesIntake',
    level: 'error',
    condition: ({ permission }) => permission === 'denyAll' || permission === 'byQueue',
    message: ({ path, permission }) =>
      `\`undeliverableQueue\` must allow every queue in its \`redriveAllowPolicy\`, got: ${String(permission)} for '${path}'; remove the policy: ` +
      'SQS moves failure records there from the intake queue, which such a policy cannot name',
  },
];

/** Checks that SQS takes the undeliverable queue as the dead-letter queue of the intake queue. */
export function checkLeadsTo(dlq: Construct, undeliverableQueue: sqs.IQueue): void {
  checkAtSynth(dlq, UNDELIVERABLE_RULES, () => {
    const resource = ownResource<sqs.CfnQueue>(undeliverableQueue, 'AWS::SQS::Queue');
    if (!resource) return [];
    const { RedriveAllowPolicy: policy } = renderedProperties(resource) as { RedriveAllowPolicy?: { redrivePermission?: unknown } };
    return [{ path: undeliverableQueue.node.path, permission: policy?.redrivePermission }];
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
  topic.addSubscription({
    bind: () => ({
      subscriberScope: queue,
      subscriberId: Names.nodeUniqueId(topic.node),
      endpoint: queue.queueArn,
      protocol: sns.SubscriptionProtocol.SQS,
      deadLetterQueue,
      subscriptionDependency: policyDependable,
    }),
  });
}
