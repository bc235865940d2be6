import { KinesisReadLimits } from '../../../local/gateway/kinesis-read-limits';

const MIB = 1_048_576;

describe('the read limits of a Kinesis shard', () => {
  let now: number;
  let limits: KinesisReadLimits;
  beforeEach(() => {
    now = 1_000;
    limits = new KinesisReadLimits(() => now);
  });

  const takes = (count: number, operation: 'GetRecords' | 'GetShardIterator' = 'GetRecords', shard = 'a') =>
    Array.from({ length: count }, () => limits.take(operation, shard));

  test('are five calls of each operation within any second, of each shard', () => {
    expect(takes(6)).toEqual([true, true, true, true, true, false]);
    expect(takes(6, 'GetShardIterator')).toEqual([true, true, true, true, true, false]);
    expect(takes(1, 'GetRecords', 'b')).toEqual([true]);
    now += 999;
    expect(takes(1)).toEqual([false]);
    now += 1;
    expect(takes(6)).toEqual([true, true, true, true, true, false]);
  });

  test('are 2 MiB a second, and only of what gives records', () => {
    expect(takes(1)).toEqual([true]);
    limits.add('a', 2 * MIB);
    expect([takes(1), takes(1, 'GetShardIterator')]).toEqual([[false], [true]]);
    now += 500;
    expect(takes(1)).toEqual([true]);
  });

  test('stop a shard for five seconds after a page of 10 MiB', () => {
    takes(1);
    limits.add('a', 10 * MIB);
    now += 4_999;
    expect(takes(1)).toEqual([false]);
    now += 1;
    expect(takes(1)).toEqual([true]);
  });
});
