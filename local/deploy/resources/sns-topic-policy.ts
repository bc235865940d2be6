import { attachedPolicy } from '../attached-policy';
import { resourceType } from '../resource-type';

export const topicPolicy = resourceType({
  type: 'AWS::SNS::TopicPolicy',
  properties: { PolicyDocument: 'policy', Topics: ['string'] },
  required: ['PolicyDocument', 'Topics'],
  create: async ({ PolicyDocument: document, Topics: arns }, { account, generatedName }) => (
    attachedPolicy(account, generatedName(128), document, arns)
  ),
});
