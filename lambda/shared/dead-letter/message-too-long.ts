import { SQSServiceException } from '@aws-sdk/client-sqs';

/** How SQS refuses a message over its limit: by a parameter error whose text alone tells it from others. */
export function isTooLong(error: unknown): boolean {
  return error instanceof SQSServiceException && /must be shorter than \d+ bytes|too long/i.test(error.message);
}
