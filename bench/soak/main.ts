import { runCommand } from '../../local/command';
import { report } from './report';
import { runSoak, SOAK_SOURCES, type SoakSource } from './run-soak';

const USAGE = `npm run soak -- [--source kinesis] [--seed 1] [--failures 2000] [--json]

  Publishes failure records by the thousand while requests of the hydrate function go wrong, and takes account of every one.

  --source kind  the stream: ${SOAK_SOURCES.join(' or ')} (default: kinesis)
  --seed n       what is published and what goes wrong; the same seed, the same plan (default: 1)
  --failures n   notifications to publish (default: 2000)
  --json         one JSON document on stdout instead of the tables
  --help         this text

Exit code 0 when nothing is lost and nothing is wrong, 1 when something is, 2 for a wrong option.
`;

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} must be a whole number of at least 1, got: ${text}`);
  return Number(text);
}

function kindOfSource(text: string): SoakSource {
  const source = SOAK_SOURCES.find((it) => it === text);
  if (!source) throw new Error(`--source must be ${SOAK_SOURCES.join(' or ')}, got: ${text}`);
  return source;
}

void runCommand({
  usage: USAGE,
  options: {
    source: { type: 'string', default: 'kinesis' },
    seed: { type: 'string', default: '1' },
    failures: { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
  },
  settings: ({ source, seed, failures, json }) => ({
    source: kindOfSource(source as string),
    seed: wholeNumber('seed', seed as string),
    failures: wholeNumber('failures', failures as string),
    json: json === true,
  }),
  async run({ json, ...options }) {
    const result = await runSoak({ ...options, progress: (what) => process.stderr.write(`${what} …\n`) });
    process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `\n${report(result)}\n`);
    return result.sound ? 0 : 1;
  },
});
