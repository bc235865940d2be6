import { runCommand } from '../../local/command';
import { captureReport, report } from './report';
import { runCaptureSoak } from './run-capture-soak';
import { runSoak, SOAK_SOURCES, type SoakSource } from './run-soak';

const CAPTURES = ['hydrate', 's3'] as const;
type Capture = (typeof CAPTURES)[number];

const USAGE = `npm run soak -- [--capture hydrate] [--source kinesis] [--seed 1] [--failures 2000] [--json]

  Publishes thousands of failure records, or writes failed batches to S3, while faults are injected into the requests of the function that
  makes dead letters. Then checks that each one is in one of the two queues.

  --capture how  ${CAPTURES.join(' or ')} (default: hydrate)
  --source kind  the stream that hydration reads: ${SOAK_SOURCES.join(' or ')} (default: kinesis). Must be kinesis with --capture s3
  --seed n       seed of the records and the faults; the same seed gives the same plan (default: 1)
  --failures n   notifications to publish, or objects to write (default: 2000)
  --json         print one JSON document on stdout instead of the tables
  --help         print this text

Exit code 0 if nothing is lost or wrong, 1 if something is, 2 for a wrong option.
`;

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} must be a whole number of at least 1, got: ${text}`);
  return Number(text);
}

function oneOf<T extends string>(name: string, known: readonly T[], text: string): T {
  const found = known.find((it) => it === text);
  if (!found) throw new Error(`--${name} must be ${known.join(' or ')}, got: ${text}`);
  return found;
}

interface Settings {
  readonly capture: Capture;
  readonly source: SoakSource;
  readonly seed: number;
  readonly failures: number;
  readonly progress: (what: string) => void;
}

async function soak({ capture, source, ...options }: Settings): Promise<{ readonly result: { readonly sound: boolean }; readonly text: string }> {
  if (capture === 's3') {
    const result = await runCaptureSoak(options);
    return { result, text: captureReport(result) };
  }
  const result = await runSoak({ source, ...options });
  return { result, text: report(result) };
}

void runCommand({
  usage: USAGE,
  options: {
    capture: { type: 'string', default: 'hydrate' },
    source: { type: 'string', default: 'kinesis' },
    seed: { type: 'string', default: '1' },
    failures: { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
  },
  settings: ({ capture, source, seed, failures, json }) => {
    const settings = {
      capture: oneOf('capture', CAPTURES, capture as string),
      source: oneOf('source', SOAK_SOURCES, source as string),
      seed: wholeNumber('seed', seed as string),
      failures: wholeNumber('failures', failures as string),
      json: json === true,
    };
    if (settings.capture === 's3' && settings.source !== 'kinesis') throw new Error(`--source must be kinesis with --capture s3, got: ${source}`);
    return settings;
  },
  async run({ json, ...options }) {
    const { result, text } = await soak({ ...options, progress: (what) => process.stderr.write(`${what} …\n`) });
    process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `\n${text}\n`);
    return result.sound ? 0 : 1;
  },
});
