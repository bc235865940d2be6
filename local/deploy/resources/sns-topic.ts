import { CreateTopicCommand, DeleteTopicCommand, SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { expectArn, keyArn } from '../arns';
import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';

export const topic = resourceType({
  type: 'AWS::SNS::Topic',
  properties: {
    TopicName: 'string',
    DisplayName: 'string',
    FifoTopic: 'boolean',
    ContentBasedDeduplication: 'boolean',
    KmsMasterKeyId: 'string',
    SignatureVersion: 'unused',
    TracingConfig: 'unused',
    DeliveryStatusLogging: 'unused',
    Tags: 'unused',
    Subscription: unsupported('declare an AWS::SNS::Subscription instead'),
    ArchivePolicy: unsupported('message archives are not emulated'),
    DataProtectionPolicy: unsupported('data protection is not emulated'),
    FifoThroughputScope: unsupported('throughput is not emulated'),
  },
  async create(properties, { account, clients, generatedName }) {
    const fifo = properties.FifoTopic ?? false;
    const name = properties.TopicName ?? (fifo ? `${generatedName(251)}.fifo` : generatedName(256));
    const arn = account.arn('sns', name);
    const attributes: Record<string, string> = {
      ...properties.DisplayName !== undefined && { DisplayName: properties.DisplayName },
      ...fifo && { FifoTopic: 'true' },
      ...properties.ContentBasedDeduplication && { ContentBasedDeduplication: 'true' },
    };
    const { KmsMasterKeyId: keyId } = properties;
    const key = keyId === undefined ? undefined : keyArn(account, keyId);
    const { TopicArn: created } = await clients.sns.send(new CreateTopicCommand({ Name: name, Attributes: attributes }));
    expectArn(arn, created);
    if (key !== undefined) account.encryption.set(arn, key);
    return {
      physicalId: arn,
      attributes: { TopicArn: arn, TopicName: name },
      async delete() {
        await clients.sns.send(new DeleteTopicCommand({ TopicArn: arn }));
        account.encryption.delete(arn);
      },
    };
  },
  updatable: ['DisplayName', 'KmsMasterKeyId'],
  async update({ created, after: { DisplayName: displayName = '', KmsMasterKeyId: keyId } }, { account, clients }) {
    const key = keyId === undefined ? undefined : keyArn(account, keyId);
    const { physicalId: arn } = created;
    await clients.sns.send(new SetTopicAttributesCommand({ TopicArn: arn, AttributeName: 'DisplayName', AttributeValue: displayName }));
    if (key === undefined) account.encryption.delete(arn);
    else account.encryption.set(arn, key);
    return created;
  },
});
