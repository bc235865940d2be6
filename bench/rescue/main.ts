import Table from 'cli-table3';
import colors from 'picocolors';
import { runCommand } from '../../local/command';
import { wholeNumber } from '../whole-number';
import { BusyShards, type CallCounts } from './busy-shards';
import { CONTESTANTS } from './contestants';
import { fill, type Workload, WORKLOADS } from './workload';

const USAGE = `npm run rescue -- [--failures 200] [--speed 10] [--json]

  Reads the records of failed batches from a Kinesis stream, by the reader of \`stream-dlq rescue\` and by a bare loop with one iterator and one read
  for each batch, against shards in memory: five reads a second, shared by all readers, and 20 ms for each response. A throttled call is tried
  again as the SDK does. A mapping polls every shard once a second beside them.

  --failures n  failed batches of each shard (default: 200)
  --speed n     how many times as fast as the clock time runs, 1 to 20 (default: 10); the tool's own
                work counts as that much longer
  --json        print one JSON document on stdout instead of the table
  --help        print this text

Exit code 0 if the tool has every batch whole, with two calls for each and no throttled poll of the mapping, 1 if not, 2 for a wrong option.
`;

const POLL_MILLIS = 1_000;

interface Result {
  readonly workload: string;
  readonly contestant: keyof typeof CONTESTANTS;
  readonly batches: number;
  readonly whole: number;
  readonly reader: CallCounts;
  readonly mapping: CallCounts;
  /** Of simulated time. */
  readonly seconds: number;
}

interface Settings {
  readonly failures: number;
  readonly speed: number;
}

async function measure(workload: Workload, contestant: keyof typeof CONTESTANTS, { failures: ofShard, speed }: Settings): Promise<Result> {
  const busy = new BusyShards(speed);
  const failures = fill(busy, workload, ofShard);
  const [reader, mapping] = [{ calls: 0, throttles: 0 }, { calls: 0, throttles: 0 }];
  let isDone = false;
  const polls = busy.shardIds.map(async (shardId) => {
    while (!isDone) {
      await busy.poll(shardId, mapping);
      await busy.wait(POLL_MILLIS);
    }
  });
  const begin = performance.now();
  const whole = await CONTESTANTS[contestant](failures, busy.client(reader), speed);
  const seconds = ((performance.now() - begin) / 1_000) * speed;
  isDone = true;
  await Promise.all(polls);
  return { workload: workload.name, contestant, batches: failures.length, whole, reader, mapping, seconds };
}

function table(results: readonly Result[]): string {
  const head = ['', '', 'batches', 'whole', 'calls', 'throttled', 'polls of the mapping', 'throttled', 'seconds', 'ratio'];
  const rows = new Table({
    head: head.map((title) => colors.dim(title)),
    colAligns: ['left', 'left', ...head.slice(2).map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const { workload, contestant, batches, whole, reader, mapping, seconds } of results) {
    const bare = results.find((other) => other.workload === workload && other.contestant === 'bare loop')!;
    const ratio = (seconds / bare.seconds).toFixed(2);
    rows.push([workload, contestant, batches, whole, reader.calls, reader.throttles, mapping.calls, mapping.throttles, seconds.toFixed(1), ratio]);
  }
  return rows.toString();
}

void runCommand({
  usage: USAGE,
  options: {
    failures: { type: 'string', default: '200' },
    speed: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
  settings: ({ failures, speed, json }) => ({
    failures: wholeNumber('failures', failures as string, { min: 1, max: 10_000 }), speed: wholeNumber('speed', speed as string, { min: 1, max: 20 }), json: json === true,
  }),
  async run({ json, ...settings }) {
    const results: Result[] = [];
    for (const workload of WORKLOADS) {
      for (const contestant of ['tool', 'bare loop'] as const) results.push(await measure(workload, contestant, settings));
    }
    process.stdout.write(json ? `${JSON.stringify(results, null, 2)}\n` : `${table(results)}\n`);
    const isSound = results.every(({ contestant, batches, whole, reader, mapping }) =>
      contestant !== 'tool' || (whole === batches && reader.calls === 2 * batches && mapping.throttles === 0));
    return isSound ? 0 : 1;
  },
});
