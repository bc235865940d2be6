import type { Message } from '@aws-sdk/client-sqs';
import { ExtendedClient } from '../../../src/contract';
import { parseJson } from './failure-record';

/** The text that replaces a message body in S3. */
export interface Pointer {
  /** The message body. */
  readonly text: string;
  /** Size of the S3 object in bytes. */
  readonly bytes: number;
}

/** A pointer in the format of the Amazon SQS Extended Client Library. */
export function pointerTo(bucket: string, key: string, bytes: number): Pointer {
  return { text: JSON.stringify([ExtendedClient.POINTER_CLASS, { s3BucketName: bucket, s3Key: key }]), bytes };
}

/** Location of a message body in S3. */
export interface DeadLetterPointer {
  readonly bucket: string;
  readonly key: string;
  /** Size of the object in bytes, as the message says; 0 where the message does not say. */
  readonly bytes: number;
}

/**
 * The location in a pointer message of the Extended Client Library or of its first version. An attribute or the class identifies a pointer
 * message: a message that an operator sent by hand may have no attributes.
 */
export function pointerIn({ Body: body = '', MessageAttributes: attributes = {} }: Pick<Message, 'Body' | 'MessageAttributes'>): DeadLetterPointer | undefined {
  const size = attributes[ExtendedClient.SIZE_ATTRIBUTE] ?? attributes[ExtendedClient.LEGACY_SIZE_ATTRIBUTE];
  // A pointer is a JSON array, and a dead letter never is: this avoids parsing large bodies.
  if (!/^\s*\[/.test(body)) return undefined;
  const json = parseJson(body);
  const [pointerClass, location] = Array.isArray(json) ? json : [];
  if (!size && pointerClass !== ExtendedClient.POINTER_CLASS && pointerClass !== ExtendedClient.LEGACY_POINTER_CLASS) return undefined;
  const { s3BucketName: bucket, s3Key: key } = (location ?? {}) as { s3BucketName?: unknown; s3Key?: unknown };
  if (typeof bucket !== 'string' || typeof key !== 'string') return undefined;
  return { bucket, key, bytes: Number(size?.StringValue ?? 0) };
}
