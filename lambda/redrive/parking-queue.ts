import { MessageAttributeValue, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { ExtendedClient, parkedKey, UNDELIVERABLE_REASON } from '../../src/contract';
import { MessageAttributes, messageBytes, numberAttribute, stringAttribute } from '../message-attributes';
import { OverflowBucket } from '../overflow-bucket';
import { pointerIn } from './pointer-message';

/** A reason quotes what a processor said, which can be of any length. */
const LONGEST_REASON = 1_000;
/** What SQS takes. */
const MOST_ATTRIBUTES = 10;

export interface ParkingQueueOptions {
  readonly queueUrl: string;
  /** The most bytes that a message may have, attributes included. */
  readonly maxMessageBytes: number;
}

/** Where dead letters go that the redrive function has given up on: nothing takes them from there but an operator. */
export class ParkingQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly overflow: Pick<OverflowBucket, 'put'>,
    private readonly options: ParkingQueueOptions,
  ) {}

  /**
   * Keeps a message as it was received, with the reason beside its attributes where there is room for it. The body of a pointer, where
   * it could be read, is put into S3 anew: its message starts to live once more, and the object it points to must not end before it.
   */
  async keep(message: SQSRecord, body: string | undefined, reason: string, signal: AbortSignal): Promise<void> {
    const { queueUrl } = this.options;
    const { text, attributes } = await this.kept(message, body, signal);
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: text,
        MessageAttributes: this.withReason(text, attributes, reason),
        ...(queueUrl.endsWith('.fifo') && {
          MessageGroupId: message.attributes.MessageGroupId,
          // Two messages are two, though they are of the same failure.
          MessageDeduplicationId: message.messageId,
        }),
      }),
      { abortSignal: signal },
    );
  }

  private async kept(message: SQSRecord, body: string | undefined, signal: AbortSignal): Promise<{ text: string; attributes: MessageAttributes }> {
    const attributes = attributesOf(message);
    if (body === undefined || !pointerIn({ Body: message.body, MessageAttributes: attributes })) return { text: message.body, attributes };
    const pointer = await this.overflow.put(parkedKey(message.messageId), body, signal);
    const others = without(attributes, ExtendedClient.LEGACY_SIZE_ATTRIBUTE);
    return { text: pointer.text, attributes: { ...others, [ExtendedClient.SIZE_ATTRIBUTE]: numberAttribute(pointer.bytes) } };
  }

  /** A message that filled its queue to the limit must fit this one too: the message comes before the reason. */
  private withReason(body: string, attributes: MessageAttributes, reason: string): MessageAttributes {
    const all = { ...attributes, [UNDELIVERABLE_REASON]: stringAttribute(reason.slice(0, LONGEST_REASON)) };
    const fits = Object.keys(all).length <= MOST_ATTRIBUTES && messageBytes(body, all) <= this.options.maxMessageBytes;
    return fits ? all : attributes;
  }
}

function without(attributes: MessageAttributes, name: string): MessageAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== name));
}

/** The attributes of a message, from the way in which Lambda writes them into that of SQS. */
export function attributesOf({ messageAttributes }: Pick<SQSRecord, 'messageAttributes'>): MessageAttributes {
  return Object.fromEntries(
    Object.entries(messageAttributes).map(([name, { dataType, stringValue, binaryValue }]): [string, MessageAttributeValue] => [
      name,
      binaryValue === undefined
        ? { DataType: dataType, StringValue: stringValue }
        : { DataType: dataType, BinaryValue: Buffer.from(binaryValue, 'base64') },
    ]),
  );
}
