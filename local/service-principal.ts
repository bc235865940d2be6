import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Account } from './account';
import { type Authorization, requireAccess, type ServicePrincipal } from './iam/authorization';

export interface ServiceMessage {
  readonly queueArn: string;
  /** The service, and the resource that it acts for. */
  readonly principal: ServicePrincipal;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

export interface ServiceMessageDeps {
  readonly account: Account;
  readonly authorizer: Authorization;
  /** The administrator's client. */
  readonly sqs: SQSClient;
}

/** The actions that a sender needs on the key of an encrypted queue. */
const KEY_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt'];

/**
 * Sends a message as an AWS service principal, without a role. The queue policy and, for an encrypted queue, the key policy must allow it.
 *
 * @throws AccessDeniedError when a policy does not allow it
 */
export async function sendAsServicePrincipal({ queueArn, principal, body, attributes }: ServiceMessage, deps: ServiceMessageDeps): Promise<void> {
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

/** Message attributes of SQS and SNS: type Number for numbers, type String for text. */
export function messageAttributes(attributes: Readonly<Record<string, string | number>>) {
  const entries = Object.entries(attributes);
  if (!entries.length) return undefined;
  return Object.fromEntries(entries.map(([name, value]) => [
    name, { DataType: typeof value === 'number' ? 'Number' : 'String', StringValue: String(value) },
  ]));
}
