import {
  type _Record, DescribeStreamSummaryCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient, ListShardsCommand, ListShardsCommandOutput,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Credentials } from '../account';
import { kinesisEventRecord, KinesisEventSourceNames, userRecords } from './kinesis-event';
import { isConsumerArn } from './mapping-spec';
import { IteratorExpiredError, StreamBusyError, StreamPage, StreamReader, StreamPosition, StreamShard } from './stream-reader';

export interface KinesisStreamOptions extends KinesisEventSourceNames {
  readonly streamArn: string;
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** Asked before the shards are listed and before a shard is opened: enhanced fan-out has actions of its own. */
  readonly authorize?: (action: 'kinesis:DescribeStreamConsumer' | 'kinesis:SubscribeToShard') => Promise<void>;
}

const BUSY = new Set([
  'ProvisionedThroughputExceededException', 'LimitExceededException', 'KMSThrottlingException', 'InternalFailure', 'InternalFailureException',
  'ServiceUnavailable', 'TimeoutError', 'ECONNRESET', 'EPIPE',
]);

/** A Kinesis data stream, read over HTTP/1.1. */
export class KinesisStream implements StreamReader {
  readonly batchInfoKey = 'KinesisBatchInfo';
  private readonly client: KinesisClient;

  constructor(private readonly options: KinesisStreamOptions) {
    this.client = new KinesisClient({
      region: options.awsRegion,
      endpoint: options.endpoint,
      credentials: options.credentials,
      // The client's own choice is HTTP/2, which emulators do not do well.
      requestHandler: new NodeHttpHandler(),
    });
  }

  async listShards(): Promise<StreamShard[]> {
    const { streamArn, authorize } = this.options;
    await authorize?.('kinesis:DescribeStreamConsumer');
    await this.attempt(async () => this.client.send(new DescribeStreamSummaryCommand({ StreamARN: streamArn })));
    const shards: StreamShard[] = [];
    let token: string | undefined;
    do {
      const request = new ListShardsCommand(token ? { NextToken: token } : { StreamARN: streamArn });
      const page: ListShardsCommandOutput = await this.attempt(async () => this.client.send(request));
      shards.push(...(page.Shards ?? []).map((shard) => ({
        shardId: shard.ShardId!,
        parentShardIds: [shard.ParentShardId, shard.AdjacentParentShardId].filter((id) => id !== undefined),
        closed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
      })));
      token = page.NextToken;
    } while (token);
    return shards;
  }

  async iterator(shardId: string, position: StreamPosition): Promise<string> {
    await this.options.authorize?.('kinesis:SubscribeToShard');
    const { ShardIterator } = await this.attempt(async () => this.client.send(new GetShardIteratorCommand({
      StreamARN: this.options.streamArn,
      ShardId: shardId,
      ShardIteratorType: position.type,
      ...(position.type === 'AT_TIMESTAMP' && { Timestamp: position.timestamp }),
      ...(position.type === 'AFTER_SEQUENCE_NUMBER' && { StartingSequenceNumber: position.sequenceNumber }),
    })));
    return ShardIterator!;
  }

  async read(shardId: string, iterator: string): Promise<StreamPage> {
    const page = await this.attempt(async () => this.client.send(
      new GetRecordsCommand({ ShardIterator: iterator, StreamARN: this.options.streamArn }),
    ));
    return {
      records: (page.Records ?? []).flatMap((record) => this.deliveredRecords(record).map((userRecord) => ({
        sequenceNumber: record.SequenceNumber!,
        // The aggregate's: factors do not take an aggregate apart.
        orderingKey: record.PartitionKey ?? '',
        arrivedAt: record.ApproximateArrivalTimestamp!.getTime(),
        event: kinesisEventRecord(userRecord, shardId, this.options),
      }))),
      nextIterator: page.NextShardIterator ?? undefined,
    };
  }

  formatArrival(arrivedAt: number): string {
    return new Date(arrivedAt).toISOString();
  }

  close(): void {
    this.client.destroy();
  }

  /** With enhanced fan-out Lambda takes aggregates apart; its own reads leave them whole. */
  private deliveredRecords(record: _Record): readonly _Record[] {
    return isConsumerArn(this.options.eventSourceARN) ? userRecords(record) : [record];
  }

  private async attempt<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const { name, message, code, $metadata } = error as Error & { code?: string; $metadata?: { httpStatusCode?: number } };
      if (name === 'ExpiredIteratorException') throw new IteratorExpiredError(message, { cause: error });
      if (BUSY.has(name) || BUSY.has(code ?? '') || ($metadata?.httpStatusCode ?? 0) >= 500) {
        throw new StreamBusyError(`${name}: ${message}`, { cause: error });
      }
      throw error;
    }
  }
}
