import { paginateListDeadLetterSourceQueues, type SQSClient } from '@aws-sdk/client-sqs';
import { isDenied } from './aws-error';
import { parseQueue } from './queue-name';

/** ARNs of the queues whose failed messages SQS moves to a queue. Undefined where the caller may not ask. */
export async function sourceQueues(
  client: SQSClient, { queueUrl, queueArn }: { readonly queueUrl: string; readonly queueArn: string }, abortSignal?: AbortSignal,
): Promise<readonly string[] | undefined> {
  // SQS moves messages within an account and a Region.
  const place = queueArn.split(':').slice(0, 5).join(':');
  const arns: string[] = [];
  try {
    // Without MaxResults SQS gives no pages, and at most 1,000 queues.
    for await (const { queueUrls = [] } of paginateListDeadLetterSourceQueues({ client, pageSize: 1_000 }, { QueueUrl: queueUrl }, { abortSignal })) {
      arns.push(...queueUrls.map((url) => `${place}:${parseQueue(url).name}`));
    }
  } catch (error) {
    if (!isDenied(error)) throw error;
    return undefined;
  }
  return arns.sort();
}
