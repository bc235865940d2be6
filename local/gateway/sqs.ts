import type { Account } from '../account';
import { jsonError } from './error-bodies';
import { jsonRequest } from './json-protocol';
import { cancelMessageMoveTask, listDeadLetterSourceQueues, listMessageMoveTasks, startMessageMoveTask } from './message-move-actions';
import { type MessageMoves, SEND_KEY_ACTIONS } from './message-moves';
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

/** An action that the emulator does not have. */
type Answered = (name: string, input: Readonly<Record<string, unknown>>, moves: MessageMoves, account: Account) => Operation;

const SEND: Action = { permission: 'SendMessage', target: 'queue', keyActions: SEND_KEY_ACTIONS };

const ACTIONS: Readonly<Record<string, Action | Answered>> = {
  CancelMessageMoveTask: cancelMessageMoveTask,
  ChangeMessageVisibility: { permission: 'ChangeMessageVisibility', target: 'queue' },
  ChangeMessageVisibilityBatch: { permission: 'ChangeMessageVisibility', target: 'queue' },
  DeleteMessage: { permission: 'DeleteMessage', target: 'queue' },
  DeleteMessageBatch: { permission: 'DeleteMessage', target: 'queue' },
  GetQueueAttributes: { permission: 'GetQueueAttributes', target: 'queue' },
  GetQueueUrl: { permission: 'GetQueueUrl', target: 'name' },
  ListDeadLetterSourceQueues: (name, input, moves, account) => listDeadLetterSourceQueues(name, input, moves, queueArn('queue', input, account)),
  ListMessageMoveTasks: listMessageMoveTasks,
  ListQueueTags: { permission: 'ListQueueTags', target: 'queue' },
  ListQueues: { permission: 'ListQueues', target: 'none' },
  PurgeQueue: { permission: 'PurgeQueue', target: 'queue' },
  ReceiveMessage: { permission: 'ReceiveMessage', target: 'queue', keyActions: ['kms:Decrypt'] },
  SendMessage: SEND,
  SendMessageBatch: SEND,
  StartMessageMoveTask: startMessageMoveTask,
};

/** Codes that the query protocol had before: clients go by these, from a header of their own. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  'com.amazon.coral.service#AccessDeniedException': 'AccessDenied',
  'com.amazonaws.sqs#KmsAccessDenied': 'KMS.AccessDeniedException',
  'com.amazonaws.sqs#KmsNotFound': 'KMS.NotFoundException',
  'com.amazonaws.sqs#InvalidParameterValueException': 'InvalidParameterValue',
  'com.amazonaws.sqs#UnsupportedOperation': 'AWS.SimpleQueueService.UnsupportedOperation',
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

  constructor(private readonly moves: MessageMoves) {}

  parse(request: HttpRequest, account: Account): Operation {
    const { name, action, input } = jsonRequest(request, 'sqs', 'AmazonSQS', ACTIONS);
    if (typeof action === 'function') return action(name, input, this.moves, account);
    const resource = queueArn(action.target, input, account);
    return operationOn(resource, { name, input, action: `sqs:${action.permission}`, keyActions: action.keyActions });
  }

  async close(): Promise<void> {
    await this.moves.close();
  }

  error(code: string, message: string, status: number): GatewayResponse {
    const queryCode = QUERY_CODES[code] ?? code.slice(code.indexOf('#') + 1);
    return jsonError(code, message, status, 'application/x-amz-json-1.0', {
      'x-amzn-query-error': `${queryCode};${status >= 500 ? 'Receiver' : 'Sender'}`,
    });
  }
}

function queueArn(target: Action['target'], input: Readonly<Record<string, unknown>>, account: Account): string {
  if (target === 'none') return '*';
  if (target === 'name') return account.arn('sqs', required(input, 'QueueName'));
  const [accountId, name] = required(input, 'QueueUrl').split('/').slice(-2);
  return `arn:${account.partition}:sqs:${account.region}:${accountId}:${name}`;
}
