import { S3Client } from '@aws-sdk/client-s3';
import { clientOptions } from '../shared/client-options';
import { type ObjectReader, S3ObjectReader } from '../shared/dead-letter/object-reader';
import { OverflowBucket } from '../shared/dead-letter/overflow-bucket';
import { ParkedBodies } from './parked-bodies';

export interface S3BodiesOptions {
  /** The overflow bucket. */
  readonly bucket: string;
  readonly prefix: string;
  /** The most bytes of a body that is read. */
  readonly maxBytes: number;
}

/** Bodies of dead letters in S3, with a client of their own. */
export interface S3Bodies {
  readonly objects: ObjectReader;
  readonly overflow: OverflowBucket;
  readonly parked: ParkedBodies;
}

export function s3Bodies({ bucket, prefix, maxBytes }: S3BodiesOptions): S3Bodies {
  const s3 = new S3Client(clientOptions);
  return { objects: new S3ObjectReader(s3, maxBytes), overflow: new OverflowBucket(s3, bucket, prefix), parked: new ParkedBodies(s3, bucket) };
}
