import { defineBench, type Figure } from '../bench';
import { anyOf, wholeNumber } from '../options';
import { type StormRow, storms } from './storms';

const MOST_FLOORS = 3;
const MOST_THROTTLED = 5;

const throttledPercent = ({ mapping: { throttles, calls } }: StormRow) => (100 * throttles) / calls;

/** Of one workload: without a storm, by an invocation for each failure record, and by the intake queue. */
function figuresOf([calm, each, queued]: readonly StormRow[], isTargeted: boolean): Figure[] {
  const figure = (what: string, unit: string, of: (row: StormRow) => number, more: Partial<Figure> = {}): Figure => ({
    name: `${queued.workload}: ${what}`, value: of(queued), unit, rival: { name: 'an invocation for each', value: of(each) }, ...more,
  });
  const floor = { name: 'floor', value: queued.floor };
  const seconds = (it: StormRow) => it.seconds;
  return [
    // The floor knows the limits of shards alone: where there are many, the instances are the limit.
    figure('last dead letter', 's', seconds, { rival: floor, ...(isTargeted && { target: { of: 'ratio', atMost: MOST_FLOORS } }) }),
    figure('last dead letter, as modelled', 's', (it) => it.modelled ?? it.seconds, { rival: { name: 'measured', value: queued.seconds } }),
    figure('last dead letter, against the rival', 's', seconds),
    figure('undeliverable', 'failures', (it) => it.undeliverable, { target: { of: 'value', atMost: 0 } }),
    figure('reads', 'calls', (it) => it.hydration.calls),
    figure('throttled reads', 'calls', (it) => it.hydration.throttles),
    figure('throttled reads of the mapping', '%', throttledPercent, { target: { of: 'value', atMost: MOST_THROTTLED } }),
    figure('oldest record that the mapping reads', 's', (it) => it.mapping.maxAge / 1_000, {
      note: `${(calm.mapping.maxAge / 1_000).toFixed(1)} s without a storm`,
    }),
  ];
}

export const bench = defineBench({
  summary: 'many failures at once, by the intake queue and by an invocation for each; shards in memory with the limits of Kinesis, virtual time',
  options: {
    'failures': wholeNumber({ help: 'failure records, all within a second', default: 1_000, smallest: 20, min: 1, max: 200_000 }),
    'shards': wholeNumber({ help: 'shards that they are from', default: 4, min: 1, max: 1_000 }),
    'max-concurrency': wholeNumber({ help: 'instances that read at the same time', default: 2, min: 2, max: 1_000 }),
    'load': wholeNumber({ help: 'records of 1 KiB that each shard gets in a second meanwhile', default: 10, min: 1, max: 1_000 }),
    'batches': anyOf({ help: 'failed batches of one record, or of 100 and 1,000: these take gigabytes where there are many', known: ['small', 'large'] as const }),
    'seed': wholeNumber({ help: 'of the random numbers', default: 1, min: 1, max: 9_999_999 }),
  },
  async run({ failures, shards, 'max-concurrency': maxConcurrency, load, batches, seed }, progress) {
    // The function logs a line for each dead letter.
    const { log } = console;
    console.log = () => undefined;
    const rows = await storms({ failures, shards, maxConcurrency, load, batches, seed }, progress).finally(() => { console.log = log; });
    const lossy = rows.find(({ lost }) => lost > 0);
    if (lossy) throw new Error(`every failure must become a dead letter, got: ${lossy.lost} lost (${lossy.workload}, ${lossy.delivery})`);
    return Array.from({ length: rows.length / 3 }, (_, index) => figuresOf(rows.slice(3 * index, 3 * index + 3), shards <= 4)).flat();
  },
});
