import * as kinesis from '@aws-sdk/client-kinesis';
import { HydrateEntry, invoke, mockModules, testHydrateEntry } from '../../support/hydrate-entry';
import { failureRecord, ROLE_ARN, STREAM_ARN, streamRecord } from '../../support/records';
import { Page, shardOf } from '../../support/shard';

const PAGE: Page = { records: [0, 1, 2].map((index) => streamRecord(index)) };

const entry: HydrateEntry = {
  load: () => {
    mockModules({ '@aws-sdk/client-kinesis': kinesis });
    return jest.requireActual<typeof import('../../../lambda/hydrate/hydrate-kinesis')>('../../../lambda/hydrate/hydrate-kinesis');
  },
  streamArn: STREAM_ARN,
  serve: () => shardOf([PAGE]),
  failure: failureRecord(),
};

testHydrateEntry(entry);

describe('the entry of the function for Kinesis', () => {
  test('reads the stream of its environment', async () => {
    const { iterators, reads } = shardOf([PAGE]);
    await invoke(entry);
    expect([...iterators(), ...reads()].map(({ StreamARN }) => StreamARN)).toEqual([STREAM_ARN, STREAM_ARN]);
  });

  test('knows the roles of its environment', async () => {
    shardOf([PAGE]);
    const { sent } = await invoke(entry);
    const { Records } = JSON.parse(sent.MessageBody!).payload;
    expect(Records).toEqual(Array(3).fill(expect.objectContaining({ invokeIdentityArn: ROLE_ARN })));
  });

  test.each([
    ['as old as the stream', 24 * 3_600_000, ['AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP']],
    ['younger than the stream', 24 * 3_600_000 - 1, ['AT_SEQUENCE_NUMBER']],
  ])('takes an empty position for trimmed by the retention of its environment: %s', async (_, millisBehindLatest, types) => {
    const { iterators } = shardOf([{ millisBehindLatest }, { millisBehindLatest: 0 }]);
    await invoke(entry);
    expect(iterators().map(({ ShardIteratorType }) => ShardIteratorType)).toEqual(types);
  });
});
