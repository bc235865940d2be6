import { S3Client } from '@aws-sdk/client-s3';
import { Environment } from '../../src/contract';
import { dataBudget } from '../runtime/data-budget';
import { deadLetterQueue, undeliverableQueue } from '../runtime/queues';
import { requireEnv } from '../runtime/require-env';
import { clientOptions } from '../shared/client-options';
import { captureHandler } from './capture';
import { CaptureBucket } from './capture-bucket';

export const handler = captureHandler({
  streamArn: requireEnv(Environment.STREAM_ARN),
  isShared: requireEnv(Environment.CAPTURE_BUCKET_SHARED) === 'true',
  bucket: new CaptureBucket(new S3Client(clientOptions), { name: requireEnv(Environment.CAPTURE_BUCKET), maxBytes: dataBudget() }),
  queue: deadLetterQueue(),
  undeliverables: undeliverableQueue(),
});
