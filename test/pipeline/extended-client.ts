import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasPackage, TEST_PYTHON } from '../support/test-python';
import type { Pipeline } from './pipeline';

const hasExtendedClient = hasPackage('amazon-sqs-extended-client');

export const itNeedsExtendedClient = hasExtendedClient ? it : it.skip;

/** Takes a message off the queue of a processor as a consumer with the official client does, and returns its body, wherever that was. */
export async function readByExtendedClient({ cloud, processors }: Pipeline, processor = 0): Promise<string> {
  const args = [join(__dirname, 'extended_client.py'), processors[processor].queueUrl, cloud.endpoints.sqs, cloud.endpoints.s3];
  const { stdout } = await promisify(execFile)(TEST_PYTHON, args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
