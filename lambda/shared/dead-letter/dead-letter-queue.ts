import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ExtendedClient, MessageAttribute, OLDEST_FORMAT_VERSION } from '../../../src/contract';
import { DeadLetter } from './dead-letter';
import { deadLetterName } from './dead-letter-name';
import { batchOf, conditionOf } from './failure-record';
import { Pointer } from './pointer';
import { isMessageTooLong, MessageAttributes, messageBytes, messageText, numberAttribute, stringAttribute } from './sqs-message';

export interface DeadLetterQueueOptions {
  readonly queueUrl: string;
  /** The most bytes that a message may have, attributes included. */
  readonly maxMessageBytes: number;
}

/** Where dead letters are that are over the limit of their queue. */
export interface Overflow {
  /** Sees to it that a dead letter is in S3, and returns what the queue gets in its place. */
  keep(deadLetter: DeadLetter, text: string, signal: AbortSignal): Promise<Pointer>;
}

/** Where dead letters go: into the queue, or past its limit to S3, with a pointer in the queue. */
export class DeadLetterQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly overflow: Overflow,
    private readonly options: DeadLetterQueueOptions,
  ) {}

  async send(deadLetter: DeadLetter, signal: AbortSignal): Promise<void> {
    const body = messageText(deadLetter);
    const attributes = attributesOf(deadLetter);
    if (messageBytes(body, attributes) <= this.options.maxMessageBytes) {
      try {
        await this.sendMessage(deadLetter, body, attributes, signal);
        return;
      } catch (error) {
        // The limit of an imported queue may be lower than the app knows.
        if (!isMessageTooLong(error)) throw error;
      }
    }
    const pointer = await this.overflow.keep(deadLetter, body, signal);
    const size = { [ExtendedClient.SIZE_ATTRIBUTE]: numberAttribute(pointer.bytes) };
    await this.sendMessage(deadLetter, pointer.text, { ...attributes, ...size }, signal);
  }

  private async sendMessage(deadLetter: DeadLetter, body: string, attributes: MessageAttributes, signal: AbortSignal): Promise<void> {
    const { queueUrl } = this.options;
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        MessageAttributes: attributes,
        ...(queueUrl.endsWith('.fifo') && {
          // The shard is the largest unit that has an order to keep.
          MessageGroupId: batchOf(deadLetter).shardId,
          MessageDeduplicationId: deadLetterName(deadLetter),
        }),
      }),
      { abortSignal: signal },
    );
  }
}

function attributesOf(deadLetter: DeadLetter): MessageAttributes {
  const { requestContext, hydration } = deadLetter;
  const batch = batchOf(deadLetter);
  return {
    [MessageAttribute.STATUS]: stringAttribute(hydration.status),
    [MessageAttribute.DEAD_LETTER_ID]: stringAttribute(hydration.deadLetterId),
    [MessageAttribute.FUNCTION_ARN]: stringAttribute(requestContext.functionArn),
    [MessageAttribute.STREAM_ARN]: stringAttribute(batch.streamArn),
    [MessageAttribute.SHARD_ID]: stringAttribute(batch.shardId),
    [MessageAttribute.CONDITION]: stringAttribute(conditionOf(deadLetter)),
    [MessageAttribute.EXPECTED_RECORDS]: numberAttribute(hydration.expectedRecords),
    [MessageAttribute.RECOVERED_RECORDS]: numberAttribute(hydration.recoveredRecords),
    ...(hydration.formatVersion !== OLDEST_FORMAT_VERSION && { [MessageAttribute.FORMAT_VERSION]: stringAttribute(hydration.formatVersion) }),
  };
}
