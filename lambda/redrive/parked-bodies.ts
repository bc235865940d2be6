import { CopyObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeadLetterPointer, Pointer, pointerTo } from '../shared/dead-letter/pointer';

/** Bodies of parked messages in S3. */
export class ParkedBodies {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /** Copies a body within S3: the function does not read it into memory. */
  async copy(from: DeadLetterPointer, key: string, signal: AbortSignal): Promise<Pointer> {
    await this.client.send(
      new CopyObjectCommand({
        Bucket: this.bucket,
        Key: key,
        CopySource: [from.bucket, ...from.key.split('/')].map(encodeURIComponent).join('/'),
        ContentType: 'application/json',
        MetadataDirective: 'REPLACE',
        // Copying tags needs more permissions.
        TaggingDirective: 'REPLACE',
      }),
      { abortSignal: signal },
    );
    return pointerTo(this.bucket, key, from.bytes);
  }
}
