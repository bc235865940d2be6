import { spawnSync } from 'node:child_process';

/** What a start must not depend on: the AWS of whoever runs this. */
const ENVIRONMENT = { PATH: process.env.PATH, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true' };

export interface StartOptions {
  /** The Node.js binary (default: the one that runs this). */
  readonly node?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What the program must end with (default: 0). */
  readonly exitCode?: number;
}

/** Milliseconds from the start of a Node.js process to its end. @throws Error where it does not start, or ends with another exit code */
export function millisOfNode(args: readonly string[], { node = process.execPath, env = {}, exitCode = 0 }: StartOptions = {}): number {
  const begin = process.hrtime.bigint();
  const { error, status } = spawnSync(node, args, { env: { ...ENVIRONMENT, ...env }, stdio: 'ignore' });
  const millis = Number(process.hrtime.bigint() - begin) / 1e6;
  if (error) throw error;
  if (status !== exitCode) throw new Error(`${args.join(' ')} must end with exit code ${exitCode}, got: ${status}`);
  return millis;
}
