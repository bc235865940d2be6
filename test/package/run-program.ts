import { execFileSync } from 'node:child_process';

/** Runs a program without the settings that npm passes to its scripts, and returns its standard output. */
export function runProgram(cwd: string, program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  return execFileSync(program, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...environment },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1e8,
    shell: process.platform === 'win32',
  });
}
