import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import colors from 'picocolors';
import { runCommand } from '../../local/command';
import { wholeNumber } from '../whole-number';
import { type Figures, measure } from './measure';

const COUNTS = [1, 10, 100];

const USAGE = `npm run synth -- [--runs N] [--json]

  Synthesizes apps with ${COUNTS.join(', ')} processors in turns: with KinesisStreamProcessor, and with the same resources wired by hand from L2
  constructs (bench/rivals/hand-wired.ts), each in its own process. Shows the time of each part, without the start of Node.js, and the ratio
  of all of it. Needs \`npx projen compile\` and \`npx projen post-compile\`.

  --runs N  pairs of runs of each app (default: 7); the table shows medians
  --json    print one JSON document on stdout instead of the table
  --help    print this text

Exit code 0, or 2 for a wrong option. The ratio does not affect the exit code.
`;

const LIBRARY = join(__dirname, '..', '..', 'lib', 'index.js');

function table(figures: readonly Figures[]): string {
  const rows = new Table({
    head: ['processors', '', 'import', 'construct', 'synth', 'all', 'ratio', 'a processor', 'modules', 'resources'].map((title) => colors.dim(title)),
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  const millis = (value: number) => `${value.toFixed(0)} ms`;
  for (const { contestant, processors, imported, constructed, synthesized, total, ratio, modules, resources } of figures) {
    const perProcessor = `${((constructed + synthesized) / processors).toFixed(1)} ms`;
    const all = [imported, constructed, synthesized, total].map(millis);
    rows.push([processors, contestant, ...all, contestant === 'ours' ? colors.bold(ratio.toFixed(2)) : '1', perProcessor, modules, resources]);
  }
  return rows.toString();
}

void runCommand({
  usage: USAGE,
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '7' } },
  settings: ({ json, runs }) => ({ json: json === true, runs: wholeNumber('runs', runs as string, { min: 1, max: 1_000 }) }),
  async run({ json, runs }) {
    if (!existsSync(LIBRARY)) throw new Error(`${LIBRARY} must be there, got: no such file; run \`npx projen compile\` and \`npx projen post-compile\``);
    const figures = measure(COUNTS, runs);
    process.stdout.write(json ? `${JSON.stringify(figures, null, 2)}\n` : `${table(figures)}\n`);
    return 0;
  },
});
