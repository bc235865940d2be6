import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled, type Contestant, CONTESTANTS, type Race, requireTool, run, type Usage } from './contestant';
import type { Report } from './fake-aws/fake-aws';
import { FakeAwsProcess } from './fake-aws/fake-aws-process';
import { type TargetKind } from './fake-aws/ledger';
import { recordsIn } from './letters';

export interface BenchOptions {
  readonly letters: number;
  readonly runs: number;
  readonly concurrency: number;
  /** What every answer waits for. */
  readonly latencyMillis: number;
  readonly targets: readonly TargetKind[];
  readonly progress: (what: string) => void;
}

export interface Run extends Usage, Report {
  readonly contestant: Contestant;
  readonly to: TargetKind;
  readonly letters: number;
}

export interface Comparison {
  readonly to: TargetKind;
  readonly contestants: Readonly<Record<Contestant, Figures>>;
  /** Of the dead letters a second: 1 is as fast as the loop. */
  readonly ratio: number;
}

/** Medians of the runs. */
export interface Figures {
  readonly lettersPerSecond: number;
  readonly sendingSeconds: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMebibytes: number;
  readonly calls: Readonly<Record<string, number>>;
}

export interface BenchResult {
  readonly machine: { readonly cores: number; readonly processor: string; readonly node: string };
  readonly options: Omit<BenchOptions, 'progress'>;
  readonly records: number;
  readonly comparisons: readonly Comparison[];
  /** Of `redrive` to the first target, by the number of dead letters. */
  readonly memory: readonly { readonly letters: number; readonly peakMebibytes: number }[];
  /** What was not as it must be: of every run each record arrived once, and nothing was left. */
  readonly wrong: readonly string[];
  readonly sound: boolean;
}

/** Three times as many dead letters may take this much more memory: what a heap grows by before it is swept, not what grows with them. */
const FLAT = 1.25;

export async function runBench({ progress, ...options }: BenchOptions): Promise<BenchResult> {
  requireTool();
  const folder = await mkdtemp(join(tmpdir(), 'redrive-bench-'));
  const [server, loop] = await Promise.all([bundled('fake-aws', folder), bundled('bare-loop', folder)]);
  const aws = await FakeAwsProcess.start(server);
  const { concurrency, latencyMillis, letters } = options;

  const once = async (contestant: Contestant, to: TargetKind, count: number): Promise<Run> => {
    progress(`${contestant}, ${count} dead letters to the ${to}`);
    const queueUrl = await aws.fill({ letters: count, to, latencyMillis });
    const race: Race = { queueUrl, endpoint: aws.endpoint, to, concurrency, folder };
    const usage = await run(contestant, loop, race);
    return { contestant, to, letters: count, ...usage, ...(await aws.report()) };
  };

  try {
    const runs: Run[] = [];
    for (const to of options.targets) {
      for (let number = 0; number < options.runs; number++) {
        // By turns, and each first as often: what else the machine does falls on both.
        for (const contestant of number % 2 === 0 ? CONTESTANTS : CONTESTANTS.toReversed()) runs.push(await once(contestant, to, letters));
      }
    }
    const [to] = options.targets;
    const fewer = await once('redrive', to, Math.ceil(letters / 10));
    const more = await once('redrive', to, letters * 3);
    const comparisons = options.targets.map((target) => compare(target, runs));
    const memory = [fewer, { letters, ...comparisons[0].contestants.redrive }, more].map((it) => ({
      letters: it.letters, peakMebibytes: it.peakMebibytes,
    }));
    const wrong = [...runs, fewer, more].flatMap(faultsOf);
    if (memory[2].peakMebibytes > FLAT * memory[1].peakMebibytes) {
      wrong.push(`memory of redrive must be flat, got: ${memory.map((it) => `${it.peakMebibytes} MiB for ${it.letters}`).join(', ')}`);
    }
    return {
      machine: { cores: availableParallelism(), processor: cpus()[0].model, node: process.version },
      options,
      records: recordsIn(letters),
      comparisons,
      memory,
      wrong,
      sound: wrong.length === 0,
    };
  } finally {
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function compare(to: TargetKind, runs: readonly Run[]): Comparison {
  const figures = (contestant: Contestant): Figures => {
    const those = runs.filter((it) => it.to === to && it.contestant === contestant);
    const of = (name: 'sendingSeconds' | 'seconds' | 'cpuSeconds' | 'peakMebibytes') => median(those.map((it) => it[name]));
    return {
      lettersPerSecond: those[0].letters / of('sendingSeconds'),
      sendingSeconds: of('sendingSeconds'),
      seconds: of('seconds'),
      cpuSeconds: of('cpuSeconds'),
      peakMebibytes: of('peakMebibytes'),
      calls: those[0].calls,
    };
  };
  const contestants = { 'redrive': figures('redrive'), 'bare loop': figures('bare loop') };
  return { to, contestants, ratio: contestants.redrive.lettersPerSecond / contestants['bare loop'].lettersPerSecond };
}

function faultsOf({ contestant, to, letters, missing, again, strange, deletedTooEarly, remaining, unknown }: Run): string[] {
  const faults = {
    'never arrived': missing,
    'arrived more than once': again,
    'arrived that are of no dead letter': strange,
    'dead letters deleted too early': deletedTooEarly,
    'messages left in the queue': remaining,
    'unknown requests': unknown.length,
  };
  return Object.entries(faults)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${contestant}, ${letters} dead letters to the ${to}: ${count} ${what} ${unknown.join(', ')}`.trimEnd());
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
