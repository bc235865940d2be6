import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Stack } from 'aws-cdk-lib';
import type { DynamoDBRecord, KinesisStreamRecord } from 'aws-lambda';
import type { ExportedMessage } from '../../cli/file/exported-message';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { BatchInfo, FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { drainMessages } from '../../local/queue-messages';
import { Pipeline, type PipelineOptions, type Sent } from '../pipeline/pipeline';
import { BuggyProcessor } from './buggy-processor';
import { plainStack, type PlainStackOptions } from './plain-stack';
import { shortPolls } from './short-polls';
import { Tool } from './tool';

export interface PlainSessionOptions extends PlainStackOptions, Pick<PipelineOptions, 's3Payload'> {
  /** @default 'kinesis' */
  readonly source?: 'kinesis' | 'dynamodb';
}

/** A record as a processor receives it, by its sequence number. */
export type EventRecord = KinesisStreamRecord | DynamoDBRecord;

/** An app without this library, whose processor fails on records that begin with `poison`, and an operator with the tool. */
export class PlainSession {
  static async start({ source = 'kinesis', s3Payload, ...options }: PlainSessionOptions = {}): Promise<PlainSession> {
    const processor = new BuggyProcessor({ throw: ['poison'] });
    try {
      const pipeline = await Pipeline.start({
        define: (app) => {
          plainStack(new Stack(app, 'Plain'), processor.props, source, options);
          return [];
        },
        consolidateFailures: 'none',
        ...(s3Payload && { s3Payload }),
      });
      pipeline.cloud.gateway.use(shortPolls);
      return new PlainSession(pipeline, processor);
    } catch (error) {
      processor.remove();
      throw error;
    }
  }

  readonly tool: Tool;
  readonly outputs: Readonly<Record<string, string>>;
  private queues = 0;

  private constructor(
    readonly pipeline: Pipeline,
    readonly processor: BuggyProcessor,
  ) {
    this.tool = new Tool(pipeline.cloud.operator());
    [{ outputs: this.outputs }] = pipeline.stacks;
  }

  get clients() {
    return this.pipeline.cloud.clients;
  }

  get queueUrl(): string {
    return this.outputs.QueueUrl;
  }

  get streamArn(): string {
    return this.pipeline.cloud.account.arn('kinesis', `stream/${this.outputs.StreamName}`);
  }

  /** Puts records on the Kinesis stream in one call. Does not wait for the processor. */
  async put(records: readonly { readonly key: string; readonly data: Uint8Array }[]): Promise<Sent[]> {
    const { Records = [] } = await this.clients.kinesis.send(new PutRecordsCommand({
      StreamName: this.outputs.StreamName, Records: records.map(({ key, data }) => ({ PartitionKey: key, Data: data })),
    }));
    return records.map(({ key, data }, index) => ({
      partitionKey: key, data, sequenceNumber: Records[index].SequenceNumber!, shardId: Records[index].ShardId!,
    }));
  }

  /** Takes all failure records from a queue. */
  async takeFailures(queueUrl = this.queueUrl): Promise<FailureRecord[]> {
    return (await drainMessages(this.clients.sqs, queueUrl)).map(({ Body }) => JSON.parse(Body!) as FailureRecord);
  }

  /** A new queue with these messages. Gives its URL. */
  async queueOf(bodies: readonly string[]): Promise<string> {
    const { QueueUrl } = await this.clients.sqs.send(new CreateQueueCommand({ QueueName: `messages-${++this.queues}` }));
    for (const body of bodies) await this.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
    return QueueUrl!;
  }

  /** Writes a file where the tool runs. Gives its name. */
  write(name: string, content: string | Uint8Array): string {
    writeFileSync(join(this.tool.folder, name), content);
    return name;
  }

  has(name: string): boolean {
    return existsSync(join(this.tool.folder, name));
  }

  read(name: string): string {
    return readFileSync(join(this.tool.folder, name), 'utf8');
  }

  /** The lines of a file that the tool wrote. */
  linesOf(name: string): ExportedMessage[] {
    return this.read(name).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as ExportedMessage);
  }

  deadLettersIn(name: string): DeadLetter[] {
    return this.linesOf(name).map(({ body }) => JSON.parse(body) as DeadLetter);
  }

  /** Records that the processor failed on so far, as it received them. */
  get failedRecords(): readonly EventRecord[] {
    return this.processor.failedEvents.flatMap(({ Records }) => Records as EventRecord[]);
  }

  async stop(): Promise<void> {
    await this.pipeline.stop();
    this.tool.remove();
    this.processor.remove();
  }
}

/** The records of a dead letter, or of any event. */
export function recordsOf({ payload: { Records } }: Pick<DeadLetter, 'payload'>): readonly EventRecord[] {
  return Records as readonly EventRecord[];
}

/** The batch that a failure record names. */
export function batchIn({ KinesisBatchInfo, DDBStreamBatchInfo }: FailureRecord): BatchInfo {
  return (KinesisBatchInfo ?? DDBStreamBatchInfo)!;
}

/** Records in the order of text, without the role of the processor: that is in no stream. */
export function sortedTexts(records: readonly EventRecord[]): string[] {
  return records.map((record) => {
    const { invokeIdentityArn: _, ...rest } = record as KinesisStreamRecord;
    return JSON.stringify(rest);
  }).sort();
}
