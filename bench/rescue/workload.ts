import { FoundFailures } from '../../cli/commands/rescue/found-failures';
import type { FoundFailure } from '../../cli/commands/rescue/found-failures';
import { failureRecord, sequenceNumber, streamRecord } from '../../test/support/records';
import type { BusyShards } from './busy-shards';

export interface Workload {
  readonly name: string;
  readonly shards: number;
}

export const WORKLOADS: readonly Workload[] = [
  { name: '1 shard', shards: 1 },
  { name: '8 shards', shards: 8 },
];

/** Records of a batch. */
const BATCH_SIZE = 10;

/** Failed batches of each shard, with a batch between two of them that did not fail. */
export function fill(busy: BusyShards, { shards }: Workload, failuresOfShard: number): FoundFailure[] {
  const found = new FoundFailures();
  for (let shard = 0; shard < shards; shard++) {
    const shardId = `shardId-${String(shard).padStart(12, '0')}`;
    busy.add(shardId, Array.from({ length: 2 * BATCH_SIZE * failuresOfShard }, (_, index) => streamRecord(index)));
    for (let failure = 0; failure < failuresOfShard; failure++) {
      const from = 2 * BATCH_SIZE * failure;
      const [startSequenceNumber, endSequenceNumber] = [sequenceNumber(from), sequenceNumber(from + BATCH_SIZE - 1)];
      found.add({ id: `${shardId} ${failure}`, text: JSON.stringify(failureRecord({ shardId, startSequenceNumber, endSequenceNumber, batchSize: BATCH_SIZE })) });
    }
  }
  return found.oldestFirst;
}
