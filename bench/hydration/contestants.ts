import {
  DynamoDBStreamsClient, GetRecordsCommand as GetTableRecords, GetShardIteratorCommand as GetTableIterator,
} from '@aws-sdk/client-dynamodb-streams';
import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions } from '../../lambda/shared/client-options';
import { toDeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { DeadLetterQueue } from '../../lambda/shared/dead-letter/dead-letter-queue';
import { batchOf, parseFailureRecord, requireRange } from '../../lambda/shared/dead-letter/failure-record';
import { OverflowBucket } from '../../lambda/shared/dead-letter/overflow-bucket';
import { DynamoReader } from '../../lambda/shared/stream/dynamo-reader';
import { KinesisReader } from '../../lambda/shared/stream/kinesis-reader';
import { HydrationStatus } from '../../src/contract';
import type { Kind } from './cases';

const MAX_MESSAGE_BYTES = 1_048_576;
const MAX_BYTES = 256 * 1_048_576;
const BUCKET = 'overflow';

/** Makes a dead letter of the text of a failure record, and sends it. Gives how many records it has. */
export type Hydrate = (text: string) => Promise<number>;

export interface Contestants {
  readonly ours: Hydrate;
  readonly bareLoop: Hydrate;
  close(): void;
}

/** Both have clients of the same options: the clients are not what is compared. */
export function contestants(kind: Kind, endpoint: string): Contestants {
  const options = { ...clientOptions, endpoint, region: 'us-east-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } };
  const kinesis = new KinesisClient(options);
  const streams = new DynamoDBStreamsClient(options);
  const sqs = new SQSClient(options);
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const queueUrl = `${endpoint}/123456789012/queue`;

  // The steps of the hydrate function between an event and its answer.
  const readerOptions = { maxBytes: MAX_BYTES, pauseMillis: 0 };
  const reader = kind === 'kinesis' ? new KinesisReader(kinesis, readerOptions) : new DynamoReader(streams, readerOptions);
  const queue = new DeadLetterQueue(sqs, new OverflowBucket(s3, BUCKET, 'dead-letters/'), { queueUrl, maxMessageBytes: MAX_MESSAGE_BYTES });
  const ours = async (text: string): Promise<number> => {
    const failure = parseFailureRecord(text);
    requireRange(failure);
    const { signal } = new AbortController();
    const deadLetter = toDeadLetter(failure, await reader.read(batchOf(failure), { signal }));
    await queue.send(deadLetter, signal);
    const { status, recoveredRecords } = deadLetter.hydration;
    if (status !== HydrationStatus.COMPLETE) throw new Error(`the dead letter must be COMPLETE, got: ${status}`);
    return recoveredRecords;
  };

  const kinesisEvents = async (streamArn: string, shardId: string, start: string, end: string): Promise<object[]> => {
    const at = { StreamARN: streamArn, ShardId: shardId, ShardIteratorType: 'AT_SEQUENCE_NUMBER' as const, StartingSequenceNumber: start };
    const events: object[] = [];
    for (let { ShardIterator: next } = await kinesis.send(new GetShardIteratorCommand(at)); ;) {
      const { Records = [], NextShardIterator } = await kinesis.send(new GetRecordsCommand({ ShardIterator: next, StreamARN: streamArn }));
      events.push(...Records.map(({ SequenceNumber: sequenceNumber, PartitionKey: partitionKey, Data, ApproximateArrivalTimestamp: time }) => ({
        kinesis: { partitionKey, sequenceNumber, data: Buffer.from(Data!).toString('base64'), approximateArrivalTimestamp: time!.getTime() / 1_000 },
        eventSource: 'aws:kinesis', eventID: `${shardId}:${sequenceNumber}`, eventName: 'aws:kinesis:record', eventSourceARN: streamArn,
      })));
      if (Records.at(-1)?.SequenceNumber === end) return events;
      next = NextShardIterator;
    }
  };
  const tableEvents = async (streamArn: string, shardId: string, start: string, end: string): Promise<object[]> => {
    const at = { StreamArn: streamArn, ShardId: shardId, ShardIteratorType: 'AT_SEQUENCE_NUMBER' as const, SequenceNumber: start };
    const events: object[] = [];
    for (let { ShardIterator: next } = await streams.send(new GetTableIterator(at)); ;) {
      const { Records = [], NextShardIterator } = await streams.send(new GetTableRecords({ ShardIterator: next }));
      events.push(...Records.map((record) => ({ ...record, eventSourceARN: streamArn })));
      if (Records.at(-1)?.dynamodb?.SequenceNumber === end) return events;
      next = NextShardIterator;
    }
  };
  const bareLoop = async (text: string): Promise<number> => {
    const failure = JSON.parse(text) as ReturnType<typeof parseFailureRecord>;
    const { streamArn, shardId, startSequenceNumber: start, endSequenceNumber: end } = batchOf(failure);
    const Records = await (kind === 'kinesis' ? kinesisEvents : tableEvents)(streamArn, shardId, start, end);
    const body = JSON.stringify({ ...failure, payload: { Records } });
    let message = body;
    if (Buffer.byteLength(body) > MAX_MESSAGE_BYTES) {
      const Key = `dead-letters/${failure.requestContext.requestId}.json`;
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Buffer.from(body), ContentType: 'application/json' }));
      message = JSON.stringify({ s3BucketName: BUCKET, s3Key: Key });
    }
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: message }));
    return Records.length;
  };
  return { ours, bareLoop, close: () => [kinesis, streams, sqs, s3].forEach((client) => client.destroy()) };
}
