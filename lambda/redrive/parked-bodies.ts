import { CopyObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeadLetterPointer, Pointer, pointerTo } from '../shared/dead-letter/pointer';

/** Bodies in S3 of messages that are parked. */
export class ParkedBodies {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /** Has S3 copy a body: it need not be read, nor fit into memory. */
  async copy(from: DeadLetterPointer, key: string, signal: AbortSignal): Promise<Pointer> {
    await this.client.send(
      new CopyObjectCommand({
        Bucket: this.bucket,
        Key: key,
        CopySource: [from.bucket, ...from.key.split('/')].map(encodeURIComponent).join('/'),
        ContentType: 'application/json',
        MetadataDirective: 'REPLACE',
        // Tags, which somebody may have set, would take permissions of their own.
        TaggingDirective: 'REPLACE',
      }),
      { abortSignal: signal },
    );
    return pointerTo(this.bucket, key, from.bytes);
  }
}
