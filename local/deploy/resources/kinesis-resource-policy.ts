import { attachedPolicy } from '../attached-policy';
import { resourceType } from '../resource-type';

export const kinesisResourcePolicy = resourceType({
  type: 'AWS::Kinesis::ResourcePolicy',
  properties: { ResourceArn: 'string', ResourcePolicy: 'policy' },
  required: ['ResourceArn', 'ResourcePolicy'],
  create: async ({ ResourceArn: arn, ResourcePolicy: document }, { account }) => attachedPolicy(account, arn, document, [arn]),
});
