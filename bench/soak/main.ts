import { parseArgs } from 'node:util';
import { report } from './report';
import { runSoak } from './run-soak';

const USAGE = `npm run soak -- [--seed 1] [--failures 2000] [--json]

  Publishes failure records by the thousand while requests of the hydrate function go wrong, and takes account of every one.

  --seed n       what is published and what goes wrong; the same seed, the same plan (default: 1)
  --failures n   notifications to publish (default: 2000)
  --json         one JSON document on stdout instead of the tables
  --help         this text

Exit code 0 when nothing is lost and nothing is wrong, 1 when something is, 2 for a wrong option.
`;

const OPTIONS = {
  seed: { type: 'string', default: '1' },
  failures: { type: 'string', default: '2000' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

async function main(): Promise<number> {
  // On Node 20 the SDK says at every start when its support ends.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  let options;
  try {
    const { values } = parseArgs({ options: OPTIONS });
    options = { ...values, seed: wholeNumber('seed', values.seed), failures: wholeNumber('failures', values.failures) };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { seed, failures, json } = options;
  const result = await runSoak({ seed, failures, progress: (what) => process.stderr.write(`${what} …\n`) });
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `\n${report(result)}\n`);
  return result.sound ? 0 : 1;
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} must be a whole number of at least 1, got: ${text}`);
  return Number(text);
}

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
