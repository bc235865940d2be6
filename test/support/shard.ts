import {
  _Record, GetRecordsCommand, GetRecordsCommandInput, GetShardIteratorCommand, GetShardIteratorCommandInput, KinesisClient,
} from '@aws-sdk/client-kinesis';
import { mockClient } from 'aws-sdk-client-mock';

/** What one `GetRecords` call returns. */
export interface Page {
  readonly records?: readonly _Record[];
  /** 0 at the tip of the shard. Some distance from it unless told. */
  readonly millisBehindLatest?: number;
}

export interface ShardOptions {
  /** Whether the last page has no next iterator. An open shard goes on with empty pages at its tip. */
  readonly closed?: boolean;
  /** Why `GetShardIterator` refuses a sequence number. */
  readonly refusesStart?: Error;
}

/** A Kinesis client that serves one shard, page by page, whatever iterator it is asked for. */
export function shardOf(pages: readonly Page[], { closed = false, refusesStart }: ShardOptions = {}) {
  const client = mockClient(KinesisClient);
  client.on(GetShardIteratorCommand).callsFake(({ ShardIteratorType }: GetShardIteratorCommandInput) => {
    if (refusesStart && ShardIteratorType === 'AT_SEQUENCE_NUMBER') throw refusesStart;
    return { ShardIterator: 'page-0' };
  });
  client.on(GetRecordsCommand).callsFake(({ ShardIterator }: GetRecordsCommandInput) => {
    const index = Number(ShardIterator!.replace('page-', ''));
    const page = pages[index] ?? { records: [], millisBehindLatest: 0 };
    const last = closed && index >= pages.length - 1;
    return {
      Records: page.records ?? [],
      MillisBehindLatest: page.millisBehindLatest ?? 1000,
      NextShardIterator: last ? undefined : `page-${index + 1}`,
    };
  });
  const inputs = <Input>(command: typeof GetRecordsCommand | typeof GetShardIteratorCommand) =>
    // The mock knows all commands of all services: its types cannot tell which of them these calls are.
    client.commandCalls(command as never).map((call) => call.args[0].input as unknown as Input);
  return {
    client,
    reads: () => inputs<GetRecordsCommandInput>(GetRecordsCommand),
    iterators: () => inputs<GetShardIteratorCommandInput>(GetShardIteratorCommand),
  };
}
