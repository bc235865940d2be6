import { ChangeMessageVisibilityCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { log } from '../runtime/log';

/** The delay doubles with each receive, up to 15 minutes. */
const FIRST_SECONDS = 30;
const MAX_SECONDS = 900;

/** When a message expires from its queue. */
export interface MessageExpiry {
  readonly expiresAt: Date;
  /** The minimum number of further receives, if each takes the maximum time. */
  readonly receives: number;
}

/** The times of a queue, in seconds. */
interface QueueTimes {
  readonly retention: number;
  readonly visibility: number;
}

/** The dead-letter queue that the redrive function reads from. */
export class DeadLetterSource {
  private times?: QueueTimes;

  constructor(
    private readonly client: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** Delays the next receive of a message. */
  async delay(message: SQSRecord, receives: number, signal: AbortSignal): Promise<number> {
    const seconds = Math.min(MAX_SECONDS, FIRST_SECONDS * 2 ** Math.min(receives - 1, 10));
    await this.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: this.queueUrl, ReceiptHandle: message.receiptHandle, VisibilityTimeout: seconds }),
      { abortSignal: signal },
    );
    return seconds;
  }

  /** When a message expires. Undefined where the queue attributes cannot be read: the redrive continues without them. */
  async expiryOf(message: SQSRecord, signal: AbortSignal): Promise<MessageExpiry | undefined> {
    try {
      this.times ??= await this.queueTimes(signal);
    } catch (error) {
      log('WARN', 'retention of the queue unknown', { queueUrl: this.queueUrl, error: String(error) });
      return undefined;
    }
    const { retention, visibility } = this.times;
    const expiresAt = Number(message.attributes.SentTimestamp) + retention * 1_000;
    // The maximum delay, plus the visibility timeout of an invocation that does not finish.
    const longest = (MAX_SECONDS + visibility) * 1_000;
    return { expiresAt: new Date(expiresAt), receives: Math.floor((expiresAt - Date.now()) / longest) };
  }

  /** Read once per function instance. */
  private async queueTimes(signal: AbortSignal): Promise<QueueTimes> {
    const { Attributes = {} } = await this.client.send(
      new GetQueueAttributesCommand({ QueueUrl: this.queueUrl, AttributeNames: ['MessageRetentionPeriod', 'VisibilityTimeout'] }),
      { abortSignal: signal },
    );
    const { MessageRetentionPeriod: retention, VisibilityTimeout: visibility } = Attributes;
    if (!retention || !visibility) throw new Error('GetQueueAttributes must return MessageRetentionPeriod and VisibilityTimeout, got: a response without them');
    return { retention: Number(retention), visibility: Number(visibility) };
  }
}
