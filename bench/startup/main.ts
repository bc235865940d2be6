import { join } from 'node:path';
import Table from 'cli-table3';
import colors from 'picocolors';
import { runCommand } from '../../local/command';
import { measure, type Timing } from './measure';

const USAGE = `npm run startup -- [--runs N] [--json]

  Starts the operator's tool, as it is in cli/dist/, and Node.js with nothing to do, in turns, and shows how long each takes to its end:
  the median, and as a ratio to Node.js alone. Needs \`npx projen bundle\`.

  --runs N  how often each is started (default: 21)
  --json    one JSON document on stdout instead of the table
  --help    this text

Exit code 0 when the help of the tool takes less than MOST times as long as Node.js alone, 1 when not, 2 for a wrong option.
`;

/** What --help may take, as a ratio to Node.js alone. */
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
