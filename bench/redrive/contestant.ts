import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { childEnvironment } from '../../local/emulators/managed-process';
import { USAGE } from '../node-start';
import { TOOL } from '../tool';
import type { TargetKind } from './fake-aws/delivery-tracker';
import { REGION } from './sample-dead-letters';

export type Contestant = 'redrive' | 'bare loop';

export interface RedriveOptions {
  readonly queueUrl: string;
  readonly endpoint: string;
  readonly to: TargetKind;
  readonly concurrency: number;
  /** Where files of the run go. */
  readonly folder: string;
}

/** What a process has used, from its start to its end. */
export interface Usage {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The most that it had resident, the Node binary included. */
  readonly peakMebibytes: number;
}

/** Bundles a file of `process/` as the tool is bundled, so that neither starts slower for it. */
export async function bundled(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.cjs`);
  const entryPoints = [join(__dirname, 'process', `${name}.ts`)];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', target: 'node20', mainFields: ['module', 'main'], logLevel: 'warning' });
  return outfile;
}

/** Runs the tool as its users do, or the loop, in a process of its own. */
export async function run(contestant: Contestant, bareLoop: string, race: RedriveOptions): Promise<Usage> {
  const { queueUrl, endpoint, to, concurrency, folder } = race;
  const toolArguments = [
    TOOL, 'redrive', '--queue', queueUrl, '--endpoint-url', endpoint, '--region', REGION,
    '--concurrency', String(concurrency), '--audit-log', join(folder, 'audit.jsonl'), '--yes', '--json',
    ...(to === 'stream' ? ['--to-stream'] : []),
  ];
  const args = contestant === 'redrive' ? toolArguments : [bareLoop, queueUrl, endpoint, to, String(concurrency)];
  const start = performance.now();
  const child = spawn(process.execPath, ['--require', USAGE, ...args], {
    env: childEnvironment({
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_REGION: REGION,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      XDG_STATE_HOME: folder,
    }),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [usage, stdout, stderr, [code]] = await Promise.all([
    text(child.stdio[3] as Readable), text(child.stdout!), text(child.stderr!), once(child, 'close') as Promise<[number | null]>,
  ]);
  const seconds = (performance.now() - start) / 1_000;
  if (code !== 0) throw new Error(`${contestant} must end with exit code 0, got: ${code}; it said: ${(stderr + stdout).slice(-4_000)}`);
  return { seconds, ...(JSON.parse(usage) as Omit<Usage, 'seconds'>) };
}
