import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Environment } from '../src/contract';
import { clientOptions } from './client-options';
import { DeadLetterQueue } from './dead-letter-queue';
import { OverflowBucket } from './overflow-bucket';
import { requireEnv, requireNumberEnv } from './require-env';
import { UndeliverableQueue } from './undeliverable-queue';

const sqs = new SQSClient(clientOptions);

/** The dead-letter queue that the environment names, with its overflow bucket. */
export function deadLetterQueue(): DeadLetterQueue {
  return new DeadLetterQueue(sqs, new OverflowBucket(new S3Client(clientOptions), requireEnv(Environment.OVERFLOW_BUCKET)), {
    queueUrl: requireEnv(Environment.QUEUE_URL),
    maxMessageBytes: requireNumberEnv(Environment.QUEUE_MAX_MESSAGE_BYTES),
  });
}

/** The undeliverable queue that the environment names. */
export function undeliverableQueue(): UndeliverableQueue {
  return new UndeliverableQueue(sqs, requireEnv(Environment.UNDELIVERABLE_QUEUE_URL));
}
