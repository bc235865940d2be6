import * as kinesis from '@aws-sdk/client-kinesis';
import { mockClient } from 'aws-sdk-client-mock';
import { HydrateEntry, invoke, mockModules, testHydrateEntry } from '../../support/hydrate-entry';
import { CONSUMER_ARN, failureRecord, STREAM_ARN, streamRecord } from '../../support/records';
import { Page, shardOf } from '../../support/shard';

const PAGE: Page = { records: [0, 1, 2].map((index) => streamRecord(index)) };

const entry: HydrateEntry = {
  load: () => {
    mockModules({ '@aws-sdk/client-kinesis': kinesis });
    jest.doMock('@aws-sdk/client-dynamodb-streams', () => {
      throw new Error('the client of the other kind of stream is not to be loaded');
    });
    return jest.requireActual<typeof import('../../../lambda/hydrate/hydrate-streams')>('../../../lambda/hydrate/hydrate-streams');
  },
  serve: () => shardOf([PAGE]),
  failure: failureRecord(),
};

testHydrateEntry(entry);

describe('the entry of the function, for Kinesis', () => {
  test.each([STREAM_ARN, `${STREAM_ARN}-2`, CONSUMER_ARN])('reads the stream of the batch: %s', async (streamArn) => {
    const { iterators, reads } = shardOf([PAGE]);
    await invoke(entry, failureRecord({ streamArn }));
    const its = streamArn === CONSUMER_ARN ? STREAM_ARN : streamArn;
    expect([...iterators(), ...reads()].map(({ StreamARN }) => StreamARN)).toEqual([its, its]);
  });

  test('sends a dead letter without records when its role is not allowed to read the stream', async () => {
    mockClient(kinesis.KinesisClient).onAnyCommand().rejects(new kinesis.AccessDeniedException({ message: 'not authorized', $metadata: {} }));
    const { sent } = await invoke(entry, failureRecord({ streamArn: `${STREAM_ARN}-of-others` }));
    expect(JSON.parse(sent.MessageBody!).hydration).toMatchObject({ status: 'UNREADABLE', error: { name: 'AccessDeniedException', message: 'not authorized' } });
  });

  test.each([
    ['24 hours', 24 * 3_600_000, ['AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP']],
    ['less than 24 hours', 24 * 3_600_000 - 1, ['AT_SEQUENCE_NUMBER']],
  ])('considers an empty position trimmed from the shortest retention period on: %s behind the tip', async (_, millisBehindLatest, types) => {
    const { iterators } = shardOf([{ millisBehindLatest }, { millisBehindLatest: 0 }]);
    await invoke(entry);
    expect(iterators().map(({ ShardIteratorType }) => ShardIteratorType)).toEqual(types);
  });
});
