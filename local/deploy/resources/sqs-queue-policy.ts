import { queueArn } from '../arns';
import { attachedPolicy } from '../attached-policy';
import { resourceType } from '../resource-type';

export const queuePolicy = resourceType({
  type: 'AWS::SQS::QueuePolicy',
  properties: { PolicyDocument: 'policy', Queues: ['string'] },
  required: ['PolicyDocument', 'Queues'],
  create: async ({ PolicyDocument: document, Queues: urls }, { account, generatedName }) => (
    attachedPolicy(account, generatedName(128), document, urls.map((url) => queueArn(account, url)))
  ),
});
