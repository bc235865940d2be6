import { GetQueueAttributesCommand, paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Account } from '../account';
import { requireAccess } from '../iam/authorization';
import type { Authorizer } from '../iam/authorizer';
import { keyDenial } from './key-use';
import { MessageMoveTask } from './message-move-task';
import { ServiceError } from './types';

export interface MoveRequest {
  readonly sourceArn: string;
  readonly destinationArn?: string;
  readonly maxNumberOfMessagesPerSecond?: number;
  /** The caller. */
  readonly roleArn: string;
}

/** What a sender needs on the key of an encrypted queue. */
export const SEND_KEY_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt'];

/**
 * The message move tasks of an account, which the emulator does not have.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
 */
export class MessageMoves {
  private readonly sqs: SQSClient;
  /** The oldest first. */
  private readonly tasks: MessageMoveTask[] = [];

  constructor(private readonly account: Account, private readonly authorizer: Authorizer, private readonly endpoint: string) {
    this.sqs = new SQSClient({
      region: account.region,
      endpoint,
      credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' },
      requestHandler: new NodeHttpHandler(),
      // Queue URLs have the gateway's host. This client must call the emulator instead.
      useQueueUrlAsEndpoint: false,
    });
  }

  async start({ sourceArn, destinationArn, maxNumberOfMessagesPerSecond: rate, roleArn }: MoveRequest): Promise<MessageMoveTask> {
    if (rate !== undefined && !(Number.isInteger(rate) && rate >= 1 && rate <= 500)) {
      throw invalid(`Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and 500, got: ${rate}.`);
    }
    const { ApproximateNumberOfMessages: visible } = await this.attributesOf(sourceArn, 'SourceArn');
    if ((await this.sourceQueueUrls(sourceArn)).length === 0) throw invalid('Source queue must be configured as a Dead Letter Queue.');
    if (destinationArn !== undefined) {
      await this.attributesOf(destinationArn, 'DestinationArn');
      if (destinationArn === sourceArn) throw invalid('Source queue and destination queue must be different.');
      if (isFifo(destinationArn) !== isFifo(sourceArn)) throw invalid('Source queue and destination queue must be of the same type.');
    }
    if (this.tasks.some((task) => task.active && task.spec.sourceArn === sourceArn)) {
      throw invalid('There is already a task running. Only one active task is allowed for a source queue arn at a given time.');
    }
    const task = new MessageMoveTask(
      { sourceArn, destinationArn, maxNumberOfMessagesPerSecond: rate, messagesToMove: Number(visible) },
      { sqs: this.sqs, urlOf: (arn) => this.urlOf(arn), checkDestination: async (arn) => this.checkDestination(arn, roleArn) },
    );
    this.tasks.push(task);
    return task;
  }

  /** The tasks of a queue, the latest first. */
  async tasksOf(sourceArn: string): Promise<MessageMoveTask[]> {
    await this.attributesOf(sourceArn, 'SourceArn');
    return this.tasks.filter(({ spec }) => spec.sourceArn === sourceArn).reverse();
  }

  async cancel(handle: string): Promise<MessageMoveTask> {
    await this.attributesOf(sourceArnOf(handle), 'SourceArn');
    const task = this.tasks.find((one) => one.handle === handle);
    if (!task) throw new ServiceError('com.amazonaws.sqs#ResourceNotFoundException', 'Task does not exist.', 404);
    if (task.status !== 'RUNNING') {
      throw new ServiceError('com.amazonaws.sqs#UnsupportedOperation', `The task is ${task.status}: only a running task can be cancelled.`);
    }
    task.cancel();
    return task;
  }

  /** URLs of the queues that have a queue as their dead-letter queue. */
  async sourceQueueUrls(deadLetterQueueArn: string): Promise<string[]> {
    const urls: string[] = [];
    for await (const { QueueUrls = [] } of paginateListQueues({ client: this.sqs }, {})) {
      for (const QueueUrl of QueueUrls) {
        const { Attributes } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }));
        const { deadLetterTargetArn } = JSON.parse(Attributes?.RedrivePolicy || '{}') as { readonly deadLetterTargetArn?: string };
        if (deadLetterTargetArn === deadLetterQueueArn) urls.push(QueueUrl);
      }
    }
    return urls;
  }

  /** Cancels the tasks that run. */
  async close(): Promise<void> {
    await Promise.all(this.tasks.map(async (task) => task.stop()));
    this.sqs.destroy();
  }

  private async attributesOf(queueArn: string, parameter: string): Promise<Partial<Record<string, string>>> {
    try {
      const { Attributes = {} } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: this.urlOf(queueArn), AttributeNames: ['All'] }));
      if (Attributes.QueueArn === queueArn) return Attributes;
    } catch (error) {
      if ((error as Error).name !== 'QueueDoesNotExist') throw error;
    }
    const message = `The resource that you specified for the ${parameter} parameter doesn't exist.`;
    throw new ServiceError('com.amazonaws.sqs#ResourceNotFoundException', message, 404);
  }

  /** The emulator goes by the name in the URL. */
  private urlOf(queueArn: string): string {
    return `${this.endpoint}/${this.account.accountId}/${queueArn.split(':')[5]}`;
  }

  private async checkDestination(resource: string, roleArn: string): Promise<void> {
    const { account, authorizer } = this;
    const principal = { roleArn };
    await requireAccess(authorizer, { principal, action: 'sqs:SendMessage', resource }).catch((error: Error) => {
      throw Object.assign(error, { name: 'AccessDenied' });
    });
    const operation = { name: 'SendMessage', input: {}, permissions: [], keyUse: { resource, actions: SEND_KEY_ACTIONS } };
    const denial = await keyDenial(operation, 'sqs', principal, account, authorizer);
    const name = denial?.reason === 'keyMissing' ? 'KMS.NotFoundException' : 'KMS.AccessDeniedException';
    if (denial) throw Object.assign(new Error(denial.message), { name });
  }
}

/** @throws for a handle that no task has had */
export function sourceArnOf(handle: string): string {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, 'base64').toString()) as Record<string, unknown>;
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return sourceArn;
  } catch {
    // The next line says so.
  }
  throw invalid('Value for parameter TaskHandle is invalid.');
}

function invalid(message: string): ServiceError {
  return new ServiceError('com.amazonaws.sqs#InvalidParameterValueException', message);
}

function isFifo(queueArn: string): boolean {
  return queueArn.endsWith('.fifo');
}
