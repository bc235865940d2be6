import { ExtendedClient } from '../../../src/contract';

/** What a message holds in place of a body that is in S3. */
export interface Pointer {
  /** The text of the message. */
  readonly text: string;
  /** Bytes of the body. */
  readonly bytes: number;
}

/** A pointer in the format of the Amazon SQS Extended Client Library. */
export function pointerTo(bucket: string, key: string, bytes: number): Pointer {
  return { text: JSON.stringify([ExtendedClient.POINTER_CLASS, { s3BucketName: bucket, s3Key: key }]), bytes };
}
