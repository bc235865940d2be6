import type { RootCommand } from '@bomb.sh/tab' with { 'resolution-mode': 'import' };
import { type CommandDefinition, NAME } from '../../command-definition';
import type { CommandModule } from '../../context';
import { ExitCode } from '../../exit-code';
import { buildProgram } from '../../program';

/** Name of the command that prints the script. The adapter adds it itself. */
const COMPLETION = 'completion';

/** Tells the script of every shell to complete names of files. */
const FILES = ':0';
/** Options whose value is one. */
const FILE = /<(?:file|location)>/;

/** Prints the script of a shell. */
export function completion(commands: readonly CommandDefinition[]): CommandModule<object> {
  return {
    run: async ({ output }, [shell]) => {
      (await completions(commands)).setup(NAME, NAME, shell);
      // Bash completes no files where only a function is registered.
      if (shell === 'bash') output.line(`complete -o default -F __${NAME.replaceAll('-', '_')}_complete ${NAME}`);
      return ExitCode.DONE;
    },
  };
}

/** Prints what could come next. */
export function complete(commands: readonly CommandDefinition[]): CommandModule<object> {
  return {
    run: async ({ output }, words) => {
      if (isFileNext(commands, words)) output.line(FILES);
      else (await completions(commands)).parse([...words]);
      return ExitCode.DONE;
    },
  };
}

/** Whether the last word names a file: as the value of an option, or as an argument. */
function isFileNext(commands: readonly CommandDefinition[], words: readonly string[]): boolean {
  const [name, before = '', word = ''] = [words[0], words.at(-2), words.at(-1)];
  const definition = commands.find((each) => each.name === name || each.aliases?.includes(name));
  if (!definition || words.length < 2) return false;
  const named = word.startsWith('--') && word.includes('=') ? word.slice(0, word.indexOf('=')) : before;
  const option = definition.options.find(({ long, short, hidden }) => !hidden && [long, short].includes(named));
  if (option?.required) return FILE.test(option.flags);
  // The value of an option that every command has, such as --stack.
  if (!option && before.startsWith('-')) return false;
  return !word.startsWith('-') && definition.arguments?.some((argument) => argument.name() === 'file') === true;
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
