import { randomUUID } from 'node:crypto';
import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

export interface PrivateMessage {
  readonly body: string;
  /** Deletes the message. */
  done(): Promise<void>;
}

/** An internal queue that is subscribed to a topic, because the emulator's topics deliver only to queues. */
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

  /** Receives the messages that are there now. Does not wait, so that closing takes no time. */
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

  /** Deletes the subscription and the queue. The topic can already be deleted. */
  async remove(): Promise<void> {
    await this.clients.sns.send(new UnsubscribeCommand({ SubscriptionArn: this.subscriptionArn })).catch((error: Error) => {
      if (!/NotFound/.test(error.name)) throw error;
    });
    await this.clients.sqs.send(new DeleteQueueCommand({ QueueUrl: this.url }));
  }
}
