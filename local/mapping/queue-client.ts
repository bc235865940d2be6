import {
  ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, GetQueueAttributesCommand, type Message, ReceiveMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Account } from '../account';
import { sqsEventRecord } from './sqs-event';

/** A message on its way through the mapping. */
export interface Received {
  readonly message: Message;
  readonly event: ReturnType<typeof sqsEventRecord>;
  /** Wall time. The message is visible again its visibility timeout later. */
  readonly receivedAt: number;
}

/** What one call of ReceiveMessage or DeleteMessageBatch takes. */
const CALL_LIMIT = 10;

/** The shortest visibility timeout at a speed above 1, in seconds of wall time: functions run in wall time. */
const SHORTEST_VISIBILITY_SECONDS = 10;

/** A mapping's calls to its queue, with the role of the function. */
export class QueueClient {
  private readonly sqs: SQSClient;
  private readonly queueUrl: string;
  private readonly names: Parameters<typeof sqsEventRecord>[1];

  private readonly speed: number;

  constructor(
    queueArn: string,
    roleArn: string,
    { account, endpoint, speed }: { readonly account: Account; readonly endpoint: string; readonly speed: number },
  ) {
    this.speed = speed;
    const credentials = account.credentialsFor(roleArn);
    this.sqs = new SQSClient({ region: account.region, credentials, endpoint, requestHandler: new NodeHttpHandler() });
    const [, , , , accountId, name] = queueArn.split(':');
    this.queueUrl = `${endpoint}/${accountId}/${name}`;
    this.names = { awsRegion: account.region, eventSourceARN: queueArn };
  }

  async receive(most: number): Promise<Received[]> {
    const VisibilityTimeout = this.speed > 1 ? await this.visibilityTimeoutSeconds() : undefined;
    // Before the call, because the visibility timeout begins during it.
    const receivedAt = Date.now();
    const { Messages: messages = [] } = await this.sqs.send(new ReceiveMessageCommand({
      QueueUrl: this.queueUrl,
      MaxNumberOfMessages: Math.min(most, CALL_LIMIT),
      VisibilityTimeout,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }));
    return messages.map((message) => ({ message, event: sqsEventRecord(message, this.names), receivedAt }));
  }

  /** @returns how many are deleted. A message that is not deleted is received again, as on AWS. */
  async delete(messages: readonly Received[]): Promise<number> {
    let deleted = 0;
    for (let start = 0; start < messages.length; start += CALL_LIMIT) {
      const part = messages.slice(start, start + CALL_LIMIT);
      const { Successful: successful = [] } = await this.sqs.send(new DeleteMessageBatchCommand({
        QueueUrl: this.queueUrl,
        Entries: part.map(({ message }, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle })),
      }));
      deleted += successful.length;
    }
    return deleted;
  }

  /** Hides messages while a function has them, as the queue's own timeout would: functions run in wall time. @returns what ends it */
  keepHidden(messages: readonly Received[]): () => void {
    if (this.speed <= 1) return () => undefined;
    const timer = setInterval(() => void this.hide(messages).catch(() => undefined), (SHORTEST_VISIBILITY_SECONDS * 1_000) / 3);
    return () => clearInterval(timer);
  }

  private async hide(messages: readonly Received[]): Promise<void> {
    const VisibilityTimeout = await this.visibilityTimeoutSeconds();
    for (let start = 0; start < messages.length; start += CALL_LIMIT) {
      await this.sqs.send(new ChangeMessageVisibilityBatchCommand({
        QueueUrl: this.queueUrl,
        Entries: messages.slice(start, start + CALL_LIMIT).map(({ message }, index) => (
          { Id: String(index), ReceiptHandle: message.ReceiptHandle, VisibilityTimeout }
        )),
      }));
    }
  }

  /** As messages are received: that of the queue divided by the speed, but not under ten seconds. */
  async visibilityTimeoutSeconds(): Promise<number> {
    const { Attributes } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: this.queueUrl, AttributeNames: ['VisibilityTimeout'] }));
    const seconds = Number(Attributes!.VisibilityTimeout);
    return this.speed > 1 ? Math.min(seconds, Math.max(SHORTEST_VISIBILITY_SECONDS, Math.ceil(seconds / this.speed))) : seconds;
  }

  close(): void {
    this.sqs.destroy();
  }
}
