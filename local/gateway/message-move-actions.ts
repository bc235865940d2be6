import { jsonResponse } from './json-protocol';
import type { MessageMoveTask } from './message-move-task';
import { type MessageMoves, SEND_KEY_ACTIONS, sourceArnOf } from './message-moves';
import { type GatewayResponse, type Operation, operationOn, type Permission, required, ServiceError } from './types';

type Input = Readonly<Record<string, unknown>>;

export function startMessageMoveTask(name: string, input: Input, moves: MessageMoves): Operation {
  const sourceArn = required(input, 'SourceArn');
  const destinationArn = input.DestinationArn === undefined ? undefined : required(input, 'DestinationArn');
  return {
    name,
    input,
    permissions: [
      ...onDeadLetterQueue(name, sourceArn),
      // Without a destination, each message has its own, which the task finds when it moves the message.
      ...(destinationArn === undefined ? [] : [{ action: 'sqs:SendMessage', resource: destinationArn }]),
    ],
    keyUse: [
      { resource: sourceArn, actions: ['kms:Decrypt'] },
      ...(destinationArn === undefined ? [] : [{ resource: destinationArn, actions: SEND_KEY_ACTIONS }]),
    ],
    answer: async ({ roleArn }) => {
      const maxNumberOfMessagesPerSecond = input.MaxNumberOfMessagesPerSecond as number | undefined;
      const { handle } = await moves.start({ sourceArn, destinationArn, maxNumberOfMessagesPerSecond, roleArn });
      return answerOf({ TaskHandle: handle });
    },
  };
}

export function listMessageMoveTasks(name: string, input: Input, moves: MessageMoves): Operation {
  const sourceArn = required(input, 'SourceArn');
  const most = pageSize(input.MaxResults, 1, 10);
  return {
    name,
    input,
    permissions: onDeadLetterQueue(name, sourceArn),
    answer: async () => answerOf({ Results: (await moves.tasksOf(sourceArn)).slice(0, most).map(described) }),
  };
}

export function cancelMessageMoveTask(name: string, input: Input, moves: MessageMoves): Operation {
  const handle = required(input, 'TaskHandle');
  return {
    name,
    input,
    permissions: onDeadLetterQueue(name, sourceArnOf(handle)),
    answer: async () => answerOf({ ApproximateNumberOfMessagesMoved: (await moves.cancel(handle)).moved }),
  };
}

export function listDeadLetterSourceQueues(name: string, input: Input, moves: MessageMoves, queueArn: string): Operation {
  const most = pageSize(input.MaxResults, 1_000, 1_000);
  return {
    ...operationOn(queueArn, { name, input, action: `sqs:${name}` }),
    answer: async () => {
      const from = Number(input.NextToken ?? 0);
      const urls = await moves.sourceQueueUrls(queueArn);
      const to = from + most;
      return answerOf({ queueUrls: urls.slice(from, to), ...(urls.length > to && { NextToken: String(to) }) });
    },
  };
}

/** What all calls about move tasks need on the dead-letter queue. */
function onDeadLetterQueue(name: string, resource: string): Permission[] {
  return [name, 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => ({ action: `sqs:${action}`, resource }));
}

function pageSize(value: unknown, byDefault: number, maximum: number): number {
  if (value === undefined) return byDefault;
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= maximum) return value as number;
  const message = `Value ${String(value)} for parameter MaxResults is invalid. Reason: Must be between 1 and ${maximum}.`;
  throw new ServiceError('com.amazonaws.sqs#InvalidParameterValueException', message);
}

function described({ spec, handle, status, moved, failureReason, startedTimestamp }: MessageMoveTask): object {
  return {
    ...(status === 'RUNNING' && { TaskHandle: handle }),
    Status: status,
    SourceArn: spec.sourceArn,
    DestinationArn: spec.destinationArn,
    MaxNumberOfMessagesPerSecond: spec.maxNumberOfMessagesPerSecond,
    ApproximateNumberOfMessagesMoved: moved,
    ApproximateNumberOfMessagesToMove: spec.messagesToMove,
    FailureReason: failureReason,
    StartedTimestamp: startedTimestamp,
  };
}

function answerOf(output: object): GatewayResponse {
  return jsonResponse(output, 'application/x-amz-json-1.0');
}
