import { defineBench, type Figure } from '../bench';
import { wholeNumber } from '../options';
import { CASES, type LargeCase, measure } from './measure';

/** The default of the hydrate function, and less. */
const SIZES = [512, 256, 128];

async function figuresOf(largeCase: LargeCase, memorySize: number): Promise<Figure[]> {
  const it = await measure(largeCase, memorySize);
  const name = `${it.case} with ${memorySize} MB`;
  const records = it.failure === undefined ? it.recoveredRecords! : 0;
  const isPromised = memorySize >= (largeCase.promisedMemory ?? SIZES[0]);
  return [
    {
      name: `${name}: in the dead letter`, value: records, unit: 'records',
      ...(isPromised && { target: { of: 'value' as const, atLeast: largeCase.isRange ? 1 : largeCase.records } }),
      ...(it.failure !== undefined ? { note: it.failure.slice(0, 60) } : records < largeCase.records && { note: 'PARTIAL, as documented: the limit is 64 KiB of JSON for each MB' }),
    },
    {
      name: `${name}: own memory`, value: it.ownMebibytes, unit: 'MiB', ...(isPromised && { target: { of: 'value' as const, atMost: memorySize } }),
      note: `${it.peakMebibytes} MiB with the Node.js binary`,
    },
    { name: `${name}: time`, value: it.seconds, unit: 's' },
  ];
}

export const bench = defineBench({
  summary: 'memory and time of the hydrate function on the largest batches, with the memory limit enforced (Linux)',
  options: {
    cases: wholeNumber({ help: `how many of the cases: ${CASES.map(({ name }) => name).join(', ')}`, default: CASES.length, min: 1, max: CASES.length }),
    sizes: wholeNumber({ help: `how many of the memory sizes: ${SIZES.join(', ')} MB`, default: SIZES.length, short: 2, min: 1, max: SIZES.length }),
  },
  async run({ cases, sizes }, progress) {
    const figures: Figure[] = [];
    for (const largeCase of CASES.slice(0, cases)) {
      for (const size of SIZES.slice(0, sizes)) {
        progress(`${largeCase.name} with ${size} MB`);
        figures.push(...await figuresOf(largeCase, size));
      }
    }
    return figures;
  },
});
