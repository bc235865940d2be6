import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values'];

export interface Command<O extends Options, Settings> {
  readonly usage: string;
  readonly options: O;
  /** Converts the options to settings. @throws for an invalid option */
  settings(values: Values<O>): Settings;
  /** @returns the exit code */
  run(settings: Settings): Promise<number>;
}

/** Runs a command of this repository. `--help` prints its usage. An invalid option ends with exit code 2. */
export async function runCommand<O extends Options, Settings>({ usage, options, settings, run }: Command<O, Settings>): Promise<void> {
  // On Node 20, the SDK prints a support warning at every start.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  let given: Settings;
  try {
    const { values } = parseArgs({ args: process.argv.slice(2), options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if ((values as { help?: boolean }).help) {
      process.stdout.write(usage);
      return;
    }
    given = settings(values as Values<O>);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
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
