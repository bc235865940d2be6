import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SNSEvent } from 'aws-lambda';

const kinesis = new KinesisClient({});
const sqs = new SQSClient({});

/**
 * What a team writes in an afternoon: reads `batchSize` records from the start of the failed batch, and sends them. One page, one kind of
 * stream, no check of what it read, no body over the queue's limit.
 */
export async function handler({ Records: notifications }: SNSEvent): Promise<void> {
  for (const { Sns } of notifications) {
    const failure = JSON.parse(Sns.Message) as { readonly KinesisBatchInfo: Record<string, string> & { readonly batchSize: number } };
    const { streamArn: StreamARN, shardId: ShardId, startSequenceNumber: StartingSequenceNumber, batchSize: Limit } = failure.KinesisBatchInfo;
    const start = { StreamARN, ShardId, StartingSequenceNumber, ShardIteratorType: 'AT_SEQUENCE_NUMBER' as const };
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(start));
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ StreamARN, ShardIterator, Limit }));
    const payload = Records.map(({ Data, ...record }) => ({ ...record, Data: Buffer.from(Data!).toString('base64') }));
    await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: JSON.stringify({ ...failure, payload }) }));
  }
}
