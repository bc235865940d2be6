import { runCommand } from '../../local/command';
import { type TargetKind, TARGETS } from './fake-aws/ledger';
import { report } from './report';
import { runBench } from './run-bench';

const USAGE = `npm run throughput -- [--letters 10000] [--runs 3] [--concurrency 4] [--latency 0] [--to processor|stream] [--json]

  Runs \`stream-dlq redrive\`, and a bare loop over the same calls of the SDK (receive, send, delete), by turns on as many
  dead letters each, against an AWS in memory that takes account of every record. Shows throughput as a ratio to the loop, and memory
  for a tenth and three times as many dead letters. Linux only.

  --letters n      dead letters, every tenth of 50 records, the others of 3 (default: 10000)
  --runs n         runs of each, whose medians are shown (default: 3)
  --concurrency n  of both, 1 to 64 (default: 4, as is that of redrive)
  --latency ms     what every answer waits for; 0 makes the work of the client all there is (default: 0)
  --to target      ${TARGETS.join(' or ')} (default: both)
  --json           one JSON document on stdout instead of the tables
  --help           this text

Exit code 0 when every record arrived once and memory is flat, 1 when not, 2 for a wrong option. No ratio is wrong.
`;

interface Range {
  readonly min: number;
  readonly max: number;
}

function wholeNumber(name: string, text: string, { min, max }: Range): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) throw new Error(`--${name} must be a whole number from ${min} to ${max}, got: ${text}`);
  return value;
}

function targets(text: string | undefined): readonly TargetKind[] {
  if (text === undefined) return TARGETS;
  const found = TARGETS.filter((it) => it === text);
  if (found.length === 0) throw new Error(`--to must be ${TARGETS.join(' or ')}, got: ${text}`);
  return found;
}

void runCommand({
  usage: USAGE,
  options: {
    letters: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '4' },
    latency: { type: 'string', default: '0' },
    to: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  settings: ({ letters, runs, concurrency, latency, to, json }) => ({
    letters: wholeNumber('letters', letters as string, { min: 1, max: 100_000 }),
    runs: wholeNumber('runs', runs as string, { min: 1, max: 100 }),
    concurrency: wholeNumber('concurrency', concurrency as string, { min: 1, max: 64 }),
    latencyMillis: wholeNumber('latency', latency as string, { min: 0, max: 10_000 }),
    targets: targets(to as string | undefined),
    json: json === true,
  }),
  async run({ json, ...options }) {
    const result = await runBench({ ...options, progress: (what) => process.stderr.write(`${what} …\n`) });
    process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `\n${report(result)}\n`);
    return result.sound ? 0 : 1;
  },
});
