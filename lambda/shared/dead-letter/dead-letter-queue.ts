import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ExtendedClient, MessageAttribute, OLDEST_FORMAT_VERSION } from '../../../src/contract';
import { DeadLetter } from './dead-letter';
import { deadLetterName } from './dead-letter-name';
import { batchOf, conditionOf } from './failure-record';
import { isMessageTooLong } from './message-too-long';
import { Pointer } from './pointer';
import { MessageAttributes, messageBytes, messageText, numberAttribute, stringAttribute } from './sqs-message';

export interface DeadLetterQueueOptions {
  readonly queueUrl: string;
  /** The maximum message size in bytes, including attributes. */
  readonly maxMessageBytes: number;
}

/** Stores dead letters that exceed the maximum message size of their queue. */
export interface Overflow {
  /** Makes sure that a dead letter is in S3, and returns the pointer to send to the queue. */
  keep(deadLetter: DeadLetter, text: string, signal: AbortSignal): Promise<Pointer>;
}

/** A dead letter in the queue. */
export interface SentDeadLetter {
  /** Bytes of the dead letter in S3: 0 where the message holds it. */
  readonly overflowBytes: number;
}

/** Sends dead letters to the queue. A dead letter over the maximum message size goes to S3, and its pointer goes to the queue. */
export class DeadLetterQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly overflow: Overflow,
    private readonly options: DeadLetterQueueOptions,
  ) {}

  async send(deadLetter: DeadLetter, signal: AbortSignal): Promise<SentDeadLetter> {
    const body = messageText(deadLetter);
    const attributes = attributesOf(deadLetter);
    if (messageBytes(body, attributes) <= this.options.maxMessageBytes) {
      try {
        await this.sendMessage(deadLetter, body, attributes, signal);
        return { overflowBytes: 0 };
      } catch (error) {
        // The limit of an imported queue can be lower than the CDK app knows.
        if (!isMessageTooLong(error)) throw error;
      }
    }
    const pointer = await this.overflow.keep(deadLetter, body, signal);
    const size = { [ExtendedClient.SIZE_ATTRIBUTE]: numberAttribute(pointer.bytes) };
    await this.sendMessage(deadLetter, pointer.text, { ...attributes, ...size }, signal);
    return { overflowBytes: pointer.bytes };
  }

  private async sendMessage(deadLetter: DeadLetter, body: string, attributes: MessageAttributes, signal: AbortSignal): Promise<void> {
    const { queueUrl } = this.options;
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        MessageAttributes: attributes,
        ...(queueUrl.endsWith('.fifo') && {
          // The order within a shard is all that a stream guarantees.
          MessageGroupId: batchOf(deadLetter).shardId,
          MessageDeduplicationId: deadLetterName(deadLetter),
        }),
      }),
      { abortSignal: signal },
    );
  }
}

/** The attributes of the message of a dead letter, without those of a pointer. */
export function attributesOf(deadLetter: DeadLetter): MessageAttributes {
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
