import {
  accessDenied, emptyPage, expiredIterator, READ_DENIALS, keyDisabled, keyGone, keyThrottled, refusedStart, streamGone, streamRecreated,
  throttled, wrongShard,
} from '../../test/faults/kinesis-faults';
import { type KinesisDatum, kinesisSource } from '../../test/faults/kinesis-source';
import type { SeededRandom } from '../../test/faults/seeded-random';
import { streamFaultRates } from './stream-fault-rates';
import { LARGE_BYTES, mixed, type Workload } from './workload';

export const kinesisWorkload: Workload<KinesisDatum> = {
  source: kinesisSource,
  records: (chance) =>
    mixed(
      (index) => smallRecord(chance, index),
      (index) => ({ key: 'large', data: chance.bytes(LARGE_BYTES - index, 'large', index) }),
    ),
  // The emulator takes long over long pages; the function takes what it gets.
  pageLimit: 60,
  trimmedStarts: [[2, 'refused'], [2, 'skipped'], [1, 'empty for ever']],
  faultRates: streamFaultRates({
    GetShardIterator: [
      [0.06, throttled], [0.03, keyThrottled], [0.04, refusedStart], [0.02, wrongShard], [0.005, streamRecreated], [0.005, streamGone],
    ],
    GetRecords: [
      [0.06, throttled], [0.03, keyThrottled], [0.07, emptyPage], [0.05, expiredIterator], [0.005, accessDenied], [0.004, keyDisabled],
      [0.003, keyGone],
    ],
  }),
  readDenials: READ_DENIALS,
  eventSourceArns: (streamArn) => [streamArn, `${streamArn}/consumer/fast:1700000000`],
};

export function smallRecord(chance: SeededRandom, index: number): KinesisDatum {
  const length = chance.integer(0, 1_500, 'length', index);
  const data = chance.pick<() => Uint8Array>(
    [
      [5, () => Buffer.from(JSON.stringify({ order: index, note: 'ü🧡\u0000\uffff\ud800', rest: 'x'.repeat(length) }))],
      [4, () => chance.bytes(length, 'data', index)],
      [1, () => chance.bytes(1, 'data', index)],
      [1, () => Buffer.from(`throw ${index}`)],
    ],
    'kind', index,
  )();
  const key = chance.pick<string>(
    [
      [6, `customer-${index % 97}`],
      [1, `schlüssel 🧡 ${index}`],
      [1, '\uffff\ufffe "\\'],
      [1, `${'長'.repeat(250)}${index}`],
      [1, `tab\tline\n${index}`],
    ],
    'key', index,
  );
  return { key, data };
}
