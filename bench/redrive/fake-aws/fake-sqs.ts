import type { QueueModel, StoredMessage } from '../../../local/fakes/queue-model';
import { SerializedMessages } from './serialized-messages';
import { type ServiceResponse, json, ServiceError } from './service-response';

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
  readonly MessageAttributes?: StoredMessage['attributes'];
  readonly ReceiptHandle?: string;
  readonly Entries?: readonly Entry[];
}

const VISIBILITY_SECONDS = 30;
const JSON_TYPE = 'application/x-amz-json-1.0';

/** As much of the API of SQS as it takes to look at a queue and to empty it. */
export class FakeSqs {
  private readonly written = new SerializedMessages();

  constructor(
    private readonly queue: QueueModel,
    private readonly place: { readonly queueUrl: string; readonly queueArn: string; readonly notWritten: () => number },
    private readonly onDeleted: (message: StoredMessage) => void,
  ) {
    for (const message of queue.messages) this.written.add(message);
  }

  readonly actions: Readonly<Record<string, (input: Input, gone: AbortSignal) => ServiceResponse | Promise<ServiceResponse>>> = {
    GetQueueUrl: () => json(JSON_TYPE, { QueueUrl: this.place.queueUrl }),
    ListDeadLetterSourceQueues: () => json(JSON_TYPE, { queueUrls: [] }),
    GetQueueAttributes: () => {
      const { messages: { length: all }, visible: { length: visible } } = this.queue;
      return json(JSON_TYPE, {
        Attributes: {
          QueueArn: this.place.queueArn,
          ApproximateNumberOfMessages: String(visible + this.place.notWritten()),
          ApproximateNumberOfMessagesNotVisible: String(all - visible),
          ApproximateNumberOfMessagesDelayed: '0',
          VisibilityTimeout: String(VISIBILITY_SECONDS),
          MaximumMessageSize: String(MAX_MESSAGE_BYTES),
          MessageRetentionPeriod: '1209600',
        },
      });
    },
    ReceiveMessage: async (input, gone) => {
      const asksFor = (names: readonly string[] = []) => names.length > 0;
      const wanted = {
        attributes: asksFor(input.MessageSystemAttributeNames) || asksFor(input.AttributeNames),
        messageAttributes: asksFor(input.MessageAttributeNames),
      };
      const { MaxNumberOfMessages: max = 1, VisibilityTimeout: visibilitySeconds = VISIBILITY_SECONDS, WaitTimeSeconds: waitSeconds = 0 } = input;
      const taken = await this.queue.poll({ max, visibilitySeconds, waitSeconds }, gone);
      const messages = taken.map((message) => this.written.json(message, wanted));
      const list = messages.flatMap((message, index) => (index === 0 ? [message] : [Buffer.from(','), message]));
      const body = messages.length === 0 ? '{}' : Buffer.concat([Buffer.from('{"Messages":['), ...list, Buffer.from(']}')]);
      return { status: 200, type: JSON_TYPE, body };
    },
    SendMessage: ({ MessageBody = '', MessageAttributes = {} }) => {
      const message = this.queue.send({ body: MessageBody, attributes: MessageAttributes });
      return json(JSON_TYPE, { MessageId: message.messageId, MD5OfMessageBody: this.written.add(message) });
    },
    ChangeMessageVisibility: ({ ReceiptHandle = '', VisibilityTimeout = 0 }) => {
      if (this.queue.changeVisibility(ReceiptHandle, VisibilityTimeout) !== 'changed') throw notInFlight();
      return json(JSON_TYPE, {});
    },
    ChangeMessageVisibilityBatch: ({ Entries = [] }) => inBatch(Entries, ({ ReceiptHandle, VisibilityTimeout = 0 }) => {
      if (this.queue.changeVisibility(ReceiptHandle, VisibilityTimeout) !== 'changed') throw notInFlight();
    }),
    DeleteMessage: ({ ReceiptHandle = '' }) => {
      this.delete(ReceiptHandle);
      return json(JSON_TYPE, {});
    },
    DeleteMessageBatch: ({ Entries = [] }) => inBatch(Entries, ({ ReceiptHandle }) => this.delete(ReceiptHandle)),
  };

  private delete(receiptHandle: string): void {
    const message = this.queue.delete(receiptHandle);
    if (message) this.onDeleted(message);
  }
}

function inBatch(entries: readonly Entry[], act: (entry: Entry) => void): ServiceResponse {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      act(entry);
      Successful.push({ Id: entry.Id });
    } catch (error) {
      const { code, message } = error as ServiceError;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: code, Message: message });
    }
  }
  return json(JSON_TYPE, { Successful, Failed });
}

function notInFlight(): ServiceError {
  return new ServiceError('com.amazonaws.sqs#MessageNotInflight', 'the message referred to is not in flight');
}
