import { Command, CommanderError, Help, InvalidArgumentError, Option } from 'commander';
import { CliError } from './cli-error';
import { type CommandDefinition, NAME } from './command-definition';
import type { GlobalOptions } from './context';
import { ExitCode } from './exit-code';

const EXIT_CODES = `Exit codes:
  0    done: everything that you asked for
  1    not everything is done: the output says what failed or was left, and why
  2    wrong use: an option, an argument, a file, or a message that needs a
       newer version of this tool
  3    AWS refused: credentials, a permission, or something that does not exist
  70   a bug of this tool
  130  stopped by Ctrl-C or SIGTERM: no message is lost, run the same command
       again to continue`;

const OVERVIEW = `Look at the dead-letter queues of cdk-stream-dlq and of SQS itself, and send
dead letters again.

Typical session:
  1. ${NAME} queues                           which queues there are
  2. ${NAME} ls --stack NAME                  what failed, where, since when
  3. ${NAME} show ID --stack NAME             one dead letter, its records decoded
  4. ${NAME} redrive --stack NAME --limit 1   after a fix: send one dead letter
  5. ${NAME} redrive --stack NAME             then send the rest

NAME is your CloudFormation stack. ID is in the output of ls. Without an
installation, put npx before each command.`;

/** What a command line asks for. */
export interface Request {
  readonly definition: CommandDefinition;
  /** All commands of the tool. */
  readonly commands: readonly CommandDefinition[];
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

/** What the arguments ask for, or the exit code where there is nothing to run: help or the mistake in the arguments is printed then. */
export async function parse(argv: readonly string[], host: ParseHost, commands: readonly CommandDefinition[]): Promise<Request | ExitCode> {
  let request: Request | undefined;
  const program = buildProgram(commands, host, (asked) => {
    request = { ...asked, commands };
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Without a command, commander prints help and fails: that is wrong use.
    return error.exitCode === 0 ? ExitCode.DONE : ExitCode.USAGE;
  }
  return request ?? ExitCode.USAGE;
}

type OnRequest = (request: Omit<Request, 'commands'>) => void;

/** The commander program of the commands. */
export function buildProgram(commands: readonly CommandDefinition[], host: ParseHost, onRequest: OnRequest = () => undefined): Command {
  const program = new Command(NAME)
    .description(OVERVIEW)
    .usage('<command> [options]')
    .version(host.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help; after a command, the help of the command')
    .helpCommand('help [command]', 'print the help of a command')
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
  for (const definition of commands) addCommand(program, definition, host, onRequest);
  return program.addHelpText('after', `\n${EXIT_CODES}`);
}

function widthOf({ width = 100 }: ParseHost): number {
  return width;
}

function addCommand(program: Command, definition: CommandDefinition, host: ParseHost, onRequest: OnRequest): void {
  const { name, aliases = [], summary, description = summary, needs, examples } = definition;
  const command = program
    .command(name, { hidden: definition.isHidden === true })
    .aliases([...aliases])
    .summary(summary)
    .description(description)
    .helpOption('-h, --help', 'print this help')
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

/** Without `(default: false)`: a switch is off where it is not given. */
function optionDescription(option: Option): string {
  return option.defaultValue === false ? option.description : new Help().optionDescription(option);
}

function parsedUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw new InvalidArgumentError('It must be a URL that begins with http:// or https://.');
  return text;
}

function globalOptions({ worksOn = 'queue' }: CommandDefinition): Option[] {
  if (worksOn === 'nothing') return [];
  const stack = new Option('--stack <name>', 'CloudFormation stack of the queue: name or ARN');
  const queue = new Option('--queue <queue>', 'dead-letter queue: URL, ARN or name').conflicts('stack');
  return [
    ...(worksOn === 'queue' ? [queue, stack] : [stack]).map((option) => option.helpGroup(worksOn === 'queue' ? 'Queue (one of the two):' : 'Stack:')),
    ...[
      new Option('--region <region>', 'AWS region (default: region of the queue URL or ARN, AWS_REGION, or the profile)'),
      new Option('--profile <profile>', 'profile of the AWS config file (default: AWS_PROFILE)'),
      new Option('--endpoint-url <url>', 'send requests to this URL instead of AWS (default: AWS_ENDPOINT_URL)').argParser(parsedUrl),
    ].map((option) => option.helpGroup('AWS account:')),
    ...[
      new Option('--json', 'print one JSON document to stdout, for programs'),
      new Option('--no-color', 'print no colors (NO_COLOR=1 does the same, FORCE_COLOR=1 the opposite)'),
    ].map((option) => option.helpGroup('Output:')),
  ];
}
