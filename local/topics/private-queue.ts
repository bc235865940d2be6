import { randomUUID } from 'node:crypto';
import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

export interface PrivateMessage {
  readonly body: string;
  /** Takes the message off the queue. */
  done(): Promise<void>;
}

/** A queue of the harness's own on a topic: the emulator's topics deliver to queues only. */
export class PrivateQueue {
  static async subscribe(topicArn: string, accountId: string, region: string, clients: { sqs: SQSClient; sns: SNSClient }) {
    const name = `local-topic-subscription-${randomUUID()}`;
    const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: name }));
    const queueArn = `${topicArn.split(':').slice(0, 2).join(':')}:sqs:${region}:${accountId}:${name}`;
    try {
      const { SubscriptionArn } = await clients.sns.send(new SubscribeCommand({
        TopicArn: topicArn, Protocol: 'sqs', Endpoint: queueArn, ReturnSubscriptionArn: true,
      }));
      return new PrivateQueue(QueueUrl!, SubscriptionArn!, clients);
    } catch (error) {
      await clients.sqs.send(new DeleteQueueCommand({ QueueUrl }));
      throw error;
    }
  }

  private constructor(
    private readonly url: string,
    private readonly subscriptionArn: string,
    private readonly clients: { readonly sqs: SQSClient; readonly sns: SNSClient },
  ) {}

  /** What is there now, without waiting for more: nothing may hold up a close. */
  async receive(): Promise<PrivateMessage[]> {
    const { Messages = [] } = await this.clients.sqs.send(new ReceiveMessageCommand({
      QueueUrl: this.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 0, VisibilityTimeout: 300,
    }));
    return Messages.map(({ Body, ReceiptHandle }) => ({
      body: Body!,
      done: async () => {
        await this.clients.sqs.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle }));
      },
    }));
  }

  /** The topic may be gone by now, and its subscription with it. */
  async remove(): Promise<void> {
    await this.clients.sns.send(new UnsubscribeCommand({ SubscriptionArn: this.subscriptionArn })).catch((error: Error) => {
      if (!/NotFound/.test(error.name)) throw error;
    });
    await this.clients.sqs.send(new DeleteQueueCommand({ QueueUrl: this.url }));
  }
}
