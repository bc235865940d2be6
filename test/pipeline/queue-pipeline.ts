import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetQueueAttributesCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LocalCloud } from '../../local/cloud';
import type { DeployedResource, DeployedStack } from '../../local/deploy/deployed-stack';
import { drainMessages } from '../../local/queue-messages';
import { QueueProcessor, type QueueProcessorProps } from '../../src';

/** A message, by what it says. Its body is its JSON. */
export interface TestMessage {
  readonly number: number;
  readonly group?: string;
  readonly fail?: 'throw' | 'report';
  /** For as many receives. Default: for all. */
  readonly times?: number;
  readonly [field: string]: unknown;
}

export interface FunctionSettings {
  readonly reservedConcurrentExecutions?: number;
  /** Whether the processor is fixed: nothing fails any more. */
  readonly fixed?: boolean;
}

const TIMEOUT = Duration.seconds(20);

/** A QueueProcessor on emulators, and what became of the messages that it was sent. */
export class QueuePipeline {
  static async start(props: Partial<QueueProcessorProps> = {}, settings: FunctionSettings = {}): Promise<QueuePipeline> {
    const pipeline = new QueuePipeline(await LocalCloud.start({ speed: 50 }), props);
    try {
      await pipeline.deploy(settings);
      return pipeline;
    } catch (error) {
      await pipeline.stop();
      throw error;
    }
  }

  readonly sent: TestMessage[] = [];
  private readonly assemblies = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-queue-'));
  private stack!: DeployedStack;

  private constructor(readonly cloud: LocalCloud, private readonly props: Partial<QueueProcessorProps>) {}

  /** Creates the stack, or updates it with other settings of the function. */
  async deploy({ reservedConcurrentExecutions, fixed }: FunctionSettings): Promise<void> {
    const app = new App({ outdir: mkdtempSync(join(this.assemblies, 'app-')), analyticsReporting: false });
    const stack = new Stack(app, 'Test');
    const { queue, deadLetterQueue } = new QueueProcessor(stack, 'Orders', {
      processorProps: {
        runtime: lambda.Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: lambda.Code.fromAsset(join(__dirname, 'queue-processor')),
        timeout: TIMEOUT,
        reservedConcurrentExecutions,
        environment: fixed ? { FIXED: 'true' } : undefined,
      },
      ...this.props,
    });
    new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
    new CfnOutput(stack, 'DeadLetterQueueUrl', { value: deadLetterQueue.queueUrl });
    new CfnOutput(stack, 'DeadLetterQueueArn', { value: deadLetterQueue.queueArn });
    app.synth();
    [this.stack] = await this.cloud.deployAssembly(app.outdir);
  }

  get outputs(): Readonly<Record<string, string>> {
    return this.stack.outputs;
  }

  get mapping() {
    return [...this.stack.queueMappings.values()][0];
  }

  get alarms(): readonly DeployedResource[] {
    return [...this.stack.resources.values()].filter(({ type }) => type === 'AWS::CloudWatch::Alarm');
  }

  async send(list: readonly TestMessage[]): Promise<void> {
    for (let start = 0; start < list.length; start += 10) {
      const part = list.slice(start, start + 10);
      const { Failed = [] } = await this.cloud.clients.sqs.send(new SendMessageBatchCommand({
        QueueUrl: this.outputs.QueueUrl,
        Entries: part.map((message, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(message),
          ...(message.group !== undefined && { MessageGroupId: message.group, MessageDeduplicationId: String(message.number) }),
        })),
      }));
      if (Failed.length > 0) throw new Error(`${Failed.length} messages are not sent: ${Failed[0].Message}`);
    }
    this.sent.push(...list);
  }

  /** Lets visibility timeouts pass until each message is processed, in the dead-letter queue or deleted by a filter. */
  async settle(): Promise<void> {
    for (;;) {
      await this.cloud.idle();
      const [visible, hidden] = await this.waiting();
      if (visible + hidden === 0) return;
      await this.cloud.endVisibilityTimeouts(this.outputs.QueueUrl);
    }
  }

  /** Messages of the queue that are visible and in flight. */
  async waiting(queueUrl: string = this.outputs.QueueUrl): Promise<[number, number]> {
    const { Attributes: counts = {} } = await this.cloud.clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }));
    return [Number(counts.ApproximateNumberOfMessages), Number(counts.ApproximateNumberOfMessagesNotVisible)];
  }

  /** Batches as the processor finished them, in the order of its log: how many messages, and those that it processed. */
  get batches(): readonly { readonly batch: number; readonly processed: readonly TestMessage[] }[] {
    const lines = [...this.cloud.account.logGroups.values()].flatMap(({ applicationMessages }) => applicationMessages);
    return lines.filter((line) => line.startsWith('{"batch":')).map((line) => {
      const { batch, processed } = JSON.parse(line) as { readonly batch: number; readonly processed: readonly string[] };
      return { batch, processed: processed.map((body) => JSON.parse(body) as TestMessage) };
    });
  }

  get processed(): TestMessage[] {
    return this.batches.flatMap(({ processed }) => processed);
  }

  /** Numbers of the messages in the dead-letter queue, which is empty afterwards. */
  async deadLetters(): Promise<number[]> {
    const drained = await drainMessages(this.cloud.clients.sqs, this.outputs.DeadLetterQueueUrl);
    return drained.map(({ Body }) => (JSON.parse(Body!) as TestMessage).number);
  }

  /** The account of all messages: every one that was sent is in exactly one place. */
  async reckon(): Promise<{ readonly processed: number[]; readonly deadLetters: number[]; readonly lost: number[]; readonly twice: number[] }> {
    const deadLetters = (await this.deadLetters()).sort(ascending);
    const processed = this.processed.map(({ number }) => number).sort(ascending);
    const found = [...processed, ...deadLetters];
    return {
      processed,
      deadLetters,
      lost: this.sent.map(({ number }) => number).filter((number) => !found.includes(number)),
      twice: found.filter((number, index) => found.indexOf(number) !== index),
    };
  }

  async stop(): Promise<void> {
    await this.cloud.stop();
    rmSync(this.assemblies, { recursive: true, force: true });
  }
}

export function ascending(a: number, b: number): number {
  return a - b;
}

/** Numbered messages, each as a function of its number. */
export function messages(count: number, of: (number: number) => Partial<TestMessage> = () => ({})): TestMessage[] {
  return Array.from({ length: count }, (_, number) => ({ number, ...of(number) }));
}

/** Numbers of messages by group, in their order. */
export function byGroup(list: readonly TestMessage[]): Record<string, number[]> {
  const groups: Record<string, number[]> = {};
  for (const { group = '', number } of list) (groups[group] ??= []).push(number);
  return groups;
}
