import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Account } from '../account';
import type { Authorizer } from '../iam/authorizer';

export interface RedriveDeps {
  readonly account: Account;
  readonly authorizer: Pick<Authorizer, 'authorize'>;
  readonly sqs: SQSClient;
}

/** The actions on the key of an encrypted queue that a sender needs. */
const KEY_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt'];

/**
 * Writes a notification to a subscription's redrive queue, as the SNS service would: the queue's policy must let the
 * service in, and so must the policy of the key that encrypts the queue.
 *
 * @throws the refusal
 */
export async function redrive(body: string, error: string, queueArn: string, topicArn: string, deps: RedriveDeps): Promise<void> {
  const require = async (action: string, resource: string, context?: Record<string, string>) => {
    const principal = { service: 'sns.amazonaws.com', sourceArn: topicArn };
    const { allowed, message } = await deps.authorizer.authorize({ principal, action, resource, context });
    if (!allowed) throw Object.assign(new Error(message), { name: 'AccessDenied' });
  };
  await require('sqs:SendMessage', queueArn);
  const key = deps.account.encryption.get(queueArn);
  if (key) {
    for (const action of KEY_ACTIONS) await require(action, key, { 'kms:ViaService': `sqs.${deps.account.region}.amazonaws.com` });
  }
  const { QueueUrl } = await deps.sqs.send(new GetQueueUrlCommand({ QueueName: queueArn.split(':')[5] }));
  await deps.sqs.send(new SendMessageCommand({
    QueueUrl,
    MessageBody: body,
    MessageAttributes: {
      ErrorCode: { DataType: 'Number', StringValue: '403' },
      ErrorMessage: { DataType: 'String', StringValue: error.slice(0, 1024) },
    },
  }));
}
