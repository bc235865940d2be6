import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand, DeleteMessageCommand, type Message, ReceiveMessageCommand, SendMessageCommand, type SQSClient,
} from '@aws-sdk/client-sqs';

export type MoveStatus = 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED';

export interface MessageMoveTaskSpec {
  readonly sourceArn: string;
  /** Default: for each message, the queue that it came from. */
  readonly destinationArn?: string;
  readonly maxNumberOfMessagesPerSecond?: number;
  readonly messagesToMove: number;
}

export interface MessageMoveTaskDeps {
  /** The administrator's client. */
  readonly sqs: SQSClient;
  urlOf(queueArn: string): string;
  /** @throws an error that has the failure reason as its name, if the caller must not send to the queue */
  checkDestination(queueArn: string): Promise<void>;
}

/** How many messages one call of ReceiveMessage returns at most. */
const RECEIVE_LIMIT = 10;
/** Longer than a batch takes at the lowest rate. */
const VISIBILITY_SECONDS = 60;

/** Moves the messages of a dead-letter queue, one after the other. A moved message is a new message: it has a new ID and time stamp. */
export class MessageMoveTask {
  readonly startedTimestamp = Date.now();
  readonly handle: string;
  status: MoveStatus = 'RUNNING';
  failureReason?: string;
  moved = 0;
  private readonly cancelling = new AbortController();
  private readonly checked = new Set<string>();
  private readonly running: Promise<void>;

  constructor(readonly spec: MessageMoveTaskSpec, private readonly deps: MessageMoveTaskDeps) {
    this.handle = Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: spec.sourceArn })).toString('base64');
    this.running = this.run();
  }

  get active(): boolean {
    return this.status === 'RUNNING' || this.status === 'CANCELLING';
  }

  /** Ends the task after the current message. `status` shows the progress. */
  cancel(): void {
    this.status = 'CANCELLING';
    this.cancelling.abort();
  }

  async stop(): Promise<void> {
    if (this.active) this.cancel();
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.moveAll();
      this.status = this.cancelling.signal.aborted ? 'CANCELLED' : 'COMPLETED';
    } catch (error) {
      this.failureReason = reasonOf(error as Error);
      this.status = 'FAILED';
    }
  }

  private async moveAll(): Promise<void> {
    const { signal } = this.cancelling;
    while (!signal.aborted) {
      const messages = await this.receive();
      if (messages.length === 0) return;
      let next = 0;
      try {
        for (; next < messages.length && !signal.aborted; next++) {
          await this.move(messages[next]);
          this.moved++;
          await this.pace();
        }
      } finally {
        await this.putBack(messages.slice(next));
      }
    }
  }

  private async receive(): Promise<readonly Message[]> {
    const { sourceArn, maxNumberOfMessagesPerSecond: rate = RECEIVE_LIMIT } = this.spec;
    const { Messages: messages = [] } = await this.deps.sqs.send(new ReceiveMessageCommand({
      QueueUrl: this.deps.urlOf(sourceArn),
      MaxNumberOfMessages: Math.min(rate, RECEIVE_LIMIT),
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
      VisibilityTimeout: VISIBILITY_SECONDS,
    }));
    return messages;
  }

  private async move({ Body, MessageAttributes, Attributes, ReceiptHandle }: Message): Promise<void> {
    const { sqs, urlOf, checkDestination } = this.deps;
    const { MessageGroupId, MessageDeduplicationId, DeadLetterQueueSourceArn } = Attributes ?? {};
    const destination = this.spec.destinationArn ?? DeadLetterQueueSourceArn;
    if (destination === undefined) throw named('CouldNotDetermineMessageSource');
    if (!this.checked.has(destination)) await checkDestination(destination);
    this.checked.add(destination);
    await sqs.send(new SendMessageCommand({
      QueueUrl: urlOf(destination), MessageBody: Body, MessageAttributes, ...(MessageGroupId && { MessageGroupId, MessageDeduplicationId }),
    }));
    await sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf(this.spec.sourceArn), ReceiptHandle }));
  }

  /** Waits until the next message may be moved. */
  private async pace(): Promise<void> {
    const { maxNumberOfMessagesPerSecond: rate } = this.spec;
    const { signal } = this.cancelling;
    if (rate === undefined) return;
    const wait = this.startedTimestamp + this.moved * (1_000 / rate) - Date.now();
    if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => undefined);
  }

  /** Makes messages visible again that are not moved. */
  private async putBack(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    await this.deps.sqs.send(new ChangeMessageVisibilityBatchCommand({
      QueueUrl: this.deps.urlOf(this.spec.sourceArn),
      Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 })),
    }));
  }
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}

/** As recorded: the error code of the query protocol. */
function reasonOf({ name }: Error): string {
  return name === 'QueueDoesNotExist' ? 'AWS.SimpleQueueService.NonExistentQueue' : name;
}
