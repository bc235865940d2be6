import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { UNDELIVERABLE_REASON } from '../../src/contract';
import { messageText, stringAttribute } from '../shared/dead-letter/sqs-message';

/** A reason quotes the value that is wrong, which can be of any length. */
const MAX_REASON = 1_000;

/** Where events go that no retry turns into a dead letter. */
export class UndeliverableQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** Keeps an event as it came: the function that it was for takes the message again. */
  async send(event: object, reason: Error, signal: AbortSignal): Promise<void> {
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: this.queueUrl,
        MessageBody: messageText(event),
        MessageAttributes: { [UNDELIVERABLE_REASON]: stringAttribute(reason.message.slice(0, MAX_REASON)) },
      }),
      { abortSignal: signal },
    );
  }
}
