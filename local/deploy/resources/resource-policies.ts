import type { Account, PolicyDocument } from '../../account';
import { bucketArn, queueArn } from '../arns';
import { type CreatedResource, resourceType } from '../resource-type';

export const kinesisResourcePolicy = resourceType({
  type: 'AWS::Kinesis::ResourcePolicy',
  properties: { ResourceArn: 'string', ResourcePolicy: 'policy' },
  required: ['ResourceArn', 'ResourcePolicy'],
  create: async ({ ResourceArn: arn, ResourcePolicy: document }, { account }) => attachedPolicy(account, arn, document, [arn]),
});

export const topicPolicy = resourceType({
  type: 'AWS::SNS::TopicPolicy',
  properties: { PolicyDocument: 'policy', Topics: ['string'] },
  required: ['PolicyDocument', 'Topics'],
  create: async ({ PolicyDocument: document, Topics: arns }, { account, generatedName }) => (
    attachedPolicy(account, generatedName(128), document, arns)
  ),
});

export const queuePolicy = resourceType({
  type: 'AWS::SQS::QueuePolicy',
  properties: { PolicyDocument: 'policy', Queues: ['string'] },
  required: ['PolicyDocument', 'Queues'],
  create: async ({ PolicyDocument: document, Queues: urls }, { account, generatedName }) => (
    attachedPolicy(account, generatedName(128), document, urls.map((url) => queueArn(account, url)))
  ),
});

export const bucketPolicy = resourceType({
  type: 'AWS::S3::BucketPolicy',
  properties: { Bucket: 'string', PolicyDocument: 'policy' },
  required: ['Bucket', 'PolicyDocument'],
  create: async ({ Bucket: name, PolicyDocument: document }, { account }) => (
    attachedPolicy(account, name, document, [bucketArn(account, name)])
  ),
});

/** A resource that exists only as the resource policy of other resources. */
function attachedPolicy(
  account: Account,
  physicalId: string,
  document: PolicyDocument,
  resourceArns: readonly string[],
): CreatedResource {
  for (const arn of resourceArns) {
    if (account.resourcePolicies.has(arn)) {
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
