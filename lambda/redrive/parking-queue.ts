import { MessageAttributeValue, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { ExtendedClient, parkedKey, UNDELIVERABLE_REASON } from '../../src/contract';
import { OverflowBucket } from '../shared/dead-letter/overflow-bucket';
import { DeadLetterPointer, Pointer, pointerIn } from '../shared/dead-letter/pointer';
import { isMessageTooLong, MessageAttributes, messageBytes, numberAttribute, stringAttribute } from '../shared/dead-letter/sqs-message';
import { ParkedBodies } from './parked-bodies';

/** A reason quotes what a processor said, which can be of any length. */
const MAX_REASON = 1_000;
/** What SQS takes. */
const MAX_ATTRIBUTES = 10;

export interface ParkingQueueOptions {
  readonly queueUrl: string;
  /** The most bytes that a message may have, attributes included. */
  readonly maxMessageBytes: number;
}

export interface ParkingOptions {
  readonly reason: string;
  /** Whether it cannot wait any longer: then a body in S3 that cannot be copied stays where it is. */
  readonly isFinal: boolean;
}

/** What is written in place of a message. */
interface Parked {
  readonly body: string;
  readonly attributes: MessageAttributes;
}

/** Where dead letters go that the redrive function has given up on: nothing takes them from there but an operator. */
export class ParkingQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly overflow: Pick<OverflowBucket, 'put' | 'prefix'>,
    private readonly bodies: Pick<ParkedBodies, 'copy'>,
    private readonly options: ParkingQueueOptions,
  ) {}

  /**
   * Keeps a message as it was received, with the reason beside its attributes where there is room for it. The body of a pointer gets a
   * copy: its message starts to live once more, and the object it points to must not end before it.
   */
  async keep(message: SQSRecord, { reason, isFinal }: ParkingOptions, signal: AbortSignal): Promise<void> {
    const received = { body: message.body, attributes: attributesOf(message) };
    const why = reason.slice(0, MAX_REASON);
    const from = pointerIn({ Body: received.body, MessageAttributes: received.attributes });
    if (!from) return this.keepBody(message, received, why, signal);
    const copy = await this.copyOf(from, message, isFinal, signal);
    if (!(copy instanceof Error)) return this.send(message, this.withReason(pointing(copy, received), why), signal);
    const note = `its body could not be copied and may be gone before this message: ${copy.name} for s3://${from.bucket}/${from.key}`;
    await this.send(message, this.withReason(received, `${why}; ${note}`), signal);
  }

  /** In the message, or where that is too long for the queue, in S3: the limit of an imported queue may be lower than the app knows. */
  private async keepBody(message: SQSRecord, received: Parked, reason: string, signal: AbortSignal): Promise<void> {
    for (const parked of new Set([this.withReason(received, reason), received])) {
      try {
        return await this.send(message, parked, signal);
      } catch (error) {
        if (!isMessageTooLong(error)) throw error;
      }
    }
    const pointer = await this.overflow.put(parkedKey(this.overflow.prefix, message.messageId), message.body, signal);
    await this.send(message, this.withReason(pointing(pointer, received), reason), signal);
  }

  /** A copy of a body in S3, or why there is none and never will be. */
  private async copyOf(from: DeadLetterPointer, { messageId }: SQSRecord, isFinal: boolean, signal: AbortSignal): Promise<Pointer | Error> {
    try {
      return await this.bodies.copy(from, parkedKey(this.overflow.prefix, messageId), signal);
    } catch (error) {
      // Who may not list a bucket is told of a missing object that access is denied: it looks like what may be mended.
      if (isFinal || ['NoSuchKey', 'NoSuchBucket'].includes((error as Error).name)) return error as Error;
      throw error;
    }
  }

  private async send(message: SQSRecord, { body, attributes }: Parked, signal: AbortSignal): Promise<void> {
    const { queueUrl } = this.options;
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        MessageAttributes: attributes,
        ...(queueUrl.endsWith('.fifo') && {
          MessageGroupId: message.attributes.MessageGroupId,
          // Two messages are two, though they are of the same failure.
          MessageDeduplicationId: message.messageId,
        }),
      }),
      { abortSignal: signal },
    );
  }

  /** A message that filled its queue to the limit must fit this one too: the message comes before the reason. */
  private withReason(parked: Parked, reason: string): Parked {
    const attributes = { ...parked.attributes, [UNDELIVERABLE_REASON]: stringAttribute(reason) };
    const fits = Object.keys(attributes).length <= MAX_ATTRIBUTES && messageBytes(parked.body, attributes) <= this.options.maxMessageBytes;
    return fits ? { ...parked, attributes } : parked;
  }
}

/** What points to a body in S3, in place of the body or of another pointer. */
function pointing({ text, bytes }: Pointer, { attributes }: Parked): Parked {
  const others = without(attributes, ExtendedClient.LEGACY_SIZE_ATTRIBUTE);
  const all = { ...others, [ExtendedClient.SIZE_ATTRIBUTE]: numberAttribute(bytes) };
  // A pointer is known by its class as well: one that came without a size, or with as many attributes as there may be, goes without.
  return { body: text, attributes: bytes > 0 && Object.keys(all).length <= MAX_ATTRIBUTES ? all : others };
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
