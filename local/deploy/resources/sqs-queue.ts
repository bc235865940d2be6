import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expectArn, keyArn } from '../arns';
import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';

export const queue = resourceType({
  type: 'AWS::SQS::Queue',
  properties: {
    QueueName: 'string',
    FifoQueue: 'boolean',
    ContentBasedDeduplication: 'boolean',
    DeduplicationScope: 'string',
    FifoThroughputLimit: 'string',
    DelaySeconds: 'number',
    MaximumMessageSize: 'number',
    MessageRetentionPeriod: 'number',
    ReceiveMessageWaitTimeSeconds: 'number',
    VisibilityTimeout: 'number',
    RedrivePolicy: { deadLetterTargetArn: 'string', maxReceiveCount: 'number' },
    RedriveAllowPolicy: 'json',
    KmsMasterKeyId: 'string',
    KmsDataKeyReusePeriodSeconds: 'number',
    SqsManagedSseEnabled: 'boolean',
    Tags: 'unused',
    Policy: unsupported('declare an AWS::SQS::QueuePolicy instead'),
  },
  async create(properties, { account, clients, generatedName }) {
    const { QueueName: givenName, ...rest } = properties;
    const name = givenName ?? (rest.FifoQueue ? `${generatedName(75)}.fifo` : generatedName(80));
    const arn = account.arn('sqs', name);
    if (rest.FifoQueue && !name.endsWith('.fifo')) {
      throw new Error(`property QueueName of a FIFO queue must end in .fifo, got: ${name}`);
    }
    if (rest.KmsMasterKeyId !== undefined && rest.SqsManagedSseEnabled) {
      throw new Error('properties KmsMasterKeyId and SqsManagedSseEnabled exclude each other');
    }
    const key = rest.KmsMasterKeyId === undefined ? undefined : keyArn(account, rest.KmsMasterKeyId);
    // SQS takes every attribute as text, under CloudFormation's names; FifoQueue false is not among its values.
    const attributes = Object.entries(rest)
      .filter(([attribute, value]) => attribute !== 'Tags' && !(attribute === 'FifoQueue' && value === false))
      .map(([attribute, value]) => [attribute, typeof value === 'object' ? JSON.stringify(value) : String(value)]);

    const { QueueUrl: url } = await clients.sqs.send(new CreateQueueCommand({
      QueueName: name, Attributes: Object.fromEntries(attributes) as Record<string, string>,
    }));
    const { Attributes: got } = await clients.sqs.send(new GetQueueAttributesCommand({
      QueueUrl: url, AttributeNames: ['QueueArn'],
    }));
    expectArn(arn, got?.QueueArn);
    if (key !== undefined) account.encryption.set(arn, key);
    return {
      physicalId: url!,
      attributes: { Arn: arn, QueueName: name, QueueUrl: url! },
      async delete() {
        await clients.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
        account.encryption.delete(arn);
      },
    };
  },
});
