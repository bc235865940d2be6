import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from './commands';
import { ExitCode } from './exit-code';
import { SCHEMA_VERSION } from './output/output';
import { Stopping } from './output/streams';
import { parse } from './program';

/** What is still under way after the second Ctrl-C gets no longer than this. */
const LAST_MILLIS = 500;

interface Interruption {
  readonly stopped: AbortSignal;
  readonly aborted: AbortSignal;
  /** Why the result could not be written, where that is more than nobody reading it. */
  outputError?: Error;
}

/** First Ctrl-C: stop in good order. Second: let go of everything. */
function interruption(): Interruption {
  const [stop, abort] = [new AbortController(), new AbortController()];
  const onSignal = (): void => {
    if (!stop.signal.aborted) {
      stop.abort(new Stopping());
    } else {
      abort.abort();
      setTimeout(() => process.exit(ExitCode.INTERRUPTED), LAST_MILLIS).unref();
    }
  };
  // SIGHUP: the terminal is gone, as when a connection is lost.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const interrupted: Interruption = { stopped: stop.signal, aborted: abort.signal };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Nobody reads any more, as behind `| head`: no mistake, and a reason to stop.
    if (error.code !== 'EPIPE') interrupted.outputError ??= error;
    stop.abort();
  });
  process.stderr.on('error', () => stop.abort());
  return interrupted;
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { version: string }).version;
}

/** A process that ends would cut off what has not left it yet. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

async function main(): Promise<void> {
  // Node.js ends by itself where nothing is left to wait for. Before the end is reached, that is a mistake: it must not pass for success.
  process.exitCode = ExitCode.BUG;
  // On Node 20 the SDK says at every start when its support ends.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // One signal for all the calls that are under way: Node.js would take that for a leak.
  setMaxListeners(0);
  const version = packageVersion();
  const { stdin, stdout, stderr, env } = process;
  const argv = process.argv.slice(2);
  // Help is written before there is a command to stop: nobody may read all of it.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  let mistake = '';
  const asked = await parse(argv, {
    version,
    width: stdout.columns || undefined,
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => {
      mistake += text;
      stderr.write(text);
    },
  }, commands);
  let exitCode: ExitCode;
  let signals: Interruption | undefined;
  if (typeof asked === 'number') {
    exitCode = asked;
    // A program that reads the one document gets it, whatever happened.
    if (exitCode !== ExitCode.DONE && argv.includes('--json')) {
      stdout.write(`${JSON.stringify({ command: argv[0], version: SCHEMA_VERSION, error: { message: mistake.trim(), exitCode } }, null, 2)}\n`);
    }
  } else {
    signals = interruption();
    const { run, bug } = await import('./run.js');
    // What no command waited for.
    process.on('uncaughtException', (error) => {
      stderr.write(`error: ${bug(error, version, env)}\n`);
      process.exit(ExitCode.BUG);
    });
    exitCode = await run(asked, { streams: { stdin, stdout, stderr }, env, version, ...signals });
  }
  await Promise.all([flushed(stdout), flushed(stderr)]);
  if (signals?.outputError) {
    stderr.write(`error: cannot write the result to stdout: ${signals.outputError.message}\n`);
    exitCode = ExitCode.USAGE;
  }
  process.exit(exitCode);
}

void main();
