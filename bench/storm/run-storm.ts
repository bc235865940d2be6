import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { isWhole } from '../../src/contract';
import { failureRecord, sequenceNumber } from '../../test/support/records';
import { median } from '../median';
import type { Delivery } from './delivery';
import { type MappingFigures, pollAsMapping } from './main-mapping';
import { type CallCounts, StormStream } from './storm-stream';
import { seededRandom, VirtualTime } from './virtual-time';

export interface Workload {
  readonly name: string;
  readonly shards: number;
  readonly failures: number;
  /** Records of each failed batch. */
  readonly batchSize: number;
  /** Records between the beginnings of two failed batches of a shard. */
  readonly stride: number;
  /** Records of 1 KiB that each shard gets in a second meanwhile. */
  readonly recordsPerSecond: number;
}

export interface StormResult {
  readonly workload: string;
  readonly delivery: string;
  readonly failures: number;
  /** Seconds until the last dead letter. */
  readonly seconds: number;
  /** Seconds that one read for each failure takes, with all reads of a shard that the mapping leaves. */
  readonly floor: number;
  readonly hydration: CallCounts;
  readonly mapping: CallCounts & { readonly medianAge: number; readonly maxAge: number };
  readonly undeliverable: number;
  /** Failures without a whole dead letter that are not undeliverable either. */
  readonly lost: number;
  readonly duplicates: number;
}

export const RECORD_BYTES = 1_024;
const SEND_MILLIS = 20;
const MAPPING_READS = 1;
const READS = 5;
const MEMORY_BYTES = 512 * 65_536;

/** Runs a storm in virtual time, with the reader and the retries of the hydrate function, beside a mapping that reads every shard. */
export async function runStorm(workload: Workload, name: string, delivery: Delivery | undefined, seed: number): Promise<StormResult> {
  const time = new VirtualTime();
  const random = seededRandom(seed);
  const { shards, failures: count, batchSize, stride, recordsPerSecond } = workload;
  const ofShard = Math.ceil(count / shards);
  const records = ofShard * stride + batchSize;
  const stream = new StormStream({ shards, records, recordBytes: RECORD_BYTES, recordsPerSecond }, time, random);
  const failures = failureRecords(stream.shardIds, workload);
  const hydration: CallCounts = { calls: 0, throttles: 0 };
  const got = new Map<string, number>();
  let seconds = 0;
  const send = async ({ hydration: { deadLetterId, status } }: DeadLetter) => {
    await time.sleep(SEND_MILLIS);
    if (isWhole(status)) got.set(deadLetterId, (got.get(deadLetterId) ?? 0) + 1);
    seconds = time.now() / 1_000;
  };
  let undeliverable = 0;
  const mapping: MappingFigures = await time.run(async () => {
    let isDone = false;
    const polls = pollAsMapping(stream, time, { from: records, random, isDone: () => isDone });
    if (delivery) {
      ({ undeliverable } = await delivery({
        time, random, failures, send, timeoutMillis: 300_000, accountConcurrency: 1_000, maxBytes: MEMORY_BYTES,
        coldStartMillis: () => 300 + random() * 300,
        client: () => stream.client(hydration),
      }));
    } else {
      await time.sleep(60_000);
    }
    isDone = true;
    return polls;
  });
  const duplicates = [...got.values()].reduce((sum, times) => sum + times - 1, 0);
  const { calls, throttles, ages } = mapping;
  return {
    workload: workload.name, delivery: name, failures: delivery ? count : 0, seconds, floor: floorOf(ofShard, batchSize), hydration,
    mapping: { calls, throttles, medianAge: median(ages), maxAge: ages.reduce((most, age) => Math.max(most, age), 0) },
    undeliverable, lost: delivery ? count - got.size - undeliverable : 0, duplicates,
  };
}

/** By reads, or by bytes. */
function floorOf(failuresOfShard: number, batchSize: number): number {
  return Math.max(failuresOfShard / (READS - MAPPING_READS), (failuresOfShard * batchSize * RECORD_BYTES) / 2_097_152);
}

function failureRecords(shardIds: readonly string[], { failures, batchSize, stride }: Workload): string[] {
  return Array.from({ length: failures }, (_, index) => {
    const from = Math.floor(index / shardIds.length) * stride;
    const [startSequenceNumber, endSequenceNumber] = [sequenceNumber(from), sequenceNumber(from + batchSize - 1)];
    const shardId = shardIds[index % shardIds.length];
    return JSON.stringify(failureRecord({ shardId, startSequenceNumber, endSequenceNumber, batchSize }));
  });
}
