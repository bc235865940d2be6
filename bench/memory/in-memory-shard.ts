import type { GatewayResponse, Middleware } from '../../local/gateway/types';
import type { Sent } from '../../test/pipeline/pipeline';

/** What one call of GetRecords gives at most: 10 MiB, or one record that is larger. */
const PAGE_BYTES = 10 * 1024 * 1024;

/**
 * A shard whose pages come from memory, in the emulator's place: it takes no record over 1 MiB, and minutes for large pages.
 * Iterators are the emulator's, because the gateway knows no others.
 */
export function inMemoryShard(records: readonly Sent[], arrivedAt: number): Middleware {
  let next = 0;
  return async (request, forward) => {
    if (request.action === 'GetShardIterator') {
      const number = request.input.StartingSequenceNumber as string | undefined;
      next = number === undefined ? 0 : records.findIndex(({ sequenceNumber }) => BigInt(sequenceNumber) >= BigInt(number));
      const start = { ShardIteratorType: 'TRIM_HORIZON', StartingSequenceNumber: undefined };
      request.body = Buffer.from(JSON.stringify({ ...request.input, ...start }));
      return forward();
    }
    if (request.action !== 'GetRecords') return forward();
    const page = pageFrom(records, next, request.input.Limit as number);
    next += page.length;
    return answer(page, arrivedAt, next < records.length, request.input.ShardIterator as string);
  };
}

function pageFrom(records: readonly Sent[], start: number, limit: number): readonly Sent[] {
  let bytes = 0;
  let end = start;
  while (end < records.length && end - start < limit && (end === start || bytes + records[end].data.length <= PAGE_BYTES)) {
    bytes += records[end++].data.length;
  }
  return records.slice(start, end);
}

function answer(page: readonly Sent[], arrivedAt: number, hasMore: boolean, iterator: string): GatewayResponse {
  const Records = page.map(({ sequenceNumber, partitionKey, data }) => ({
    SequenceNumber: sequenceNumber,
    PartitionKey: partitionKey,
    Data: Buffer.from(data).toString('base64'),
    ApproximateArrivalTimestamp: arrivedAt / 1_000,
    EncryptionType: 'KMS',
  }));
  const body = JSON.stringify({ Records, NextShardIterator: iterator, MillisBehindLatest: hasMore ? 1_000 : 0 });
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: Buffer.from(body) };
}
