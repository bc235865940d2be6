import { parseObject } from '../json';
import type { Middleware } from './types';

/** Calls of an operation that a shard allows in a second, from all of its readers together. */
const CALLS = 5;
/** Bytes that a shard gives in a second. */
const BYTES = 2_097_152;

interface ShardUse {
  /** Times of the calls of the last second, by operation. */
  readonly calls: Record<'GetShardIterator' | 'GetRecords', number[]>;
  /** Bytes that are above the limit so far, and when that was. */
  excess: number;
  at: number;
  /** After a response of more than the bytes of a second, all calls are refused for as long as these bytes take. */
  blockedUntil: number;
}

/**
 * The limits of reads of a Kinesis shard, which all readers without enhanced fan-out share: five calls of each operation and 2 MB a second. A
 * refused call does not count.
 * @see https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
 */
export class KinesisReadLimits {
  private readonly shards = new Map<string, ShardUse>();

  /** @param now the time in milliseconds */
  constructor(private readonly now: () => number) {}

  /** Counts a call, where it is allowed. */
  take(operation: 'GetShardIterator' | 'GetRecords', shard: string): boolean {
    const now = this.now();
    const use = this.useOf(shard, now);
    const calls = use.calls[operation].filter((time) => now - time < 1_000);
    use.calls[operation] = calls;
    if (calls.length >= CALLS) return false;
    if (operation === 'GetRecords' && (now < use.blockedUntil || use.excess >= BYTES)) return false;
    calls.push(now);
    return true;
  }

  /** Counts the bytes of a response. */
  add(shard: string, bytes: number): void {
    const now = this.now();
    const use = this.useOf(shard, now);
    use.excess += bytes;
    if (bytes > BYTES) use.blockedUntil = now + (bytes / BYTES) * 1_000;
  }

  private useOf(shard: string, now: number): ShardUse {
    const use = this.shards.get(shard) ?? { calls: { GetShardIterator: [], GetRecords: [] }, excess: 0, at: now, blockedUntil: 0 };
    use.excess = Math.max(0, use.excess - ((now - use.at) / 1_000) * BYTES);
    use.at = now;
    this.shards.set(shard, use);
    return use;
  }
}

/** Refuses reads of Kinesis streams over the limits of their shards, in wall time. */
export function limitKinesisReads(): Middleware {
  const limits = new KinesisReadLimits(() => performance.now());
  const shards = new Map<string, string>();
  return async (request, next) => {
    const { action, input, resources: [stream] } = request;
    if (action !== 'GetShardIterator' && action !== 'GetRecords') return next();
    const iterator = String(input.ShardIterator);
    const shard = action === 'GetRecords' ? shards.get(iterator) : `${stream} ${String(input.ShardId)}`;
    // An iterator that this did not see is for the emulator to refuse.
    if (shard === undefined) return next();
    if (!limits.take(action, shard)) return request.error('ProvisionedThroughputExceededException', `Rate exceeded for shard ${shard}`);
    const answer = await next();
    if (answer?.status !== 200) return answer;
    const { ShardIterator: first, NextShardIterator: following = first, Records: records = [] } = parseObject(answer.body);
    if (typeof following === 'string') shards.set(following, shard);
    const data = (records as { readonly Data?: string }[]).map(({ Data = '' }) => Buffer.byteLength(Data, 'base64'));
    limits.add(shard, data.reduce((sum, bytes) => sum + bytes, 0));
    return answer;
  };
}
