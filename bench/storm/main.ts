import Table from 'cli-table3';
import colors from 'picocolors';
import { runCommand } from '../../local/command';
import { wholeNumber } from '../whole-number';
import { storms, type StormRow } from './storms';

const USAGE = `npm run storm -- [--failures 1000] [--shards 4] [--max-concurrency 2] [--load 10] [--small] [--json]

  Failures of many batches at once: how long it takes until all are dead letters, and what that costs the mapping that reads the same shards. By
  an invocation for each failure record, as SNS invokes a function, and by the intake queue with the hydrate function's own handler.

  The reader and the retries are those of the function. Shards are in memory, with the limits of Kinesis: five calls of each operation and 2 MB
  a second, shared by all readers, and 20 ms for each response. The mapping reads every shard once a second. Time is virtual: waits take no
  time, and work takes none of it. "floor" is one read for each failure with all that the mapping leaves of a shard, or the bytes at 2 MB a second.

  --failures n         failure records, all within a second (default: 1000)
  --shards n           shards that they are from (default: 4)
  --max-concurrency n  instances that read at the same time (default: 2)
  --load n             records of 1 KiB that each shard gets in a second meanwhile (default: 10)
  --small              only failed batches of one record
  --seed n             of the random numbers (default: 1)
  --json               print one JSON document on stdout instead of the table
  --help               print this text

Exit code 0 if every failure has a whole dead letter, and with the intake queue the mapping has less than 5 % of its reads throttled and the last
dead letter comes within three times the floor of 4 shards; 1 if not, 2 for a wrong option.
`;

const MOST_THROTTLED = 0.05;
const MOST_FLOORS = 3;

function table(rows: readonly StormRow[]): string {
  const head = [
    '', '', 'last dead letter', '× floor', 'model', 'reads', 'throttled', 'reads of the mapping', 'throttled', 'oldest record', 'at most', 'undeliverable',
    'lost',
  ];
  const all = new Table({
    head: head.map((title) => colors.dim(title)),
    colAligns: ['left', 'left', ...head.slice(2).map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const { workload, delivery, failures, seconds, floor, modelled, hydration, mapping, undeliverable, lost } = row;
    const of = (text: string) => (failures > 0 ? text : '');
    all.push([
      workload, delivery, of(`${seconds.toFixed(1)} s`), of((seconds / floor).toFixed(2)), modelled === undefined ? '' : `${modelled.toFixed(0)} s`,
      of(String(hydration.calls)), of(String(hydration.throttles)), mapping.calls, `${(100 * throttledShare(row)).toFixed(1)} %`,
      `${(mapping.medianAge / 1_000).toFixed(1)} s`, `${(mapping.maxAge / 1_000).toFixed(1)} s`, undeliverable, lost,
    ]);
  }
  return all.toString();
}

function throttledShare({ mapping: { throttles, calls } }: StormRow): number {
  return throttles / calls;
}

void runCommand({
  usage: USAGE,
  options: {
    'failures': { type: 'string', default: '1000' },
    'shards': { type: 'string', default: '4' },
    'max-concurrency': { type: 'string', default: '2' },
    'load': { type: 'string', default: '10' },
    'small': { type: 'boolean', default: false },
    'seed': { type: 'string', default: '1' },
    'json': { type: 'boolean', default: false },
  },
  settings: ({ failures, shards, 'max-concurrency': most, load, small, seed, json }) => ({
    failures: wholeNumber('failures', failures as string, { min: 1, max: 200_000 }),
    shards: wholeNumber('shards', shards as string, { min: 1, max: 1_000 }),
    maxConcurrency: wholeNumber('max-concurrency', most as string, { min: 2, max: 1_000 }),
    load: wholeNumber('load', load as string, { min: 1, max: 1_000 }),
    seed: wholeNumber('seed', seed as string, { min: 1, max: 9_999_999 }),
    smallOnly: small === true,
    json: json === true,
  }),
  async run({ json, ...settings }) {
    // The function logs a line for each dead letter.
    const { log } = console;
    console.log = () => undefined;
    const rows = await storms(settings, (what) => process.stderr.write(`${what}\n`)).finally(() => { console.log = log; });
    process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : `${table(rows)}\n`);
    const isWithin = ({ modelled, seconds, floor }: StormRow) => modelled === undefined || settings.shards > 4 || seconds <= MOST_FLOORS * floor;
    const isFair = (row: StormRow) => row.modelled === undefined || throttledShare(row) < MOST_THROTTLED;
    return rows.every((row) => row.lost === 0 && isWithin(row) && isFair(row)) ? 0 : 1;
  },
});
