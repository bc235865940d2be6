import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  accessDenied, emptyPage, expiredIterator, READ_DENIALS, internalError, keyRefused, limitExceeded, streamGone, throttled, throughputExceeded,
  trimmed, trimmedStart, unknownCaller, unknownStart, wrongShard,
} from '../../test/faults/dynamo-faults';
import { dynamoSource } from '../../test/faults/dynamo-source';
import type { SeededRandom } from '../../test/faults/seeded-random';
import type { Item, Write } from '../../test/pipeline/table';
import { streamFaultRates } from './stream-fault-rates';
import { LARGE_BYTES, mixed, type Workload } from './workload';

/** An item changes or goes when its id comes again. */
const ITEMS = 301;

export const dynamoWorkload: Workload<Write> = {
  source: dynamoSource,
  records: (chance) =>
    mixed(
      (index) => write(chance, index),
      (index) => ({ put: { id: { S: `large ${index}` }, bytes: { B: chance.bytes(LARGE_BYTES - index, 'large', index) } } }),
    ),
  pageLimit: 60,
  // A place that is empty for ever takes longer to give up than there is time here.
  trimmedStarts: [[2, 'refused'], [1, 'refused on read'], [2, 'skipped']],
  faultRates: streamFaultRates({
    GetShardIterator: [
      [0.03, limitExceeded], [0.03, throughputExceeded], [0.03, throttled], [0.02, internalError], [0.03, trimmedStart], [0.02, wrongShard],
      [0.02, unknownStart], [0.005, streamGone], [0.003, unknownCaller],
    ],
    GetRecords: [
      [0.04, limitExceeded], [0.03, throughputExceeded], [0.02, throttled], [0.02, internalError], [0.07, emptyPage], [0.05, expiredIterator],
      [0.03, trimmed], [0.005, accessDenied], [0.004, keyRefused], [0.003, unknownCaller],
    ],
  }),
  readDenials: READ_DENIALS,
  eventSourceArns: (streamArn) => [streamArn],
};

function write(chance: SeededRandom, index: number): Write {
  const id = `customer 🧡 ${index % ITEMS}`;
  if (index >= ITEMS && chance.number('remove', index) < 0.15) return { remove: id };
  return { put: { id: { S: id }, version: { N: String(index) }, ...attributes(chance, index) } };
}

function attributes(chance: SeededRandom, index: number): Item {
  const length = chance.integer(0, 1_500, 'length', index);
  const bytes = (what: string) => chance.bytes(length % 64, what, index);
  return chance.pick<Record<string, AttributeValue>>(
    [
      [4, { text: { S: `ü🧡\u0000\uffff ${'x'.repeat(length)}` }, empty: { S: '' } }],
      [3, { bytes: { B: chance.bytes(length, 'bytes', index) }, none: { B: new Uint8Array() } }],
      [2, { binaries: { BS: [bytes('one'), Buffer.concat([bytes('two'), Buffer.from([0])])] }, names: { SS: ['b', 'ä', ''] } }],
      [2, { large: { N: '12345678901234567890123456789012345678' }, numbers: { NS: ['-1', '0.5', '99999999999999999999999999999999999999'] } }],
      [2, { deep: { M: { list: { L: [{ M: { bytes: { B: bytes('deep') } } }, { NULL: true }, { BOOL: false }] }, none: { M: {} } } }, few: { L: [] } }],
      [1, Object.fromEntries([['__proto__', { M: { constructor: { S: '"\\' } } }], ['2', { N: '2' }], ['1', { N: '1' }]])],
    ],
    'kind', index,
  );
}
