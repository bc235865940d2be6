import { _Record, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { clientOptions } from '../client-options';
import { BatchInfo } from '../dead-letter/failure-record';
import { DynamoShard } from './dynamo-shard';
import { Shard } from './shard';
import { ShardReader, ShardReaderOptions } from './shard-reader';

/** Reads ranges of the shards of DynamoDB streams, which allow two readers for each shard. */
export class DynamoReader extends ShardReader<_Record> {
  constructor(
    private readonly client: DynamoDBStreamsClient,
    options: ShardReaderOptions,
  ) {
    super(options);
  }

  protected shardOf(batch: BatchInfo): Shard<_Record> {
    return new DynamoShard(this.client, batch);
  }
}

/** With a client of its own. */
export function dynamoReader(options: ShardReaderOptions): DynamoReader {
  return new DynamoReader(new DynamoDBStreamsClient(clientOptions), options);
}
