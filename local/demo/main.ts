import { runCommand } from '../command';
import { Progress } from './progress';

const USAGE = `npm run demo [-- --json | --keep]

  Deploys examples/typescript/orders on this machine, publishes orders, some of which
  the processor cannot handle, and shows the result for every order.

  --json   print one JSON document on stdout instead of the report
  --keep   keep everything running until Ctrl-C, to try the operator's tool
  --help   print this text

Exit code 0 if every order is accounted for, 1 if not, 2 for a wrong option,
130 if the demo was stopped before it finished.
`;

interface Settings {
  readonly json: boolean;
  readonly keep: boolean;
}

/** Aborts on Ctrl-C, and when standard output or standard error is closed. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Error(`stopped by ${signal}: the demo ended all processes that it had started`)));
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => controller.abort(new Error('stopped: the output was closed')));
  }
  return controller.signal;
}

async function run({ json, keep }: Settings): Promise<number> {
  const stopped = interruption();
  const progress = new Progress(process.stderr);
  progress.step('starting Kinesis, SNS, SQS and S3 on this machine …');
  try {
    // Loaded late, so that the first line appears at once.
    /* eslint-disable @typescript-eslint/no-require-imports */
    const { runDemo } = require('./run-demo') as typeof import('./run-demo.js');
    const { report } = require('./report') as typeof import('./report.js');
    const { keepRunning } = require('./keep-running') as typeof import('./keep-running.js');
    /* eslint-enable @typescript-eslint/no-require-imports */
    const result = await runDemo(progress, stopped, async (found, demo) => {
      process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : `\n${report(found, process.stdout.columns ?? 100)}`);
      if (keep) await keepRunning(demo, stopped, process.stdin, process.stdout);
    });
    return result.reckoning.balanced ? 0 : 1;
  } catch (error) {
    if (!stopped.aborted) throw error;
    process.stderr.write(`${(stopped.reason as Error).message}\n`);
    return 130;
  }
}

void runCommand({
  usage: USAGE,
  options: { json: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
  settings: ({ json = false, keep = false }) => {
    if (json && keep) throw new Error('--json cannot be combined with --keep');
    return { json, keep };
  },
  run: run,
});
