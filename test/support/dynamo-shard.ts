import {
  _Record, DynamoDBStreamsClient, GetRecordsCommand, GetRecordsCommandInput, GetShardIteratorCommand, GetShardIteratorCommandInput,
  LimitExceededException, TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { mockClient } from 'aws-sdk-client-mock';
import { dynamoRecord, dynamoSequenceNumber } from './dynamo-records';

export interface DynamoShardOptions {
  /** What the records are, by their index. */
  readonly recordOf?: (index: number) => _Record;
  /** The most records that a call returns. */
  readonly pageSize?: number;
  readonly closed?: boolean;
  /** Called before each read, with its number from 0 on. Throws, or says that the page is empty, where it could have records. */
  readonly onRead?: (read: number) => 'empty' | undefined | void;
  /** Called before each iterator is given out. Throws to refuse it. */
  readonly onIterator?: (input: GetShardIteratorCommandInput) => void;
  /** Whether the position of a record that is not there gives empty pages for ever. */
  readonly stuck?: boolean;
}

/** More than a reader makes in any test: one that would go on for ever fails, as waiting takes no time here. */
const MOST_READS = 5_000;

export const trimmed = () =>
  new TrimmedDataAccessException({ message: 'The data you are trying to access has been trimmed', $metadata: {} });

/**
 * A client that serves one shard as DynamoDB does: an iterator is a place among sequence numbers, and records leave the shard from
 * its oldest on. What was trimmed is refused, whether an iterator is asked for or was given out before.
 */
export function dynamoShardWith(indices: readonly number[], options: DynamoShardOptions = {}) {
  const { recordOf = dynamoRecord, pageSize = Infinity, closed, onRead, onIterator, stuck } = options;
  const client = mockClient(DynamoDBStreamsClient);
  /** The lowest index that may be asked for. */
  let horizon = -Infinity;
  let reads = 0;

  const indexOf = (number: string) => Number(BigInt(number) - BigInt(dynamoSequenceNumber(0)));
  const placeOf = ({ ShardIteratorType: type, SequenceNumber: number }: GetShardIteratorCommandInput): number => {
    if (type === 'TRIM_HORIZON') return horizon;
    if (type === 'AT_SEQUENCE_NUMBER') return indexOf(number!);
    if (type === 'AFTER_SEQUENCE_NUMBER') return indexOf(number!) + 1;
    throw new Error(`the type of an iterator must be one that a reader needs, got: ${type}`);
  };

  client.on(GetShardIteratorCommand).callsFake((input: GetShardIteratorCommandInput) => {
    onIterator?.(input);
    const place = placeOf(input);
    if (place < horizon) throw trimmed();
    const isStuck = stuck && input.ShardIteratorType === 'AT_SEQUENCE_NUMBER' && !indices.includes(place);
    return { ShardIterator: isStuck ? 'stuck' : `${place}` };
  });
  client.on(GetRecordsCommand).callsFake(({ ShardIterator, Limit }: GetRecordsCommandInput) => {
    const read = reads++;
    if (read === MOST_READS) throw new Error(`a reader must come to an end, got: ${MOST_READS} reads`);
    if (Limit! > 1_000) throw new LimitExceededException({ message: 'Limit must be at most 1000', $metadata: {} });
    if (onRead?.(read) === 'empty' || ShardIterator === 'stuck') return { Records: [], NextShardIterator: ShardIterator };
    const place = Number(ShardIterator);
    if (place < horizon) throw trimmed();
    const ahead = indices.filter((index) => index >= place && index >= horizon);
    const page = ahead.slice(0, Math.min(pageSize, Limit!));
    const isEnd = closed && page.length === ahead.length;
    return { Records: page.map((index) => recordOf(index)), NextShardIterator: isEnd ? undefined : `${page.length > 0 ? page.at(-1)! + 1 : place}` };
  });

  const inputs = <Input>(command: typeof GetRecordsCommand | typeof GetShardIteratorCommand) =>
    // The mock knows all commands of the service: its types cannot tell which of them these calls are.
    client.commandCalls(command as never).map((call) => (call as { args: readonly [{ input: unknown }] }).args[0].input as Input);
  return {
    client,
    reads: () => inputs<GetRecordsCommandInput>(GetRecordsCommand),
    iterators: () => inputs<GetShardIteratorCommandInput>(GetShardIteratorCommand),
    types: () => inputs<GetShardIteratorCommandInput>(GetShardIteratorCommand).map(({ ShardIteratorType }) => ShardIteratorType),
    /** Lets all records before this one leave the shard. */
    trimTo: (index: number) => {
      horizon = Math.max(horizon, index);
    },
  };
}
