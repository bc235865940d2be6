import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { childEnvironment } from '../../local/emulators/managed-process';
import { nodeBinary } from '../../local/emulators/node-binary';
import { ASSETS, FUNCTION_ENVIRONMENT } from '../function-files';
import { REGION } from './sample-dead-letters';

/** The bundle of the redrive function, as it is deployed. */
export const REDRIVE_FUNCTION = join(ASSETS, 'redrive', 'index.mjs');

/** What all invocations of a handler took together. */
export interface HandlerUsage {
  readonly millis: number;
  readonly cpuMillis: number;
  readonly invocations: number;
}

export interface HandlerOptions {
  /** The bundle of `process/invoke-handler.ts`. */
  readonly driver: string;
  readonly queueUrl: string;
  readonly endpoint: string;
}

/** Invokes a handler with every message of a queue, on the Node.js of the template of the function. */
export async function handlerUsage(handlerFile: string, { driver, queueUrl, endpoint }: HandlerOptions): Promise<HandlerUsage> {
  const env = childEnvironment({ ...FUNCTION_ENVIRONMENT, AWS_REGION: REGION, AWS_ENDPOINT_URL: endpoint, QUEUE_URL: queueUrl });
  const child = spawn(nodeBinary(), [driver, handlerFile, queueUrl], { env, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const [result, stderr, [code]] = await Promise.all([
    text(child.stdio[3] as Readable), text(child.stderr!), once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`${handlerFile} must handle every message, got: exit code ${code}; it said: ${stderr.slice(-4_000)}`);
  return JSON.parse(result) as HandlerUsage;
}
