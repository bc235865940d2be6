import { createHash } from 'node:crypto';
import { KinesisClient, KinesisServiceException, ListShardsCommand, PutRecordsCommand, PutRecordsCommandInput, PutRecordsRequestEntry, Shard } from '@aws-sdk/client-kinesis';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { deaggregated } from '../../../../lambda/shared/kpl-aggregate';
import { StreamTarget } from '../../../../lambda/shared/redrive/stream-target';
import { SendResult } from '../../../../lambda/shared/redrive/target';
import { aggregateOf, UserRecordToPut } from '../../../support/aggregates';
import { eventRecord, receivedDeadLetter } from '../../../support/dead-letters';
import { STREAM_ARN } from '../../../support/records';

const { signal } = new AbortController();
const MOST = 2n ** 128n - 1n;
/** Three user records of hash keys 337302…, 206123… and 212355…: the second and the third are in one quarter of the keys, the first is in another. */
const USERS = [0, 1, 2].map((index) => ({ partitionKey: `customer-${index}`, data: Buffer.from(`{"customer":"customer-${index}"}`) }));
const HASH_KEYS = [337302381176738712418935730318299794991n, 206123531217924687484981189258678458385n, 212355002865798546818991354054017694540n];

/** Open shards that share the hash keys, each up to its bound. */
function shardsUpTo(...bounds: readonly bigint[]): Shard[] {
  return [...bounds, MOST].map((bound, index, all) => {
    const range = { StartingHashKey: String(index === 0 ? 0n : all[index - 1] + 1n), EndingHashKey: String(bound) };
    return { ShardId: shardIdOf(range), HashKeyRange: range, SequenceNumberRange: { StartingSequenceNumber: '1' } };
  });
}

/** A stream never uses the id of a shard for another range. */
function shardIdOf({ StartingHashKey, EndingHashKey }: Record<'StartingHashKey' | 'EndingHashKey', string>): string {
  const digits = BigInt(`0x${createHash('md5').update(`${StartingHashKey}-${EndingHashKey}`).digest('hex')}`) % 1_000_000_000_000n;
  return `shardId-${String(digits).padStart(12, '0')}`;
}
const ONE = shardsUpTo();
const HALVES = shardsUpTo(MOST / 2n);
const QUARTERS = shardsUpTo(MOST / 4n, MOST / 2n, (MOST / 4n) * 3n);

const md5 = (key: string) => BigInt(`0x${createHash('md5').update(key).digest('hex')}`);
const hashKeyOf = ({ partitionKey, explicitHashKey }: Pick<UserRecordToPut, 'partitionKey' | 'explicitHashKey'>) =>
  (explicitHashKey === undefined ? md5(partitionKey) : BigInt(explicitHashKey));
const holds = ({ HashKeyRange: range }: Shard, hashKey: bigint) =>
  BigInt(range!.StartingHashKey!) <= hashKey && hashKey <= BigInt(range!.EndingHashKey!);

/** A stream with consumers that drop an aggregate in a shard that is not for each of its user records, as those of the KCL do. */
class Stream {
  readonly consumed: string[] = [];
  readonly dropped: string[] = [];
  readonly puts: PutRecordsRequestEntry[] = [];
  /** Whether it chooses shards itself. */
  isAuto = false;

  constructor(public shards: Shard[]) {}

  put(entry: PutRecordsRequestEntry): { ShardId: string; SequenceNumber: string } {
    this.puts.push(entry);
    const hashKey = entry.ExplicitHashKey === undefined ? md5(entry.PartitionKey!) : BigInt(entry.ExplicitHashKey);
    const shard = this.isAuto ? this.shards[0] : this.shards.find((each) => holds(each, hashKey))!;
    const users = deaggregated(Buffer.from(entry.Data!)) as UserRecordToPut[] | undefined;
    const isInPlace = users === undefined || users.every((user) => holds(shard, hashKeyOf(user)));
    (isInPlace ? this.consumed : this.dropped).push(...(users ?? [{ data: Buffer.from(entry.Data!) }]).map(({ data }) => String(data)));
    return { ShardId: shard.ShardId!, SequenceNumber: '1' };
  }
}

const kinesis = mockClient(KinesisClient);
let stream: Stream;
let listed: Shard[] | undefined;
beforeEach(() => {
  listed = undefined;
  stream = new Stream(ONE);
  kinesis.reset();
  kinesis.on(PutRecordsCommand).callsFake(({ Records }: PutRecordsCommandInput) => ({ Records: Records!.map((entry) => stream.put(entry)) }));
  kinesis.on(ListShardsCommand).callsFake(() => ({ Shards: listed ?? stream.shards }));
});

const recordOf = (users: readonly UserRecordToPut[], index = 0) => eventRecord(index, { Data: aggregateOf(...users), PartitionKey: 'a' });
const target = () => new StreamTarget(new KinesisClient({}), { pauseMillis: [0] });
const send = async (...records: readonly unknown[]): Promise<SendResult> => target().send(receivedDeadLetter({ records }), signal);
const texts = (users: readonly UserRecordToPut[]) => users.map(({ data }) => String(data));

describe('an aggregate of the Kinesis Producer Library', () => {
  test('is put whole into the shard of its user records, whatever its own key is', async () => {
    stream.shards = HALVES;
    // What the case is about: by its partition key it would go to the other shard.
    expect(HALVES.map((shard) => [holds(shard, md5('a')), ...HASH_KEYS.map((key) => holds(shard, key))])).toEqual([[true, false, false, false], [false, true, true, true]]);
    expect(await send(recordOf(USERS))).toEqual({ outcome: 'sent' });
    expect(stream.puts).toEqual([{ Data: aggregateOf(...USERS), PartitionKey: 'a', ExplicitHashKey: String(HASH_KEYS[0]) }]);
    expect([stream.consumed, stream.dropped]).toEqual([texts(USERS), []]);
    expect(kinesis.commandCalls(ListShardsCommand).map(({ args: [{ input }] }) => input)).toEqual([{ StreamARN: STREAM_ARN, ShardFilter: { Type: 'AT_LATEST' } }]);
  });

  test('is put as its user records when no shard holds all of them, after a split', async () => {
    stream.shards = QUARTERS;
    expect(await send(eventRecord(7), recordOf(USERS, 8))).toEqual({ outcome: 'sent' });
    expect(stream.puts.slice(1)).toEqual(USERS.map(({ data, partitionKey }) => ({ Data: data, PartitionKey: partitionKey })));
    expect([stream.consumed.slice(1), stream.dropped]).toEqual([texts(USERS), []]);
  });

  test('is put again as its user records when the stream was split and its shards cannot be listed again', async () => {
    let listings = 0;
    kinesis.on(ListShardsCommand).callsFake(() => {
      if (listings++ > 0) throw new KinesisServiceException({ name: 'LimitExceededException', message: 'slow down', $fault: 'client', $metadata: {} });
      return { Shards: HALVES };
    });
    stream.shards = QUARTERS;
    const others = USERS.map(({ partitionKey, data }) => ({ partitionKey, data: Buffer.from(`${data} again`) }));
    expect(await send(recordOf(USERS), recordOf(others, 1))).toEqual({ outcome: 'sent' });
    expect(stream.consumed).toEqual(expect.arrayContaining([...texts(USERS), ...texts(others)]));
  });

  test('keeps the explicit hash keys of its user records', async () => {
    const users = [{ ...USERS[0], explicitHashKey: '5' }, USERS[1], { ...USERS[2], explicitHashKey: String(MOST) }];
    stream.shards = QUARTERS;
    await send(recordOf(users));
    expect(stream.puts.map(({ ExplicitHashKey }) => ExplicitHashKey)).toEqual(['5', undefined, String(MOST)]);
    stream.shards = ONE;
    await send(recordOf(users));
    expect(stream.puts.at(-1)).toMatchObject({ PartitionKey: 'a', ExplicitHashKey: '5' });
    expect(stream.dropped).toEqual([]);
  });

  test('does not go to a shard that is closed', async () => {
    stream.shards = QUARTERS;
    listed = [...HALVES.map((shard) => ({ ...shard, SequenceNumberRange: { StartingSequenceNumber: '1', EndingSequenceNumber: '9' } })), ...QUARTERS];
    await send(recordOf(USERS));
    expect([stream.consumed, stream.dropped]).toEqual([texts(USERS), []]);
  });

  test('finds its shard on any page, and the shards of a stream are listed once', async () => {
    stream.shards = HALVES;
    kinesis.on(ListShardsCommand).resolves({ Shards: [HALVES[0]], NextToken: 'more' });
    kinesis.on(ListShardsCommand, { NextToken: 'more' }, true).resolves({ Shards: [HALVES[1]] });
    const it = target();
    for (const index of [0, 1]) await it.send(receivedDeadLetter({ records: [recordOf(USERS, index)] }), signal);
    expect(kinesis.commandCalls(ListShardsCommand)).toHaveLength(2);
    expect(stream.puts.map(({ ExplicitHashKey }) => ExplicitHashKey)).toEqual([String(HASH_KEYS[0]), String(HASH_KEYS[0])]);
  });

  test('is also put as its user records when the stream was split between listing and putting', async () => {
    stream.shards = QUARTERS;
    kinesis.on(ListShardsCommand).resolvesOnce({ Shards: HALVES }).callsFake(() => ({ Shards: QUARTERS }));
    expect(await send(recordOf(USERS))).toEqual({ outcome: 'sent' });
    expect(stream.dropped).toEqual(texts(USERS));
    expect(stream.consumed).toEqual(texts(USERS));
  });

  test('is not put twice when the new shard also holds all of them', async () => {
    stream.shards = ONE;
    kinesis.on(ListShardsCommand).resolvesOnce({ Shards: HALVES }).callsFake(() => ({ Shards: ONE }));
    await send(recordOf(USERS));
    expect([stream.consumed, stream.dropped]).toEqual([texts(USERS), []]);
  });

  test('reaches consumers in a stream that distributes records itself, whatever hash key it is given', async () => {
    stream.shards = HALVES;
    stream.isAuto = true;
    expect(await send(recordOf(USERS))).toEqual({ outcome: 'sent' });
    expect(stream.consumed).toEqual(texts(USERS));
  });

  test('is an ordinary record when it is damaged, and no shards are listed', async () => {
    const damaged = Buffer.concat([aggregateOf(...USERS).subarray(0, -1), Buffer.from([0])]);
    expect(await send(eventRecord(0, { Data: damaged }))).toEqual({ outcome: 'sent' });
    expect(stream.puts).toEqual([{ Data: damaged, PartitionKey: 'customer-0' }]);
    expect(kinesis.commandCalls(ListShardsCommand)).toEqual([]);
  });

  test('whose user records have no valid key fails the dead letter before any record is put', async () => {
    const reason = { name: 'BrokenAggregate', message: expect.stringContaining('record 2 of 2 is an aggregate of the Kinesis Producer Library whose user record 1 of 1 must have') };
    expect(await send(eventRecord(0), recordOf([{ ...USERS[0], explicitHashKey: 'x' }], 1))).toEqual({ outcome: 'failed', reason });
    expect(stream.puts).toEqual([]);
  });

  test('stays whole when some of its user records are not accepted', async () => {
    stream.shards = QUARTERS;
    const throttled = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow' };
    kinesis.on(PutRecordsCommand).callsFake(({ Records }: PutRecordsCommandInput) => ({
      Records: Records!.map((entry) => (entry.PartitionKey === 'customer-1' ? throttled : stream.put(entry))),
    }));
    const [plain, aggregate] = [eventRecord(0), recordOf(USERS, 1)];
    expect(await send(plain, aggregate)).toMatchObject({ outcome: 'partly', remaining: [aggregate] });
    expect(await send(aggregate)).toEqual({
      outcome: 'failed',
      reason: { name: throttled.ErrorCode, message: 'slow; the stream accepted some user records of its aggregates, and the next run puts them again' },
    });
  });

  test.each<[string, string | undefined]>([['LimitExceededException', 'no record was put, because the shards of the stream are not known: no'], ['AccessDeniedException', undefined]])(
    'stays where shards cannot be listed: %s', async (name, message) => {
      const error = new KinesisServiceException({ name, $fault: 'client', $metadata: { httpStatusCode: 400 }, message: 'no' });
      kinesis.on(ListShardsCommand).rejects(error);
      if (message === undefined) await expect(send(recordOf(USERS))).rejects.toBe(error);
      else expect(await send(recordOf(USERS))).toEqual({ outcome: 'failed', reason: { name, message } });
      expect(stream.puts).toEqual([]);
    });

  test('loses no user record, however the stream is split, before or during the run', async () => {
    const user = fc.record({
      partitionKey: fc.string({ minLength: 1, maxLength: 5 }), explicitHashKey: fc.option(fc.bigInt(0n, MOST).map(String), { nil: undefined }),
      data: fc.uuid().map((text) => Buffer.from(text)),
    });
    const shards = fc.uniqueArray(fc.bigInt(1n, MOST - 1n), { maxLength: 6 })
      .map((bounds) => shardsUpTo(...bounds.sort((one, other) => (one < other ? -1 : 1))));
    const records = fc.array(fc.array(user, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });
    await fc.assert(fc.asyncProperty(records, shards, shards, async (batches, now, before) => {
      stream = new Stream(now);
      kinesis.on(ListShardsCommand).resolvesOnce({ Shards: before }).callsFake(() => ({ Shards: now }));
      expect(await send(...batches.map(recordOf))).toEqual({ outcome: 'sent' });
      expect(new Set(stream.consumed)).toEqual(new Set(batches.flatMap(texts)));
    }), { numRuns: 60 });
  });
});
