import { SQSServiceException } from '@aws-sdk/client-sqs';

/** Whether SQS rejected a message because of its size. Only the text of the error tells. */
export function isMessageTooLong(error: unknown): boolean {
  return error instanceof SQSServiceException && /must be shorter than \d+ bytes|too long/i.test(error.message);
}
