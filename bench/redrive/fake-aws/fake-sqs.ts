import { type Answer, json, Refused } from './answer';
import type { FakeQueue, MessageAttributes } from './fake-queue';
import type { Ledger } from './ledger';

export const QUEUE_NAME = 'orders-dead-letters';
export const MAX_MESSAGE_BYTES = 1_048_576;

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout?: number;
}

interface Input {
  readonly MaxNumberOfMessages?: number;
  readonly VisibilityTimeout?: number;
  readonly WaitTimeSeconds?: number;
  readonly AttributeNames?: readonly string[];
  readonly MessageSystemAttributeNames?: readonly string[];
  readonly MessageAttributeNames?: readonly string[];
  readonly MessageBody?: string;
  readonly MessageAttributes?: MessageAttributes;
  readonly ReceiptHandle?: string;
  readonly Entries?: readonly Entry[];
}

const VISIBILITY_SECONDS = 30;
const JSON_TYPE = 'application/x-amz-json-1.0';

/** As much of SQS as it takes to look at a queue and to empty it. */
export class FakeSqs {
  constructor(
    private readonly queue: FakeQueue,
    private readonly ledger: Ledger,
    private readonly place: { readonly queueUrl: string; readonly queueArn: string },
  ) {}

  readonly actions: Readonly<Record<string, (input: Input, gone: AbortSignal) => Answer | Promise<Answer>>> = {
    GetQueueUrl: () => json(JSON_TYPE, { QueueUrl: this.place.queueUrl }),
    GetQueueAttributes: () => {
      const { visible, inFlight } = this.queue.counts;
      return json(JSON_TYPE, {
        Attributes: {
          QueueArn: this.place.queueArn,
          ApproximateNumberOfMessages: String(visible),
          ApproximateNumberOfMessagesNotVisible: String(inFlight),
          ApproximateNumberOfMessagesDelayed: '0',
          VisibilityTimeout: String(VISIBILITY_SECONDS),
          MaximumMessageSize: String(MAX_MESSAGE_BYTES),
          MessageRetentionPeriod: '1209600',
        },
      });
    },
    ReceiveMessage: async (input, gone) => {
      const asksFor = (names: readonly string[] = []) => names.length > 0;
      const messages = await this.queue.receive(
        {
          max: input.MaxNumberOfMessages ?? 1,
          visibilitySeconds: input.VisibilityTimeout ?? VISIBILITY_SECONDS,
          waitSeconds: input.WaitTimeSeconds ?? 0,
          attributes: asksFor(input.MessageSystemAttributeNames) || asksFor(input.AttributeNames),
          messageAttributes: asksFor(input.MessageAttributeNames),
        },
        gone,
      );
      const list = messages.flatMap((message, index) => (index === 0 ? [message] : [Buffer.from(','), message]));
      const body = messages.length === 0 ? '{}' : Buffer.concat([Buffer.from('{"Messages":['), ...list, Buffer.from(']}')]);
      return { status: 200, type: JSON_TYPE, body };
    },
    SendMessage: ({ MessageBody = '', MessageAttributes = {} }) => {
      const { messageId, bodyMd5 } = this.queue.add(MessageBody, MessageAttributes);
      return json(JSON_TYPE, { MessageId: messageId, MD5OfMessageBody: bodyMd5 });
    },
    ChangeMessageVisibility: ({ ReceiptHandle = '', VisibilityTimeout = 0 }) => {
      if (!this.queue.changeVisibility(ReceiptHandle, VisibilityTimeout)) throw notInFlight();
      return json(JSON_TYPE, {});
    },
    ChangeMessageVisibilityBatch: ({ Entries = [] }) => inBatch(Entries, ({ ReceiptHandle, VisibilityTimeout = 0 }) => {
      if (!this.queue.changeVisibility(ReceiptHandle, VisibilityTimeout)) throw notInFlight();
    }),
    DeleteMessage: ({ ReceiptHandle = '' }) => {
      this.delete(ReceiptHandle);
      return json(JSON_TYPE, {});
    },
    DeleteMessageBatch: ({ Entries = [] }) => inBatch(Entries, ({ ReceiptHandle }) => this.delete(ReceiptHandle)),
  };

  private delete(receiptHandle: string): void {
    const number = this.queue.delete(receiptHandle);
    if (number !== undefined) this.ledger.deleted(number);
  }
}

function inBatch(entries: readonly Entry[], act: (entry: Entry) => void): Answer {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      act(entry);
      Successful.push({ Id: entry.Id });
    } catch (error) {
      const { code, message } = error as Refused;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: code, Message: message });
    }
  }
  return json(JSON_TYPE, { Successful, Failed });
}

function notInFlight(): Refused {
  return new Refused('com.amazonaws.sqs#MessageNotInflight', 'the message referred to is not in flight');
}
