import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const PACKAGE = join(__dirname, '..', '..');
export const DIST = join(PACKAGE, 'dist');
export const TOOL = join(PACKAGE, 'bin', 'stream-dlq.mjs');
export const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };

/** Nothing of the AWS of whoever runs this. */
export const ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  AWS_CONFIG_FILE: join(__dirname, 'none'),
  AWS_SHARED_CREDENTIALS_FILE: join(__dirname, 'none'),
  AWS_EC2_METADATA_DISABLED: 'true',
};
export const OPERATOR = { ...ENVIRONMENT, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the bundled tool. */
export async function tool(args: readonly string[], env = ENVIRONMENT): Promise<Ended> {
  const { stdout, stderr, code = 0 } = await promisify(execFile)(process.execPath, [TOOL, ...args], { env })
    .catch((error: { stdout: string; stderr: string; code: number }) => error) as { stdout: string; stderr: string; code?: number };
  return { code, out: stdout, err: stderr };
}
