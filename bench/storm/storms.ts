import { asyncInvocations } from './async-invocations';
import type { Delivery } from './delivery';
import { modelledSeconds } from './model';
import { queuedBatches } from './queued-batches';
import { RECORD_BYTES, runStorm, type StormResult, type Workload } from './run-storm';

export interface StormSettings {
  readonly shards: number;
  readonly failures: number;
  readonly maxConcurrency: number;
  /** Records of 1 KiB that each shard gets in a second meanwhile. */
  readonly load: number;
  /** Sizes of the failed batches: large ones take gigabytes where there are many. */
  readonly batches: readonly ('small' | 'large')[];
  readonly seed: number;
}

/** A run, with what the model says of it. */
export interface StormRow extends StormResult {
  readonly modelled?: number;
}

const WORKLOADS = {
  small: [{ name: 'one record of 1,000 fails', batchSize: 1, stride: 1_000 }],
  large: [
    { name: 'every batch of 100 fails', batchSize: 100, stride: 100 },
    { name: 'every batch of 1,000 fails', batchSize: 1_000, stride: 1_000 },
  ],
};

/** Runs each workload without a storm, by an invocation for each failure record, and by the intake queue. */
export async function storms(settings: StormSettings, progress: (what: string) => void): Promise<StormRow[]> {
  const { shards, failures, maxConcurrency, load: recordsPerSecond, batches, seed } = settings;
  const rows: StormRow[] = [];
  for (const kind of batches.flatMap((size) => WORKLOADS[size])) {
    const workload: Workload = { ...kind, shards, failures, recordsPerSecond };
    const modelled = modelledSeconds({ shards, failures, bytes: kind.batchSize * RECORD_BYTES, maxConcurrency });
    const ways: readonly (readonly [string, Delivery | undefined, number | undefined])[] = [
      ['no storm', undefined, undefined],
      ['an invocation for each', asyncInvocations, undefined],
      [`intake queue, ${maxConcurrency} instances`, queuedBatches({ maxConcurrency, batchSize: 10 }), modelled],
    ];
    for (const [name, delivery, expected] of ways) {
      progress(`${kind.name}: ${name}`);
      rows.push({ ...await runStorm(workload, name, delivery, seed), modelled: expected });
    }
  }
  return rows;
}
