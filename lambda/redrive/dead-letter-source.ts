import { ChangeMessageVisibilityCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { log } from '../runtime/log';

/** Twice as long after each receive, up to fifteen minutes. */
const FIRST_SECONDS = 30;
const MAX_SECONDS = 900;

/** How much longer a message lives in its queue. */
export interface MessageExpiry {
  readonly expiresAt: Date;
  /** How often it is given out again for sure, though each time it should take as long as it can. */
  readonly receives: number;
}

/** The times of a queue, in seconds. */
interface QueueTimes {
  readonly retention: number;
  readonly visibility: number;
}

/** The queue that dead letters are redriven from. */
export class DeadLetterSource {
  private times?: QueueTimes;

  constructor(
    private readonly client: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** Has the queue hold a message for a while before it gives it out again. */
  async delay(message: SQSRecord, receives: number, signal: AbortSignal): Promise<number> {
    const seconds = Math.min(MAX_SECONDS, FIRST_SECONDS * 2 ** Math.min(receives - 1, 10));
    await this.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: this.queueUrl, ReceiptHandle: message.receiptHandle, VisibilityTimeout: seconds }),
      { abortSignal: signal },
    );
    return seconds;
  }

  /** How long a message lives, where the queue says so: what is not known must not keep it from being sent. */
  async expiryOf(message: SQSRecord, signal: AbortSignal): Promise<MessageExpiry | undefined> {
    try {
      this.times ??= await this.queueTimes(signal);
    } catch (error) {
      log('retention of the queue unknown', { queueUrl: this.queueUrl, error: String(error) });
      return undefined;
    }
    const { retention, visibility } = this.times;
    const expiresAt = Number(message.attributes.SentTimestamp) + retention * 1_000;
    // Put off for as long as it may be, and then held by an invocation that does not come to an end.
    const longest = (MAX_SECONDS + visibility) * 1_000;
    return { expiresAt: new Date(expiresAt), receives: Math.floor((expiresAt - Date.now()) / longest) };
  }

  /** Asked once in the life of an instance. */
  private async queueTimes(signal: AbortSignal): Promise<QueueTimes> {
    const { Attributes = {} } = await this.client.send(
      new GetQueueAttributesCommand({ QueueUrl: this.queueUrl, AttributeNames: ['MessageRetentionPeriod', 'VisibilityTimeout'] }),
      { abortSignal: signal },
    );
    const { MessageRetentionPeriod: retention, VisibilityTimeout: visibility } = Attributes;
    if (!retention || !visibility) throw new Error('an answer without the times of the queue');
    return { retention: Number(retention), visibility: Number(visibility) };
  }
}
