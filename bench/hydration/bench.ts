import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { startNodeProcess } from '../../local/emulators/node-process';
import { defineBench, type Figure } from '../bench';
import { median } from '../median';
import { wholeNumber } from '../options';
import { inTurns, pairedRatio } from '../paired-runs';
import { CASES, failureOf, type HydrationCase, pagesOf } from './cases';
import { contestants, type Hydrate } from './contestants';

const MOST_CPU = 1.5;
/** Records of a run: small batches are repeated, because the clock of the processor is coarse. */
const RECORDS_OF_RUN = 2_000;
const MOST_REPEATS = 200;

/** The least calls: an iterator, each page, and the message. */
const floorOf = (it: HydrationCase, overflows: boolean) => 1 + pagesOf(it) + (overflows ? 2 : 1);

async function measure(it: HydrationCase, runs: number, script: string): Promise<Figure[]> {
  const server = startNodeProcess({ name: 'the shard of the bench', script, args: [it.name], keepsParentAlive: true });
  // Clients try again for as long as they may: without the server, that has no end.
  const ended = server.exited.then((how): never => { throw new Error(`the shard of the bench must run to the end, got: ${how}`); });
  try {
    return await Promise.race([ended, compare(it, runs, `http://127.0.0.1:${await server.listening()}`)]);
  } finally {
    ended.catch(() => undefined);
    await server.stop();
  }
}

async function compare(it: HydrationCase, runs: number, endpoint: string): Promise<Figure[]> {
  const { ours, bareLoop, close } = contestants(it.kind, endpoint);
  try {
    const calls = async () => (await (await fetch(`${endpoint}/calls`)).json()) as Record<string, number>;
    const text = JSON.stringify(failureOf(it));
    const repeats = Math.min(MOST_REPEATS, Math.max(1, Math.floor(RECORDS_OF_RUN / it.records)));
    const callsOf = async (hydrate: Hydrate) => {
      await calls();
      await hydrate(text);
      return calls();
    };
    const [made, floor] = [await callsOf(ours), await callsOf(bareLoop)];
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, count) => all + count, 0);
    const millis = (hydrate: Hydrate) => async () => {
      const before = process.cpuUsage();
      for (let repeat = 0; repeat < repeats; repeat++) {
        const records = await hydrate(text);
        if (records !== it.records) throw new Error(`${it.name} must give ${it.records} records, got: ${records}`);
      }
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000 / repeats;
    };
    const times = await inTurns({ ours: millis(ours), bareLoop: millis(bareLoop) }, runs);
    const least = floorOf(it, (floor.PutObject ?? 0) > 0);
    if (sum(floor) !== least) throw new Error(`the bare loop must make ${least} calls, got: ${JSON.stringify(floor)}`);
    const proof = sum(made) - least;
    return [
      {
        name: `${it.name}: API calls`, value: sum(made), unit: 'calls', rival: { name: 'bare loop', value: least }, target: { of: 'value', atMost: least },
        ...(proof > 0 && { note: `${proof} calls prove that no record expired between two pages` }),
      },
      {
        name: `${it.name}: CPU`, value: median(times.ours), unit: 'ms', rival: { name: 'bare loop', value: median(times.bareLoop) },
        ratio: pairedRatio(times.ours, times.bareLoop), target: { of: 'ratio', atMost: MOST_CPU },
      },
    ];
  } finally {
    close();
  }
}

export const bench = defineBench({
  summary: 'calls and CPU of hydration, against a bare loop of the same calls that decodes and encodes the same records',
  options: {
    runs: wholeNumber({ help: 'pairs of runs of each case', default: 15, short: 7, min: 1, max: 1_000 }),
    cases: wholeNumber({ help: `how many of the cases: ${CASES.map(({ name }) => name).join('; ')}`, default: CASES.length, min: 1, max: CASES.length }),
  },
  async run({ runs, cases }, progress) {
    const folder = mkdtempSync(join(tmpdir(), 'hydration-bench-'));
    try {
      const script = join(folder, 'shard-server.cjs');
      const entry = join(__dirname, 'process', 'shard-server.ts');
      buildSync({ entryPoints: [entry], outfile: script, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' });
      const figures: Figure[] = [];
      for (const it of CASES.slice(0, cases)) {
        progress(it.name);
        figures.push(...await measure(it, runs, script));
      }
      return figures;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
