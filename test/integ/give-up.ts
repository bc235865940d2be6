import { randomUUID } from 'node:crypto';
import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import { GetRecordsCommand as GetKinesisRecordsCommand, GetShardIteratorCommand as GetKinesisIteratorCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { type EventSourceMappingConfiguration, LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { PublishCommand } from '@aws-sdk/client-sns';
import type { Clients } from '../../local/deploy/clients';
import { failureRecord, type FailureRecordSource } from '../../local/mapping/failure-record';
import { POISON } from './poison';

interface FoundRecord {
  readonly shardId: string;
  readonly sequenceNumber: string;
  /** Milliseconds. */
  readonly arrivedAt: number;
}

/**
 * Sends what Lambda would send when it gives up on the poison records of a mapping: a failure record for each, to the topic. Returns how many
 * it sent.
 */
export async function giveUp(clients: Clients, lambda: LambdaClient): Promise<number> {
  const { EventSourceMappings: mappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
  const mapping = mappings.find(({ EventSourceArn: arn }) => /:(kinesis|dynamodb):/.test(arn!))!;
  const isKinesis = mapping.EventSourceArn!.includes(':kinesis:');
  const poison = isKinesis ? await kinesisPoison(clients, mapping) : await dynamoPoison(clients, mapping);
  const source: FailureRecordSource = {
    functionArn: mapping.FunctionArn!,
    eventSourceArn: mapping.EventSourceArn!,
    batchInfoKey: isKinesis ? 'KinesisBatchInfo' : 'DDBStreamBatchInfo',
    formatArrival: (arrivedAt) => new Date(arrivedAt).toISOString(),
  };
  for (const record of poison) {
    const failure = failureRecord({
      requestId: randomUUID(),
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 1,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      records: [record],
    }, record.shardId, source);
    await clients.sns.send(new PublishCommand({ TopicArn: mapping.DestinationConfig!.OnFailure!.Destination!, Message: JSON.stringify(failure) }));
  }
  return poison.length;
}

async function kinesisPoison({ kinesis }: Clients, { EventSourceArn: StreamARN }: EventSourceMappingConfiguration): Promise<FoundRecord[]> {
  const { Shards: [{ ShardId: shardId }] = [{ ShardId: '' }] } = await kinesis.send(new ListShardsCommand({ StreamARN }));
  const { ShardIterator } = await kinesis.send(
    new GetKinesisIteratorCommand({ StreamARN, ShardId: shardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records = [] } = await kinesis.send(new GetKinesisRecordsCommand({ StreamARN, ShardIterator }));
  return Records.filter(({ Data }) => Buffer.from(Data!).toString() === POISON).map((record) => ({
    shardId: shardId!, sequenceNumber: record.SequenceNumber!, arrivedAt: record.ApproximateArrivalTimestamp!.getTime(),
  }));
}

async function dynamoPoison({ dynamodbStreams }: Clients, { EventSourceArn: StreamArn }: EventSourceMappingConfiguration): Promise<FoundRecord[]> {
  const { StreamDescription: stream } = await dynamodbStreams.send(new DescribeStreamCommand({ StreamArn }));
  const shardId = stream!.Shards!.at(-1)!.ShardId!;
  const { ShardIterator } = await dynamodbStreams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId: shardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records = [] } = await dynamodbStreams.send(new GetRecordsCommand({ ShardIterator }));
  return Records.filter(({ dynamodb }) => dynamodb!.Keys!.id.S === POISON).map(({ dynamodb }) => ({
    shardId, sequenceNumber: dynamodb!.SequenceNumber!, arrivedAt: dynamodb!.ApproximateCreationDateTime!.getTime(),
  }));
}
