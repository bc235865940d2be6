import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SNSEventRecord } from 'aws-lambda';
import { UNDELIVERABLE_REASON } from '../src/contract';
import { stringAttribute } from './message-attributes';
import { messageText } from './message-text';

/** A reason quotes the value that is wrong, which can be of any length. */
const LONGEST_REASON = 1_000;

/** Where notifications go that no retry turns into a dead letter. */
export class UndeliverableQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** Keeps a notification as it came: the message is an event that the hydrate function takes again. */
  async send(notification: SNSEventRecord, reason: Error, signal: AbortSignal): Promise<void> {
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: this.queueUrl,
        MessageBody: messageText({ Records: [notification] }),
        MessageAttributes: { [UNDELIVERABLE_REASON]: stringAttribute(reason.message.slice(0, LONGEST_REASON)) },
      }),
      { abortSignal: signal },
    );
  }
}
