import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values'];

export interface Command<O extends Options, Settings> {
  /** A function where it takes long to write. */
  readonly usage: string | (() => string);
  readonly options: O;
  /** What to parse (default: the arguments of this process). */
  readonly args?: readonly string[];
  /** Converts the options to settings. @throws for an invalid option */
  settings(values: Values<O>): Settings;
  /** @returns the exit code */
  run(settings: Settings): Promise<number>;
}

/** Runs a command of this repository. `--help` prints its usage. An invalid option ends with exit code 2. */
export async function runCommand<O extends Options, Settings>({ usage, options, args, settings, run }: Command<O, Settings>): Promise<void> {
  // On Node 20, the SDK prints a support warning at every start.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const help = () => (typeof usage === 'string' ? usage : usage());
  let given: Settings;
  try {
    const { values } = parseArgs({ args: [...args ?? process.argv.slice(2)], options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if ((values as { help?: boolean }).help) {
      process.stdout.write(help());
      return;
    }
    given = settings(values as Values<O>);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help()}`);
    process.exitCode = 2;
    return;
  }
  try {
    process.exitCode = await run(given);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
}
