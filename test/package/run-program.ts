import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program without the settings that npm passes to its scripts, and returns its standard output. */
export function runProgram(cwd: string, program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  return execFileSync(program, args, { ...optionsFor(cwd, environment), stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The same, for programs that run at the same time. */
export async function runProgramAsync(
  cwd: string, program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const running = promisify(execFile)(program, args, optionsFor(cwd, environment));
  running.child.stdin?.end();
  try {
    return (await running).stdout;
  } catch (error) {
    // The message has standard error only, and some compilers write what is wrong to standard output.
    const { message, stdout } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout ?? ''}`, { cause: error });
  }
}

function optionsFor(cwd: string, environment: NodeJS.ProcessEnv) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  return {
    cwd,
    env: { ...Object.fromEntries(inherited), ...environment },
    encoding: 'utf8',
    maxBuffer: 1e8,
    shell: process.platform === 'win32',
  } as const;
}
