import { addAbortSignal, Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';

export interface ObjectToRead {
  readonly bucket: string;
  readonly key: string;
  /** The maximum size in bytes that fits into memory. */
  readonly maxBytes: number;
}

/** The bytes of an object, or undefined where the object exceeds `maxBytes`. */
export async function objectBytes(client: S3Client, { bucket, key, maxBytes }: ObjectToRead, signal: AbortSignal): Promise<Buffer | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(signal, Body as Readable) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The text of UTF-8 bytes, or undefined where the bytes are not UTF-8. */
export function utf8Text(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
