import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { Overflow } from '../shared/dead-letter/dead-letter-queue';
import { objectBytes, utf8Text } from '../shared/dead-letter/object-bytes';
import { Pointer, pointerTo } from '../shared/dead-letter/pointer';
import { UndeliverableError } from '../shared/dead-letter/undeliverable-error';

/** The delays before a missing object is read again: an event can arrive before its object or before a permission takes effect. */
const WAITS_MILLIS = [200, 400, 800, 1_600, 3_200];

export interface CaptureBucketOptions {
  readonly name: string;
  /** The maximum size of an object in bytes that fits into the function's memory. */
  readonly maxBytes: number;
}

/** An object that Lambda wrote. It already holds a dead letter that exceeds the maximum message size: nothing is copied. */
export class CapturedObject implements Overflow {
  constructor(
    private readonly bucket: string,
    private readonly key: string,
    private readonly bytes: number,
    readonly text: string,
  ) {}

  async keep(): Promise<Pointer> {
    return pointerTo(this.bucket, this.key, this.bytes);
  }
}

/** The bucket that Lambda writes failed batches to. */
export class CaptureBucket {
  constructor(
    private readonly client: S3Client,
    private readonly options: CaptureBucketOptions,
  ) {}

  get name(): string {
    return this.options.name;
  }

  /** @throws UndeliverableError where Lambda did not write the object */
  async read(key: string, signal: AbortSignal): Promise<CapturedObject> {
    const location = `s3://${this.name}/${key}`;
    try {
      return await this.readWithRetries(key, signal);
    } catch (error) {
      if (error instanceof UndeliverableError) throw error;
      if (signal.aborted) throw new Error(`no time remains to read ${location}`, { cause: error });
      throw new Error(`${location} cannot be read: ${error}`, { cause: error });
    }
  }

  private async readWithRetries(key: string, signal: AbortSignal): Promise<CapturedObject> {
    for (const millis of WAITS_MILLIS) {
      try {
        return await this.readOnce(key, signal);
      } catch (error) {
        if (!isTransient(error) || signal.aborted) throw error;
        await sleep(millis, undefined, { signal });
      }
    }
    return this.readOnce(key, signal);
  }

  private async readOnce(key: string, signal: AbortSignal): Promise<CapturedObject> {
    const { name, maxBytes } = this.options;
    const bytes = await objectBytes(this.client, { bucket: name, key, maxBytes }, signal);
    if (!bytes) {
      const rule = `it must have at most ${maxBytes} bytes to fit into memory; raise \`memorySize\``;
      throw new UndeliverableError('not an object that can be read', rule, 'more');
    }
    const text = utf8Text(bytes);
    if (text === undefined) {
      throw new UndeliverableError('not an object that Lambda wrote', 'it must be UTF-8', `${bytes.length} bytes of something else`);
    }
    return new CapturedObject(name, key, bytes.length, text);
  }
}

/**
 * Whether a retry can succeed: after a missing object, for which S3 answers 403 without s3:ListBucket, or after a response that was cut off. The
 * client retries all other errors.
 */
function isTransient(error: unknown): boolean {
  if (error instanceof UndeliverableError) return false;
  return !(error instanceof S3ServiceException) || [403, 404].includes(error.$metadata.httpStatusCode!);
}
