import { Command, CommanderError, Help, InvalidArgumentError, Option } from 'commander';
import { CliError } from './cli-error';
import type { CommandDefinition } from './command-definition';
import type { GlobalOptions } from './context';
import { complete, completion } from './definitions/completion';
import { discard } from './definitions/discard';
import { exportLetters } from './definitions/export';
import { importFile } from './definitions/import';
import { ls } from './definitions/ls';
import { policy } from './definitions/policy';
import { queues } from './definitions/queues';
import { redrive } from './definitions/redrive';
import { rehydrate } from './definitions/rehydrate';
import { show } from './definitions/show';
import { ExitCode } from './exit-code';

/** In the order of an operator's night. */
export const definitions: readonly CommandDefinition[] = [
  queues, ls, show, redrive, rehydrate, discard, exportLetters, importFile, policy, completion, complete,
];

export const NAME = 'stream-dlq';

const EXIT_CODES = `Exit codes:
  0    all that was asked for is done
  1    something failed again, or was left where it was: the output says what
  2    wrong use: an option, an argument, a file, too old a version
  3    AWS refused: credentials, a permission, something that is not there
  70   a bug of this tool
  130  stopped by Ctrl-C or SIGTERM; nothing is lost, the same command goes on`;

const OVERVIEW = `Work with the dead-letter queues of cdk-stream-dlq: see what failed, look at the records, send them again.

At night:
  1. ${NAME} queues                             which queues there are
  2. ${NAME} ls --stack NAME                    what failed, where, since when
  3. ${NAME} show ID --stack NAME               one dead letter, its records decoded
  4. ${NAME} redrive --stack NAME --limit 1     the processor is mended: try one
  5. ${NAME} redrive --stack NAME               then the rest`;

/** What a command line asks for. */
export interface Request {
  readonly definition: CommandDefinition;
  readonly globals: GlobalOptions & { readonly color: boolean };
  readonly args: readonly string[];
  readonly options: object;
}

export interface ParseHost {
  readonly version: string;
  readonly width: number | undefined;
  writeOut(text: string): void;
  writeErr(text: string): void;
}

/**
 * What the arguments ask for, or the code to end with where there is nothing to run: help was asked for, or the use was wrong, and
 * that has been said.
 */
export async function parse(argv: readonly string[], host: ParseHost, known = definitions): Promise<Request | ExitCode> {
  let request: Request | undefined;
  const program = buildProgram(known, host, (asked) => {
    request = asked;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help that nobody asked for, as no command was given, is wrong use.
    return error.exitCode === 0 ? ExitCode.DONE : ExitCode.USAGE;
  }
  return request ?? ExitCode.USAGE;
}

/** The commander program of the definitions. */
export function buildProgram(known: readonly CommandDefinition[], host: ParseHost, onRequest: (request: Request) => void = () => undefined): Command {
  const program = new Command(NAME)
    .description(OVERVIEW)
    .usage('<command> [options]')
    .version(host.version, '--version', 'version of the tool')
    .helpOption('-h, --help', 'this text; after a command, that of the command')
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError('(see --help)')
    .configureOutput({
      writeOut: (text) => host.writeOut(text),
      writeErr: (text) => host.writeErr(text),
      getOutHelpWidth: () => widthOf(host),
      getErrHelpWidth: () => widthOf(host),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const definition of known) addCommand(program, definition, host, onRequest);
  return program.addHelpText('after', `\n${EXIT_CODES}`);
}

function widthOf({ width = 100 }: ParseHost): number {
  return width;
}

function addCommand(program: Command, definition: CommandDefinition, host: ParseHost, onRequest: (request: Request) => void): void {
  const { name, aliases = [], summary, description = summary, needs, examples } = definition;
  const command = program
    .command(name, { hidden: definition.isHidden === true })
    .aliases([...aliases])
    .summary(summary)
    .description(description)
    // Beside `help <command>`, so that it is found from wherever one is.
    .helpOption('-h, --help', 'this text')
    .configureHelp({ optionDescription });
  for (const argument of definition.arguments ?? []) command.addArgument(argument);
  for (const option of definition.options) command.addOption(option);
  for (const option of globalOptions(definition)) command.addOption(option);
  const shown = examples.map(({ command: line, does }) => `  ${NAME} ${line}\n      ${does}`);
  command.addHelpText('after', [
    ...(shown.length > 0 ? [`\nExamples:\n${shown.join('\n')}`] : []),
    ...(needs ? [`\n${command.createHelp().boxWrap(`Needs: ${needs}`, widthOf(host))}`] : []),
    `\n${EXIT_CODES}`,
  ].join('\n'));
  command.action(() => {
    const values = command.opts();
    const { queue, stack, region, profile, endpointUrl, json = false, color = true, ...options } = values;
    try {
      definition.check?.(command.args, options);
    } catch (error) {
      if (error instanceof CliError) command.error(`error: ${error.message}`);
      throw error;
    }
    onRequest({ definition, args: command.args, options, globals: { queue, stack, region, profile, endpointUrl, json, color } });
  });
}

/** A switch is off where it is not given: that goes without saying. */
function optionDescription(option: Option): string {
  return option.defaultValue === false ? option.description : new Help().optionDescription(option);
}

function parsedUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw new InvalidArgumentError('It must be a URL that begins with http:// or https://.');
  return text;
}

function globalOptions({ worksOn = 'queue' }: CommandDefinition): Option[] {
  if (worksOn === 'nothing') return [];
  const stack = new Option('--stack <name>', 'CloudFormation stack (name or ARN) that the queue belongs to');
  const queue = new Option('--queue <queue>', 'the dead-letter queue: URL, ARN or name').conflicts('stack');
  return [
    ...(worksOn === 'queue' ? [queue, stack] : [stack]).map((option) => option.helpGroup('Which queue:')),
    ...[
      new Option('--region <region>', 'AWS region (default: that of the queue or the profile, AWS_REGION)'),
      new Option('--profile <profile>', 'profile of the AWS configuration (default: AWS_PROFILE)'),
      new Option('--endpoint-url <url>', 'where AWS is, if not at its own endpoints (default: AWS_ENDPOINT_URL)').argParser(parsedUrl),
    ].map((option) => option.helpGroup('Which account:')),
    ...[
      new Option('--json', 'one JSON document on stdout, for programs'),
      new Option('--no-color', 'no colours (NO_COLOR does the same, FORCE_COLOR the contrary)'),
    ].map((option) => option.helpGroup('Output:')),
  ];
}
