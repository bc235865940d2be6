import { SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { unsupported } from '../property-types';
import { type CreatedResource, type ResourceContext, resourceType } from '../resource-type';

interface Subscription {
  readonly Endpoint: string;
  readonly TopicArn: string;
  readonly RawMessageDelivery?: boolean;
  readonly FilterPolicy?: unknown;
  readonly FilterPolicyScope?: string;
  readonly RedrivePolicy?: { readonly deadLetterTargetArn?: string };
}

export const subscription = resourceType({
  type: 'AWS::SNS::Subscription',
  properties: {
    Endpoint: 'string',
    Protocol: 'string',
    TopicArn: 'string',
    RawMessageDelivery: 'boolean',
    FilterPolicy: 'json',
    FilterPolicyScope: 'string',
    RedrivePolicy: { deadLetterTargetArn: 'string' },
    DeliveryPolicy: unsupported('SNS applies it to HTTP endpoints only'),
    Region: unsupported('there is one region'),
    ReplayPolicy: unsupported('message archives are not emulated'),
    SubscriptionRoleArn: unsupported('SNS uses it for Firehose only'),
  },
  required: ['Endpoint', 'Protocol', 'TopicArn'],
  async create(properties, context) {
    switch (properties.Protocol) {
      case 'lambda': return toFunction(properties, context);
      case 'sqs': return toQueue(properties, context);
      default: throw new Error(`property Protocol must be lambda or sqs here, got: ${properties.Protocol}`);
    }
  },
});

async function toFunction(properties: Subscription, { runtime, uuid }: ResourceContext): Promise<CreatedResource> {
  const { TopicArn: topicArn, Endpoint: functionArn, RedrivePolicy: redrive } = properties;
  if (properties.FilterPolicy !== undefined || properties.FilterPolicyScope !== undefined) {
    throw new Error('property FilterPolicy is not emulated for functions: filter in the function, or subscribe a queue');
  }
  if (properties.RawMessageDelivery) {
    throw new Error('property RawMessageDelivery must not be true: SNS has no raw delivery to functions');
  }
  const subscriptionArn = `${topicArn}:${uuid()}`;
  const running = await runtime.createSubscription({
    subscriptionArn,
    topicArn,
    functionArn,
    ...redrive?.deadLetterTargetArn !== undefined && { redrivePolicy: { deadLetterTargetArn: redrive.deadLetterTargetArn } },
  });
  return {
    physicalId: subscriptionArn,
    attributes: { Arn: subscriptionArn },
    subscription: running,
    delete: () => running.close(),
    close: () => running.close(),
  };
}

async function toQueue(properties: Subscription, { authorizer, clients }: ResourceContext): Promise<CreatedResource> {
  const { TopicArn: topicArn, Endpoint: queueArn } = properties;
  const attributes: Record<string, string> = {
    ...properties.RawMessageDelivery && { RawMessageDelivery: 'true' },
    ...properties.FilterPolicy !== undefined && { FilterPolicy: JSON.stringify(properties.FilterPolicy) },
    ...properties.FilterPolicyScope !== undefined && { FilterPolicyScope: properties.FilterPolicyScope },
    ...properties.RedrivePolicy && { RedrivePolicy: JSON.stringify(properties.RedrivePolicy) },
  };
  const { SubscriptionArn: arn } = await clients.sns.send(new SubscribeCommand({
    TopicArn: topicArn, Protocol: 'sqs', Endpoint: queueArn, Attributes: attributes, ReturnSubscriptionArn: true,
  }));
  return {
    physicalId: arn!,
    attributes: { Arn: arn! },
    // The emulator delivers whatever the queue's policy says; on AWS such messages would be lost.
    async afterStack() {
      const principal = { service: 'sns.amazonaws.com', sourceArn: topicArn };
      const answer = await authorizer.authorize({ principal, action: 'sqs:SendMessage', resource: queueArn });
      if (!answer.allowed) throw new Error(`the topic may not send to the queue: ${answer.message}`);
    },
    async delete() {
      await clients.sns.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    },
  };
}
