import type { Argument, Option } from 'commander';
import type { CommandModule } from './context';

/** A command as data: what `--help`, the parser and shell completion need. Its code is loaded when it is run. */
export interface CommandDefinition<Options extends object = object> {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What the help of the command opens with. Default: the summary. */
  readonly description?: string;
  /** What it works on, which decides the options it has beside its own. Default: 'queue'. */
  readonly worksOn?: 'queue' | 'account' | 'nothing';
  /** Whether help leaves it out: what no person calls. */
  readonly isHidden?: boolean;
  readonly arguments?: readonly Argument[];
  readonly options: readonly Option[];
  readonly examples: readonly Example[];
  /** What it must be allowed to do, in a line or two: `policy` prints the rest. */
  readonly needs?: string;
  /** Which options and arguments go together. @throws CliError */
  check?(args: readonly string[], options: Options): void;
  load(): Promise<CommandModule<Options>>;
}

export interface Example {
  /** What comes after `stream-dlq `. */
  readonly command: string;
  readonly does: string;
}
