import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeadLetter } from './dead-letter';
import { overflowKey } from './dead-letter-name';
import { Overflow } from './dead-letter-queue';
import { Pointer, pointerTo } from './pointer';

/** The bucket for dead letters that exceed the maximum message size of their queue. */
export class OverflowBucket implements Overflow {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    /** What the keys of dead letters begin with. */
    readonly prefix: string,
  ) {}

  async keep(deadLetter: DeadLetter, text: string, signal: AbortSignal): Promise<Pointer> {
    return this.put(overflowKey(this.prefix, deadLetter), text, signal);
  }

  async put(key: string, text: string, signal: AbortSignal): Promise<Pointer> {
    const body = Buffer.from(text);
    await this.client.send(
      new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ContentType: 'application/json' }),
      { abortSignal: signal },
    );
    return pointerTo(this.bucket, key, body.length);
  }
}
