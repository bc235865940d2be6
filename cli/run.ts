import { awsContext } from './aws/aws-context';
import { explainAwsError } from './aws/aws-error';
import { CliError } from './cli-error';
import { NAME } from './command-definition';
import type { Context } from './context';
import { ExitCode } from './exit-code';
import type { Streams } from './output/streams';
import { TerminalOutput } from './output/terminal-output';
import type { Request } from './program';

export interface Host {
  readonly streams: Streams;
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  readonly stopped: AbortSignal;
  readonly aborted: AbortSignal;
}

const ISSUES = 'https://github.com/cdk-stream-dlq/cdk-stream-dlq/issues';

/** Runs a command, and says what ended it if it did not end well. */
export async function run(request: Request, host: Host, contextOf: typeof awsContext = awsContext): Promise<ExitCode> {
  const { definition, commands, globals, args, options } = request;
  const { streams, env, version, stopped, aborted } = host;
  const output = new TerminalOutput(streams, { command: definition.name, json: globals.json, color: globals.color, env, stopped });
  try {
    const command = await definition.load(commands);
    const context: Context = contextOf({ globals, output, stopped, aborted, env, version });
    return await command.run(context, args, options);
  } catch (error) {
    const { message, exitCode, newerFormat } = told(error, host, request);
    output.error(message);
    if (!output.hasDocument) output.json({ error: { message, exitCode, newerFormat } });
    return exitCode;
  }
}

function told(error: unknown, { stopped, env, version }: Host, { definition, globals, options }: Request): Pick<CliError, 'message' | 'exitCode' | 'newerFormat'> {
  if (error instanceof CliError) return error;
  // What a call says that was cut off is of no interest.
  if (stopped.aborted && (error as Error | undefined)?.name === 'AbortError') {
    return { message: 'stopped; the same command goes on where this one ended', exitCode: ExitCode.INTERRUPTED };
  }
  const given = { ...globals, environmentProfile: env.AWS_PROFILE, policyCommand: definition.policyCommand?.(globals, options) };
  const known = explainAwsError(error, given) ?? ofTheSystem(error) ?? damaged(error);
  if (known) return { message: known.message, exitCode: known.exitCode };
  return { message: bug(error, version, env), exitCode: ExitCode.BUG };
}

/** A file that cannot be read or written, a full disk: not ours to fix. */
function ofTheSystem(error: unknown): CliError | undefined {
  const { syscall, path, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === undefined || path === undefined) return undefined;
  return new CliError(`cannot ${syscall} ${path}: ${message}`);
}

/** The SDK compares what SQS sends with its digest. */
function damaged(error: unknown): CliError | undefined {
  const { message = '' } = (error ?? {}) as Error;
  return /^Invalid MD5 checksum/.test(message)
    ? new CliError(`an answer of SQS came damaged (${message}): nothing of it was used; run the command again`, ExitCode.REFUSED)
    : undefined;
}

export function bug(error: unknown, version: string, env: NodeJS.ProcessEnv): string {
  const shown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const wantsStack = env.DEBUG?.split(/[\s,]+/).some((name) => name === NAME || name === '*');
  const stack = wantsStack && error instanceof Error && error.stack;
  return [
    `a bug of ${NAME} ${version} (Node.js ${process.version}): ${shown}`,
    'no message is deleted before it was dealt with: what was under way comes back to its queue when its visibility timeout ends',
    stack || `please report it at ${ISSUES}, with the command and what DEBUG=${NAME} adds to this`,
  ].join('\n');
}
