import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { ExtendedClient, overflowKey } from '../src/contract';
import { DeadLetter } from './dead-letter';

/** Where dead letters go that are over the limit of their queue. */
export class OverflowBucket {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /** Keeps the body of a dead letter, and returns the body of the message that points to it. */
  async put(letter: DeadLetter, body: string, signal: AbortSignal): Promise<string> {
    const key = overflowKey(letter.timestamp, letter.hydration.deadLetterId);
    try {
      await this.client.send(
        new PutObjectCommand({
          Bucket: this.bucket,
          Key: key,
          Body: Buffer.from(body),
          ContentType: 'application/json',
          // The first notification of a failure finds the most: a later one must not replace what was there by less.
          IfNoneMatch: '*',
        }),
        { abortSignal: signal },
      );
    } catch (error) {
      if (!(error instanceof S3ServiceException && error.name === 'PreconditionFailed')) throw error;
    }
    return JSON.stringify([ExtendedClient.POINTER_CLASS, { s3BucketName: this.bucket, s3Key: key }]);
  }
}
