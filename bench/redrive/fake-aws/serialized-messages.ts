import { createHash } from 'node:crypto';
import type { StoredMessage } from '../../../local/fakes/queue-model';

/** Whatever a request may ask for beside the body. */
export interface Wanted {
  readonly attributes: boolean;
  readonly messageAttributes: boolean;
}

/** JSON of what never changes: members of an object, without its braces. */
interface Written {
  readonly bodyMd5: string;
  readonly body: Buffer;
  readonly messageAttributes: Buffer;
}

/** Messages as SQS writes them into an answer. What never changes is written once, so that a client is what is measured. */
export class SerializedMessages {
  private readonly written = new WeakMap<StoredMessage, Written>();

  /** Writes a message before it is asked for, and returns the checksum of its body. */
  add(message: StoredMessage): string {
    return this.writtenOf(message).bodyMd5;
  }

  json(message: StoredMessage, wanted: Wanted): Buffer {
    const { receiptHandle, receives, sentAt, firstReceivedAt } = message;
    const { body, messageAttributes } = this.writtenOf(message);
    const attributes = {
      SenderId: 'AROAEXAMPLE:hydrate',
      SentTimestamp: String(sentAt),
      ApproximateReceiveCount: String(receives),
      ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
    };
    return Buffer.concat([
      Buffer.from('{'),
      body,
      Buffer.from(`,"ReceiptHandle":"${receiptHandle}"${wanted.attributes ? `,"Attributes":${JSON.stringify(attributes)}` : ''}`),
      ...(wanted.messageAttributes ? [messageAttributes] : []),
      Buffer.from('}'),
    ]);
  }

  private writtenOf(message: StoredMessage): Written {
    const known = this.written.get(message);
    if (known) return known;
    const { messageId, body, attributes } = message;
    const bodyMd5 = createHash('md5').update(body).digest('hex');
    const it = {
      bodyMd5,
      body: Buffer.from(`"MessageId":"${messageId}","MD5OfBody":"${bodyMd5}","Body":${JSON.stringify(body)}`),
      messageAttributes: Buffer.from(`,"MessageAttributes":${JSON.stringify(attributes)}`),
    };
    this.written.set(message, it);
    return it;
  }
}
