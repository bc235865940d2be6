import * as streams from '@aws-sdk/client-dynamodb-streams';
import { dynamoBatchOfAge, dynamoFailureRecord, dynamoRecord, TABLE_STREAM_ARN } from '../../support/dynamo-records';
import { dynamoShardWith } from '../../support/dynamo-shard';
import { HydrateEntry, invoke, mockModules, testHydrateEntry } from '../../support/hydrate-entry';

// An entry reads at the pace of production: a test of many pages would take as long.
jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn(async () => undefined) }));

const entry: HydrateEntry = {
  load: () => {
    mockModules({ '@aws-sdk/client-dynamodb-streams': streams });
    jest.doMock('@aws-sdk/client-kinesis', () => {
      throw new Error('the client of the other kind of stream is not to be loaded');
    });
    return jest.requireActual<typeof import('../../../lambda/hydrate/hydrate-streams')>('../../../lambda/hydrate/hydrate-streams');
  },
  serve: () => dynamoShardWith([0, 1, 2]),
  failure: dynamoFailureRecord(),
};

testHydrateEntry(entry);

describe('the entry of the function, for DynamoDB', () => {
  test('reads the stream of the batch', async () => {
    const { iterators, reads } = dynamoShardWith([0, 1, 2]);
    await invoke(entry);
    expect(iterators().map(({ StreamArn }) => StreamArn)).toEqual([TABLE_STREAM_ARN]);
    expect(reads()).toHaveLength(1);
  });

  test('considers records expired after 24 hours', async () => {
    dynamoShardWith([]);
    const { sent } = await invoke(entry, { ...dynamoFailureRecord(), DDBStreamBatchInfo: dynamoBatchOfAge(24 * 3_600_000) });
    expect(JSON.parse(sent.MessageBody!).hydration.status).toBe('EXPIRED');
  });

  test('reads no more than fits into memory', async () => {
    process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE = '1';
    dynamoShardWith([0, 1, 2], { pageSize: 1, recordOf: (index) => dynamoRecord(index, { NewImage: { id: { S: 'x'.repeat(70_000) } } }) });
    const { sent } = await invoke(entry);
    expect(JSON.parse(sent.MessageBody!).hydration).toMatchObject({ status: 'PARTIAL', error: { name: 'RangeTooLarge' } });
  });
});
