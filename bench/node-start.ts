import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** What a process loads first, to write what it has used into file descriptor 3 at its end. */
export const USAGE = join(__dirname, 'process', 'usage.js');

/** What a start must not depend on: the AWS of whoever runs this. */
const ENVIRONMENT = { PATH: process.env.PATH, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true' };

export interface StartOptions {
  /** The Node.js binary (default: the one that runs this). */
  readonly node?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What the program must end with (default: 0). */
  readonly exitCode?: number;
}

/** From the start of a Node.js process to its end. */
export interface StartTimes {
  readonly millis: number;
  /** Of all threads. Other work on the machine affects it less. */
  readonly cpuMillis: number;
}

/** Runs a Node.js program. @throws Error where it does not start, or ends with another exit code */
export function timesOfNode(args: readonly string[], { node = process.execPath, env = {}, exitCode = 0 }: StartOptions = {}): StartTimes {
  const begin = process.hrtime.bigint();
  const stdio = ['ignore', 'ignore', 'ignore', 'pipe'] as const;
  const { error, status, output } = spawnSync(node, ['--require', USAGE, ...args], { env: { ...ENVIRONMENT, ...env }, stdio: [...stdio], encoding: 'utf8' });
  const millis = Number(process.hrtime.bigint() - begin) / 1e6;
  if (error) throw error;
  if (status !== exitCode) throw new Error(`${args.join(' ')} must end with exit code ${exitCode}, got: ${status}`);
  const { cpuSeconds } = JSON.parse(output[3] ?? '') as { readonly cpuSeconds: number };
  return { millis, cpuMillis: cpuSeconds * 1_000 };
}
