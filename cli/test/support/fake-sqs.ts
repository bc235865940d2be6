import { createHash, randomUUID } from 'node:crypto';
import {
  type BatchResultErrorEntry, type ChangeMessageVisibilityBatchCommandInput, type ChangeMessageVisibilityCommandInput,
  type DeleteMessageCommandInput, type GetQueueAttributesCommandInput, type Message, type MessageAttributeValue,
  type ReceiveMessageCommandInput, type SendMessageCommandInput, type SQSClient, SQSServiceException,
} from '@aws-sdk/client-sqs';

/** A message as the queue has it. */
export interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Record<string, MessageAttributeValue>;
  readonly sentAt: number;
  readonly groupId?: string;
  receives: number;
  firstReceivedAt?: number;
  hiddenUntil: number;
  receiptHandle?: string;
}

export interface Call {
  readonly name: string;
  readonly input: unknown;
}

interface FakeQueue {
  readonly url: string;
  readonly arn: string;
  readonly attributes: Record<string, string>;
  messages: StoredMessage[];
  readonly deduplicationIds: Map<string, { readonly messageId: string; readonly until: number }>;
}

type Failure = () => Error | undefined;

/** The part of SQS that the tool uses, in memory: visibility, receipt handles, receive counts, redrive policies, groups of FIFO queues. */
export class FakeSqs {
  readonly calls: Call[] = [];
  readonly client = { send: this.send.bind(this), config: { systemClockOffset: 0 } } as unknown as SQSClient;

  private readonly queues = new Map<string, FakeQueue>();
  private readonly failures = new Map<string, Failure[]>();
  private readonly listeners = new Map<string, ((input: never) => void | Promise<void>)[]>();
  private skew = 0;
  private receivedAt = 0;

  createQueue(url: string, attributes: Record<string, string> = {}): string {
    const name = url.split('/').at(-1)!;
    this.queues.set(url, { url, arn: `arn:aws:sqs:us-east-1:123456789012:${name}`, attributes, messages: [], deduplicationIds: new Map() });
    return url;
  }

  /** Sends a message. */
  put(url: string, message: Partial<Pick<StoredMessage, 'body' | 'attributes' | 'sentAt' | 'groupId' | 'messageId'>> = {}): string {
    const { body = '{}', attributes = {}, sentAt = this.now(), groupId, messageId = randomUUID() } = message;
    this.queue(url).messages.push({ messageId, body, attributes, sentAt, groupId, receives: 0, hiddenUntil: 0 });
    return messageId;
  }

  messages(url: string): readonly StoredMessage[] {
    return this.queue(url).messages;
  }

  /** Messages that a consumer would get now. */
  visible(url: string): readonly StoredMessage[] {
    return this.messages(url).filter((message) => this.isVisible(message));
  }

  /** Lets time pass for the queues alone. */
  advance(millis: number): void {
    this.skew += millis;
  }

  /** Shows a message again that is held, as SQS may do though it should not. */
  showAgain(url: string, messageId: string): void {
    this.messages(url).find((message) => message.messageId === messageId)!.hiddenUntil = 0;
  }

  /** Puts a message back that was deleted, as SQS may do though it should not. */
  bringBack(url: string, message: StoredMessage): void {
    this.queue(url).messages.push(Object.assign(message, { hiddenUntil: 0 }));
  }

  /** Has the next calls of an operation fail: `ReceiveMessage`, … */
  failNext(name: string, error: Error, times = 1): void {
    this.failures.set(name, [...(this.failures.get(name) ?? []), ...Array.from({ length: times }, () => () => error)]);
  }

  /** Has every call of an operation fail from now on. */
  failAlways(name: string, error: Error): void {
    this.failures.set(name, [...(this.failures.get(name) ?? []), ...Array.from({ length: 100_000 }, () => () => error)]);
  }

  /** Is called before an operation is done. */
  on<Input>(name: string, listener: (input: Input) => void | Promise<void>): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener as (input: never) => void]);
  }

  callsOf<Input>(name: string): Input[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.input as Input);
  }

  private async send(command: { input: unknown }, { abortSignal }: { abortSignal?: AbortSignal } = {}): Promise<unknown> {
    const name = command.constructor.name.replace(/Command$/, '');
    // Never at once, as over a network.
    await new Promise((resolve) => setImmediate(resolve));
    if (abortSignal?.aborted) throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    this.calls.push({ name, input: command.input });
    for (const listener of this.listeners.get(name) ?? []) await listener(command.input as never);
    const error = this.failures.get(name)?.shift()?.();
    if (error) throw error;
    if (name === 'ReceiveMessage') this.receivedAt = Date.now();
    // What comes of a message is sent later, by the millisecond that SQS tells times in.
    while (name === 'SendMessage' && Date.now() <= this.receivedAt) await new Promise((resolve) => setImmediate(resolve));
    const operation = this.operations[name];
    if (!operation) throw new Error(`the fake SQS has no ${name}`);
    return operation(command.input as never);
  }

  private readonly operations: Record<string, (input: never) => object> = {
    SendMessage: (input: SendMessageCommandInput) => this.sendMessage(input),
    ReceiveMessage: (input: ReceiveMessageCommandInput) => this.receive(input),
    DeleteMessage: (input: DeleteMessageCommandInput) => this.delete(input),
    ChangeMessageVisibility: (input: ChangeMessageVisibilityCommandInput) => this.changeVisibility(input),
    ChangeMessageVisibilityBatch: (input: ChangeMessageVisibilityBatchCommandInput) => this.changeVisibilityBatch(input),
    GetQueueAttributes: (input: GetQueueAttributesCommandInput) => this.attributesOf(input),
  };

  private sendMessage({ QueueUrl, MessageBody, MessageAttributes = {}, MessageGroupId, MessageDeduplicationId }: SendMessageCommandInput): object {
    const queue = this.queue(QueueUrl!);
    const known = queue.deduplicationIds.get(MessageDeduplicationId ?? '');
    const isKnown = known && known.until > this.now();
    const messageId = isKnown ? known.messageId : this.put(queue.url, { body: MessageBody, attributes: MessageAttributes, groupId: MessageGroupId });
    if (MessageDeduplicationId && !isKnown) queue.deduplicationIds.set(MessageDeduplicationId, { messageId, until: this.now() + 300_000 });
    return { MessageId: messageId, MD5OfMessageBody: createHash('md5').update(MessageBody!).digest('hex') };
  }

  private receive({ QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout = 30 }: ReceiveMessageCommandInput): { Messages?: Message[] } {
    const queue = this.queue(QueueUrl!);
    const locked = new Set(queue.messages.filter((it) => it.groupId && !this.isVisible(it)).map((it) => it.groupId));
    const taken: StoredMessage[] = [];
    for (const message of queue.messages.filter((it) => this.isVisible(it) && !locked.has(it.groupId))) {
      if (taken.length === MaxNumberOfMessages) break;
      if (!this.movesAway(queue, message)) taken.push(message);
    }
    for (const message of taken) {
      message.receives++;
      message.firstReceivedAt ??= this.now();
      message.hiddenUntil = this.now() + VisibilityTimeout * 1_000;
      message.receiptHandle = randomUUID();
    }
    return taken.length === 0 ? {} : { Messages: taken.map(toMessage) };
  }

  /** As its redrive policy has it, a message that was received too often goes elsewhere. */
  private movesAway(queue: FakeQueue, message: StoredMessage): boolean {
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(queue.attributes.RedrivePolicy ?? '{}') as Record<string, string>;
    if (!deadLetterTargetArn || message.receives < Number(maxReceiveCount)) return false;
    queue.messages = queue.messages.filter((it) => it !== message);
    [...this.queues.values()].find(({ arn }) => arn === deadLetterTargetArn)?.messages.push(message);
    return true;
  }

  private delete({ QueueUrl, ReceiptHandle }: DeleteMessageCommandInput): object {
    const queue = this.queue(QueueUrl!);
    // A handle that a later receive has replaced deletes nothing, and no error says so.
    queue.messages = queue.messages.filter((message) => message.receiptHandle !== ReceiptHandle);
    return {};
  }

  private changeVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout }: ChangeMessageVisibilityCommandInput): object {
    const message = this.queue(QueueUrl!).messages.find((it) => it.receiptHandle === ReceiptHandle);
    if (!message) throw sqsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
    if (this.isVisible(message)) throw sqsError('MessageNotInflight', 'The message referred to is not in flight.');
    message.hiddenUntil = this.now() + VisibilityTimeout! * 1_000;
    return {};
  }

  private changeVisibilityBatch({ QueueUrl, Entries = [] }: ChangeMessageVisibilityBatchCommandInput): object {
    if (Entries.length === 0) throw sqsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
    if (Entries.length > 10) throw sqsError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
    const Failed: BatchResultErrorEntry[] = [];
    for (const { Id, ...entry } of Entries) {
      try {
        this.changeVisibility({ QueueUrl, ...entry } as ChangeMessageVisibilityCommandInput);
      } catch (error) {
        const { name, message } = error as Error;
        Failed.push({ Id, SenderFault: true, Code: name, Message: message });
      }
    }
    const Successful = Entries.filter(({ Id }) => !Failed.some((failed) => failed.Id === Id)).map(({ Id }) => ({ Id }));
    return { Successful, Failed };
  }

  private attributesOf({ QueueUrl }: GetQueueAttributesCommandInput): object {
    const { arn, attributes, messages } = this.queue(QueueUrl!);
    const visible = messages.filter((message) => this.isVisible(message)).length;
    return {
      Attributes: {
        QueueArn: arn,
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(messages.length - visible),
        ApproximateNumberOfMessagesDelayed: '0',
        MessageRetentionPeriod: '1209600',
        MaximumMessageSize: '1048576',
        ...attributes,
      },
    };
  }

  private queue(url: string): FakeQueue {
    const queue = this.queues.get(url);
    if (!queue) throw sqsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  private isVisible({ hiddenUntil }: StoredMessage): boolean {
    return hiddenUntil <= this.now();
  }

  private now(): number {
    return Date.now() + this.skew;
  }
}

/** An error as the SDK throws it. */
export function sqsError(name: string, message: string, $fault: 'client' | 'server' = 'client'): SQSServiceException {
  return new SQSServiceException({ name, message, $fault, $metadata: { httpStatusCode: $fault === 'client' ? 400 : 500 } });
}

function toMessage({ messageId, receiptHandle, body, attributes, sentAt, firstReceivedAt, receives, groupId }: StoredMessage): Message {
  return {
    MessageId: messageId,
    ReceiptHandle: receiptHandle,
    Body: body,
    Attributes: {
      SentTimestamp: String(sentAt),
      ApproximateReceiveCount: String(receives),
      ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
      SenderId: 'AROAEXAMPLE:awslambda',
      ...(groupId && { MessageGroupId: groupId }),
    },
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
  };
}
