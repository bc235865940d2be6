import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { DECLARED_NODE, nodeBinary } from '../../local/emulators/node-binary';
import { defineBench, type Figure } from '../bench';
import { ASSETS, entriesOf, FUNCTION_ENVIRONMENT, type Start, STARTS } from '../function-files';
import { median } from '../median';
import { type StartTimes, timesOfNode } from '../node-start';
import { wholeNumber } from '../options';
import { inTurns, pairedRatio } from '../paired-runs';

const FLOOR = 'node -e 0';
const RIVALS = { 'Kinesis-only bundle': 'kinesis-only', 'naive hydrator': 'naive-hydrator' };

/** Of the import, to an empty program. */
const MOST = 2.9;

/** Why the Node.js that the template declares is not here. */
export function missingNode(): string | undefined {
  try {
    const version = execFileSync(nodeBinary(), ['--version'], { encoding: 'utf8' });
    return version.startsWith(`v${DECLARED_NODE}.`) ? undefined : `Node.js must be ${DECLARED_NODE}, got: ${version.trim()}; run \`npm run prepare\``;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A program that imports what a function loads for its first event, and ends. */
function importing(start: Start, folder: string): string {
  const file = join(folder, `${start.name.replace(/\W+/g, '-')}.mjs`);
  writeFileSync(file, entriesOf(start).map((entry) => `import ${JSON.stringify(pathToFileURL(join(ASSETS, start.asset, entry)).href)};\n`).join(''));
  return file;
}

/** A rival as its team deploys it: one minified CommonJS file. */
function bundled(name: string, folder: string): string {
  const outfile = join(folder, `${name}.cjs`);
  buildSync({
    entryPoints: [join(__dirname, '..', 'rivals', `${name}.ts`)], outfile, bundle: true, minify: true, platform: 'node', format: 'cjs', target: `node${DECLARED_NODE}`,
    logLevel: 'warning',
  });
  return outfile;
}

export const bench = defineBench({
  summary: 'import of each function on the Node.js of its template, against an empty program and bundles that teams write',
  options: { runs: wholeNumber({ help: 'starts of each program', default: 41, short: 15, min: 1, max: 1_000 }) },
  missing: missingNode,
  async run({ runs }) {
    const folder = mkdtempSync(join(tmpdir(), 'cold-start-bench-'));
    try {
      const node = nodeBinary();
      const start = (...args: string[]) => () => timesOfNode(args, { node, env: FUNCTION_ENVIRONMENT });
      const programs = [
        ...Object.entries(RIVALS).map(([name, file]) => [name, bundled(file, folder)]),
        ...STARTS.map((it) => [it.name, importing(it, folder)]),
      ];
      const contestants = Object.fromEntries([[FLOOR, start('-e', '0')], ...programs.map(([name, file]) => [name, start(file)])]);
      const times = await inTurns<string, StartTimes>(contestants, runs);
      const figureOf = (what: string, [ours, theirs]: readonly number[][], rival: string, most?: number): Figure => ({
        name: what, value: median(ours), unit: 'ms', rival: { name: rival, value: median(theirs) }, ratio: pairedRatio(ours, theirs),
        ...(most !== undefined && { target: { of: 'ratio', atMost: most } }),
      });
      const figures = (what: string, name: string, rival: string, most?: number): Figure[] => [
        figureOf(what, [name, rival].map((it) => times[it].map(({ millis }) => millis)), rival, most),
        figureOf(`${what}: CPU`, [name, rival].map((it) => times[it].map(({ cpuMillis }) => cpuMillis)), rival, most),
      ];
      const [kinesisOnly, naive] = Object.keys(RIVALS);
      return [
        ...STARTS.flatMap(({ name }) => figures(name, name, FLOOR, MOST)),
        ...[kinesisOnly, naive].flatMap((name) => figures(name, name, FLOOR)),
        ...figures(`${STARTS[0].name} against reading only`, STARTS[0].name, kinesisOnly, 1),
        ...figures(`${STARTS[0].name} against reading and writing`, STARTS[0].name, naive, 1),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
