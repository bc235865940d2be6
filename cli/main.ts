#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode } from './exit-code';
import { parse } from './program';

/** What is still under way after the second Ctrl-C gets no longer than this. */
const LAST_MILLIS = 500;

/** First Ctrl-C: stop in good order. Second: let go of everything. */
function interruption(): { stopped: AbortSignal; aborted: AbortSignal } {
  const [stop, abort] = [new AbortController(), new AbortController()];
  const onSignal = (): void => {
    if (!stop.signal.aborted) {
      process.stderr.write('\nstopping: what is under way comes to its end; once more to stop at once\n');
      stop.abort();
    } else {
      abort.abort();
      setTimeout(() => process.exit(ExitCode.INTERRUPTED), LAST_MILLIS).unref();
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // Nobody reads any more, as behind `| head`: no mistake, and a reason to stop.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    stop.abort();
  });
  process.stderr.on('error', () => stop.abort());
  return { stopped: stop.signal, aborted: abort.signal };
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { version: string }).version;
}

/** A process that ends would cut off what has not left it yet. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableNeedDrain === false) resolve();
    else stream.once('drain', resolve).once('error', () => resolve());
  });
}

async function main(): Promise<void> {
  // Node.js ends by itself where nothing is left to wait for. Before the end is reached, that is a mistake: it must not pass for success.
  process.exitCode = ExitCode.BUG;
  // On Node 20 the SDK says at every start when its support ends.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const version = packageVersion();
  const { stdin, stdout, stderr, env } = process;
  const asked = await parse(process.argv.slice(2), {
    version,
    width: stdout.columns,
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
  });
  let exitCode: ExitCode;
  if (typeof asked === 'number') {
    exitCode = asked;
  } else {
    const signals = interruption();
    const { run, bug } = await import('./run.js');
    // What no command waited for.
    process.on('uncaughtException', (error) => {
      stderr.write(`error: ${bug(error, version, env)}\n`);
      process.exit(ExitCode.BUG);
    });
    exitCode = await run(asked, { streams: { stdin, stdout, stderr }, env, version, ...signals });
  }
  await Promise.all([flushed(stdout), flushed(stderr)]);
  process.exit(exitCode);
}

void main();
