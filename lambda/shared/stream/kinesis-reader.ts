import { _Record, KinesisClient } from '@aws-sdk/client-kinesis';
import { clientOptions } from '../client-options';
import { BatchInfo } from '../dead-letter/failure-record';
import { KinesisShard } from './kinesis-shard';
import { Shard } from './shard';
import { ShardReader, ShardReaderOptions } from './shard-reader';

/** Reads ranges of the shards of Kinesis streams, which allow five reads per second for each shard. */
export class KinesisReader extends ShardReader<_Record> {
  constructor(
    private readonly client: KinesisClient,
    options: ShardReaderOptions,
  ) {
    super(options);
  }

  protected shardOf(batch: BatchInfo): Shard<_Record> {
    return new KinesisShard(this.client, batch);
  }
}

/** With a client of its own. */
export function kinesisReader(options: ShardReaderOptions): KinesisReader {
  return new KinesisReader(new KinesisClient(clientOptions), options);
}
