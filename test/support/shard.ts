import {
  _Record, GetRecordsCommand, GetRecordsCommandInput, GetShardIteratorCommand, GetShardIteratorCommandInput, KinesisClient,
} from '@aws-sdk/client-kinesis';
import { mockClient } from 'aws-sdk-client-mock';
import { streamRecord } from './records';

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
  client.on(GetShardIteratorCommand).callsFake(({ ShardIteratorType, StartingSequenceNumber }: GetShardIteratorCommandInput) => {
    if (refusesStart && ShardIteratorType === 'AT_SEQUENCE_NUMBER') throw refusesStart;
    // A record that is there is found, as after its page was read.
    const index = pages.findIndex(({ records = [] }) => records.some(({ SequenceNumber }) => SequenceNumber === StartingSequenceNumber));
    const skipped = pages[index]?.records!.findIndex(({ SequenceNumber }) => SequenceNumber === StartingSequenceNumber);
    return { ShardIterator: index > 0 || skipped > 0 ? `page-${index}+${skipped}` : 'page-0' };
  });
  client.on(GetRecordsCommand).callsFake(({ ShardIterator }: GetRecordsCommandInput) => {
    const [index, skipped = 0] = ShardIterator!.replace('page-', '').split('+').map(Number);
    const page = pages[index] ?? { records: [], millisBehindLatest: 0 };
    const last = closed && index >= pages.length - 1;
    return {
      Records: page.records?.slice(skipped) ?? [],
      MillisBehindLatest: page.millisBehindLatest ?? 1000,
      NextShardIterator: last ? undefined : `page-${index + 1}`,
    };
  });
  return { client, ...inputsOf(client) };
}

export interface LogOptions {
  /** The most records that a call returns. */
  readonly pageSize?: number;
  readonly closed?: boolean;
  /** Called before each read, with its number from 0 on. Throws, or tells how far behind an empty page is. */
  readonly onRead?: (read: number) => number | undefined | void;
  /** Called before each iterator is given out. Throws to refuse it. */
  readonly onIterator?: (input: GetShardIteratorCommandInput) => void;
  /** How far behind the pages are that a position at a sequence number gives, without ever a record, as where it was trimmed. */
  readonly stuckAt?: number;
}

/** A Kinesis client that serves one shard as Kinesis does: an iterator is a place among the records that are still there. */
export function shardWith(indices: readonly number[], { pageSize = Infinity, closed, onRead, onIterator, stuckAt }: LogOptions = {}) {
  const client = mockClient(KinesisClient);
  const records = indices.map((index) => streamRecord(index));
  let reads = 0;
  let horizon = 0;

  const firstWhere = (matches: (record: _Record) => boolean) => {
    const place = records.findIndex(matches);
    return place < 0 ? records.length : place;
  };
  const placeOf = ({ ShardIteratorType: type, StartingSequenceNumber: number, Timestamp }: GetShardIteratorCommandInput): number => {
    if (type === 'TRIM_HORIZON') return 0;
    if (type === 'AT_TIMESTAMP') return firstWhere((it) => it.ApproximateArrivalTimestamp! >= Timestamp!);
    if (type === 'AT_SEQUENCE_NUMBER') return firstWhere((it) => BigInt(it.SequenceNumber!) >= BigInt(number!));
    if (type === 'AFTER_SEQUENCE_NUMBER') return firstWhere((it) => BigInt(it.SequenceNumber!) > BigInt(number!));
    throw new Error(`the type of an iterator must be one that a reader needs, got: ${type}`);
  };

  client.on(GetShardIteratorCommand).callsFake((input: GetShardIteratorCommandInput) => {
    onIterator?.(input);
    const isStuck = stuckAt !== undefined && input.ShardIteratorType === 'AT_SEQUENCE_NUMBER';
    return { ShardIterator: isStuck ? 'stuck' : `${placeOf(input)}` };
  });
  client.on(GetRecordsCommand).callsFake(({ ShardIterator, Limit }: GetRecordsCommandInput) => {
    const behind = onRead?.(reads++) ?? (ShardIterator === 'stuck' ? stuckAt : undefined);
    if (behind !== undefined) return { Records: [], MillisBehindLatest: behind, NextShardIterator: ShardIterator };
    const place = Math.max(Number(ShardIterator), horizon);
    const page = records.slice(place, place + Math.min(pageSize, Limit!));
    const next = place + page.length;
    return {
      Records: page,
      MillisBehindLatest: (records.length - next) * 1000,
      NextShardIterator: closed && next >= records.length ? undefined : `${next}`,
    };
  });
  /** Drops all records before one of them, without a word, as Kinesis is said to. */
  const trimTo = (index: number) => {
    horizon = indices.indexOf(index);
  };
  return { client, trimTo, ...inputsOf(client) };
}

function inputsOf(client: object) {
  const inputs = <Input>(command: typeof GetRecordsCommand | typeof GetShardIteratorCommand) =>
    // The mock knows all commands of all services: its types cannot tell which of them these calls are.
    (client as ReturnType<typeof mockClient>).commandCalls(command as never).map((call) => call.args[0].input as unknown as Input);
  return {
    reads: () => inputs<GetRecordsCommandInput>(GetRecordsCommand),
    iterators: () => inputs<GetShardIteratorCommandInput>(GetShardIteratorCommand),
  };
}
