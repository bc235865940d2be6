import { S3Client } from '@aws-sdk/client-s3';
import { clientOptions } from '../shared/client-options';
import { OverflowBucket } from '../shared/dead-letter/overflow-bucket';

/** An overflow bucket, with a client of its own. */
export function overflow(bucket: string, prefix: string): OverflowBucket {
  return new OverflowBucket(new S3Client(clientOptions), bucket, prefix);
}
