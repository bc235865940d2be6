import type { RootCommand } from '@bomb.sh/tab' with { 'resolution-mode': 'import' };
import { type CommandDefinition, NAME } from '../../command-definition';
import type { CommandModule } from '../../context';
import { ExitCode } from '../../exit-code';
import { buildProgram } from '../../program';

/** Name of the command that prints the script. The adapter adds it itself. */
const COMPLETION = 'completion';

/** Prints the script of a shell. */
export function completion(commands: readonly CommandDefinition[]): CommandModule<object> {
  return {
    run: async (_context, [shell]) => {
      (await completions(commands)).setup(NAME, NAME, shell);
      return ExitCode.DONE;
    },
  };
}

/** Prints what could come next. */
export function complete(commands: readonly CommandDefinition[]): CommandModule<object> {
  return {
    run: async (_context, words) => {
      (await completions(commands)).parse([...words]);
      return ExitCode.DONE;
    },
  };
}

async function completions(commands: readonly CommandDefinition[]): Promise<RootCommand> {
  const { default: tab } = await import('@bomb.sh/tab/commander');
  const silent = { version: '', width: undefined, writeOut: () => undefined, writeErr: () => undefined };
  const known = commands
    .filter(({ name, isHidden }) => name !== COMPLETION && !isHidden)
    // A shell has a line for each.
    .map((definition) => ({ ...definition, description: definition.summary }));
  return tab(buildProgram(known, silent), { completionCommandName: COMPLETION });
}
