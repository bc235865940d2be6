import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Synthesizes the app of cdk.json, as the CDK CLI does. */
export async function synthesize(root: string, outdir: string): Promise<void> {
  const { app } = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8')) as { app: string };
  const child = spawn(app, {
    cwd: root,
    shell: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, CDK_OUTDIR: outdir },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Error(`cannot synthesize the app of cdk.json: \`${app}\` ended with exit code ${code}\n${errors}`);
  }
}
