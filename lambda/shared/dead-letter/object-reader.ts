import type { S3Client } from '@aws-sdk/client-s3';
import { objectBytes, utf8Text } from './object-bytes';
import { UndeliverableError } from './undeliverable-error';

/** Reads bodies of dead letters from S3. */
export interface ObjectReader {
  /** @throws LostBodyError where no retry can read the body */
  read(bucket: string, key: string, signal: AbortSignal): Promise<string>;
}

/** The body of a dead letter does not exist or is unreadable. */
export class LostBodyError extends UndeliverableError {
  constructor(rule: string, got: string) {
    super('the body of the dead letter cannot be read', rule, got);
  }
}

/** Reads objects of S3 that fit into memory. */
export class S3ObjectReader implements ObjectReader {
  constructor(
    private readonly client: S3Client,
    private readonly maxBytes: number,
  ) {}

  async read(bucket: string, key: string, signal: AbortSignal): Promise<string> {
    const location = `s3://${bucket}/${key}`;
    const bytes = await this.bytesOf(bucket, key, signal);
    if (!bytes) throw new LostBodyError(`${location} must have at most ${this.maxBytes} bytes to fit into memory`, 'more');
    const text = utf8Text(bytes);
    if (text === undefined) throw new LostBodyError(`${location} must be UTF-8`, `${bytes.length} bytes of something else`);
    return text;
  }

  private async bytesOf(bucket: string, key: string, signal: AbortSignal): Promise<Buffer | undefined> {
    try {
      return await objectBytes(this.client, { bucket, key, maxBytes: this.maxBytes }, signal);
    } catch (error) {
      const { name, message } = error as Error;
      // Without s3:ListBucket, S3 answers AccessDenied for a missing object. A permission can be fixed, so that this error is retried.
      if (['NoSuchKey', 'NoSuchBucket'].includes(name)) throw new LostBodyError(`s3://${bucket}/${key} must exist`, `${name}: ${message}`);
      throw error;
    }
  }
}
