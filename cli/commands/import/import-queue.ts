import { randomUUID } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { parseJson } from '../../../lambda/shared/dead-letter/failure-record';
import type { Pointer } from '../../../lambda/shared/dead-letter/pointer';
import { escapedText, MessageAttributes, messageBytes, numberAttribute } from '../../../lambda/shared/dead-letter/sqs-message';
import { ExtendedClient, importedKey } from '../../../src/contract';
import { type ExportedMessage, toMessage } from '../../file/exported-message';

export interface ImportQueueOptions {
  readonly queueUrl: string;
  readonly maxMessageBytes: number;
  readonly isFifo: boolean;
  /** Within five minutes a FIFO queue takes a message of the same work for one that it has, and of other work for a new one. */
  readonly workId: string;
}

/** A queue that gets back what was exported: as a message where it fits, else to the overflow bucket, with a pointer. */
export class ImportQueue {
  constructor(
    private readonly client: SQSClient,
    /** Puts what is over the limit of the queue. */
    private readonly overflow: { readonly prefix: string; put(key: string, text: string, signal: AbortSignal): Promise<Pointer> },
    private readonly options: ImportQueueOptions,
  ) {}

  /** Returns the id of the new message. */
  async send(line: ExportedMessage, signal: AbortSignal): Promise<string | undefined> {
    const { queueUrl, isFifo, workId } = this.options;
    const { body, attributes } = await this.messageFor(line, signal);
    const { MessageId } = await this.client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        MessageAttributes: attributes,
        // A group of a standard queue makes it fair: it has no order.
        ...(line.messageGroupId !== undefined && { MessageGroupId: line.messageGroupId }),
        ...(isFifo && {
          MessageGroupId: groupOf(line),
          // Not that of the dead letter: within five minutes of its first message SQS would take this one for the same, and drop it.
          MessageDeduplicationId: `import-${workId}-${line.messageId}`,
        }),
      }),
      { abortSignal: signal },
    );
    return MessageId;
  }

  private async messageFor(line: ExportedMessage, signal: AbortSignal): Promise<{ readonly body: string; readonly attributes: MessageAttributes }> {
    const { MessageAttributes: attributes = {} } = toMessage(line);
    const body = textFor(line.body);
    if (messageBytes(body, attributes) <= this.options.maxMessageBytes) return { body, attributes };
    // An object of its own for every import: what was exported may be in its queue still, and points to its own.
    const { text, bytes } = await this.overflow.put(importedKey(this.overflow.prefix, randomUUID()), line.body, signal);
    return { body: text, attributes: { ...attributes, [ExtendedClient.SIZE_ATTRIBUTE]: numberAttribute(bytes) } };
  }
}

/** What has an order to keep on a FIFO queue. */
export function groupOf({ attributes, messageId, messageGroupId }: Pick<ExportedMessage, 'attributes' | 'messageId' | 'messageGroupId'>): string {
  return messageGroupId ?? attributes.shardId?.value ?? messageId;
}

/** Text that SQS takes: JSON that was in S3 may hold characters that it does not. */
function textFor(body: string): string {
  return parseJson(body) === undefined ? body : escapedText(body);
}
