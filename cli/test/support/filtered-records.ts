import { toEventRecord } from '../../../lambda/shared/stream/kinesis-event-record';
import { indexOf, SHARD_ID, STREAM_ARN, streamRecord } from '../../../test/support/records';

/** A record of a place in a shard, with a document as its data. */
export function kinesisRecord(document: unknown, place: number): object {
  const Data = new TextEncoder().encode(JSON.stringify(document));
  return toEventRecord(streamRecord(place, { Data }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
}

/** Places of records in their shard. */
export function numbersOf(records: readonly unknown[]): number[] {
  return records.map(indexOf);
}
