import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { DynamoDBRecord } from 'aws-lambda';
import { DynamoStream } from '../../local/mapping/dynamo-stream';
import { compareSequenceNumbers, type StreamRecord } from '../../local/mapping/stream-reader';
import { DynamoStreamProcessor } from '../../src';
import type { Pipeline } from '../pipeline/pipeline';
import { type Item, PipelineTable, type Write } from '../pipeline/table';
import { DynamoStreamEmulation } from './dynamo-stream-emulation';
import { pages, type Source } from './source';
import type { PutRecord } from './stream-history';

/** How many writes one call takes. No two of them may be about one item. */
const BATCH = 25;

/** How a set is told from other values. */
const SET = /^[SNB]S$/;

/** The first digit of the emulator's shard ids, which are 0 for the next centuries, says which piece of its shard one is. */
const FIRST_DIGIT = /^(shardId-)\d/;

export const dynamoSource: Source<Write> = {
  service: 'dynamodb',
  batchInfoKey: 'DDBStreamBatchInfo',
  formatArrival: (arrivedAt) => new Date(arrivedAt).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  define: (stack, _, options) =>
    new DynamoStreamProcessor(stack, 'Audit', {
      // Not a `TableV2`: one with a key of its own cannot be in a stack without a region.
      table: new dynamodb.Table(stack, 'Table', {
        partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
        billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
        stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        encryptionKey: new kms.Key(stack, 'TableKey'),
      }),
      ...options,
    }),
  streamArn: ({ processors: [{ tableStreamArn }] }) => tableStreamArn,
  // A table has its whole stream in one shard here: it is cut into pieces, as by time, and so it is put once.
  async put(pipeline, data, shards) {
    const table = new PipelineTable(pipeline);
    for (const batch of pages(data, BATCH)) await table.write(batch);
    const { shardId, records } = await contents(pipeline);
    requireSame(imagesOf(records), data.flatMap(({ put }) => (put ? [put] : [])));
    return records.map((record, index) => putRecord(record, shardId.replace(FIRST_DIGIT, `$1${Math.floor((index * shards) / records.length)}`)));
  },
  emulation: (history, options) => new DynamoStreamEmulation(history, (shardId) => shardId.replace(FIRST_DIGIT, '$10'), options),
};

/** All that is on the stream, as the wire has it: no client has made anything of it. */
async function contents({ cloud, processors: [{ tableStreamArn: streamArn }] }: Pipeline) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' };
  const stream = new DynamoStream({ streamArn, awsRegion: cloud.account.region, endpoint: cloud.endpoints.dynamodb, credentials });
  try {
    const [{ shardId }, ...others] = await stream.listShards();
    if (others.length > 0) throw new Error(`DynamoDB Local has begun another shard: ${others.map((it) => it.shardId).join(', ')}`);
    const records: StreamRecord[] = [];
    let iterator = await stream.iterator(shardId, { type: 'TRIM_HORIZON' });
    for (;;) {
      const page = await stream.read(shardId, iterator);
      if (page.records.length === 0) return { shardId, records };
      for (const record of page.records) {
        const before = records.at(-1);
        if (before && compareSequenceNumbers(before.sequenceNumber, record.sequenceNumber) >= 0) {
          throw new Error(`DynamoDB Local has ${record.sequenceNumber} after ${before.sequenceNumber}, which no shard of DynamoDB has`);
        }
        records.push(record);
      }
      iterator = page.nextIterator!;
    }
  } finally {
    stream.close();
  }
}

function putRecord({ sequenceNumber, orderingKey, arrivedAt, event }: StreamRecord, shardId: string): PutRecord {
  const text = JSON.stringify(event);
  const { SizeBytes: bytes } = (event as DynamoDBRecord).dynamodb!;
  return { shardId, sequenceNumber, orderingKey, arrivedAt, bytes: bytes!, matches: (got) => JSON.stringify(got) === text };
}

function imagesOf(records: readonly StreamRecord[]): object[] {
  return records.map(({ event }) => (event as DynamoDBRecord).dynamodb!.NewImage).filter((image) => image !== undefined);
}

/** What is compared with later is what was put, not only what the emulator made of it. */
function requireSame(images: readonly object[], items: readonly Item[]): void {
  const [got, put] = [images.map(canonical), items.map(canonical)];
  const strange = got.find((text) => !put.includes(text)) ?? put.find((text) => !got.includes(text));
  if (strange !== undefined) throw new Error(`DynamoDB Local keeps an item not as it was put: ${strange.slice(0, 500)}`);
}

/** A value as JSON has it, bytes as base64, with names and sets in order: DynamoDB keeps no order of these. */
function canonical(value: unknown): string {
  if (ArrayBuffer.isView(value)) return JSON.stringify(Buffer.from(value as Uint8Array).toString('base64'));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const parts = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}:${SET.test(name) ? setText(part) : canonical(part)}`);
  return `{${parts.sort().join()}}`;
}

function setText(members: readonly unknown[]): string {
  return `[${members.map(canonical).sort().join()}]`;
}
