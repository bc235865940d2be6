import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import type { ResourceContext } from './resource-type';

type Context = Pick<ResourceContext, 'authorizer' | 'clients'>;

const ACTIONS = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];

/** Lambda looks at the queue when a mapping is created, with the function's role. */
export async function checkQueue({ authorizer, clients }: Context, queueArn: string, fn: { roleArn: string; timeoutSeconds: number }): Promise<void> {
  for (const action of ACTIONS) {
    const { allowed, message } = await authorizer.authorize({ principal: { roleArn: fn.roleArn }, action: `sqs:${action}`, resource: queueArn });
    if (!allowed) throw new Error(`the provided execution role does not have permissions to call ${action} on SQS: ${message}`);
  }
  const visibilityTimeout = await visibilityTimeoutOf(clients, queueArn);
  if (visibilityTimeout < fn.timeoutSeconds) {
    throw new Error(`Queue visibility timeout: ${visibilityTimeout} seconds is less than Function timeout: ${fn.timeoutSeconds} seconds`);
  }
}

async function visibilityTimeoutOf({ sqs }: Context['clients'], queueArn: string): Promise<number> {
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queueArn.split(':')[5] }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] }));
    return Number(Attributes!.VisibilityTimeout);
  } catch (error) {
    if ((error as Error).name !== 'QueueDoesNotExist') throw error;
    const code = 'SQS Error Code: AWS.SimpleQueueService.NonExistentQueue';
    throw new Error(`Error occurred while ReceiveMessage. ${code}. SQS Error Message: The specified queue does not exist.`, { cause: error });
  }
}
