import { join } from 'node:path';
import { runtimeFile } from './node-binary';
import { type NodeProcess, startNodeProcess } from './node-process';

/** SQS, SNS and S3 behind one port. */
export async function startFauxqs(options: {
  readonly accountId: string;
  readonly region: string;
}): Promise<{ child: NodeProcess; endpoint: string }> {
  const child = startNodeProcess({
    name: 'fauxqs',
    script: join(__dirname, 'process', 'fauxqs-server.mjs'),
    args: [runtimeFile('fauxqs', 'dist', 'app.js'), options.accountId, options.region],
  });
  return { child: child.warnOnExit(), endpoint: `http://127.0.0.1:${await child.listening()}` };
}

/**
 * Makes fauxqs hand out queue URLs of another origin. An SDK client that got its endpoint from the environment sends
 * requests to the host of the queue URL, not to the endpoint, so the URLs have to name the gateway.
 */
export async function setQueueUrlOrigin(endpoint: string, origin: string): Promise<void> {
  const response = await fetch(`${endpoint}/_local/queue-url-origin`, {
    method: 'PUT',
    body: origin,
    headers: { 'content-type': 'application/octet-stream' },
  });
  if (!response.ok) {
    throw new Error(
      `fauxqs at ${endpoint} did not take the origin of queue URLs: ${response.status} ${await response.text()}`,
    );
  }
}

/** Makes the messages of a queue visible that are in their visibility timeout. */
export async function endVisibilityTimeouts(endpoint: string, queueName: string): Promise<void> {
  const response = await fetch(`${endpoint}/_local/visibility-timeouts/${queueName}`, { method: 'POST' });
  if (!response.ok) throw new Error(`the visibility timeouts of queue ${queueName} did not end: ${response.status} ${await response.text()}`);
}
