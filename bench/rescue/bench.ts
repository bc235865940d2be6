import { defineBench, type Figure } from '../bench';
import { wholeNumber } from '../options';
import { BusyShards, type CallCounts } from './busy-shards';
import { CONTESTANTS } from './contestants';
import { fill, type Workload, WORKLOADS } from './workload';

const POLL_MILLIS = 1_000;

interface Result {
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
  return { batches: failures.length, whole, reader, mapping, seconds };
}

function figuresOf({ name }: Workload, tool: Result, loop: Result): Figure[] {
  const figure = (what: string, unit: string, of: (it: Result) => number, more: Partial<Figure> = {}): Figure =>
    ({ name: `${name}: ${what}`, value: of(tool), unit, rival: { name: 'bare loop', value: of(loop) }, ...more });
  return [
    figure('batches with all records', 'batches', (it) => it.whole),
    figure('calls', 'calls', (it) => it.reader.calls, { target: { of: 'value', atMost: 2 * tool.batches }, note: 'the floor: two for each batch' }),
    figure('throttled', 'calls', (it) => it.reader.throttles),
    figure('throttled polls of the mapping', 'polls', (it) => it.mapping.throttles, { target: { of: 'value', atMost: 0 } }),
    figure('time', 's', (it) => it.seconds),
  ];
}

export const bench = defineBench({
  summary: 'the reader of `stream-dlq rescue`, against a bare loop with two calls for each batch; shards in memory, a mapping polls beside it',
  options: {
    failures: wholeNumber({ help: 'failed batches of each shard', default: 200, short: 100, smallest: 5, min: 1, max: 10_000 }),
    speed: wholeNumber({
      help: 'how many times as fast as the clock time runs; the tool\'s own work counts as that much longer', default: 10, smallest: 20, min: 1, max: 20,
    }),
  },
  async run(settings, progress) {
    const figures: Figure[] = [];
    for (const workload of WORKLOADS) {
      progress(workload.name);
      const tool = await measure(workload, 'tool', settings);
      if (tool.whole !== tool.batches) throw new Error(`rescue must have all ${tool.batches} batches of ${workload.name} whole, got: ${tool.whole}`);
      figures.push(...figuresOf(workload, tool, await measure(workload, 'bare loop', settings)));
    }
    return figures;
  },
});
