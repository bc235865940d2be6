import { runCommand } from '../command';
import { Progress } from './progress';

const USAGE = `npm run demo [-- --json | --keep]

  Brings examples/orders up on this machine, publishes orders, some of them
  poison, and shows what became of every one.

  --json   one JSON document on stdout instead of the story
  --keep   everything stays up until Ctrl-C, to try the operator's tool on
  --help   this text

Exit code 0 when every order is accounted for, 1 when not, 2 for a wrong option,
130 when it was stopped before that was known.
`;

interface Settings {
  readonly json: boolean;
  readonly keep: boolean;
}

/** Aborted by Ctrl-C, and when nobody reads any more what is printed. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Error(`stopped by ${signal}, and everything it had started with it`)));
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => controller.abort(new Error('stopped: nobody reads what it prints')));
  }
  return controller.signal;
}

async function tell({ json, keep }: Settings): Promise<number> {
  const stopped = interruption();
  const progress = new Progress(process.stderr);
  progress.step('starting Kinesis, SNS, SQS and S3 on this machine …');
  try {
    // Loaded late: a moment of silence is long before the first word.
    /* eslint-disable @typescript-eslint/no-require-imports */
    const { runDemo } = require('./run-demo') as typeof import('./run-demo.js');
    const { report } = require('./report') as typeof import('./report.js');
    const { stay } = require('./stay') as typeof import('./stay.js');
    /* eslint-enable @typescript-eslint/no-require-imports */
    const result = await runDemo(progress, stopped, async (found, stage) => {
      process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : `\n${report(found, process.stdout.columns ?? 100)}`);
      if (keep) await stay(stage, stopped, process.stdin, process.stdout);
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
    if (json && keep) throw new Error('--json and --keep exclude each other: one is for machines, the other for a person');
    return { json, keep };
  },
  run: tell,
});
