import type { S3Client } from '@aws-sdk/client-s3';
import { objectBytes, utf8Text } from './object-bytes';
import { UndeliverableError } from './undeliverable-error';

/** Reads the bodies of dead letters that are in S3. */
export interface ObjectReader {
  /** @throws LostBodyError where the body is not to be had, however often it is tried */
  read(bucket: string, key: string, signal: AbortSignal): Promise<string>;
}

/** The body of a dead letter is gone, or nothing that can be read. */
export class LostBodyError extends UndeliverableError {
  constructor(rule: string, got: string) {
    super('the body of the dead letter cannot be read', rule, got);
  }
}

/** Objects of S3, up to what there is memory for. */
export class S3ObjectReader implements ObjectReader {
  constructor(
    private readonly client: S3Client,
    private readonly maxBytes: number,
  ) {}

  async read(bucket: string, key: string, signal: AbortSignal): Promise<string> {
    const location = `s3://${bucket}/${key}`;
    const bytes = await this.bytesOf(bucket, key, signal);
    if (!bytes) throw new LostBodyError(`${location} must have at most ${this.maxBytes} bytes, what there is memory for`, 'more');
    const text = utf8Text(bytes);
    if (text === undefined) throw new LostBodyError(`${location} must be UTF-8`, `${bytes.length} bytes of something else`);
    return text;
  }

  private async bytesOf(bucket: string, key: string, signal: AbortSignal): Promise<Buffer | undefined> {
    try {
      return await objectBytes(this.client, { bucket, key, maxBytes: this.maxBytes }, signal);
    } catch (error) {
      const { name, message } = error as Error;
      // A bucket that is gone has lost its objects too. A role that may not list is told that access is denied: that may be mended.
      if (['NoSuchKey', 'NoSuchBucket'].includes(name)) throw new LostBodyError(`s3://${bucket}/${key} must be there`, `${name}: ${message}`);
      throw error;
    }
  }
}
