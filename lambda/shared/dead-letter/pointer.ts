import type { Message } from '@aws-sdk/client-sqs';
import { ExtendedClient } from '../../../src/contract';
import { parseJson } from './failure-record';

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

/** Where the body of a message is that was over the limit of its queue, or that Lambda wrote itself. */
export interface DeadLetterPointer {
  readonly bucket: string;
  readonly key: string;
  /** Bytes of the body, as the message says; 0 where it does not. */
  readonly bytes: number;
}

/**
 * Where the body of a message is that is a pointer of the Extended Client, or of its first version. It is known by an attribute or by
 * its class: one that was put into the queue by hand may have come without attributes.
 */
export function pointerIn({ Body: body = '', MessageAttributes: attributes = {} }: Pick<Message, 'Body' | 'MessageAttributes'>): DeadLetterPointer | undefined {
  const size = attributes[ExtendedClient.SIZE_ATTRIBUTE] ?? attributes[ExtendedClient.LEGACY_SIZE_ATTRIBUTE];
  // No dead letter is a JSON array: only what can be a pointer is parsed for it.
  if (!/^\s*\[/.test(body)) return undefined;
  const json = parseJson(body);
  const [pointerClass, place] = Array.isArray(json) ? json : [];
  if (!size && pointerClass !== ExtendedClient.POINTER_CLASS && pointerClass !== ExtendedClient.LEGACY_POINTER_CLASS) return undefined;
  const { s3BucketName: bucket, s3Key: key } = (place ?? {}) as { s3BucketName?: unknown; s3Key?: unknown };
  if (typeof bucket !== 'string' || typeof key !== 'string') return undefined;
  return { bucket, key, bytes: Number(size?.StringValue ?? 0) };
}
