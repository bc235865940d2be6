import { createHash } from 'node:crypto';
import {
  type BatchResultErrorEntry, type CancelMessageMoveTaskCommandInput, type ChangeMessageVisibilityBatchCommandInput,
  type ChangeMessageVisibilityCommandInput,
  type DeleteMessageBatchCommandInput, type DeleteMessageCommandInput, type GetQueueAttributesCommandInput, type GetQueueUrlCommandInput,
  type ListMessageMoveTasksCommandInput, type ListMessageMoveTasksResultEntry, type Message,
  type ReceiveMessageCommandInput, type SendMessageCommandInput, type SQSClient, SQSServiceException, type StartMessageMoveTaskCommandInput,
} from '@aws-sdk/client-sqs';
import { type NewMessage, QueueModel, type QueueModelOptions, type StoredMessage } from '../../../local/fakes/queue-model';

export interface Call {
  readonly name: string;
  readonly input: unknown;
}

interface FakeQueue {
  readonly arn: string;
  readonly attributes: Record<string, string>;
  readonly model: QueueModel;
}

type Failure = () => Error | undefined;

/** The part of SQS that the tool uses, as a client of the SDK on queues in memory. */
export class FakeSqs {
  readonly calls: Call[] = [];
  /** Message move tasks, the oldest first. */
  readonly moves: ListMessageMoveTasksResultEntry[] = [];
  readonly client = { send: this.send.bind(this), config: { systemClockOffset: 0, region: async () => 'us-east-1' } } as unknown as SQSClient;

  private readonly queues = new Map<string, FakeQueue>();
  private readonly failures = new Map<string, Failure[]>();
  private readonly listeners = new Map<string, ((input: never) => void | Promise<void>)[]>();
  private skew = 0;
  private receivedAt = 0;

  createQueue(url: string, attributes: Record<string, string> = {}): string {
    const name = url.split('/').at(-1)!;
    const model = new QueueModel({ now: () => this.now(), redrivePolicy: () => this.redrivePolicyOf(attributes) });
    this.queues.set(url, { arn: `arn:aws:sqs:us-east-1:123456789012:${name}`, attributes, model });
    return url;
  }

  /** Sends a message. */
  put(url: string, message: NewMessage = {}): string {
    return this.queue(url).model.send(message).messageId;
  }

  messages(url: string): readonly StoredMessage[] {
    return this.queue(url).model.messages;
  }

  /** Messages that a consumer would get now. */
  visible(url: string): readonly StoredMessage[] {
    return this.queue(url).model.visible;
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
    this.queue(url).model.add(Object.assign(message, { hiddenUntil: 0 }));
  }

  /** Puts messages into another order, or takes some away. */
  arrange(url: string, order: Parameters<QueueModel['arrange']>[0]): void {
    this.queue(url).model.arrange(order);
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
    DeleteMessageBatch: (input: DeleteMessageBatchCommandInput) => this.deleteBatch(input),
    ChangeMessageVisibility: (input: ChangeMessageVisibilityCommandInput) => this.changeVisibility(input),
    ChangeMessageVisibilityBatch: (input: ChangeMessageVisibilityBatchCommandInput) => this.changeVisibilityBatch(input),
    GetQueueAttributes: (input: GetQueueAttributesCommandInput) => this.attributesOf(input),
    GetQueueUrl: ({ QueueName: name }: GetQueueUrlCommandInput) => ({ QueueUrl: this.urlWith((url) => url.endsWith(`/${name}`)) }),
    StartMessageMoveTask: (input: StartMessageMoveTaskCommandInput) => this.startMoving(input),
    ListMessageMoveTasks: ({ SourceArn: arn }: ListMessageMoveTasksCommandInput) => this.listMoves(arn!),
    CancelMessageMoveTask: ({ TaskHandle: handle }: CancelMessageMoveTaskCommandInput) => this.cancelMove(handle!),
  };

  private sendMessage({ QueueUrl, MessageBody, MessageAttributes, MessageGroupId, MessageDeduplicationId }: SendMessageCommandInput): object {
    const { messageId } = this.queue(QueueUrl!).model.send({
      body: MessageBody, attributes: MessageAttributes, groupId: MessageGroupId, deduplicationId: MessageDeduplicationId,
    });
    return { MessageId: messageId, MD5OfMessageBody: createHash('md5').update(MessageBody!).digest('hex') };
  }

  private receive({ QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout = 30 }: ReceiveMessageCommandInput): { Messages?: Message[] } {
    const taken = this.queue(QueueUrl!).model.receive({ max: MaxNumberOfMessages, visibilitySeconds: VisibilityTimeout });
    return taken.length === 0 ? {} : { Messages: taken.map(toMessage) };
  }

  private redrivePolicyOf({ RedrivePolicy }: Record<string, string>): ReturnType<NonNullable<QueueModelOptions['redrivePolicy']>> {
    if (RedrivePolicy === undefined) return undefined;
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(RedrivePolicy) as Record<string, string>;
    return { maxReceiveCount: Number(maxReceiveCount), target: [...this.queues.values()].find(({ arn }) => arn === deadLetterTargetArn)?.model };
  }

  private delete({ QueueUrl, ReceiptHandle }: DeleteMessageCommandInput): object {
    this.queue(QueueUrl!).model.delete(ReceiptHandle!);
    return {};
  }

  private deleteBatch({ QueueUrl, Entries }: DeleteMessageBatchCommandInput): object {
    return eachOf(Entries, ({ ReceiptHandle }) => {
      // A listener of the operation of one may throw: then that entry fails.
      for (const listener of this.listeners.get('DeleteMessage') ?? []) void listener({ QueueUrl, ReceiptHandle } as never);
      this.delete({ QueueUrl, ReceiptHandle });
    });
  }

  private changeVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout }: ChangeMessageVisibilityCommandInput): object {
    const found = this.queue(QueueUrl!).model.changeVisibility(ReceiptHandle!, VisibilityTimeout!);
    if (found === 'unknown') throw sqsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
    if (found === 'not in flight') throw sqsError('MessageNotInflight', 'The message referred to is not in flight.');
    return {};
  }

  private changeVisibilityBatch({ QueueUrl, Entries = [] }: ChangeMessageVisibilityBatchCommandInput): object {
    return eachOf(Entries, (entry) => this.changeVisibility({ QueueUrl, ...entry } as ChangeMessageVisibilityCommandInput));
  }

  private attributesOf({ QueueUrl }: GetQueueAttributesCommandInput): object {
    const { arn, attributes, model: { messages, visible: { length: visible } } } = this.queue(QueueUrl!);
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

  private urlWith(isIt: (url: string, queue: FakeQueue) => boolean): string {
    const [url] = [...this.queues].find(([name, queue]) => isIt(name, queue)) ?? [];
    if (url === undefined) throw sqsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return url;
  }

  private startMoving({ SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond }: StartMessageMoveTaskCommandInput): object {
    if (this.moves.some(({ Status }) => Status === 'RUNNING')) throw sqsError('UnsupportedOperation', 'There is already a task running.');
    const StartedTimestamp = Date.now() + this.moves.length;
    this.moves.push({ TaskHandle: `task-${this.moves.length}`, Status: 'RUNNING', SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond, StartedTimestamp });
    return { TaskHandle: this.moves.at(-1)!.TaskHandle };
  }

  /** A running task moves one message for each time that it is asked for. */
  private listMoves(arn: string): object {
    for (const task of this.moves.filter(({ Status, SourceArn }) => Status === 'RUNNING' && SourceArn === arn)) {
      const from = this.queue(this.urlWith((_, queue) => queue.arn === arn)).model;
      const [message] = from.receive({ max: 1, visibilitySeconds: 30 });
      const toArn = task.DestinationArn ?? message?.system?.DeadLetterQueueSourceArn;
      if (!message) task.Status = 'COMPLETED';
      else if (toArn === undefined) Object.assign(task, { Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' });
      else {
        const { body, attributes, groupId, receiptHandle } = message;
        this.queue(this.urlWith((_, queue) => queue.arn === toArn)).model.send({ body, attributes, groupId });
        from.delete(receiptHandle!);
        task.ApproximateNumberOfMessagesMoved = (task.ApproximateNumberOfMessagesMoved ?? 0) + 1;
      }
    }
    const Results = this.moves.filter(({ SourceArn }) => SourceArn === arn).map(({ TaskHandle, ...task }) => ({ ...task, ...(task.Status === 'RUNNING' && { TaskHandle }) }));
    return { Results };
  }

  private cancelMove(handle: string): object {
    const task = this.moves.find(({ TaskHandle, Status }) => TaskHandle === handle && Status === 'RUNNING');
    if (!task) throw sqsError('ResourceNotFoundException', 'The task is not running.');
    task.Status = 'CANCELLED';
    return { ApproximateNumberOfMessagesMoved: task.ApproximateNumberOfMessagesMoved ?? 0 };
  }

  private queue(url: string): FakeQueue {
    const queue = this.queues.get(url);
    if (!queue) throw sqsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  private now(): number {
    return Date.now() + this.skew;
  }
}

/** The batch operations do to each entry what the operation of one does, and say which ones failed. */
function eachOf<Entry extends { readonly Id: string | undefined }>(entries: readonly Entry[] = [], work: (entry: Omit<Entry, 'Id'>) => void): object {
  if (entries.length === 0) throw sqsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > 10) throw sqsError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
  const Failed: BatchResultErrorEntry[] = [];
  for (const { Id, ...entry } of entries) {
    try {
      work(entry);
    } catch (error) {
      const { name, message, $fault } = error as SQSServiceException;
      Failed.push({ Id, SenderFault: $fault === 'client', Code: name, Message: message });
    }
  }
  return { Successful: entries.filter(({ Id }) => !Failed.some((failed) => failed.Id === Id)).map(({ Id }) => ({ Id })), Failed };
}

/** An error as the SDK throws it. */
export function sqsError(name: string, message: string, $fault: 'client' | 'server' = 'client'): SQSServiceException {
  return new SQSServiceException({ name, message, $fault, $metadata: { httpStatusCode: $fault === 'client' ? 400 : 500 } });
}

function toMessage({ messageId, receiptHandle, body, attributes, sentAt, firstReceivedAt, receives, groupId, system }: StoredMessage): Message {
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
      ...system,
    },
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
  };
}
