import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { delayMessage, MAX_DELAY_SECONDS } from '../runtime/delay-message';
import { log } from '../runtime/log';

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
    return delayMessage(this.client, this.queueUrl, message, receives, signal);
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
    const longest = (MAX_DELAY_SECONDS + visibility) * 1_000;
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
