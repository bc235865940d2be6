import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Account } from '../../account';
import { expectArn, keyArn } from '../arns';
import { unsupported } from '../property-types';
import { checkRedriveAllowPolicy, checkRedrivePolicy } from '../redrive-policy';
import { resourceTags } from '../resource-tags';
import { resourceType } from '../resource-type';

/** What SQS has for a property that its template no longer gives. */
const DEFAULTS: Readonly<Record<string, string>> = {
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
  RedrivePolicy: '',
  RedriveAllowPolicy: '',
  KmsMasterKeyId: '',
  KmsDataKeyReusePeriodSeconds: '300',
  SqsManagedSseEnabled: 'true',
};

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
    RedriveAllowPolicy: { redrivePermission: 'string', sourceQueueArns: ['string'] },
    KmsMasterKeyId: 'string',
    KmsDataKeyReusePeriodSeconds: 'number',
    SqsManagedSseEnabled: 'boolean',
    Tags: [{ Key: 'string', Value: 'string' }],
    Policy: unsupported('declare an AWS::SQS::QueuePolicy instead'),
  },
  async create(properties, context) {
    const { account, clients, generatedName } = context;
    const { QueueName: givenName, Tags, ...rest } = properties;
    const tags = resourceTags(Tags, context);
    const name = givenName ?? (rest.FifoQueue ? `${generatedName(75)}.fifo` : generatedName(80));
    const arn = account.arn('sqs', name);
    if (rest.FifoQueue && !name.endsWith('.fifo')) {
      throw new Error(`property QueueName of a FIFO queue must end in .fifo, got: ${name}`);
    }
    checkFifo(rest);
    checkRedriveAllowPolicy(rest.RedriveAllowPolicy);
    await checkRedrivePolicy(clients.sqs, arn, rest.RedrivePolicy);
    const key = keyOf(account, rest);
    const { FifoQueue: fifo, ...attributes } = attributesOf(rest);
    // FifoQueue false is not among the values that SQS accepts.
    const Attributes = { ...attributes, ...(rest.FifoQueue && { FifoQueue: fifo }) };

    const { QueueUrl: url } = await clients.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
    const { Attributes: got } = await clients.sqs.send(new GetQueueAttributesCommand({
      QueueUrl: url, AttributeNames: ['QueueArn'],
    }));
    expectArn(arn, got?.QueueArn);
    if (key !== undefined) account.encryption.set(arn, key);
    account.tags.set(arn, tags);
    return {
      physicalId: url!,
      attributes: { Arn: arn, QueueName: name, QueueUrl: url! },
      async delete() {
        await clients.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
        account.encryption.delete(arn);
        account.tags.delete(arn);
      },
    };
  },
  updatable: [...Object.keys(DEFAULTS), 'Tags'] as never[],
  async update({ created, before, after }, context) {
    const { account, clients } = context;
    const tags = resourceTags(after.Tags, context);
    checkRedriveAllowPolicy(after.RedriveAllowPolicy);
    await checkRedrivePolicy(clients.sqs, created.attributes.Arn, after.RedrivePolicy);
    const key = keyOf(account, after);
    const [old, given] = [attributesOf(before), attributesOf(after)];
    const names = Object.keys(DEFAULTS).filter((name) => old[name] !== given[name]);
    const Attributes = Object.fromEntries(names.map((name) => [name, given[name] ?? DEFAULTS[name]]));
    await clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl: created.physicalId, Attributes }));
    if (key === undefined) account.encryption.delete(created.attributes.Arn);
    else account.encryption.set(created.attributes.Arn, key);
    account.tags.set(created.attributes.Arn, tags);
    return created;
  },
});

/** SQS accepts every attribute as text, under CloudFormation's names. */
function attributesOf(properties: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]));
}

/** Attributes that a standard queue does not have. */
const FIFO_ONLY = ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'] as const;

function checkFifo(properties: Readonly<Record<string, unknown>>): void {
  const given = FIFO_ONLY.find((name) => properties[name] !== undefined && properties[name] !== false);
  if (given !== undefined && !properties.FifoQueue) throw new Error(`property ${given} is for FIFO queues, and FifoQueue is not true`);
  if (properties.FifoThroughputLimit === 'perMessageGroupId' && properties.DeduplicationScope !== 'messageGroup') {
    throw new Error('property DeduplicationScope must be messageGroup with FifoThroughputLimit perMessageGroupId');
  }
}

interface Encryption {
  readonly KmsMasterKeyId?: string;
  readonly SqsManagedSseEnabled?: boolean;
}

function keyOf(account: Account, { KmsMasterKeyId: keyId, SqsManagedSseEnabled: isManaged }: Encryption): string | undefined {
  if (keyId !== undefined && isManaged) throw new Error('properties KmsMasterKeyId and SqsManagedSseEnabled exclude each other');
  return keyId === undefined ? undefined : keyArn(account, keyId);
}
