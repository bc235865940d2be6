import { StreamFollower } from '../../../local/emulators/stream-follower';

const ANSWERS: Readonly<Record<string, Record<string, unknown>>> = {
  DescribeTable: { Table: { LatestStreamArn: 'arn', StreamSpecification: { StreamEnabled: true } } },
  DescribeStream: { StreamDescription: { Shards: [{ ShardId: 'shard' }] } },
  GetShardIterator: { ShardIterator: 'start' },
  GetRecords: { Records: [], NextShardIterator: 'next' },
};

let calls: string[];
let broken: string | undefined;
let follower: StreamFollower;

beforeEach(() => {
  [calls, broken] = [[], undefined];
  follower = new StreamFollower(async (target) => {
    const [, action] = target.split('.');
    calls.push(action);
    if (action === broken) throw new Error('socket hang up');
    return ANSWERS[action];
  });
});

test('writes at the same time share a read', async () => {
  await Promise.all([follower.afterWrite(['orders']), follower.afterWrite(['orders']), follower.afterWrite(['orders'])]);
  expect(calls).toEqual(['DescribeTable', 'DescribeStream', 'GetShardIterator', 'GetRecords']);
  await follower.afterWrite(['orders']);
  expect(calls.slice(4)).toEqual(['GetRecords']);
});

test.each(['DescribeTable', 'GetRecords'])('a %s that fails is told to who waited for it, and the next write is followed again', async (action) => {
  broken = action;
  await expect(follower.afterWrite(['orders'])).rejects.toThrow('socket hang up');
  broken = undefined;
  await follower.afterWrite(['orders']);
  expect(calls.at(-1)).toBe('GetRecords');
});
