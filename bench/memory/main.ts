import Table from 'cli-table3';
import colors from 'picocolors';
import { runCommand } from '../../local/command';
import { CASES, measure, type Measurement } from './measure';

const USAGE = `npm run memory -- [--json]

  Runs the hydrate function on the largest failed batches there can be, and on a range of many small records, with 512 MB (the default), 256 MB and 128 MB of memory,
  which its process is not let over, and shows time and memory. Linux only. A function of 512 MB has a part of a processor
  on AWS; here it has a whole one, so that times are not AWS's.

  --json   one JSON document on stdout instead of the table
  --help   this text

Exit code 0 when the default suffices for every case, 1 when not, 2 for a wrong option.
`;

const DEFAULT_SIZE = 512;
const SIZES = [DEFAULT_SIZE, 256, 128];

function table(measurements: readonly Measurement[]): string {
  const rows = new Table({
    head: ['batch', 'memory', 'suffices', 'time', 'peak RSS', 'own memory', 'dead letter', 'records'].map((title) => colors.dim(title)),
    style: { head: [], border: [], compact: true },
  });
  for (const it of measurements) {
    const verdict = it.suffices ? colors.green('yes') : colors.red(`no: ${it.failure!.slice(0, 60)}`);
    const letter = it.deadLetterBytes === undefined ? '' : `${(it.deadLetterBytes / 1e6).toFixed(1)} MB`;
    const records = it.recoveredRecords?.toLocaleString('en-US') ?? '';
    const figures = [`${it.seconds.toFixed(1)} s`, `${it.peakMebibytes} MiB`, `${it.ownMebibytes} MiB`, letter, records];
    rows.push([it.case, `${it.memorySize} MB`, verdict, ...figures.map((content): Table.Cell => ({ content, hAlign: 'right' }))]);
  }
  return rows.toString();
}

void runCommand({
  usage: USAGE,
  options: { json: { type: 'boolean', default: false } },
  settings: ({ json }) => json === true,
  async run(json) {
    const measurements: Measurement[] = [];
    for (const largeCase of CASES) {
      for (const size of SIZES) {
        process.stderr.write(`${largeCase.name} with ${size} MB …\n`);
        measurements.push(await measure(largeCase, size));
      }
    }
    process.stdout.write(json ? `${JSON.stringify(measurements, null, 2)}\n` : `\n${table(measurements)}\n`);
    return measurements.every(({ memorySize, suffices }) => suffices || memorySize !== DEFAULT_SIZE) ? 0 : 1;
  },
});
