import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Pipeline } from './pipeline';

/** A Python that has the official client library, where there is one: CI installs it and names it here. */
const PYTHON = process.env.EXTENDED_CLIENT_PYTHON ?? 'python3';
const hasExtendedClient = spawnSync(PYTHON, ['-c', 'import sqs_extended_client']).status === 0;
if (!hasExtendedClient && process.env.EXTENDED_CLIENT_PYTHON) {
  throw new Error(`EXTENDED_CLIENT_PYTHON must have amazon-sqs-extended-client, got: ${PYTHON}`);
}
if (!hasExtendedClient) {
  console.warn('skipped: reading a pointer by the Extended Client for Python, which needs `pip install amazon-sqs-extended-client`');
}

export const itNeedsExtendedClient = hasExtendedClient ? it : it.skip;

/** Takes a message off the queue of a processor as a consumer with the official client does, and returns its body, wherever that was. */
export async function readByExtendedClient({ cloud, processors }: Pipeline, processor = 0): Promise<string> {
  const args = [join(__dirname, 'extended_client.py'), processors[processor].queueUrl, cloud.endpoints.sqs, cloud.endpoints.s3];
  const { stdout } = await promisify(execFile)(PYTHON, args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
