import { setTimeout as sleep } from 'node:timers/promises';
import { PublishBatchCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, type Message, type QueueAttributeName, SendMessageCommand } from '@aws-sdk/client-sqs';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { LambdaFunction } from '../../local/functions/lambda-function';
import type { GatewayRequest } from '../../local/gateway/types';
import type { FailureRecordSource } from '../../local/mapping/failure-record';
import { FailureCapture } from '../../src';
import { Pipeline, type Processor, processorProps } from '../pipeline/pipeline';
import { FaultInjector } from './fault-injector';
import { limitFunction, type Limits } from './limits';
import { pages, type Source, type EmulationOptions } from './source';
import { StreamHistory } from './stream-history';

export interface HydratePipelineOptions extends Partial<EmulationOptions>, Limits {
  readonly shards?: number;
  /** Default: 50, at which a minute's wait for a retry takes 1.2 seconds. */
  readonly speed?: number;
  /** The name of the notification that a message of the function belongs to. */
  readonly nameOf?: (message: { readonly body?: string; readonly deadLetterId?: string }) => string | undefined;
}

const PUBLISH_MESSAGES = 10;
const POLL_MILLIS = 20;

/** A pipeline with hydration and a KMS key on every resource. Its event source mapping is disabled: tests publish the failure records. */
export class HydratePipeline<Datum> {
  static async start<Datum>(source: Source<Datum>, options: HydratePipelineOptions = {}): Promise<HydratePipeline<Datum>> {
    const pipeline = await Pipeline.start({
      speed: options.speed ?? 50,
      define: (app) => [define(app, source, options.shards)],
      edit: (template) => limitFunction(template, 'Hydrate', options),
    });
    return new HydratePipeline(pipeline, source, options);
  }

  readonly history = new StreamHistory();
  readonly injector: FaultInjector;
  readonly hydrate: LambdaFunction;

  private constructor(
    readonly pipeline: Pipeline,
    private readonly source: Source<Datum>,
    private readonly options: HydratePipelineOptions,
  ) {
    const [stack] = pipeline.stacks;
    this.hydrate = [...stack.functions].find(([id]) => id.includes('Hydrate'))![1];
    const emulation = source.emulation(this.history, { trimmedStart: () => 'skipped', ...options });
    this.injector = new FaultInjector({
      fn: this.hydrate,
      subjectOf: (request) => (request.service === source.service ? emulation.subjectOf(request) : this.subjectOfWrite(request)),
    });
    pipeline.cloud.gateway.use(emulation.middleware);
    pipeline.cloud.gateway.use(this.injector.middleware);
  }

  /** The source of the failure records. */
  get failureSource(): FailureRecordSource {
    const { batchInfoKey, formatArrival } = this.source;
    const { functionArn } = [...this.pipeline.stacks[0].functions].find(([id]) => id.includes('Processor'))![1];
    return { functionArn, eventSourceArn: this.source.streamArn(this.pipeline), batchInfoKey, formatArrival };
  }

  /** Puts records on the stream and adds them to the history. */
  async put(data: readonly Datum[]): Promise<void> {
    this.history.add(await this.source.put(this.pipeline, data, this.options.shards ?? 1));
  }

  /**
   * Publishes messages to the topic, as Lambda does with failure records.
   *
   * @param atMost how many messages may wait in the intake queue before the next are published
   */
  async notify(messages: readonly string[], atMost = Infinity): Promise<void> {
    const { cloud } = this.pipeline;
    for (const page of pages(messages, PUBLISH_MESSAGES)) {
      while (atMost < Infinity && (await this.waiting()) + page.length > atMost) await sleep(POLL_MILLIS);
      await cloud.clients.sns.send(
        new PublishBatchCommand({
          TopicArn: this.physicalIdOf('AWS::SNS::Topic', 'Topic'),
          PublishBatchRequestEntries: page.map((Message, index) => ({ Id: String(index), Message })),
        }),
      );
    }
  }

  /** Sends messages as SNS leaves them where the intake queue refuses: to the undeliverable queue. The emulator's topics are never refused. */
  async notifyWithoutIntake(messages: readonly string[]): Promise<void> {
    const QueueUrl = this.physicalIdOf('AWS::SQS::Queue', 'UndeliverableQueue');
    for (const message of messages) {
      const MessageBody = JSON.stringify({ Type: 'Notification', MessageId: 'refused', TopicArn: 'topic', Message: message });
      await this.pipeline.cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
  }

  private async waiting(): Promise<number> {
    const QueueUrl = this.physicalIdOf('AWS::SQS::Queue', 'IntakeQueue');
    const AttributeNames: QueueAttributeName[] = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
    const { Attributes = {} } = await this.pipeline.cloud.clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  }

  private physicalIdOf(type: string, part: string): string {
    return [...this.pipeline.stacks[0].resources].find(([id, it]) => it.type === type && id.includes(part))![1].physicalId;
  }

  async settle(): Promise<void> {
    await this.pipeline.settle();
  }

  async deadLetterMessages(): Promise<Message[]> {
    return this.pipeline.deadLetterMessages();
  }

  async undeliverables(): Promise<Message[]> {
    return this.pipeline.undeliverables();
  }

  async stop(): Promise<void> {
    await this.pipeline.stop();
  }

  private subjectOfWrite({ action, url, input }: GatewayRequest): string | undefined {
    const { nameOf } = this.options;
    if (action === 'PutObject') {
      const deadLetterId = /([\da-f]{32})[^/]*\.json/.exec(url)?.[1];
      return nameOf ? nameOf({ deadLetterId }) : deadLetterId;
    }
    // The delay of a message that failed names no dead letter.
    if (nameOf && input.MessageBody === undefined) return undefined;
    const attributes = input.MessageAttributes as Record<string, { readonly StringValue?: string }> | undefined;
    const deadLetterId = attributes?.deadLetterId?.StringValue;
    const body = String(input.MessageBody);
    return nameOf ? nameOf({ deadLetterId, body }) : (deadLetterId ?? 'undeliverable');
  }
}

function define(app: App, source: Source<never>, shards = 1): Processor {
  const stack = new Stack(app, 'Test');
  return source.define(stack, shards, {
    processorProps: processorProps(),
    encryptionKey: new kms.Key(stack, 'QueueKey'),
    enabled: false,
    capture: FailureCapture.hydrate({ timeout: Duration.minutes(1), maxConcurrency: 4 }),
  });
}
