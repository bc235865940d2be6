import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';

/** Twice as long after each receive, up to fifteen minutes. */
const FIRST_SECONDS = 30;
const LONGEST_SECONDS = 900;

/** The queue that dead letters are redriven from. */
export class DeadLetterSource {
  constructor(
    private readonly client: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** Has the queue hold a message for a while before it gives it out again. */
  async putOff(message: SQSRecord, receives: number, signal: AbortSignal): Promise<number> {
    const seconds = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(receives - 1, 10));
    await this.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: this.queueUrl, ReceiptHandle: message.receiptHandle, VisibilityTimeout: seconds }),
      { abortSignal: signal },
    );
    return seconds;
  }
}
