import { parseArgs } from 'node:util';
import { Progress } from './progress';
import { report } from './report';
import { runDemo } from './run-demo';

const USAGE = `npm run demo [-- --json]

  Brings examples/orders up on this machine, publishes orders, some of them poison, and shows what became of every one.

  --json   one JSON document on stdout instead of the story
  --help   this text

Exit code 0 when every order is accounted for, 1 when not, 2 for a wrong option.
`;

async function main(): Promise<number> {
  let values;
  try {
    ({ values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } }));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }

  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}, everything it started is stopped too`)));
  }
  const result = await runDemo(new Progress(process.stderr), interrupted.signal);
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : `\n${report(result, process.stdout.columns ?? 100)}`);
  return result.reckoning.balanced ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
