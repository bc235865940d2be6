import { bucketArn } from '../arns';
import { attachedPolicy } from '../attached-policy';
import { resourceType } from '../resource-type';

export const bucketPolicy = resourceType({
  type: 'AWS::S3::BucketPolicy',
  properties: { Bucket: 'string', PolicyDocument: 'policy' },
  required: ['Bucket', 'PolicyDocument'],
  create: async ({ Bucket: name, PolicyDocument: document }, { account }) => (
    attachedPolicy(account, name, document, [bucketArn(account, name)])
  ),
});
