import { defineBench, type Figure } from '../bench';
import { wholeNumber } from '../options';
import { CONTESTANTS } from './contestants';
import { SlowLogs } from './slow-logs';
import { fill, type Workload, WORKLOADS } from './workload';

interface Result {
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
  if (found !== deadLetters) throw new Error(`${name} must find the reason of all ${deadLetters} dead letters of ${workload.name}, got: ${found}`);
  return { ...logs.counts, seconds };
}

export const bench = defineBench({
  summary: 'finding why dead letters failed, against a bare loop with one FilterLogEvents for each; CloudWatch Logs in memory, 5 calls a second, 300 ms each',
  options: {
    'dead-letters': wholeNumber({ help: 'dead letters of each workload', default: 1_000, short: 300, smallest: 20, min: 1, max: 100_000 }),
    'healthy': wholeNumber({ help: 'lines of healthy invocations among those that failed', default: 0, min: 0, max: 10_000_000 }),
    'speed': wholeNumber({
      help: 'how many times as fast as the clock time runs; the tool\'s own work counts as that much longer', default: 5, smallest: 50, min: 1, max: 50,
    }),
  },
  async run({ 'dead-letters': deadLetters, ...rest }, progress) {
    const figures: Figure[] = [];
    for (const workload of WORKLOADS) {
      progress(workload.name);
      const settings = { deadLetters, ...rest };
      const tool = await measure(workload, 'tool', settings);
      const loop = await measure(workload, 'bare loop', settings);
      const figure = (what: string, unit: string, of: (it: Result) => number): Figure =>
        ({ name: `${workload.name}: ${what}`, value: of(tool), unit, rival: { name: 'bare loop', value: of(loop) } });
      figures.push(
        { ...figure('calls', 'calls', (it) => it.calls), target: { of: 'ratio', atMost: 1 } },
        figure('throttled', 'calls', (it) => it.throttles),
        figure('time', 's', (it) => it.seconds),
      );
    }
    return figures;
  },
});
