import { ChangeMessageVisibilityCommand, DeleteMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { delayMessage } from './delay-message';

/** The queue that a function receives failure records from. */
export class IntakeQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** Delays the next receive of a message. Returns the seconds. */
  async delay(message: SQSRecord, signal: AbortSignal): Promise<number> {
    return delayMessage(this.client, this.queueUrl, message, Number(message.attributes.ApproximateReceiveCount), signal);
  }

  /** Lets the next invocation receive a message at once. */
  async release({ receiptHandle: ReceiptHandle }: SQSRecord, signal: AbortSignal): Promise<void> {
    const command = new ChangeMessageVisibilityCommand({ QueueUrl: this.queueUrl, ReceiptHandle, VisibilityTimeout: 0 });
    await this.client.send(command, { abortSignal: signal });
  }

  async delete({ receiptHandle: ReceiptHandle }: SQSRecord, signal: AbortSignal): Promise<void> {
    await this.client.send(new DeleteMessageCommand({ QueueUrl: this.queueUrl, ReceiptHandle }), { abortSignal: signal });
  }
}
