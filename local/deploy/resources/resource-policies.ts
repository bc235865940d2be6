import type { Account, PolicyDocument } from '../../account';
import { bucketArn, queueArn } from '../arns';
import { type CreatedResource, resourceType, type ResourceUpdate } from '../resource-type';

export const kinesisResourcePolicy = resourceType({
  type: 'AWS::Kinesis::ResourcePolicy',
  properties: { ResourceArn: 'string', ResourcePolicy: 'policy' },
  required: ['ResourceArn', 'ResourcePolicy'],
  create: async ({ ResourceArn: arn, ResourcePolicy: document }, { account }) => attachedPolicy(account, arn, document, [arn]),
  update: async (change, { account }) => changedPolicy(account, change, ({ ResourcePolicy }) => ResourcePolicy, ({ ResourceArn }) => [ResourceArn]),
});

export const topicPolicy = resourceType({
  type: 'AWS::SNS::TopicPolicy',
  properties: { PolicyDocument: 'policy', Topics: ['string'] },
  required: ['PolicyDocument', 'Topics'],
  create: async ({ PolicyDocument: document, Topics: arns }, { account, generatedName }) => (
    attachedPolicy(account, generatedName(128), document, arns)
  ),
  update: async (change, { account }) => changedPolicy(account, change, ({ PolicyDocument }) => PolicyDocument, ({ Topics }) => Topics),
});

export const queuePolicy = resourceType({
  type: 'AWS::SQS::QueuePolicy',
  properties: { PolicyDocument: 'policy', Queues: ['string'] },
  required: ['PolicyDocument', 'Queues'],
  create: async ({ PolicyDocument: document, Queues: urls }, { account, generatedName }) => (
    attachedPolicy(account, generatedName(128), document, urls.map((url) => queueArn(account, url)))
  ),
  update: async (change, { account }) => changedPolicy(account, change, ({ PolicyDocument }) => PolicyDocument, ({ Queues }) => (
    Queues.map((url) => queueArn(account, url))
  )),
});

export const bucketPolicy = resourceType({
  type: 'AWS::S3::BucketPolicy',
  properties: { Bucket: 'string', PolicyDocument: 'policy' },
  required: ['Bucket', 'PolicyDocument'],
  create: async ({ Bucket: name, PolicyDocument: document }, { account }) => (
    attachedPolicy(account, name, document, [bucketArn(account, name)])
  ),
  update: async (change, { account }) => changedPolicy(account, change, ({ PolicyDocument }) => PolicyDocument, ({ Bucket }) => (
    [bucketArn(account, Bucket)]
  )),
});

/** A resource that exists only as the resource policy of other resources. */
function attachedPolicy(
  account: Account,
  physicalId: string,
  document: PolicyDocument,
  resourceArns: readonly string[],
  own: readonly string[] = [],
): CreatedResource {
  for (const arn of resourceArns) {
    if (account.resourcePolicies.has(arn) && !own.includes(arn)) {
      throw new Error(`${arn} already has a resource policy, and a second one would replace it: merge the two`);
    }
  }
  for (const arn of resourceArns) account.resourcePolicies.set(arn, document);
  return {
    physicalId,
    attributes: {},
    delete: async () => {
      for (const arn of resourceArns) account.resourcePolicies.delete(arn);
    },
  };
}

/** The policy with its new document, on the resources that it names now. */
function changedPolicy<Properties>(
  account: Account,
  { created: { physicalId }, before, after }: ResourceUpdate<Properties>,
  documentOf: (properties: Properties) => PolicyDocument,
  arnsOf: (properties: Properties) => readonly string[],
): CreatedResource {
  const [own, arns] = [arnsOf(before), arnsOf(after)];
  const changed = attachedPolicy(account, physicalId, documentOf(after), arns, own);
  for (const arn of own) if (!arns.includes(arn)) account.resourcePolicies.delete(arn);
  return changed;
}
