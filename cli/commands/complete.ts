import type { CommandModule } from '../context';
import { ExitCode } from '../exit-code';
import { completions } from './completions';

export const run: CommandModule<object>['run'] = async (_context, words) => {
  (await completions()).parse([...words]);
  return ExitCode.DONE;
};
