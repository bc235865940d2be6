import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Account } from './account';
import { type Authorization, requireAccess, type ServicePrincipal } from './iam/authorization';

export interface ServiceMessage {
  readonly queueArn: string;
  /** Who sends, and for which resource. */
  readonly principal: ServicePrincipal;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

export interface ServiceMessageDeps {
  readonly account: Account;
  readonly authorizer: Authorization;
  /** The administrator's. */
  readonly sqs: SQSClient;
}

/** The actions on the key of an encrypted queue that a sender needs. */
const KEY_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt'];

/**
 * Sends a message as a service does, with no role: the queue's policy must let the service in, and so must the policy of the key
 * that encrypts the queue.
 *
 * @throws the refusal
 */
export async function sendAsService({ queueArn, principal, body, attributes }: ServiceMessage, deps: ServiceMessageDeps): Promise<void> {
  const { account, authorizer, sqs } = deps;
  await requireAccess(authorizer, { principal, action: 'sqs:SendMessage', resource: queueArn });
  const key = account.encryption.get(queueArn);
  if (key) {
    const context = { 'kms:ViaService': `sqs.${account.region}.amazonaws.com` };
    for (const action of KEY_ACTIONS) await requireAccess(authorizer, { principal, action, resource: key, context });
  }
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queueArn.split(':')[5] }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes: messageAttributes(attributes) }));
}

/** Numbers as SQS and SNS attributes of type Number, the rest as text. */
export function messageAttributes(attributes: Readonly<Record<string, string | number>>) {
  const entries = Object.entries(attributes);
  if (!entries.length) return undefined;
  return Object.fromEntries(entries.map(([name, value]) => [
    name, { DataType: typeof value === 'number' ? 'Number' : 'String', StringValue: String(value) },
  ]));
}
