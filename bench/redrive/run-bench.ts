import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTurns } from '../paired-runs';
import { compare, type Comparison, problemsOf, memoryProblems, type Peak, type Run } from './comparison';
import { bundled, type Contestant, type RedriveOptions, run } from './contestant';
import type { TargetKind } from './fake-aws/delivery-tracker';
import { FakeAwsProcess } from './fake-aws/fake-aws-process';

export interface BenchOptions {
  readonly deadLetters: number;
  readonly runs: number;
  readonly concurrency: number;
  /** What every answer waits for. */
  readonly latencyMillis: number;
  readonly targets: readonly TargetKind[];
  readonly progress: (what: string) => void;
}

export interface BenchResult {
  readonly comparisons: readonly Comparison[];
  /** Of `redrive` to the first target, by the number of dead letters. */
  readonly memory: readonly Peak[];
  /** What was not as it must be: of every run each record arrived once, and nothing was left. */
  readonly wrong: readonly string[];
}

export async function runBench({ progress, ...options }: BenchOptions): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'redrive-bench-'));
  const [server, loop] = await Promise.all([bundled('fake-aws', folder), bundled('bare-loop', folder)]);
  const aws = await FakeAwsProcess.start(server);
  const { concurrency, latencyMillis, deadLetters } = options;

  const all: Run[] = [];
  const once = async (contestant: Contestant, to: TargetKind, count: number): Promise<Run> => {
    progress(`${contestant}, ${count} dead letters to the ${to}`);
    const queueUrl = await aws.fill({ deadLetters: count, to, latencyMillis });
    const race: RedriveOptions = { queueUrl, endpoint: aws.endpoint, to, concurrency, folder };
    const usage = await run(contestant, loop, race);
    const result = { contestant, to, deadLetters: count, ...usage, ...(await aws.report()) };
    all.push(result);
    return result;
  };

  try {
    const runs: Run[] = [];
    for (const to of options.targets) {
      const runsTo = (contestant: Contestant) => async () => once(contestant, to, deadLetters);
      const turns = await inTurns({ 'redrive': runsTo('redrive'), 'bare loop': runsTo('bare loop') }, options.runs);
      runs.push(...Object.values(turns).flat());
    }
    const [to] = options.targets;
    const fewer = await once('redrive', to, Math.ceil(deadLetters / 10));
    const more = await once('redrive', to, deadLetters * 3);
    const comparisons = options.targets.map((target) => compare(target, runs));
    const memory = [fewer, { deadLetters, ...comparisons[0].contestants.redrive }, more].map((it) => ({
      deadLetters: it.deadLetters,
      peakMebibytes: it.peakMebibytes,
    }));
    return { comparisons, memory, wrong: [...all.flatMap(problemsOf), ...memoryProblems(memory)] };
  } finally {
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
