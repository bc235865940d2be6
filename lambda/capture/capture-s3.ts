import { S3Client } from '@aws-sdk/client-s3';
import { Environment } from '../../src/contract';
import { dataBudget } from '../runtime/data-budget';
import { deadLetterQueue, undeliverableQueue } from '../runtime/queues';
import { requireEnv } from '../runtime/require-env';
import { clientOptions } from '../shared/client-options';
import { captureHandler } from './capture';
import { CaptureBucket } from './capture-bucket';

const streamArns = process.env[Environment.STREAM_ARNS];

export const handler = captureHandler({
  streamArns: streamArns ? (JSON.parse(streamArns) as string[]) : undefined,
  bucket: new CaptureBucket(new S3Client(clientOptions), { name: requireEnv(Environment.CAPTURE_BUCKET), maxBytes: dataBudget() }),
  queue: deadLetterQueue(),
  undeliverables: undeliverableQueue(),
});
