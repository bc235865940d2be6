import { join } from 'node:path';
import Table from 'cli-table3';
import colors from 'picocolors';
import { runCommand } from '../../local/command';
import { measure, type Timing } from './measure';

const USAGE = `npm run startup -- [--runs N] [--json]

  Starts the operator's tool of cli/dist/ and an empty Node.js program in turns. Shows the median time of each, and its ratio to Node.js
  alone. Needs \`npx projen bundle\`.

  --runs N  number of starts of each program (default: 21)
  --json    print one JSON document on stdout instead of the table
  --help    print this text

Exit code 0 if --help takes less than MOST times as long as Node.js alone, 1 if not, 2 for a wrong option.
`;

/** The limit for --help, as a ratio to Node.js alone. */
const MOST = 2;
const TOOL = join(__dirname, '..', '..', 'cli', 'bin', 'stream-dlq.mjs');

const CONTESTANTS = {
  'node -e 0': ['-e', '0'],
  '--version': [TOOL, '--version'],
  '--help': [TOOL, '--help'],
  'ls --help': [TOOL, 'ls', '--help'],
  'a wrong option': [TOOL, 'ls', '--nonsense'],
  // Loads what a command needs of the SDK, and fails before it has called AWS.
  'ls, no region': [TOOL, 'ls', '--queue', 'none'],
};

function table(timings: readonly Timing[]): string {
  const rows = new Table({
    head: ['start', 'median', 'ratio'].map((title) => colors.dim(title)),
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, millis, ratio } of timings) rows.push([name, `${millis.toFixed(1)} ms`, ratio.toFixed(2)]);
  return rows.toString();
}

function runsOf(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs must be a whole number from 1, got ${text}`);
  return runs;
}

void runCommand({
  usage: USAGE.replace('MOST', String(MOST)),
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '21' } },
  settings: ({ json, runs }) => ({ json: json === true, runs: runsOf(runs) }),
  async run({ json, runs }) {
    const timings = measure(CONTESTANTS, runs);
    process.stdout.write(json ? `${JSON.stringify(timings, null, 2)}\n` : `${table(timings)}\n`);
    return timings.find(({ name }) => name === '--help')!.ratio < MOST ? 0 : 1;
  },
});
