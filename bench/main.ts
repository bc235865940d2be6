import { runCommand } from '../local/command';
import type { Bench } from './bench';
import { BENCH_NAMES, loadBench } from './benches';
import { parseOptions } from './options';
import { json, table } from './report';
import { describe, runAll, runOne } from './runner';

const EXIT_CODES = 'Exit code 0, also if a target is missed: other work on the machine affects figures. 1 if a bench fails or has a wrong result,\n2 for a wrong option.\n';

const progress = (what: string) => process.stderr.write(`${what} …\n`);
const isJson = { json: { type: 'boolean', default: false } } as const;

async function main(): Promise<void> {
  const [first, ...rest] = process.argv.slice(2);
  if (first === undefined || first.startsWith('-')) await all();
  else await one(first, rest);
}

async function all(): Promise<void> {
  // Loading all benches takes seconds.
  const width = Math.max(...BENCH_NAMES.map(({ length }) => length)) + 2;
  const summaries = () => BENCH_NAMES.map((name) => `  ${name.padEnd(width)}${loadBench(name).summary}\n`).join('');
  await runCommand({
    usage: () => `npm run bench -- [NAME] [options]

  Measures this repository, each figure against a rival. Without NAME: all that this machine can run, in a short size, for about ten minutes.

${summaries()}
  ${'--json'.padEnd(width)}print one JSON document on stdout instead of the tables
  ${'--help'.padEnd(width)}print this text; after a NAME, its options

${EXIT_CODES}`,
    options: isJson,
    settings: (values) => values.json === true,
    async run(asJson) {
      const results = await runAll(BENCH_NAMES, loadBench, progress);
      process.stdout.write(asJson ? json(results) : `\n${results.map(table).join('\n')}`);
      return results.some(({ error }) => error !== undefined) ? 1 : 0;
    },
  });
}

async function one(name: string, args: readonly string[]): Promise<void> {
  let bench: Bench;
  try {
    bench = loadBench(name);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}; run \`npm run bench -- --help\`\n`);
    process.exitCode = 2;
    return;
  }
  const missing = bench.missing?.();
  const own = Object.fromEntries(Object.keys(bench.options).map((option) => [option, { type: 'string' as const }]));
  await runCommand({
    usage: `npm run bench -- ${name} [options]\n\n  ${bench.summary}.\n\n${describe(bench.options)}\n${EXIT_CODES}`,
    args,
    options: { ...own, ...isJson },
    settings: ({ json: asJson, ...given }) => ({ asJson: asJson === true, values: parseOptions(bench.options, given) }),
    async run({ asJson, values }) {
      if (missing !== undefined) {
        process.stderr.write(`${name} cannot run: ${missing}\n`);
        return 1;
      }
      const result = await runOne(name, bench, values, progress);
      process.stdout.write(asJson ? json([result]) : `\n${table(result)}`);
      return 0;
    },
  });
}

void main();
