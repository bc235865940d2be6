import { type Message, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { escapedText, MessageAttributes, messageBytes, numberAttribute } from '../../lambda/shared/dead-letter/sqs-message';
import { ExtendedClient, redrivenKey } from '../../src/contract';
import type { overflowOf } from './storage';

/** The limit of SQS. */
const MAX_ATTRIBUTES = 10;
const SIZE_ATTRIBUTES: readonly string[] = [ExtendedClient.SIZE_ATTRIBUTE, ExtendedClient.LEGACY_SIZE_ATTRIBUTE];

/** Sends messages of a standard queue again, with the same attributes and another body. */
export class MessageCopies {
  constructor(
    private readonly client: SQSClient,
    /** Takes what is over the limit of the queue. */
    private readonly overflow: Pick<ReturnType<typeof overflowOf>, 'put' | 'prefix'>,
    private readonly queue: { readonly queueUrl: string; readonly maxMessageBytes: number },
  ) {}

  /** Returns the id of the new message. */
  async send({ MessageId: messageId = '', MessageAttributes: all = {} }: Message, text: string, signal: AbortSignal): Promise<string | undefined> {
    const { queueUrl, maxMessageBytes } = this.queue;
    const attributes = Object.fromEntries(Object.entries(all).filter(([name]) => !SIZE_ATTRIBUTES.includes(name)));
    const body = escapedText(text);
    const copy = messageBytes(body, attributes) <= maxMessageBytes ? { body, attributes } : await this.pointing(messageId, body, attributes, signal);
    const { MessageId } = await this.client.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: copy.body, MessageAttributes: copy.attributes }),
      { abortSignal: signal },
    );
    return MessageId;
  }

  private async pointing(messageId: string, text: string, attributes: MessageAttributes, signal: AbortSignal) {
    // Not the object of the old message, which stays as it is until that is deleted.
    const { text: body, bytes } = await this.overflow.put(redrivenKey(this.overflow.prefix, messageId), text, signal);
    const withSize = { ...attributes, [ExtendedClient.SIZE_ATTRIBUTE]: numberAttribute(bytes) };
    return { body, attributes: Object.keys(withSize).length <= MAX_ATTRIBUTES ? withSize : attributes };
  }
}
