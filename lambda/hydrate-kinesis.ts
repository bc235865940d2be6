import { KinesisClient } from '@aws-sdk/client-kinesis';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Environment } from '../src/contract';
import { DeadLetterQueue } from './dead-letter-queue';
import { hydrateHandler } from './hydrate';
import { InvokeIdentities } from './invoke-identities';
import { KinesisReader } from './kinesis-reader';
import { requireEnv } from './require-env';

// The client's own HTTP/2 handler opens a session for every request; this one keeps its connections.
const requestHandler = new NodeHttpHandler({
  connectionTimeout: 3_000,
  requestTimeout: 30_000,
  throwOnRequestTimeout: true,
});
const attempts = { maxAttempts: 8, retryMode: 'standard' };

export const handler = hydrateHandler({
  reader: new KinesisReader(new KinesisClient({ requestHandler, ...attempts }), requireEnv(Environment.STREAM_ARN)),
  queue: new DeadLetterQueue(new SQSClient({ ...attempts }), requireEnv(Environment.QUEUE_URL)),
  identities: new InvokeIdentities(JSON.parse(requireEnv(Environment.INVOKE_IDENTITIES))),
});
