import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Message } from '@aws-sdk/client-sqs';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { DeliveryMiddleware } from '../../local/events/event-bus';
import { objectCreatedEvent } from '../../local/events/object-created';
import type { LambdaFunction } from '../../local/functions/lambda-function';
import type { GatewayRequest } from '../../local/gateway/types';
import type { FailureRecordSource } from '../../local/mapping/failure-record';
import { FailureCapture } from '../../src';
import { Environment } from '../../src/contract';
import { Pipeline, type Processor, processorProps, type Template } from '../pipeline/pipeline';
import { type CapturedFailure, nameInKey } from './captured-failure';
import { FaultInjector } from './fault-injector';
import { limitFunction, type Limits } from './limits';
import type { Source } from './source';

export interface CapturePipelineOptions extends Limits {
  /** Default: 50, at which a minute's wait for a retry takes 1.2 seconds. */
  readonly speed?: number;
  /** The name of the object that a dead letter belongs to. Default: the dead letter's ID. */
  readonly nameOf?: (deadLetterId: string) => string | undefined;
  /** Runs around every delivery attempt of EventBridge. */
  readonly delivery?: DeliveryMiddleware;
}

const POLL_MILLIS = 20;

/**
 * A pipeline with S3 capture and a KMS key on every resource. Its event source mapping is disabled: tests write the objects. Other streams
 * use the same bucket.
 */
export class CapturePipeline {
  static async start(source: Source<never>, options: CapturePipelineOptions = {}): Promise<CapturePipeline> {
    const pipeline = await Pipeline.start({
      speed: options.speed ?? 50,
      define: (app) => [define(app, source)],
      edit: (template) => {
        limitFunction(template, 'Capture', options);
        shareBucket(template);
      },
    });
    return new CapturePipeline(pipeline, source, options);
  }

  readonly injector: FaultInjector;
  readonly capture: LambdaFunction;
  readonly bucketName: string;

  private constructor(
    readonly pipeline: Pipeline,
    private readonly source: Source<never>,
    private readonly options: CapturePipelineOptions,
  ) {
    const [{ functions, resources }] = pipeline.stacks;
    this.capture = [...functions].find(([id]) => id.includes('Capture'))![1];
    this.bucketName = [...resources.values()].find(({ type }) => type === 'AWS::S3::Bucket')!.physicalId;
    this.injector = new FaultInjector({ fn: this.capture, subjectOf: (request) => this.subjectOf(request) });
    pipeline.cloud.gateway.use(this.injector.middleware);
    if (options.delivery) pipeline.cloud.account.events.use(options.delivery);
  }

  /** The source of the failure records. */
  get failureSource(): FailureRecordSource {
    const { batchInfoKey, formatArrival } = this.source;
    const { functionArn } = [...this.pipeline.stacks[0].functions].find(([id]) => id.includes('Processor'))![1];
    return { functionArn, eventSourceArn: this.source.streamArn(this.pipeline), batchInfoKey, formatArrival };
  }

  /**
   * Writes objects as Lambda does. S3 sends an event for each. An object without a body gets an event but does not exist, as if it was
   * deleted before the function read it.
   *
   * @param atMost how many events may wait for the function before the next object is written
   */
  async write(failures: readonly CapturedFailure[], atMost = Infinity): Promise<void> {
    const { account, clients } = this.pipeline.cloud;
    const Bucket = this.bucketName;
    const target = [...this.pipeline.stacks[0].deployedFunctions.values()].find(({ arn }) => arn === this.capture.functionArn)!.latest;
    for (const { key, body } of failures) {
      while (target.pending >= atMost) await sleep(POLL_MILLIS);
      if (body !== undefined) await clients.s3.send(new PutObjectCommand({ Bucket, Key: key, Body: body, ContentLength: Buffer.byteLength(body) }));
      else account.events.put(objectCreatedEvent({ bucket: Bucket, key, size: 1, etag: 'gone', reason: 'PutObject' }, account));
    }
  }

  /** Writes while the function does not exist. EventBridge does not retry, so all events go to the dead-letter queue of the target. */
  async writeWithoutFunction(failures: readonly CapturedFailure[]): Promise<void> {
    const { functions } = this.pipeline.cloud.account;
    const rules = async () => Promise.all([...this.pipeline.stacks[0].rules.values()].map(async (it) => it.idle()));
    await rules();
    const target = functions.get(this.capture.functionArn)!;
    functions.delete(this.capture.functionArn);
    try {
      await this.write(failures);
      await rules();
    } finally {
      functions.set(this.capture.functionArn, target);
    }
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

  private subjectOf({ action, url, input }: GatewayRequest): string | undefined {
    if (action === 'GetObject') return nameInKey(new URL(url, 'http://s3').pathname);
    const attributes = input.MessageAttributes as Record<string, { readonly StringValue?: string }> | undefined;
    const deadLetterId = attributes?.deadLetterId?.StringValue;
    if (deadLetterId === undefined) return nameInKey(JSON.parse(String(input.MessageBody)).detail.object.key);
    return this.options.nameOf ? this.options.nameOf(deadLetterId) : deadLetterId;
  }
}

function define(app: App, source: Source<never>): Processor {
  const stack = new Stack(app, 'Test');
  const encryptionKey = new kms.Key(stack, 'QueueKey');
  const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey });
  // The CDK's own way to switch it on is a custom resource, which the local deployment does not know.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return source.define(stack, 1, {
    processorProps: processorProps(),
    encryptionKey,
    overflowBucket: bucket,
    enabled: false,
    capture: FailureCapture.s3({ bucket, timeout: Duration.minutes(1) }),
  });
}

/** As with an imported bucket, which others may write to: the local deployment does not know what turns on the announcements of one. */
function shareBucket(template: Template): void {
  const resources = Object.entries(template.Resources);
  const attributes: Readonly<Record<string, string>> = { 'AWS::Kinesis::Stream': 'Arn', 'AWS::DynamoDB::Table': 'StreamArn' };
  const streams = resources.flatMap(([id, { Type }]) => (attributes[Type] ? [{ 'Fn::GetAtt': [id, attributes[Type]] }] : []));
  for (const [, { Properties }] of resources) {
    const { Variables = {} } = (Properties?.Environment ?? {}) as { readonly Variables?: Record<string, unknown> };
    if (Environment.CAPTURE_BUCKET in Variables) Variables[Environment.STREAM_ARNS] = { 'Fn::Join': ['', ['["', { 'Fn::Join': ['","', streams] }, '"]']] };
  }
}
