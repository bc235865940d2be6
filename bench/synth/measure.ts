import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { median } from '../median';
import { inTurns } from '../paired-runs';
import type { Times } from './process/synth-app';

const ROOT = resolve(__dirname, '..', '..');
const LIBRARY = join(ROOT, 'lib', 'index.js');

export const CONTESTANTS = ['ours', 'hand-wired'] as const;
export type Contestant = (typeof CONTESTANTS)[number];

/** Medians of an app with so many processors, in milliseconds. */
export interface Figures {
  readonly processors: number;
  readonly contestant: Contestant;
  readonly imported: number;
  readonly constructed: number;
  readonly synthesized: number;
  /** All of it, without the start of Node.js. */
  readonly total: number;
  /** Median of the pairs of runs. */
  readonly ratio: number;
  /** The same for the import alone. */
  readonly importRatio: number;
  /** CPU time of all threads, without that of an empty program, and its ratio. */
  readonly cpu: number;
  readonly cpuRatio: number;
  readonly modules: number;
  readonly resources: number;
}

/** An app and an empty program, one after the other. */
interface Run {
  readonly app: Times;
  readonly start: Start;
}

/** Synthesizes apps of so many processors of both kinds in turns, each in its own process. */
export async function measure(count: number, runs: number): Promise<readonly Figures[]> {
  const folder = mkdtempSync(join(tmpdir(), 'synth-bench-'));
  try {
    const run = (contestant: Contestant) => {
      const program = bundled(contestant, folder);
      return (): Run => ({ start: nodeStart(), app: synthesize(program, count, folder) });
    };
    const turns = await inTurns({ 'ours': run('ours'), 'hand-wired': run('hand-wired') }, runs);
    const times = { 'ours': turns.ours.map(({ app }) => app), 'hand-wired': turns['hand-wired'].map(({ app }) => app) };
    const start = startOf(Object.values(turns).flat().map((it) => it.start));
    return CONTESTANTS.map((contestant) => figuresOf(contestant, count, times, start));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function figuresOf(contestant: Contestant, processors: number, times: Readonly<Record<Contestant, readonly Times[]>>, start: Start): Figures {
  const { [contestant]: own, 'hand-wired': rival } = times;
  const of = (part: (it: Times) => number) => median(own.map(part));
  const ratioOf = (part: (it: Times) => number) => median(own.map((it, pair) => part(it) / part(rival[pair])));
  return {
    contestant, processors,
    imported: of((it) => it.imported - start.millis),
    constructed: of((it) => it.constructed - it.imported),
    synthesized: of((it) => it.synthesized - it.constructed),
    total: of((it) => it.synthesized - start.millis),
    ratio: ratioOf((it) => it.synthesized - start.millis),
    importRatio: ratioOf((it) => it.imported - start.millis),
    cpu: of((it) => it.cpuMillis - start.cpuMillis),
    cpuRatio: ratioOf((it) => it.cpuMillis - start.cpuMillis),
    modules: own[0].modules,
    resources: own[0].resources,
  };
}

/** The CDK and the library stay outside, as an app loads them. */
function bundled(name: Contestant, folder: string): string {
  const outfile = join(folder, `${name}.cjs`);
  buildSync({
    entryPoints: [join(__dirname, 'process', `${name}.ts`)], outfile, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning',
    external: ['aws-cdk-lib', 'constructs', LIBRARY], alias: { 'cdk-stream-dlq': LIBRARY }, nodePaths: [join(ROOT, 'node_modules')],
  });
  return outfile;
}

function synthesize(program: string, count: number, folder: string): Times {
  const env = { ...process.env, NODE_PATH: join(ROOT, 'node_modules'), CDK_OUTDIR: undefined, CDK_CONTEXT_JSON: undefined };
  const outdir = mkdtempSync(join(folder, 'out-'));
  return JSON.parse(execFileSync(process.execPath, [program, String(count), outdir, ROOT], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as Times;
}

/** When a program that does nothing has begun, and what it took by then. */
type Start = Pick<Times, 'cpuMillis'> & { readonly millis: number };

function nodeStart(): Start {
  const program = 'const { user, system } = process.cpuUsage(); console.log(JSON.stringify({ millis: performance.now(), cpuMillis: (user + system) / 1e3 }))';
  return JSON.parse(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' })) as Start;
}

function startOf(starts: readonly Start[]): Start {
  return { millis: median(starts.map((it) => it.millis)), cpuMillis: median(starts.map((it) => it.cpuMillis)) };
}
