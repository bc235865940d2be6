import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineBench, type Figure } from '../bench';
import { wholeNumber } from '../options';
import { type Figures, measure } from './measure';

const COUNTS = [1, 10, 100, 200];
/** Of the same resources wired by hand, and of the import of the CDK's modules for them. */
const MOST = 1.1;
const MOST_OF_IMPORT = 1.3;
const LIBRARY = join(__dirname, '..', '..', 'lib', 'index.js');

function figuresOf(ours: Figures, rival: Figures): Figure[] {
  const app = ours.processors === 1 ? '1 processor' : `${ours.processors} processors`;
  const figure = (what: string, unit: string, of: (it: Figures) => number, more: Partial<Figure> = {}): Figure =>
    ({ name: `${app}: ${what}`, value: of(ours), unit, rival: { name: 'hand-wired L2', value: of(rival) }, ...more });
  return [
    figure('import', 'ms', (it) => it.imported, { ratio: ours.importRatio, target: { of: 'ratio', atMost: MOST_OF_IMPORT } }),
    figure('construct', 'ms', (it) => it.constructed),
    figure('synth', 'ms', (it) => it.synthesized),
    figure('all', 'ms', (it) => it.total, { ratio: ours.ratio, target: { of: 'ratio', atMost: MOST } }),
    figure('all, CPU', 'ms', (it) => it.cpu, { ratio: ours.cpuRatio, target: { of: 'ratio', atMost: MOST }, note: 'other work on the machine affects it less' }),
    figure('each processor', 'ms', (it) => (it.constructed + it.synthesized) / it.processors),
    figure('loaded', 'modules', (it) => it.modules),
    figure('defined', 'resources', (it) => it.resources),
  ];
}

export const bench = defineBench({
  summary: 'import, construction and synth of apps with KinesisStreamProcessor, against the same resources wired by hand from L2 constructs',
  options: { runs: wholeNumber({ help: 'pairs of runs of each app, each in its own process', default: 7, short: 3, min: 1, max: 1_000 }) },
  missing: () => (existsSync(LIBRARY) ? undefined : 'lib/index.js must be there, got: no such file; run `npx projen compile` and `npx projen post-compile`'),
  async run({ runs }, progress) {
    const figures: Figure[] = [];
    for (const count of COUNTS) {
      progress(`${count} processors, ${runs} pairs`);
      const [ours, rival] = await measure(count, runs);
      figures.push(...figuresOf(ours, rival));
    }
    return figures;
  },
});
