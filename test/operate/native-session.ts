import { setTimeout as sleep } from 'node:timers/promises';
import { type Message, ReceiveMessageCommand, SendMessageBatchCommand, type SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { Stack } from 'aws-cdk-lib';
import type { PolicyDocument } from '../../local/account';
import { drainMessages } from '../../local/queue-messages';
import { Pipeline } from '../pipeline/pipeline';
import { BuggyProcessor } from './buggy-processor';
import { nativeStack } from './native-stack';
import { messagesIn } from './queue';
import { shortPolls } from './short-polls';
import { Tool } from './tool';

type Name = 'Orders' | 'OrdersDlq' | 'Payments' | 'Refunds' | 'SharedDlq';
export type QueueKey = Name | `${Name}Fifo`;
export type NewMessage = Omit<SendMessageBatchRequestEntry, 'Id'>;

/** An app without this library, whose processor fails on messages that begin with `poison`, and an operator with the tool. */
export class NativeSession {
  static async start(): Promise<NativeSession> {
    const processor = new BuggyProcessor({ throw: ['poison'] });
    try {
      const pipeline = await Pipeline.start({
        define: (app) => {
          nativeStack(new Stack(app, 'Native'), processor.props);
          return [];
        },
      });
      pipeline.cloud.gateway.use(shortPolls);
      return new NativeSession(pipeline, processor);
    } catch (error) {
      processor.remove();
      throw error;
    }
  }

  readonly tool: Tool;
  private readonly tools: Tool[] = [];

  private constructor(
    readonly pipeline: Pipeline,
    readonly processor: BuggyProcessor,
  ) {
    this.tool = this.toolOf('Operator');
  }

  /** The tool of another operator, who is allowed what a policy says: everything, by default. */
  toolOf(name: string, policy?: PolicyDocument): Tool {
    const tool = new Tool(this.pipeline.cloud.operator(policy, name));
    this.tools.push(tool);
    return tool;
  }

  get sqs() {
    return this.pipeline.cloud.clients.sqs;
  }

  url(queue: QueueKey): string {
    return this.pipeline.stacks[0].outputs[`${queue}Url`];
  }

  async messages(queue: QueueKey) {
    return messagesIn(this.sqs, this.url(queue));
  }

  async send(queue: QueueKey, messages: readonly NewMessage[]): Promise<void> {
    for (let start = 0; start < messages.length; start += 10) {
      const Entries = messages.slice(start, start + 10).map((message, index) => ({ Id: String(index), ...message }));
      const { Failed = [] } = await this.sqs.send(new SendMessageBatchCommand({ QueueUrl: this.url(queue), Entries }));
      if (Failed.length > 0) throw new Error(`SQS must accept all messages, got: ${JSON.stringify(Failed)}`);
    }
  }

  /** Sends messages that a consumer fails on, until SQS has moved all of the queue to the dead-letter queue. */
  async fail(queue: QueueKey, deadLetterQueue: QueueKey, messages: readonly NewMessage[]): Promise<void> {
    const [{ visible: before }, { visible: waiting }] = [await this.messages(deadLetterQueue), await this.messages(queue)];
    await this.send(queue, messages);
    for (;;) {
      await this.sqs.send(new ReceiveMessageCommand({ QueueUrl: this.url(queue), MaxNumberOfMessages: 10, VisibilityTimeout: 0 }));
      const { visible } = await this.messages(deadLetterQueue);
      if (visible === before + waiting + messages.length) return;
      await sleep(5);
    }
  }

  /** Waits until a queue has this many visible messages, and none in flight. */
  async wait(queue: QueueKey, visible: number): Promise<void> {
    for (;;) {
      const now = await this.messages(queue);
      if (now.visible === visible && now.inFlight === 0) return;
      await sleep(100);
    }
  }

  /** Waits until a killed run hides no message of a queue any more. */
  async waitUntilBack(queue: QueueKey): Promise<void> {
    while ((await this.messages(queue)).inFlight > 0) await sleep(200);
  }

  /** Takes all messages of a queue. */
  async take(queue: QueueKey): Promise<Message[]> {
    return drainMessages(this.sqs, this.url(queue));
  }

  async stop(): Promise<void> {
    await this.pipeline.stop();
    for (const it of [...this.tools, this.processor]) it.remove();
  }
}
