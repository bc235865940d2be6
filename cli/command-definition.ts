import type { Argument, Option } from 'commander';
import type { CommandModule, GlobalOptions } from './context';

/** What the tool is called. */
export const NAME = 'stream-dlq';

/** A command as data: what `--help`, the parser and shell completion need. Its code is loaded when it runs. */
export interface CommandDefinition<Options extends object = object> {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line, for the list of commands. */
  readonly summary: string;
  /** First paragraphs of the help of the command. Default: the summary. */
  readonly description?: string;
  /** What it works on. Decides which common options it has. Default: 'queue'. */
  readonly worksOn?: 'queue' | 'account' | 'nothing';
  /** Whether help leaves it out, because only programs call it. */
  readonly isHidden?: boolean;
  readonly arguments?: readonly Argument[];
  readonly options: readonly Option[];
  readonly examples: readonly Example[];
  /** The permissions that it needs, in a line or two. */
  readonly needs?: string;
  /** The command that prints a policy for it, where that is not the one of other commands. */
  policyCommand?(globals: GlobalOptions, options: Options): string;
  /** Which options and arguments go together. @throws CliError */
  check?(args: readonly string[], options: Options): void;
  /** Loads the code of the command. `commands`: all commands of the tool. */
  load(commands: readonly CommandDefinition[]): Promise<CommandModule<Options>>;
}

export interface Example {
  /** What comes after `stream-dlq `. */
  readonly command: string;
  readonly does: string;
}
