import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { App, Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { AccessDecision } from '../../local/account';
import { LocalCloud } from '../../local/cloud';
import type { DeployedStack } from '../../local/deploy/deployed-stack';
import type { StackEvent } from '../../local/deploy/stack-event';
import { DynamoStream } from '../../local/mapping/dynamo-stream';
import type { EventSourceMapping } from '../../local/mapping/event-source-mapping';
import type { FailureRecord } from '../../local/mapping/failure-record';
import { KinesisStream } from '../../local/mapping/kinesis-stream';
import { compareSequenceNumbers, type StreamReader } from '../../local/mapping/stream-reader';
import { drainMessages } from '../../local/queue-messages';
import { BuggyProcessor } from './buggy-processor';

export interface AdoptionOptions {
  /**
   * Define one stack with one mapping, whose processor has these properties and fails on records that begin with `poison`. Outputs of both:
   * StreamName or TableName. Output of `before`: QueueUrl or BucketName, where the failure records are. Output of `after`: DeadLetterQueueUrl.
   */
  before(stack: Stack, processorProps: lambda.FunctionProps): void;
  after(stack: Stack, processorProps: lambda.FunctionProps): void;
}

export interface Adoption {
  /** Names of the records, by where they are. */
  readonly written: readonly string[];
  readonly processed: readonly string[];
  /** Those within the range of a failure record in the old destination. */
  readonly old: readonly string[];
  readonly deadLetters: readonly string[];
  /** Those that are nowhere. */
  readonly lost: readonly string[];
  readonly events: readonly StackEvent[];
  readonly denials: readonly AccessDecision[];
  /** Physical ids of the mapping. One, unless it was replaced. */
  readonly mappingIds: readonly string[];
}

interface Position {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

/**
 * Deploys a stack and updates it, while records are written to its stream, one in five of them poison. At each step of the update, the
 * deployment waits until the mapping has given up another batch, so that no step is too short for a record to get lost in it.
 */
export async function adopt({ before, after }: AdoptionOptions): Promise<Adoption> {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-adoption-'));
  const processor = new BuggyProcessor({ throw: ['poison'] });
  const assembly = (name: string, define: AdoptionOptions['before']): string => {
    const app = new App({ outdir: join(folder, name), analyticsReporting: false });
    define(new Stack(app, 'App'), processor.props);
    return app.synth().directory;
  };
  let cloud: LocalCloud | undefined;
  try {
    const [v1, v2] = [assembly('before', before), assembly('after', after)];
    cloud = await LocalCloud.start({ speed: 50, consolidateFailures: 'none' });
    const [stack] = await cloud.deployAssembly(v1);
    const oldOutputs = stack.outputs;
    const writer = new Writer(cloud, oldOutputs);
    const mappingIds = new Set<string>();
    const oneGivesUp = async () => {
      const [mapping] = stack.mappings.values();
      mappingIds.add(mapping.spec.uuid);
      await anotherGivenUp(mapping, writer);
    };
    await oneGivesUp();
    const events: StackEvent[] = [];
    await cloud.deployAssembly(v2, async (event) => {
      events.push(event);
      await oneGivesUp();
    });
    await oneGivesUp();
    await writer.stop();
    await cloud.idle();

    const positions = await positionsIn(cloud, oldOutputs, stack);
    const namesOf = (failures: readonly FailureRecord[]) => failures.flatMap((failure) => namesIn(failure, positions));
    const written = writer.written;
    const found = {
      processed: processor.processed,
      old: namesOf(await oldFailures(cloud, oldOutputs)),
      deadLetters: namesOf(await failuresIn(cloud, stack.outputs.DeadLetterQueueUrl)),
    };
    const everywhere = new Set(Object.values(found).flat());
    const lost = written.filter((name) => !everywhere.has(name));
    return { written, ...found, lost, events, denials: cloud.account.denials, mappingIds: [...mappingIds] };
  } finally {
    await cloud?.stop();
    processor.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Resolves when the mapping has sent another failure record, or failed to. */
async function anotherGivenUp({ counters }: EventSourceMapping, writer: Writer): Promise<void> {
  const handled = () => counters.failureRecords + counters.failedDeliveries;
  const before = handled();
  while (handled() === before) {
    writer.check();
    await sleep(5);
  }
}

/** Writes records in the background until it is stopped. */
class Writer {
  readonly written: string[] = [];
  private failure?: Error;
  private stopping = false;
  private readonly running: Promise<void>;

  constructor(private readonly cloud: LocalCloud, private readonly outputs: Readonly<Record<string, string>>) {
    this.running = this.run().catch((error: Error) => {
      this.failure = error;
    });
  }

  check(): void {
    if (this.failure) throw this.failure;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
    this.check();
  }

  private async run(): Promise<void> {
    for (let round = 0; !this.stopping; round++) {
      const names = ['a', 'b', 'c', 'd'].map((it) => `good-${it}-${round}`).concat(`poison-${round}`);
      await this.write(names);
      this.written.push(...names);
      await sleep(20);
    }
  }

  private async write(names: readonly string[]): Promise<void> {
    const { clients } = this.cloud;
    const { StreamName, TableName } = this.outputs;
    if (StreamName !== undefined) {
      const Records = names.map((name) => ({ PartitionKey: name, Data: Buffer.from(name) }));
      const { FailedRecordCount } = await clients.kinesis.send(new PutRecordsCommand({ StreamName, Records }));
      if (FailedRecordCount) throw new Error(`PutRecords must write all records, got: ${FailedRecordCount} failed`);
    } else {
      const Requests = names.map((name) => ({ PutRequest: { Item: { id: { S: name } } } }));
      await clients.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: Requests } }));
    }
  }
}

/** Where each record is in the stream, by its name. */
async function positionsIn(cloud: LocalCloud, outputs: Readonly<Record<string, string>>, stack: DeployedStack): Promise<Map<string, Position>> {
  const [{ spec: { streamArn } }] = stack.mappings.values();
  const { account, endpoints } = cloud;
  const credentials = account.credentialsFor('administrator');
  const names = { streamArn, eventSourceARN: streamArn, invokeIdentityArn: '', awsRegion: account.region, credentials };
  const stream: StreamReader = outputs.StreamName === undefined
    ? new DynamoStream({ ...names, endpoint: endpoints.dynamodb })
    : new KinesisStream({ ...names, endpoint: endpoints.kinesis });
  const positions = new Map<string, Position>();
  for (const { shardId } of await stream.listShards()) {
    let next: string | undefined = await stream.iterator(shardId, { type: 'TRIM_HORIZON' });
    while (next !== undefined) {
      const { records, nextIterator } = await stream.read(shardId, next);
      for (const { event, sequenceNumber } of records) positions.set(nameOf(event), { shardId, sequenceNumber });
      next = records.length > 0 ? nextIterator : undefined;
    }
  }
  stream.close();
  return positions;
}

function nameOf(event: object): string {
  const { kinesis, dynamodb } = event as { kinesis?: { data: string }; dynamodb?: { Keys: { id: { S: string } } } };
  return kinesis ? Buffer.from(kinesis.data, 'base64').toString() : dynamodb!.Keys.id.S;
}

/** The records within the range of a failure record. */
function namesIn({ KinesisBatchInfo: kinesis, DDBStreamBatchInfo: dynamo }: FailureRecord, positions: ReadonlyMap<string, Position>): string[] {
  const { shardId, startSequenceNumber: start, endSequenceNumber: end } = (kinesis ?? dynamo)!;
  const isWithin = (it: Position) => it.shardId === shardId
    && compareSequenceNumbers(start, it.sequenceNumber) <= 0 && compareSequenceNumbers(it.sequenceNumber, end) <= 0;
  return [...positions].filter(([, position]) => isWithin(position)).map(([name]) => name);
}

async function oldFailures(cloud: LocalCloud, { QueueUrl, BucketName: Bucket }: Readonly<Record<string, string>>): Promise<FailureRecord[]> {
  if (QueueUrl !== undefined) return failuresIn(cloud, QueueUrl);
  const failures: FailureRecord[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await cloud.clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'aws/lambda/', ContinuationToken }));
    for (const { Key } of page.Contents ?? []) {
      const { Body } = await cloud.clients.s3.send(new GetObjectCommand({ Bucket, Key }));
      failures.push(JSON.parse(await Body!.transformToString()) as FailureRecord);
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return failures;
}

/** The failure records in a queue: as Lambda wrote them, of an SNS notification, or of dead letters. */
async function failuresIn(cloud: LocalCloud, queueUrl: string): Promise<FailureRecord[]> {
  const messages = await drainMessages(cloud.clients.sqs, queueUrl);
  return messages.map(({ Body }) => {
    const body = JSON.parse(Body!) as FailureRecord | { readonly Type: 'Notification'; readonly Message: string };
    return 'Type' in body ? JSON.parse(body.Message) as FailureRecord : body;
  });
}
