import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { UNDELIVERABLE_REASON } from '../../src/contract';
import { messageText, stringAttribute } from '../shared/dead-letter/sqs-message';

/** A reason quotes the invalid value, which can have any length. */
const MAX_REASON = 1_000;

/** The queue for events that cannot become a dead letter. */
export class UndeliverableQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** Sends an event, or the body of a message, unchanged, so that the function can handle it again. */
  async send(event: object | string, reason: string, signal: AbortSignal): Promise<void> {
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: this.queueUrl,
        MessageBody: typeof event === 'string' ? event : messageText(event),
        MessageAttributes: { [UNDELIVERABLE_REASON]: stringAttribute(reason.slice(0, MAX_REASON)) },
      }),
      { abortSignal: signal },
    );
  }
}
