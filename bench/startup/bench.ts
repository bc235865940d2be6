import { defineBench, type Figure } from '../bench';
import { median } from '../median';
import { type StartTimes, timesOfNode } from '../node-start';
import { wholeNumber } from '../options';
import { inTurns, pairedRatio } from '../paired-runs';
import { missingTool, TOOL } from '../tool';

const FLOOR = 'node -e 0';

/** What the commands that fail end with. */
const EXIT_CODES: Readonly<Record<string, number>> = { 'a wrong option': 2, 'ls, no region': 3 };

const CONTESTANTS = {
  [FLOOR]: ['-e', '0'],
  '--version': [TOOL, '--version'],
  '--help': [TOOL, '--help'],
  'ls --help': [TOOL, 'ls', '--help'],
  'a wrong option': [TOOL, 'ls', '--nonsense'],
  // Loads what a command needs of the SDK, and fails before it has called AWS.
  'ls, no region': [TOOL, 'ls', '--queue', 'none'],
};

function figureOf(name: string, times: readonly StartTimes[], floors: readonly StartTimes[], of: (it: StartTimes) => number): Figure {
  const [values, floor] = [times.map(of), floors.map(of)];
  return {
    name, value: median(values), unit: 'ms', rival: { name: FLOOR, value: median(floor) }, ratio: pairedRatio(values, floor),
    ...(name.startsWith('--help') && { target: { of: 'ratio', atMost: 2 } }),
  };
}

export const bench = defineBench({
  summary: 'start of the operator\'s tool, against an empty Node.js program',
  options: { runs: wholeNumber({ help: 'starts of each command', default: 21, short: 7, min: 1, max: 1_000 }) },
  missing: missingTool,
  async run({ runs }) {
    const starts = Object.entries(CONTESTANTS).map(([name, args]) => [name, () => timesOfNode(args, { exitCode: EXIT_CODES[name] })] as const);
    const { [FLOOR]: floor, ...commands } = await inTurns<string, StartTimes>(Object.fromEntries(starts), runs);
    return Object.entries(commands).flatMap(([name, times]) => [
      figureOf(name, times, floor, ({ millis }) => millis),
      figureOf(`${name}: CPU`, times, floor, ({ cpuMillis }) => cpuMillis),
    ]);
  },
});
