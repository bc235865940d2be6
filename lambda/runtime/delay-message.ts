import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';

/** The delay doubles with each receive, up to 15 minutes. */
const FIRST_SECONDS = 30;
export const MAX_DELAY_SECONDS = 900;

/** Delays the next receive of a message. Returns the seconds. */
export async function delayMessage(client: SQSClient, queueUrl: string, message: SQSRecord, receives: number, signal: AbortSignal): Promise<number> {
  const seconds = Math.min(MAX_DELAY_SECONDS, FIRST_SECONDS * 2 ** Math.min(receives - 1, 10));
  await client.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle: message.receiptHandle, VisibilityTimeout: seconds }),
    { abortSignal: signal },
  );
  return seconds;
}
