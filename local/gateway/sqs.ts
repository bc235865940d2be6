import type { Account } from '../account';
import { jsonError } from './error-bodies';
import { jsonRequest } from './json-protocol';
import {
  type GatewayResponse,
  type HttpRequest,
  type Operation,
  operationOn,
  required,
  type ServiceAdapter,
} from './types';

interface Action {
  /** Without the prefix; batches are authorized as what they are batches of. */
  readonly permission: string;
  readonly target: 'queue' | 'name' | 'none';
  readonly keyActions?: readonly string[];
}

const SEND: Action = { permission: 'SendMessage', target: 'queue', keyActions: ['kms:GenerateDataKey', 'kms:Decrypt'] };

const ACTIONS: Readonly<Record<string, Action>> = {
  ChangeMessageVisibility: { permission: 'ChangeMessageVisibility', target: 'queue' },
  ChangeMessageVisibilityBatch: { permission: 'ChangeMessageVisibility', target: 'queue' },
  DeleteMessage: { permission: 'DeleteMessage', target: 'queue' },
  DeleteMessageBatch: { permission: 'DeleteMessage', target: 'queue' },
  GetQueueAttributes: { permission: 'GetQueueAttributes', target: 'queue' },
  GetQueueUrl: { permission: 'GetQueueUrl', target: 'name' },
  ListQueueTags: { permission: 'ListQueueTags', target: 'queue' },
  ListQueues: { permission: 'ListQueues', target: 'none' },
  PurgeQueue: { permission: 'PurgeQueue', target: 'queue' },
  ReceiveMessage: { permission: 'ReceiveMessage', target: 'queue', keyActions: ['kms:Decrypt'] },
  SendMessage: SEND,
  SendMessageBatch: SEND,
};

/** Codes that the query protocol had before: clients go by these, from a header of their own. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  'com.amazon.coral.service#AccessDeniedException': 'AccessDenied',
  'com.amazonaws.sqs#KmsAccessDenied': 'KMS.AccessDeniedException',
  'com.amazonaws.sqs#KmsNotFound': 'KMS.NotFoundException',
  'com.amazon.coral.service#UnrecognizedClientException': 'InvalidClientTokenId',
  'com.amazon.coral.service#MissingAuthenticationTokenException': 'MissingAuthenticationToken',
};

export class SqsAdapter implements ServiceAdapter {
  readonly name = 'sqs';
  readonly refusals = {
    access: { code: 'com.amazon.coral.service#AccessDeniedException', status: 403 },
    keyAccess: { code: 'com.amazonaws.sqs#KmsAccessDenied', status: 400 },
    keyMissing: { code: 'com.amazonaws.sqs#KmsNotFound', status: 400 },
    unknownCredentials: { code: 'com.amazon.coral.service#UnrecognizedClientException', status: 403 },
    noCredentials: { code: 'com.amazon.coral.service#MissingAuthenticationTokenException', status: 403 },
  };

  parse(request: HttpRequest, account: Account): Operation {
    const { name, action, input } = jsonRequest(request, 'sqs', 'AmazonSQS', ACTIONS);
    const resource = queueArn(action, input, account);
    return operationOn(resource, { name, input, action: `sqs:${action.permission}`, keyActions: action.keyActions });
  }

  error(code: string, message: string, status: number): GatewayResponse {
    const queryCode = QUERY_CODES[code] ?? code.slice(code.indexOf('#') + 1);
    return jsonError(code, message, status, 'application/x-amz-json-1.0', {
      'x-amzn-query-error': `${queryCode};${status >= 500 ? 'Receiver' : 'Sender'}`,
    });
  }
}

function queueArn(action: Action, input: Readonly<Record<string, unknown>>, account: Account): string {
  if (action.target === 'none') return '*';
  if (action.target === 'name') return account.arn('sqs', required(input, 'QueueName'));
  const [accountId, name] = required(input, 'QueueUrl').split('/').slice(-2);
  return `arn:${account.partition}:sqs:${account.region}:${accountId}:${name}`;
}
