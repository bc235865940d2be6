import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import type { Clients } from '../context';
import { parseQueue } from './queue-name';

/** The URL of a queue that a URL, an ARN or a name says. SQS is asked where it is no URL. @throws CliError where it is none of the three */
export async function queueUrlOf(clients: Pick<Clients, 'sqs'>, queue: string, abortSignal?: AbortSignal, option?: string): Promise<string> {
  const { name, accountId, url } = parseQueue(queue, option);
  if (url !== undefined) return url;
  const answer = await (await clients.sqs()).send(new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: accountId }), { abortSignal });
  return answer.QueueUrl!;
}

/** The URL of another queue of the same account and Region: SQS moves messages within them only. */
export function siblingQueueUrl(queueUrl: string, siblingArn: string): string {
  return queueUrl.replace(/[^/]*$/, parseQueue(siblingArn).name);
}
