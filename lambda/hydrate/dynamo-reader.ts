import { _Record, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { BatchInfo } from '../shared/dead-letter/failure-record';
import { DynamoShard } from './dynamo-shard';
import { Shard } from './shard';
import { ShardReader, ShardReaderOptions } from './shard-reader';

/**
 * Reads ranges of the shards of a table's stream, each of which is made for two readers. Records name no role: `invokeIdentityArn`
 * is not for them.
 */
export class DynamoReader extends ShardReader<_Record> {
  constructor(
    private readonly client: DynamoDBStreamsClient,
    options: ShardReaderOptions,
  ) {
    super(options);
  }

  protected shardOf(batch: BatchInfo): Shard<_Record> {
    return new DynamoShard(this.client, { batch, retentionMillis: this.options.retentionMillis });
  }
}
