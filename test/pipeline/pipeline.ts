import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { GetQueueAttributesCommand, type Message } from '@aws-sdk/client-sqs';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { DynamoDBStreamEvent, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { LocalCloud, type LocalCloudOptions } from '../../local/cloud';
import { readAssembly } from '../../local/deploy/assembly';
import type { DeployedStack } from '../../local/deploy/deployed-stack';
import { drainMessages } from '../../local/queue-messages';
import { type DynamoStreamProcessor, KinesisStreamProcessor } from '../../src';

const POLL_MILLIS = 100;

export interface Sent {
  readonly partitionKey: string;
  readonly data: Uint8Array;
  readonly sequenceNumber: string;
  readonly shardId: string;
}

export type Processor = KinesisStreamProcessor | DynamoStreamProcessor;

export interface PipelineOptions extends LocalCloudOptions {
  /** Defines the app and returns the processors to look at. The first stack's name is `Test`. */
  define(app: App): readonly Processor[];
  /** Changes a template before it is deployed. */
  edit?(template: Template, stackName: string): void;
}

export interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, never> }>;
}

/** So that SQS moves a failure record to the undeliverable queue instead of a second receive. */
export function receivedOnce(template: Template): Template {
  const [, queue] = Object.entries(template.Resources).find(([id, { Type }]) => Type === 'AWS::SQS::Queue' && id.includes('IntakeQueue'))!;
  Object.assign(queue.Properties.RedrivePolicy, { maxReceiveCount: 1 });
  return template;
}

/** Properties of a function that runs test/pipeline/processor. */
export function processorProps(): lambda.FunctionProps {
  return {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(join(__dirname, 'processor')),
    timeout: Duration.seconds(20),
  };
}

/** A synthesized app on emulators, and what comes out of it. */
export class Pipeline {
  static async start(options: PipelineOptions): Promise<Pipeline> {
    const outdir = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-pipeline-'));
    let cloud: LocalCloud | undefined;
    try {
      const app = new App({ outdir, analyticsReporting: false });
      const processors = options.define(app);
      const names = processors.map((processor, index) => output(processor, index));
      app.synth();
      cloud = await LocalCloud.start({ speed: 50, ...options });
      const stacks: DeployedStack[] = [];
      for (const artifact of readAssembly(outdir)) {
        options.edit?.(artifact.template as Template, artifact.stackName);
        stacks.push(await cloud.deploy(artifact));
      }
      const outputs = Object.assign({}, ...stacks.map((stack) => stack.outputs)) as Record<string, string>;
      return new Pipeline(cloud, stacks, names.map((name) => new ProcessorOutputs(outputs, name)), outdir);
    } catch (error) {
      await cloud?.stop();
      rmSync(outdir, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(
    readonly cloud: LocalCloud,
    readonly stacks: readonly DeployedStack[],
    readonly processors: readonly ProcessorOutputs[],
    private readonly outdir: string,
  ) {}

  /** Puts records on the stream of a processor, in one call, so that they lie together. */
  async publish(records: readonly { readonly key: string; readonly data: string | Uint8Array }[], processor = 0): Promise<Sent[]> {
    const bytes = records.map(({ data }) => (typeof data === 'string' ? new TextEncoder().encode(data) : data));
    const { Records } = await this.cloud.clients.kinesis.send(
      new PutRecordsCommand({
        StreamName: this.processors[processor].streamName,
        Records: records.map(({ key }, index) => ({ PartitionKey: key, Data: bytes[index] })),
      }),
    );
    return records.map(({ key }, index) => ({
      partitionKey: key,
      data: bytes[index],
      sequenceNumber: Records![index].SequenceNumber!,
      shardId: Records![index].ShardId!,
    }));
  }

  /** Waits for failure records that are delayed, too. */
  async settle(): Promise<void> {
    const { cloud, stacks } = this;
    await cloud.idle();
    for (const stack of stacks) {
      for (const [id, { type, physicalId: QueueUrl }] of stack.resources) {
        if (type !== 'AWS::SQS::Queue' || !id.includes('IntakeQueue')) continue;
        const request = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] });
        const waiting = async () => Object.values((await cloud.clients.sqs.send(request)).Attributes!).some((count) => count !== '0');
        while (await waiting()) await sleep(POLL_MILLIS);
      }
    }
    await cloud.idle();
  }

  async deadLetters(processor = 0): Promise<DeadLetter[]> {
    return (await this.deadLetterMessages(processor)).map(({ Body }) => JSON.parse(Body!) as DeadLetter);
  }

  async deadLetterMessages(processor = 0): Promise<Message[]> {
    return drainMessages(this.cloud.clients.sqs, this.processors[processor].queueUrl);
  }

  async undeliverables(processor = 0): Promise<Message[]> {
    return drainMessages(this.cloud.clients.sqs, this.processors[processor].undeliverableQueueUrl);
  }

  /** Events as the processors received them, in the order of their logs, as JSON. */
  get receivedTexts(): string[] {
    return [...this.cloud.account.logGroups.values()].flatMap(({ applicationMessages }) =>
      applicationMessages.flatMap((message) => /^\{"received":(.*)\}$/s.exec(message)?.[1] ?? []),
    );
  }

  /** Events of a Kinesis stream. */
  get received(): KinesisStreamEvent[] {
    return this.receivedTexts.map((text) => JSON.parse(text) as KinesisStreamEvent);
  }

  /** Events of the stream of a table. */
  get receivedChanges(): DynamoDBStreamEvent[] {
    return this.receivedTexts.map((text) => JSON.parse(text) as DynamoDBStreamEvent);
  }

  /** A record as the processor received it, but for the role of the processor: that is in no failure record, and so in no hydrated one. */
  receivedRecord(sequenceNumber: string): Omit<KinesisStreamRecord, 'invokeIdentityArn'> {
    const record = this.received.flatMap(({ Records }) => Records).find(({ kinesis }) => kinesis.sequenceNumber === sequenceNumber);
    if (!record) throw new Error(`the processor never received ${sequenceNumber}`);
    return withoutRole(record);
  }

  async stop(): Promise<void> {
    await this.cloud.stop();
    rmSync(this.outdir, { recursive: true, force: true });
  }
}

/** A record as hydration finds it. */
export function withoutRole({ invokeIdentityArn: role, ...record }: KinesisStreamRecord): Omit<KinesisStreamRecord, 'invokeIdentityArn'> {
  if (!/^arn:aws:iam::/.test(role)) throw new Error(`Lambda names the role in every record, got: ${role}`);
  return record;
}

/** An event as hydration finds its records. */
export function withoutRoles({ Records }: Pick<KinesisStreamEvent, 'Records'>): object {
  return { Records: Records.map(withoutRole) };
}

/** The records of a dead letter, typed as what they are: a Lambda event's. */
export function recordsOf(letter: DeadLetter): KinesisStreamRecord[] {
  return letter.payload.Records as KinesisStreamRecord[];
}

/** A dead letter without what was added: the failure record as Lambda wrote it. */
export function failureRecordOf({ payload: _payload, hydration: _hydration, ...failure }: DeadLetter): FailureRecord {
  return failure;
}

function output(processor: Processor, index: number): string {
  const name = `Processor${index}`;
  const stack = Stack.of(processor);
  if (processor instanceof KinesisStreamProcessor) {
    new CfnOutput(stack, `${name}StreamName`, { value: processor.stream.streamName });
  } else {
    new CfnOutput(stack, `${name}TableName`, { value: processor.table.tableName });
    new CfnOutput(stack, `${name}TableStreamArn`, { value: processor.table.tableStreamArn! });
  }
  new CfnOutput(stack, `${name}QueueUrl`, { value: processor.dlq.queue.queueUrl });
  new CfnOutput(stack, `${name}UndeliverableQueueUrl`, { value: processor.dlq.undeliverableQueue.queueUrl });
  return name;
}

class ProcessorOutputs {
  constructor(
    private readonly outputs: Record<string, string>,
    private readonly name: string,
  ) {}

  get streamName(): string {
    return this.output('StreamName');
  }

  get tableName(): string {
    return this.output('TableName');
  }

  get tableStreamArn(): string {
    return this.output('TableStreamArn');
  }

  get queueUrl(): string {
    return this.output('QueueUrl');
  }

  get undeliverableQueueUrl(): string {
    return this.output('UndeliverableQueueUrl');
  }

  private output(suffix: string): string {
    const value = this.outputs[`${this.name}${suffix}`];
    if (value === undefined) throw new Error(`no stack has an output ${this.name}${suffix}`);
    return value;
  }
}
