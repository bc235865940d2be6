import { defineBench } from '../bench';
import { median } from '../median';
import { millisOfNode } from '../node-start';
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

export const bench = defineBench({
  summary: 'start of the operator\'s tool, against an empty Node.js program',
  options: { runs: wholeNumber({ help: 'starts of each command', default: 21, short: 7, min: 1, max: 1_000 }) },
  missing: missingTool,
  async run({ runs }) {
    const starts = Object.entries(CONTESTANTS).map(([name, args]) => [name, () => millisOfNode(args, { exitCode: EXIT_CODES[name] })] as const);
    const { [FLOOR]: floor, ...commands } = await inTurns<string, number>(Object.fromEntries(starts), runs);
    return Object.entries(commands).map(([name, millis]) => ({
      name, value: median(millis), unit: 'ms', rival: { name: FLOOR, value: median(floor) }, ratio: pairedRatio(millis, floor),
      ...(name === '--help' && { target: { of: 'ratio' as const, atMost: 2 } }),
    }));
  },
});
