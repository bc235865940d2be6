import { runCommand } from '../../local/command';
import { wholeNumber } from '../whole-number';
import { type TargetKind, TARGETS } from './fake-aws/delivery-tracker';
import { report } from './report';
import { runBench } from './run-bench';

const USAGE = `npm run throughput -- [--dead-letters 10000] [--runs 3] [--concurrency 4] [--latency 0] [--to processor|stream] [--json]

  Runs \`stream-dlq redrive\` and a bare loop over the same SDK calls (receive, send, delete) in turns, against an in-memory AWS that
  checks every record. Shows the throughput as a ratio to the loop, and the memory for a tenth and for three times as many dead letters.
  Linux only.

  --dead-letters n  dead letters in each run: one in ten has 50 records, all others have 3 (default: 10000)
  --runs n          runs of each program; the tables show medians (default: 3)
  --concurrency n   concurrency of both programs, 1 to 64 (default: 4, the default of redrive)
  --latency ms      delay of each response; 0 measures the client alone (default: 0)
  --to target       ${TARGETS.join(' or ')} (default: both)
  --json            print one JSON document on stdout instead of the tables
  --help            print this text

Exit code 0 if every record arrived once and the memory is flat, 1 if not, 2 for a wrong option. The ratio does not affect the exit code.
`;

function targets(text: string | undefined): readonly TargetKind[] {
  if (text === undefined) return TARGETS;
  const found = TARGETS.filter((it) => it === text);
  if (found.length === 0) throw new Error(`--to must be ${TARGETS.join(' or ')}, got: ${text}`);
  return found;
}

void runCommand({
  usage: USAGE,
  options: {
    'dead-letters': { type: 'string', default: '10000' },
    runs: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '4' },
    latency: { type: 'string', default: '0' },
    to: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  settings: ({ 'dead-letters': deadLetters, runs, concurrency, latency, to, json }) => ({
    deadLetters: wholeNumber('dead-letters', deadLetters as string, { min: 1, max: 100_000 }),
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
