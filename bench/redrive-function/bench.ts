import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineBench, type Figure } from '../bench';
import { missingNode } from '../cold-start/bench';
import { median } from '../median';
import { wholeNumber } from '../options';
import { inTurns, pairedRatio } from '../paired-runs';
import { problemsOf } from '../redrive/comparison';
import { bundled } from '../redrive/contestant';
import { FakeAwsProcess } from '../redrive/fake-aws/fake-aws-process';
import { type HandlerUsage, handlerUsage, REDRIVE_FUNCTION } from '../redrive/handler-usage';

const RIVAL = 'bare handler';

export const bench = defineBench({
  summary: 'the function of a RedriveFunction, which `redrive --remote` turns on, against a bare handler that only invokes the processor',
  options: {
    'dead-letters': wholeNumber({
      help: 'invocations, of one dead letter each: one in ten has 50 records, all others have 3', default: 2_000, short: 300, smallest: 20, min: 1, max: 100_000,
    }),
    'runs': wholeNumber({ help: 'pairs of runs', default: 7, short: 3, min: 1, max: 100 }),
    'latency': wholeNumber({ help: 'milliseconds that each response takes; 0 measures the function alone', default: 0, min: 0, max: 10_000 }),
  },
  missing: missingNode,
  async run({ 'dead-letters': deadLetters, runs, latency: latencyMillis }, progress) {
    const folder = await mkdtemp(join(tmpdir(), 'redrive-function-bench-'));
    const [server, driver, bareHandler] = await Promise.all(['fake-aws', 'invoke-handler', 'bare-handler'].map(async (name) => bundled(name, folder)));
    const aws = await FakeAwsProcess.start(server);
    const to = 'processor';
    const usageOf = (handlerFile: string) => async (): Promise<HandlerUsage> => {
      const queueUrl = await aws.fill({ deadLetters, to, latencyMillis });
      const usage = await handlerUsage(handlerFile, { driver, queueUrl, endpoint: aws.endpoint });
      const wrong = problemsOf({ contestant: 'redrive', to, deadLetters, seconds: 0, cpuSeconds: 0, peakMebibytes: 0, ...(await aws.report()) });
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
      return usage;
    };
    try {
      progress(`${runs} pairs of ${deadLetters} invocations`);
      const { redrive, bare } = await inTurns({ redrive: usageOf(REDRIVE_FUNCTION), bare: usageOf(bareHandler) }, runs);
      const speeds = (usages: readonly HandlerUsage[]) => usages.map(({ millis, invocations }) => (invocations / millis) * 1_000);
      const cpu = (usages: readonly HandlerUsage[]) => usages.map(({ cpuMillis, invocations }) => cpuMillis / invocations);
      const figure = (name: string, unit: string, ours: readonly number[], theirs: readonly number[], more: Partial<Figure> = {}): Figure => ({
        name, unit, value: median(ours), rival: { name: RIVAL, value: median(theirs) }, ratio: pairedRatio(ours, theirs), ...more,
      });
      return [
        figure('throughput of one instance', 'messages/s', speeds(redrive), speeds(bare), { target: { of: 'ratio', atLeast: 0.9 } }),
        figure('CPU of an invocation', 'ms', cpu(redrive), cpu(bare)),
      ];
    } finally {
      await aws.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
});
