import { spawnSync } from 'node:child_process';

/** What a start must not depend on: the AWS of whoever runs this. */
const ENVIRONMENT = { PATH: process.env.PATH, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true' };

export interface StartOptions {
  /** The Node.js binary (default: the one that runs this). */
  readonly node?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Milliseconds from the start of a Node.js process to its end. @throws Error where it fails to start */
export function millisOfNode(args: readonly string[], { node = process.execPath, env = {} }: StartOptions = {}): number {
  const begin = process.hrtime.bigint();
  const { error } = spawnSync(node, args, { env: { ...ENVIRONMENT, ...env }, stdio: 'ignore' });
  if (error) throw error;
  return Number(process.hrtime.bigint() - begin) / 1e6;
}
