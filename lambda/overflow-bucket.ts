import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
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
    const key = overflowKey(letter.timestamp, letter.hydration);
    await this.client.send(
      new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: Buffer.from(body), ContentType: 'application/json' }),
      { abortSignal: signal },
    );
    return JSON.stringify([ExtendedClient.POINTER_CLASS, { s3BucketName: this.bucket, s3Key: key }]);
  }
}
