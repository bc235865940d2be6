import { _Record, KinesisClient } from '@aws-sdk/client-kinesis';
import { BatchInfo } from '../shared/dead-letter/failure-record';
import { KinesisShard } from './kinesis-shard';
import { Shard } from './shard';
import { ShardReader, ShardReaderOptions } from './shard-reader';
import { ReadContext } from './stream-reader';

/** Reads ranges of the shards of a Kinesis stream, each of which serves five reads a second. */
export class KinesisReader extends ShardReader<_Record> {
  constructor(
    private readonly client: KinesisClient,
    options: ShardReaderOptions,
  ) {
    super(options);
  }

  protected shardOf(batch: BatchInfo, { invokeIdentityArn }: ReadContext): Shard<_Record> {
    const { streamArn, retentionMillis } = this.options;
    return new KinesisShard(this.client, { streamArn, batch, retentionMillis, invokeIdentityArn });
  }
}
