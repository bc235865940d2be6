import type { CommandModule } from '../context';
import { ExitCode } from '../exit-code';
import { NAME } from '../program';
import { completions } from './completions';

export const run: CommandModule<object>['run'] = async (_context, [shell]) => {
  (await completions()).setup(NAME, NAME, shell);
  return ExitCode.DONE;
};
