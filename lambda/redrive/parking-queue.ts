import { MessageAttributeValue, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { ExtendedClient, parkedKey, UNDELIVERABLE_REASON } from '../../src/contract';
import { FailedRedrives } from '../shared/dead-letter/dead-letter';
import { isMessageTooLong } from '../shared/dead-letter/message-too-long';
import { OverflowBucket } from '../shared/dead-letter/overflow-bucket';
import { DeadLetterPointer, Pointer, pointerIn } from '../shared/dead-letter/pointer';
import { MessageAttributes, messageBytes, numberAttribute, stringAttribute } from '../shared/dead-letter/sqs-message';
import { withFailedRedrives } from '../shared/redrive/failed-redrives';
import { ParkedBodies } from './parked-bodies';

/** A reason quotes the error of a processor, which can have any length. */
const MAX_REASON = 1_000;
/** The limit of SQS. */
const MAX_ATTRIBUTES = 10;

export interface ParkingQueueOptions {
  readonly queueUrl: string;
  /** The maximum message size in bytes, including attributes. */
  readonly maxMessageBytes: number;
}

export interface ParkingOptions {
  readonly reason: string;
  /** Whether no retry follows: a body in S3 that cannot be copied then stays where it is. */
  readonly isFinal: boolean;
  /** What to note in the body, where the message holds it and still fits the queue. */
  readonly failed?: FailedRedrives;
}

/** A message for the parking queue. */
interface Parked {
  readonly body: string;
  readonly attributes: MessageAttributes;
}

/** The queue for dead letters that the redrive function no longer sends. An operator handles them. */
export class ParkingQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly overflow: Pick<OverflowBucket, 'put' | 'prefix'>,
    private readonly bodies: Pick<ParkedBodies, 'copy'>,
    private readonly options: ParkingQueueOptions,
  ) {}

  /**
   * Stores a message as received, and adds the reason as an attribute and failed redrives to the body where they fit. Copies the body of a
   * pointer message: the retention of the new message starts again, and its object must not expire first.
   */
  async keep(message: SQSRecord, { reason, isFinal, failed }: ParkingOptions, signal: AbortSignal): Promise<void> {
    const received = { body: message.body, attributes: attributesOf(message) };
    const why = reason.slice(0, MAX_REASON);
    const from = pointerIn({ Body: received.body, MessageAttributes: received.attributes });
    if (!from) return this.keepBody(message, received, why, failed, signal);
    const copy = await this.copyOf(from, message, isFinal, signal);
    if (!(copy instanceof Error)) return this.send(message, this.withReason(pointing(copy, received), why), signal);
    const note = `its body could not be copied and may expire before this message: ${copy.name} for s3://${from.bucket}/${from.key}`;
    await this.send(message, this.withReason(received, `${why}; ${note}`), signal);
  }

  /** Stores the body in the message, or in S3 where it is too long: the limit of an imported queue can be lower than the CDK app knows. */
  private async keepBody(
    message: SQSRecord, received: Parked, reason: string, failed: FailedRedrives | undefined, signal: AbortSignal,
  ): Promise<void> {
    const noted = failed && withFailedRedrives(received.body, failed);
    const forms = [this.withReason(received, reason), received];
    if (noted !== undefined) forms.unshift(...[this.withReason({ ...received, body: noted }, reason)].filter((form) => this.fits(form)));
    for (const parked of new Set(forms)) {
      try {
        return await this.send(message, parked, signal);
      } catch (error) {
        if (!isMessageTooLong(error)) throw error;
      }
    }
    const pointer = await this.overflow.put(parkedKey(this.overflow.prefix, message.messageId), message.body, signal);
    await this.send(message, this.withReason(pointing(pointer, received), reason), signal);
  }

  /** A copy of a body in S3, or the error where no retry can copy it. */
  private async copyOf(from: DeadLetterPointer, { messageId }: SQSRecord, isFinal: boolean, signal: AbortSignal): Promise<Pointer | Error> {
    try {
      return await this.bodies.copy(from, parkedKey(this.overflow.prefix, messageId), signal);
    } catch (error) {
      // Without s3:ListBucket, S3 answers AccessDenied for a missing object. A permission can be fixed, so that this error is retried.
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
          // Two messages of the same failure stay two messages.
          MessageDeduplicationId: message.messageId,
        }),
      }),
      { abortSignal: signal },
    );
  }

  /** Adds the reason only where the message still fits the queue. */
  private withReason(parked: Parked, reason: string): Parked {
    const attributes = { ...parked.attributes, [UNDELIVERABLE_REASON]: stringAttribute(reason) };
    return this.fits({ ...parked, attributes }) ? { ...parked, attributes } : parked;
  }

  private fits({ body, attributes }: Parked): boolean {
    return Object.keys(attributes).length <= MAX_ATTRIBUTES && messageBytes(body, attributes) <= this.options.maxMessageBytes;
  }
}

/** A pointer message, which replaces the body or another pointer. */
function pointing({ text, bytes }: Pointer, { attributes }: Parked): Parked {
  const others = without(attributes, ExtendedClient.LEGACY_SIZE_ATTRIBUTE);
  const all = { ...others, [ExtendedClient.SIZE_ATTRIBUTE]: numberAttribute(bytes) };
  // The class also identifies a pointer: the size is omitted where it is unknown or does not fit into ten attributes.
  return { body: text, attributes: bytes > 0 && Object.keys(all).length <= MAX_ATTRIBUTES ? all : others };
}

function without(attributes: MessageAttributes, name: string): MessageAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== name));
}

/** The attributes of a message, converted from the form of Lambda to the form of SQS. */
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
