import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';

/** The least of a function that reads a stream: one client with its defaults, and credentials from wherever the SDK finds them. It writes nothing. */
const kinesis = new KinesisClient({});

export async function handler({ StreamARN, ShardId, StartingSequenceNumber }: Record<string, string>): Promise<unknown> {
  const start = { StreamARN, ShardId, StartingSequenceNumber, ShardIteratorType: 'AT_SEQUENCE_NUMBER' as const };
  const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(start));
  return kinesis.send(new GetRecordsCommand({ StreamARN, ShardIterator }));
}
