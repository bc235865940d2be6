import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Environment } from '../src/contract';
import { DeadLetterQueue } from './dead-letter-queue';
import { FullJitterRetry } from './full-jitter-retry';
import { hydrateHandler } from './hydrate';
import { InvokeIdentities } from './invoke-identities';
import { KinesisReader } from './kinesis-reader';
import { OverflowBucket } from './overflow-bucket';
import { requireEnv, requireNumberEnv } from './require-env';
import { UndeliverableQueue } from './undeliverable-queue';

/** Data of a range for each MiB of the function's memory: base64, JSON and the request body are in memory with it. */
const BYTES_FOR_EACH_MIB = 65_536;

/** What still fits one string as base64: they end at 512 Mi characters. */
const LONGEST_TEXT_BYTES = 268_435_456;

// The Kinesis client's own HTTP/2 handler opens a session for every request; this one keeps its connections.
const client = {
  requestHandler: new NodeHttpHandler({ connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true }),
  retryStrategy: new FullJitterRetry(),
};
const sqs = new SQSClient(client);

export const handler = hydrateHandler({
  reader: new KinesisReader(new KinesisClient(client), {
    streamArn: requireEnv(Environment.STREAM_ARN),
    retentionMillis: requireNumberEnv(Environment.STREAM_RETENTION_HOURS) * 3_600_000,
    maxBytes: Math.min(requireNumberEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE') * BYTES_FOR_EACH_MIB, LONGEST_TEXT_BYTES),
  }),
  queue: new DeadLetterQueue(sqs, new OverflowBucket(new S3Client(client), requireEnv(Environment.OVERFLOW_BUCKET)), {
    queueUrl: requireEnv(Environment.QUEUE_URL),
    maxMessageBytes: requireNumberEnv(Environment.QUEUE_MAX_MESSAGE_BYTES),
  }),
  undeliverables: new UndeliverableQueue(sqs, requireEnv(Environment.UNDELIVERABLE_QUEUE_URL)),
  identities: new InvokeIdentities(JSON.parse(requireEnv(Environment.INVOKE_IDENTITIES))),
});
