import Table from 'cli-table3';
import colors from 'picocolors';
import { runCommand } from '../../local/command';
import { wholeNumber } from '../whole-number';
import { CONTESTANTS } from './contestants';
import { SlowLogs } from './slow-logs';
import { fill, type Workload, WORKLOADS } from './workload';

const USAGE = `npm run reasons -- [--dead-letters 1000] [--healthy 0] [--speed 5] [--json]

  Looks up why dead letters failed, by the finder of the operator's tool and by a bare loop with one FilterLogEvents for each request id, against
  CloudWatch Logs in memory: 5 FilterLogEvents a second, 300 ms for each response, pages of 10,000 lines. Both make at most 4 calls a second.

  --dead-letters n  dead letters of each workload (default: 1000)
  --healthy n       lines of healthy invocations among those that failed (default: 0)
  --speed n         how many times as fast as the clock time runs, 1 to 50 (default: 5); the tool's own
                    work counts as that much longer
  --json            print one JSON document on stdout instead of the table
  --help            print this text

Exit code 0 if both find every reason and the tool makes fewer calls, 1 if not, 2 for a wrong option.
`;

interface Result {
  readonly workload: string;
  readonly contestant: string;
  readonly found: number;
  readonly calls: number;
  readonly throttles: number;
  /** Of simulated time. */
  readonly seconds: number;
}

interface Settings {
  readonly deadLetters: number;
  readonly healthy: number;
  readonly speed: number;
}

async function measure(workload: Workload, name: keyof typeof CONTESTANTS, { deadLetters, healthy, speed }: Settings): Promise<Result> {
  const logs = new SlowLogs(speed);
  const failures = fill(logs, workload, deadLetters, healthy);
  const begin = performance.now();
  const found = await CONTESTANTS[name](failures, logs, speed);
  const seconds = ((performance.now() - begin) / 1_000) * speed;
  return { workload: workload.name, contestant: name, found, ...logs.counts, seconds };
}

function table(results: readonly Result[]): string {
  const rows = new Table({
    head: ['dead letters of', '', 'found', 'calls', 'throttles', 'seconds'].map((title) => colors.dim(title)),
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { workload, contestant, found, calls, throttles, seconds } of results) {
    rows.push([workload, contestant, found, calls, throttles, seconds.toFixed(1)]);
  }
  return rows.toString();
}

void runCommand({
  usage: USAGE,
  options: {
    'dead-letters': { type: 'string', default: '1000' },
    'healthy': { type: 'string', default: '0' },
    'speed': { type: 'string', default: '5' },
    'json': { type: 'boolean', default: false },
  },
  settings: ({ 'dead-letters': deadLetters, healthy, speed, json }) => ({
    deadLetters: wholeNumber('dead-letters', deadLetters as string, { min: 1, max: 100_000 }),
    healthy: wholeNumber('healthy', healthy as string, { min: 0, max: 10_000_000 }),
    speed: wholeNumber('speed', speed as string, { min: 1, max: 50 }),
    json: json === true,
  }),
  async run({ json, ...settings }) {
    const results: Result[] = [];
    for (const workload of WORKLOADS) {
      for (const name of ['tool', 'bare loop'] as const) results.push(await measure(workload, name, settings));
    }
    process.stdout.write(json ? `${JSON.stringify(results, null, 2)}\n` : `${table(results)}\n`);
    const isSound = WORKLOADS.every((_, place) => results[2 * place].calls < results[2 * place + 1].calls);
    return isSound && results.every(({ found }) => found === settings.deadLetters) ? 0 : 1;
  },
});
