import Table from 'cli-table3';
import colors from 'picocolors';
import { runCommand } from '../../local/command';
import { CASES, measure, type Measurement } from './measure';

const USAGE = `npm run memory -- [--json]

  Runs the hydrate function on the largest possible failed batches, and on a range of many small records, with 512 MB (the default),
  256 MB and 128 MB of memory. Enforces the memory limit, and shows time and memory. Linux only. The times differ from AWS, where a
  function with 512 MB has less than one vCPU.

  --json   print one JSON document on stdout instead of the table
  --help   print this text

Exit code 0 if the default is enough for every case, 1 if not, 2 for a wrong option.
`;

const DEFAULT_SIZE = 512;
const SIZES = [DEFAULT_SIZE, 256, 128];

function table(measurements: readonly Measurement[]): string {
  const rows = new Table({
    head: ['batch', 'memory', 'enough', 'time', 'peak RSS', 'own memory', 'dead letter', 'records'].map((title) => colors.dim(title)),
    style: { head: [], border: [], compact: true },
  });
  for (const it of measurements) {
    const verdict = it.suffices ? colors.green('yes') : colors.red(`no: ${it.failure!.slice(0, 60)}`);
    const deadLetter = it.deadLetterBytes === undefined ? '' : `${(it.deadLetterBytes / 1e6).toFixed(1)} MB`;
    const records = it.recoveredRecords?.toLocaleString('en-US') ?? '';
    const figures = [`${it.seconds.toFixed(1)} s`, `${it.peakMebibytes} MiB`, `${it.ownMebibytes} MiB`, deadLetter, records];
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
